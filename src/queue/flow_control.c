/* SPDX-License-Identifier: MIT */
/* Upstash-Flow-Control-Value. */
#include "config.h"

#include "queue/flow_control.h"

#include "queue/duration.h"

static bool
set_limit(int64_t *field, struct dl_str text, int64_t max)
{
	if (*field || !dl_str_to_int64(text, field))
		return false;
	return *field >= 1 && *field <= max;
}

/* Seconds with or without a unit. */
static bool
set_period(int64_t *field, struct dl_str text)
{
	int64_t seconds;

	if (*field)
		return false;
	if (!dl_str_to_int64(text, &seconds) &&
	    !dl_duration_parse(text, &seconds))
		return false;
	*field = seconds;
	return seconds >= 1 && seconds <= DL_FLOW_CONTROL_MAX_PERIOD_S;
}

static bool
set_part(struct dl_flow_control *limits, struct dl_str part)
{
	struct dl_str text = part;
	struct dl_str name = dl_str_trim(dl_str_cut(&text, '='));

	text = dl_str_trim(text);
	if (dl_str_eq(name, DL_STR("parallelism")))
		return set_limit(&limits->parallelism, text,
				 DL_FLOW_CONTROL_MAX_LIMIT);
	if (dl_str_eq(name, DL_STR("rate")))
		return set_limit(&limits->rate, text,
				 DL_FLOW_CONTROL_MAX_LIMIT);
	return dl_str_eq(name, DL_STR("period")) &&
	       set_period(&limits->period_s, text);
}

bool
dl_flow_control_parse(struct dl_str value, struct dl_flow_control *limits)
{
	*limits = (struct dl_flow_control){0};
	while (value.ptr)
		if (!set_part(limits, dl_str_cut(&value, ',')))
			return false;
	if (!limits->period_s)
		limits->period_s = 1;
	return limits->parallelism || limits->rate;
}

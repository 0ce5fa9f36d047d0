/* SPDX-License-Identifier: MIT */
/* The top level of a launch: names, instances, pacing, dates, options. */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "domain/launch_internal.h"
#include "domain/send_window.h"

#define NAME_MAX_POINTS 200
/* Evolution's instance names; far above any seen. */
#define INSTANCE_MAX_POINTS 255
#define DELAY_MIN_DEFAULT_S 3
#define DELAY_MAX_DEFAULT_S 8
/* A schedule this late was meant for now: clocks differ, people dawdle. */
#define PAST_MS (5 * 60 * 1000)

static void
add(struct dl_launch_reader *r, enum dl_problem_code code, const char *field,
    const char *message)
{
	dl_problem_list_add(r->problems, r->arena, code, field, -1, "%s",
			    message);
}

static void
add_default(struct dl_launch_reader *r, enum dl_problem_code code,
	    const char *field)
{
	add(r, code, field, dl_problem_detail(code));
}

struct dl_str
dl_launch_get_text(struct dl_launch_reader *r, json_object *obj,
		   const char *name, const char *path)
{
	json_object *value = dl_json_get(obj, name);

	if (value && !json_object_is_type(value, json_type_string))
		dl_problem_list_add(r->problems, r->arena, DL_P_WRONG_TYPE,
				    path, -1, "%s deve ser um texto.", path);
	return dl_json_get_str(obj, name);
}

/* ---- names ---- */

static void
read_names(struct dl_launch_reader *r, json_object *body)
{
	struct dl_launch_request *out = r->out;
	size_t faults = r->problems->total;

	out->campaign_name =
	    dl_launch_get_text(r, body, "campaignName", "campaignName");
	out->target_audience =
	    dl_launch_get_text(r, body, "publicTarget", "publicTarget");
	out->creative = dl_launch_get_text(r, body, "content", "content");
	if (r->problems->total == faults &&
	    dl_template_is_blank(out->campaign_name))
		add(r, DL_P_MISSING_FIELD, "campaignName",
		    "Dê um nome à campanha (campaignName).");
	if (dl_template_code_points(out->campaign_name) > NAME_MAX_POINTS)
		add(r, DL_P_TOO_LONG, "campaignName",
		    "O nome da campanha passa de 200 caracteres.");
}

/* ---- instances ---- */

static bool
is_listed(const struct dl_str *names, size_t n, struct dl_str name)
{
	for (size_t i = 0; i < n; i++)
		if (dl_str_eq(names[i], name))
			return true;
	return false;
}

/* A name given twice counts once: its turns would come in bursts. */
static void
read_instance(struct dl_launch_reader *r, json_object *value, size_t i,
	      struct dl_str *names, uint32_t *indexes)
{
	char path[32];
	struct dl_str name;

	snprintf(path, sizeof(path), "instances[%zu]", i);
	if (!json_object_is_type(value, json_type_string)) {
		add(r, DL_P_WRONG_TYPE, path,
		    "O nome de uma instância deve ser um texto.");
		return;
	}
	name = (struct dl_str){json_object_get_string(value),
			       (size_t)json_object_get_string_len(value)};
	if (dl_template_is_blank(name))
		add(r, DL_P_MISSING_FIELD, path,
		    "O nome de uma instância está em branco.");
	else if (dl_template_code_points(name) > INSTANCE_MAX_POINTS)
		add(r, DL_P_TOO_LONG, path,
		    "O nome de uma instância passa de 255 caracteres.");
	else if (!is_listed(names, r->out->n_instances, name)) {
		indexes[r->out->n_instances] = (uint32_t)i;
		names[r->out->n_instances++] = name;
	}
}

static void
read_instances(struct dl_launch_reader *r, json_object *body)
{
	json_object *list = dl_json_get(body, "instances");
	struct dl_str *names;
	uint32_t *indexes;
	size_t n;

	if (list && !json_object_is_type(list, json_type_array)) {
		add(r, DL_P_WRONG_TYPE, "instances",
		    "instances deve ser uma lista de nomes.");
		return;
	}
	n = list ? json_object_array_length(list) : 0;
	if (n == 0) {
		add(r, DL_P_MISSING_FIELD, "instances",
		    "Escolha ao menos uma instância (instances).");
		return;
	}
	if (n > (size_t)r->limits->max_instances) {
		dl_problem_list_add(r->problems, r->arena, DL_P_TOO_MANY_ITEMS,
				    "instances", -1,
				    "São %zu instâncias; o limite é %lld.", n,
				    (long long)r->limits->max_instances);
		return;
	}
	names = dl_arena_array(r->arena, n, sizeof(*names));
	indexes = dl_arena_array(r->arena, n, sizeof(*indexes));
	if (!names || !indexes) {
		r->is_full = true;
		return;
	}
	for (size_t i = 0; i < n; i++)
		read_instance(r, json_object_array_get_idx(list, i), i, names,
			      indexes);
	r->out->instances = names;
	r->out->instance_indexes = indexes;
}

/* ---- pacing ---- */

bool
dl_launch_read_seconds(struct dl_launch_reader *r, json_object *body,
		       const char *name, int64_t *seconds)
{
	json_object *value = dl_json_get(body, name);

	if (!value)
		return true;
	if (!json_object_is_type(value, json_type_int) ||
	    !dl_json_int_fits(value)) {
		dl_problem_list_add(
		    r->problems, r->arena, DL_P_WRONG_TYPE, name, -1,
		    "%s deve ser um número inteiro de segundos.", name);
		return false;
	}
	*seconds = json_object_get_int64(value);
	if (*seconds >= 0 && *seconds <= r->limits->max_delay_s)
		return true;
	dl_problem_list_add(r->problems, r->arena, DL_P_INVALID_DELAY, name, -1,
			    "%s deve ficar entre 0 e %lld segundos.", name,
			    (long long)r->limits->max_delay_s);
	return false;
}

static void
read_delays(struct dl_launch_reader *r, json_object *body)
{
	struct dl_launch_request *out = r->out;
	bool is_good;

	out->delay_min_s = DELAY_MIN_DEFAULT_S;
	out->delay_max_s = DELAY_MAX_DEFAULT_S;
	is_good =
	    dl_launch_read_seconds(r, body, "tempoMin", &out->delay_min_s);
	is_good =
	    dl_launch_read_seconds(r, body, "tempoMax", &out->delay_max_s) &&
	    is_good;
	if (is_good && out->delay_min_s > out->delay_max_s)
		dl_problem_list_add(
		    r->problems, r->arena, DL_P_INVALID_DELAY, "tempoMin", -1,
		    "tempoMin (%lld) passa de tempoMax (%lld).",
		    (long long)out->delay_min_s, (long long)out->delay_max_s);
}

/* ---- options ---- */

/* The place of the member's text among names; 0 where it is absent. */
static size_t
read_choice(struct dl_launch_reader *r, json_object *body, const char *member,
	    const char *const *names, size_t n)
{
	struct dl_str text = dl_launch_get_text(r, body, member, member);

	if (!text.ptr)
		return 0;
	for (size_t i = 0; i < n; i++)
		if (dl_str_eq(text, dl_str(names[i])))
			return i;
	dl_problem_list_add(r->problems, r->arena, DL_P_INVALID_VALUE, member,
			    -1, "%s aceita %s, %s%s%s.", member, names[0],
			    names[1], n > 2 ? " ou " : "",
			    n > 2 ? names[2] : "");
	return 0;
}

static void
read_choices(struct dl_launch_reader *r, json_object *body)
{
	static const char *const missing[] = {"reject", "blank", "skip"};
	static const char *const pacing[] = {"campaign", "instance"};
	static const char *const placeholders[] = {"braces", "at"};

	r->out->on_missing = (enum dl_missing_policy)read_choice(
	    r, body, "onMissingVariable", missing, 3);
	r->out->pacing =
	    (enum dl_pacing)read_choice(r, body, "pacing", pacing, 2);
	r->out->placeholders = (enum dl_template_mode)read_choice(
	    r, body, "placeholders", placeholders, 2);
}

/* ---- dates ---- */

/* The same day and time a year later. */
static int64_t
year_after_ms(int64_t at_ms)
{
	time_t at = (time_t)(at_ms / 1000);
	struct tm tm;

	gmtime_r(&at, &tm);
	tm.tm_year++;
	return (int64_t)timegm(&tm) * 1000 + at_ms % 1000;
}

/* False where the member is absent, empty or no date (which is reported). */
static bool
read_date(struct dl_launch_reader *r, json_object *body, const char *name,
	  int64_t *at_ms)
{
	struct dl_str text = dl_launch_get_text(r, body, name, name);

	if (!text.len)
		return false;
	if (dl_clock_parse(text, at_ms))
		return true;
	add_default(r, DL_P_INVALID_DATE, name);
	return false;
}

bool
dl_launch_read_start(struct dl_launch_reader *r, json_object *body,
		     int64_t *at_ms)
{
	if (!read_date(r, body, "scheduledFor", at_ms))
		return false;
	if (*at_ms < r->now_ms - PAST_MS)
		add_default(r, DL_P_SCHEDULED_IN_PAST, "scheduledFor");
	else if (*at_ms > year_after_ms(r->now_ms))
		add_default(r, DL_P_SCHEDULED_TOO_FAR, "scheduledFor");
	return true;
}

void
dl_launch_read_expiry(struct dl_launch_reader *r, json_object *body,
		      int64_t start_ms, int64_t *at_ms)
{
	if (read_date(r, body, "expiresAt", at_ms) && *at_ms <= start_ms)
		add(r, DL_P_INVALID_DATE, "expiresAt",
		    "expiresAt vem antes do início do envio.");
}

static void
read_dates(struct dl_launch_reader *r, json_object *body)
{
	struct dl_launch_request *out = r->out;

	out->start_ms = r->now_ms;
	out->is_scheduled =
	    dl_launch_read_start(r, body, &out->scheduled_for_ms);
	if (out->is_scheduled && out->scheduled_for_ms > r->now_ms)
		out->start_ms = out->scheduled_for_ms;
	dl_launch_read_expiry(r, body, out->start_ms, &out->expires_at_ms);
}

/* ---- the window ---- */

struct dl_str
dl_launch_read_window(struct dl_launch_reader *r, json_object *body)
{
	json_object *window = dl_json_get(body, "sendWindow");
	const char *text;

	if (!window)
		return (struct dl_str){NULL, 0};
	if (!json_object_is_type(window, json_type_object)) {
		add(r, DL_P_WRONG_TYPE, "sendWindow",
		    "sendWindow deve ser um objeto.");
		return (struct dl_str){NULL, 0};
	}
	if (!dl_send_window_is_valid(window))
		add_default(r, DL_P_INVALID_WINDOW, "sendWindow");
	text = json_object_to_json_string_ext(window, JSON_C_TO_STRING_PLAIN);
	return dl_launch_keep(r, dl_str(text));
}

void
dl_launch_read_fields(struct dl_launch_reader *r, json_object *body)
{
	read_names(r, body);
	read_instances(r, body);
	read_delays(r, body);
	read_choices(r, body);
	read_dates(r, body);
	r->out->send_window = dl_launch_read_window(r, body);
}

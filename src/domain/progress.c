/* SPDX-License-Identifier: MIT */
/* Percent, rates, estimates. */
#include "config.h"

#include "domain/progress.h"

/* A younger campaign would show a rate made of one message. */
#define RATE_MIN_AGE_MS 10000

/* While messages go out; while none do; while somebody must act first. */
#define POLL_MOVING_MS 2000
#define POLL_STILL_MS  5000
#define POLL_PAUSED_MS 30000

/* The queue's two retries: 5 s and 30 s. */
#define RETRIES_MS 35000

enum dl_phase
dl_phase_of(struct dl_str status)
{
	if (dl_str_eq(status, DL_STR("pending")) ||
	    dl_str_eq(status, DL_STR("processing")))
		return DL_PHASE_LIVE;
	if (dl_str_eq(status, DL_STR("paused")))
		return DL_PHASE_PAUSED;
	return DL_PHASE_FINAL;
}

int
dl_progress_tenths(int64_t final_rows, int64_t total, enum dl_phase phase)
{
	bool is_whole = final_rows >= total && phase != DL_PHASE_LIVE;
	int64_t tenths;

	if (total <= 0)
		return phase == DL_PHASE_FINAL ? 1000 : 0;
	if (is_whole)
		return 1000;
	tenths = final_rows > 0 ? final_rows * 1000 / total : 0;
	return tenths < 999 ? (int)tenths : 999;
}

double
dl_progress_success(int64_t sent, int64_t failed)
{
	if (sent + failed <= 0)
		return -1;
	return (double)sent / (double)(sent + failed);
}

double
dl_progress_rate(int64_t recent, int64_t first_ms, int64_t now_ms)
{
	int64_t window = DL_RATE_WINDOW_MS;

	if (recent <= 0)
		return 0;
	if (first_ms && now_ms - first_ms < window)
		window = now_ms - first_ms;
	if (window < RATE_MIN_AGE_MS)
		window = RATE_MIN_AGE_MS;
	return (double)recent * 60000 / (double)window;
}

int64_t
dl_progress_poll_ms(enum dl_phase phase, bool is_moving, int64_t unfinished)
{
	switch (phase) {
	case DL_PHASE_LIVE:
		return is_moving ? POLL_MOVING_MS : POLL_STILL_MS;
	case DL_PHASE_PAUSED:
		return POLL_PAUSED_MS;
	case DL_PHASE_FINAL:
		break;
	}
	/* A cancelled one may still have rows under way. */
	return unfinished > 0 ? POLL_STILL_MS : 0;
}

static int64_t
later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* Rows of the busiest lane when they are shared out in turn. */
static int64_t
share(int64_t rows, int64_t lanes)
{
	return lanes > 1 ? (rows + lanes - 1) / lanes : rows;
}

static struct dl_eta
eta_of_waiting(const struct dl_eta_input *in)
{
	int64_t backlog = share(in->overdue, in->lanes);
	int64_t all = share(in->waiting, in->lanes);
	struct dl_eta eta = {later(in->now_ms, in->last_slot_ms), 0};

	if (backlog > 0)
		eta.from_ms =
		    later(eta.from_ms,
			  in->now_ms + (backlog - 1) * in->delay_min_s * 1000);
	eta.from_ms = later(eta.from_ms, in->parked_until_ms);
	eta.to_ms =
	    later(eta.from_ms, in->now_ms + backlog * in->delay_max_s * 1000);
	if (in->parked_until_ms)
		eta.to_ms = later(eta.to_ms, in->parked_until_ms +
						 all * in->delay_max_s * 1000);
	eta.to_ms += in->delay_max_s * 1000 + RETRIES_MS;
	if (in->is_parked_for_good)
		eta.to_ms = 0;
	return eta;
}

struct dl_eta
dl_progress_eta(const struct dl_eta_input *in)
{
	struct dl_eta eta = {0, 0};

	if (in->phase != DL_PHASE_LIVE ||
	    in->waiting + in->sending + in->uncertain <= 0)
		return eta;
	if (in->waiting > 0)
		eta = eta_of_waiting(in);
	else
		eta = (struct dl_eta){in->now_ms, in->now_ms + RETRIES_MS};
	if (in->uncertain > 0 && eta.to_ms)
		eta.to_ms =
		    later(eta.to_ms, in->now_ms + in->reconcile_limit_s * 1000);
	return eta;
}

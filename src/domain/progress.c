/* SPDX-License-Identifier: MIT */
/* Percent, rates, the next question. */
#include "config.h"

#include "domain/progress.h"

/* A younger campaign would show a rate made of one message. */
#define RATE_MIN_AGE_MS 10000

/* While messages go out; while none do; while somebody must act first. */
#define POLL_MOVING_MS 2000
#define POLL_STILL_MS  5000
#define POLL_PAUSED_MS 30000

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

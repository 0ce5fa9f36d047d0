/* SPDX-License-Identifier: MIT */
/* Actions by status. */
#include "config.h"

#include "domain/control_action.h"

enum status { PENDING, PROCESSING, PAUSED, COMPLETED, FAILED, CANCELLED };
#define N_STATUSES 6

static const char *const statuses[N_STATUSES] = {
    "pending", "processing", "paused", "completed", "failed", "cancelled"};

static const char *const names[DL_CONTROL__COUNT] = {
    [DL_CONTROL_PAUSE] = "pause",
    [DL_CONTROL_RESUME] = "resume",
    [DL_CONTROL_CANCEL] = "cancel",
    [DL_CONTROL_RETRY_FAILED] = "retry_failed",
    [DL_CONTROL_RESCHEDULE] = "reschedule",
    [DL_CONTROL_EDIT] = "edit",
    [DL_CONTROL_RESOLVE_UNCERTAIN] = "resolve_uncertain"};

/*
 * IF_FAILED: only where something failed, which an edit mends for a retry.
 * IF_CLOSED: only to close rows, never to send.
 */
enum rule { DO, NOTHING, REFUSE, IF_FAILED, IF_CLOSED };

static const unsigned char rules[DL_CONTROL__COUNT][N_STATUSES] = {
    /* pending, processing, paused, completed, failed, cancelled */
    [DL_CONTROL_PAUSE] = {DO, DO, NOTHING, REFUSE, REFUSE, REFUSE},
    [DL_CONTROL_RESUME] = {NOTHING, NOTHING, DO, REFUSE, REFUSE, REFUSE},
    [DL_CONTROL_CANCEL] = {DO, DO, DO, REFUSE, REFUSE, NOTHING},
    [DL_CONTROL_RETRY_FAILED] = {DO, DO, DO, DO, DO, REFUSE},
    [DL_CONTROL_RESCHEDULE] = {DO, DO, DO, REFUSE, REFUSE, REFUSE},
    [DL_CONTROL_EDIT] = {DO, DO, DO, IF_FAILED, IF_FAILED, REFUSE},
    [DL_CONTROL_RESOLVE_UNCERTAIN] = {DO, DO, DO, DO, DO, IF_CLOSED}};

const char *
dl_control_action_name(enum dl_control_action action)
{
	return names[action];
}

bool
dl_control_action_find(struct dl_str name, enum dl_control_action *action)
{
	for (int i = 0; i < DL_CONTROL__COUNT; i++) {
		*action = (enum dl_control_action)i;
		if (dl_str_eq(name, dl_str(names[i])))
			return true;
	}
	return false;
}

enum dl_control_verdict
dl_control_verdict(enum dl_control_action action,
		   const struct dl_control_facts *campaign, bool sends_again)
{
	enum rule rule = REFUSE;

	for (int i = 0; i < N_STATUSES; i++)
		if (dl_str_eq(campaign->status, dl_str(statuses[i])))
			rule = (enum rule)rules[action][i];
	switch (rule) {
	case DO:
		return DL_CONTROL_DO;
	case NOTHING:
		return DL_CONTROL_NOTHING;
	case IF_FAILED:
		return campaign->has_failed ? DL_CONTROL_DO : DL_CONTROL_REFUSE;
	case IF_CLOSED:
		return sends_again ? DL_CONTROL_REFUSE : DL_CONTROL_DO;
	case REFUSE:
		break;
	}
	return DL_CONTROL_REFUSE;
}

size_t
dl_control_allowed(const struct dl_control_facts *campaign,
		   const char *allowed[DL_CONTROL__COUNT])
{
	size_t n = 0;

	for (int i = 0; i < DL_CONTROL__COUNT; i++)
		if (dl_control_verdict((enum dl_control_action)i, campaign,
				       false) == DL_CONTROL_DO)
			allowed[n++] = names[i];
	return n;
}

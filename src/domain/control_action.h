/* SPDX-License-Identifier: MIT */
/*
 * The actions of POST /control and which of them a campaign admits: a table of
 * its status, no more.  Source: disparalead.control_target, which tests hold
 * against this.
 *
 * Thread-safe.
 */
#ifndef DL_DOMAIN_CONTROL_ACTION_H
#define DL_DOMAIN_CONTROL_ACTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

enum dl_control_action {
	DL_CONTROL_PAUSE,
	DL_CONTROL_RESUME,
	DL_CONTROL_CANCEL,
	DL_CONTROL_RETRY_FAILED,
	DL_CONTROL_RESCHEDULE,
	DL_CONTROL_EDIT,
	DL_CONTROL_RESOLVE_UNCERTAIN,
	DL_CONTROL__COUNT
};

enum dl_control_verdict {
	DL_CONTROL_DO,
	DL_CONTROL_NOTHING, /* it stands already where the action leads */
	DL_CONTROL_REFUSE
};

/* A campaign, as far as actions depend on it. */
struct dl_control_facts {
	struct dl_str status; /* campaigns.status */
	bool has_failed;      /* some message failed: it may be tried again */
};

/* "pause" and so on; static. */
const char *dl_control_action_name(enum dl_control_action action);
/* False where there is no such action. */
bool dl_control_action_find(struct dl_str name, enum dl_control_action *action);

/*
 * What the action does to the campaign.  sends_again: a resolution that sends
 * once more, which a cancelled campaign never does; false for all else.
 */
enum dl_control_verdict
dl_control_verdict(enum dl_control_action action,
		   const struct dl_control_facts *campaign, bool sends_again);

/*
 * The names of the actions that are not refused and would do something, in
 * the order above; returns how many.
 */
size_t dl_control_allowed(const struct dl_control_facts *campaign,
			  const char *names[DL_CONTROL__COUNT]);

#endif

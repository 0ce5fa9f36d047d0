/* SPDX-License-Identifier: MIT */
/*
 * The shape of a send window as callers give it:
 *
 *	{"days": [1, 2, 3, 4, 5], "start": "08:00", "end": "20:00",
 *	 "recipientLocal": false}
 *
 * days: ISO weekdays, or "weekdays"; absent: all.  start comes before end,
 * which may be "24:00".  What the window means, the database says
 * (disparalead.is_window and what follows it).
 */
#ifndef DL_DOMAIN_SEND_WINDOW_H
#define DL_DOMAIN_SEND_WINDOW_H

#include <stdbool.h>

#include <json-c/json.h>

/* Whether an object is a window; other members are faults, too. */
bool dl_send_window_is_valid(json_object *window);

#endif

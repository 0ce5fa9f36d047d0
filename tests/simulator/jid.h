/* SPDX-License-Identifier: MIT */
/*
 * How Evolution turns a number into a WhatsApp address (src/utils/createJid.ts
 * of 2.3.6) and which address WhatsApp itself answers with.  Pure.
 */
#ifndef SIM_JID_H
#define SIM_JID_H

#include <stdbool.h>

#include "sim.h"

/* createJid() of Evolution; what does not fit is cut. */
void sim_jid_create(const char *number, char out[SIM_JID_MAX]);

/*
 * The address that WhatsApp knows for it: of a Brazilian mobile number the
 * one spelling under which it is registered, whichever was asked for.
 */
void sim_jid_resolve(const char *jid, char out[SIM_JID_MAX]);

/* The digits in one spelling (the ninth put in), to count per recipient. */
void sim_jid_recipient(const char *jid, char out[SIM_JID_MAX]);

/* False for what can't be a number of WhatsApp: no digits, too few or many. */
bool sim_jid_is_plausible(const char *jid);

bool sim_jid_is_group(const char *jid);

/* Another address of the same person, which says nothing of the phone. */
void sim_jid_lid(const char *recipient, char out[SIM_JID_MAX]);

#endif

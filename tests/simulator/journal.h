/* SPDX-License-Identifier: MIT */
/*
 * What was really sent: kept in memory, and one line each in a file that is
 * written before the call is answered, so that a killed simulator forgets
 * nothing.
 */
#ifndef SIM_JOURNAL_H
#define SIM_JOURNAL_H

#include <stdbool.h>

#include "sim.h"

/* Opens sim->journal_path and loads what stands in it.  Exits on failure. */
void sim_journal_open(struct sim *sim);

/* Records send, which now belongs to sim.  Thread-safe. */
void sim_journal_record(struct sim *sim, struct sim_send *send);

/* Locked.  Keeps that the recipient was called once more, for behaviours that
 * pass after some calls. */
void sim_journal_call(struct sim *sim, const char *recipient);

/* Forgets everything, the file included.  Thread-safe.  The records stay in
 * memory, for other threads may still read them. */
void sim_journal_reset(struct sim *sim);

/* Whether some message went to that recipient.  Thread-safe. */
bool sim_journal_knows(struct sim *sim, const char *recipient);

#endif

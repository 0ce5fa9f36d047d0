/* SPDX-License-Identifier: MIT */
/*
 * Which messages that Evolution says it sent settle which rows whose outcome
 * nobody knows.  Pure: rows and messages in, verdicts out.
 *
 * A message settles a row when it went to the same person (a Brazilian number
 * with or without its ninth digit, Mexico's and Argentina's third digit, a
 * @lid whose owner is known), has the same type and text (caption; a
 * document's file name too), is no other row's, and its time lies between the
 * row's claim and ten minutes later, by Evolution's own clock, widened by two
 * minutes each way.  Of k messages that fit several rows the oldest settles
 * the oldest claim, so that k messages settle at most k rows.  A row that is
 * being sent at this moment has the newest of them before all others: its
 * answer is still to come.
 *
 * Thread-safe.
 */
#ifndef DL_DOMAIN_RECONCILE_H
#define DL_DOMAIN_RECONCILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "domain/phone.h"
#include "domain/seen_message.h"

/* From a claim on, for so long a message of it can be sent. */
#define DL_RECONCILE_WINDOW_MS 600000
/* Two clocks, and what the Date header rounds. */
#define DL_RECONCILE_SLACK_MS 120000

/* No message. */
#define DL_RECONCILE_NONE SIZE_MAX

/* A message, and what the database knows of it. */
struct dl_reconcile_seen {
	struct dl_seen_message message;
	struct dl_str lid_owner; /* phone_key of its @lid; empty: unknown */
	bool is_owned;           /* its key is a row's */
};

struct dl_reconcile_row {
	struct dl_str phone_key; /* of E.164 digits */
	struct dl_str type;      /* texto, imagem, video, audio, documento */
	struct dl_str text;
	struct dl_str file_name; /* as it was sent; documents only */
	int64_t claimed_ms;      /* by the database's clock */
	bool is_sending;         /* on its way at this moment */
	bool was_claimed_before; /* this is not its first claim */
	/* Out: indexes of messages. */
	size_t settled_by; /* never of a row that is_sending */
	/*
	 * is_sending, was_claimed_before: one that fits all but the time, for
	 * this claim can't have sent it.
	 */
	size_t sent_before;
	/*
	 * Some message, whatever its text, may be this row's: it can't be
	 * called absent.
	 */
	bool may_be_there;
};

/*
 * Fills the verdicts of rows, which are ordered by claimed_ms.  offset_ms is
 * what Evolution's clock is ahead of the database's.
 */
void dl_reconcile(struct dl_reconcile_row *rows, size_t n_rows,
		  const struct dl_reconcile_seen *seen, size_t n_seen,
		  int64_t offset_ms);

/* Keys that one address can stand for. */
#define DL_RECONCILE_KEYS 2

/*
 * The phone_keys under which rows to the person of an address may stand; how
 * many.  None for a @lid, a group, or what is no phone.
 */
size_t dl_reconcile_keys(struct dl_str jid,
			 char keys[DL_RECONCILE_KEYS][DL_PHONE_MAX]);

#endif

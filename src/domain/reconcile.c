/* SPDX-License-Identifier: MIT */
/* Matching of messages of unknown outcome with those that Evolution sent. */
#include "config.h"

#include "domain/reconcile.h"

#include <stdio.h>
#include <string.h>

/* Where a message's person is not known for sure. */
enum person { PERSON_OTHER, PERSON_UNKNOWN, PERSON_SAME };

/* The digits of a phone's address, without a device; empty for any other. */
static struct dl_str
phone_digits(struct dl_str jid)
{
	struct dl_str domain = jid;
	struct dl_str user = dl_str_cut(&domain, '@');

	if (!dl_str_eq(domain, DL_STR("s.whatsapp.net")) &&
	    !dl_str_eq(domain, DL_STR("c.us")))
		return (struct dl_str){NULL, 0};
	return dl_str_cut(&user, ':');
}

/*
 * Mexico and Argentina: WhatsApp drops the third of 13 digits, which numbers
 * of these countries carry as mobiles.
 */
static bool
has_third_digit(const char *key)
{
	return strlen(key) == 13 &&
	       (strncmp(key, "521", 3) == 0 || strncmp(key, "549", 3) == 0);
}

static bool
lacks_third_digit(const char *key)
{
	return strlen(key) == 12 &&
	       (strncmp(key, "52", 2) == 0 || strncmp(key, "54", 2) == 0);
}

size_t
dl_reconcile_keys(struct dl_str jid, char keys[DL_RECONCILE_KEYS][DL_PHONE_MAX])
{
	struct dl_str digits = phone_digits(jid);
	struct dl_phone phone;
	char text[DL_PHONE_MAX + 1];

	if (!digits.len || digits.len >= DL_PHONE_MAX)
		return 0;
	snprintf(text, sizeof(text), "+%.*s", (int)digits.len, digits.ptr);
	if (dl_phone_parse(dl_str(text), DL_PHONE_BRAZIL, &phone) == DL_P_OK)
		snprintf(keys[0], DL_PHONE_MAX, "%s", phone.key);
	else
		snprintf(keys[0], DL_PHONE_MAX, "%s", text + 1);
	snprintf(text, sizeof(text), "%s", keys[0]);
	if (has_third_digit(text))
		snprintf(keys[1], DL_PHONE_MAX, "%.2s%.10s", text, text + 3);
	else if (lacks_third_digit(text))
		snprintf(keys[1], DL_PHONE_MAX, "%.2s%c%.10s", text,
			 text[1] == '2' ? '1' : '9', text + 2);
	else
		return 1;
	return 2;
}

static enum person
person_of(const struct dl_reconcile_row *row,
	  const struct dl_reconcile_seen *seen)
{
	char keys[DL_RECONCILE_KEYS][DL_PHONE_MAX];
	bool has_phone = false;

	if (seen->lid_owner.len)
		return dl_str_eq(seen->lid_owner, row->phone_key)
			   ? PERSON_SAME
			   : PERSON_OTHER;
	for (size_t i = 0; i < DL_SEEN_JIDS; i++) {
		size_t n = dl_reconcile_keys(seen->message.jids[i], keys);

		has_phone |= n > 0;
		while (n--)
			if (dl_str_eq(dl_str(keys[n]), row->phone_key))
				return PERSON_SAME;
	}
	if (has_phone ||
	    !dl_str_contains(seen->message.jids[0], DL_STR("@lid")))
		return PERSON_OTHER;
	return PERSON_UNKNOWN;
}

static bool
has_same_content(const struct dl_reconcile_row *row,
		 const struct dl_seen_message *m)
{
	if (!dl_str_eq(row->type, m->type))
		return false;
	if (dl_str_eq(row->type, DL_STR("audio")))
		return true;
	if (!dl_str_eq(dl_str_trim(row->text), dl_str_trim(m->text)))
		return false;
	return !dl_str_eq(row->type, DL_STR("documento")) ||
	       dl_str_eq(row->file_name, m->file_name);
}

/* Its time on the database's clock, relative to the row's claim. */
static int64_t
since_claim(const struct dl_reconcile_row *row, const struct dl_seen_message *m,
	    int64_t offset_ms)
{
	return m->at_ms - offset_ms - row->claimed_ms;
}

static bool
is_in_window(int64_t since_ms)
{
	return since_ms >= -DL_RECONCILE_SLACK_MS &&
	       since_ms <= DL_RECONCILE_WINDOW_MS + DL_RECONCILE_SLACK_MS;
}

struct matching {
	struct dl_reconcile_row *rows;
	size_t n_rows;
	const struct dl_reconcile_seen *seen;
	size_t n_seen;
	int64_t offset_ms;
};

/* Whether a message is some row's by now: its own, or by this matching. */
static bool
is_taken(const struct matching *m, size_t seen)
{
	if (m->seen[seen].is_owned)
		return true;
	for (size_t i = 0; i < m->n_rows; i++)
		if (m->rows[i].settled_by == seen)
			return true;
	return false;
}

/* Whether message "a" is to be taken rather than "b". */
static bool
is_better(const struct matching *m, size_t a, size_t b, bool wants_newest)
{
	if (b == DL_RECONCILE_NONE)
		return true;
	return wants_newest
		   ? m->seen[a].message.at_ms > m->seen[b].message.at_ms
		   : m->seen[a].message.at_ms < m->seen[b].message.at_ms;
}

/* One message beside one row: what it says of it, *best and the verdicts. */
static void
consider(const struct matching *m, struct dl_reconcile_row *row, size_t at,
	 size_t *best)
{
	const struct dl_reconcile_seen *seen = &m->seen[at];
	int64_t since_ms = since_claim(row, &seen->message, m->offset_ms);
	bool is_timely = is_in_window(since_ms);
	bool is_early = row->is_sending && row->was_claimed_before &&
			since_ms < -DL_RECONCILE_SLACK_MS;
	enum person person;
	bool is_same;

	if (seen->is_owned || (!is_timely && !is_early))
		return;
	person = person_of(row, seen);
	if (person == PERSON_OTHER)
		return;
	is_same = has_same_content(row, &seen->message);
	if (is_timely && (is_same || person == PERSON_SAME))
		row->may_be_there = true;
	if (!is_same || person != PERSON_SAME || is_taken(m, at))
		return;
	if (is_early)
		row->sent_before = at;
	else if (is_better(m, at, *best, row->is_sending))
		*best = at;
}

static void
settle_row(const struct matching *m, struct dl_reconcile_row *row)
{
	size_t best = DL_RECONCILE_NONE;

	for (size_t i = 0; i < m->n_seen; i++)
		consider(m, row, i, &best);
	row->settled_by = best;
}

void
dl_reconcile(struct dl_reconcile_row *rows, size_t n_rows,
	     const struct dl_reconcile_seen *seen, size_t n_seen,
	     int64_t offset_ms)
{
	struct matching m = {rows, n_rows, seen, n_seen, offset_ms};

	for (size_t i = 0; i < n_rows; i++) {
		rows[i].settled_by = DL_RECONCILE_NONE;
		rows[i].sent_before = DL_RECONCILE_NONE;
		rows[i].may_be_there = false;
	}
	for (size_t i = 0; i < n_rows; i++)
		if (rows[i].is_sending)
			settle_row(&m, &rows[i]);
	for (size_t i = 0; i < n_rows; i++)
		if (!rows[i].is_sending)
			settle_row(&m, &rows[i]);
	/* Its own answer says so, and the key with it. */
	for (size_t i = 0; i < n_rows; i++)
		if (rows[i].is_sending)
			rows[i].settled_by = DL_RECONCILE_NONE;
}

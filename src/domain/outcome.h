/* SPDX-License-Identifier: MIT */
/*
 * What an answer of Evolution API means for a message: a pure function over
 * status and body, because the status alone does not tell a number without
 * WhatsApp from a lost connection, nor a message that was sent from one that
 * was not.  Also the texts that are stored with it.
 *
 * It decides nothing about retries: the row's budget does.  Thread-safe.
 * Source: evolution-api 2.3.6.
 */
#ifndef DL_DOMAIN_OUTCOME_H
#define DL_DOMAIN_OUTCOME_H

#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"
#include "domain/row_errors.h"

/* error_message: characters kept of the provider's text */
#define DL_OUTCOME_MESSAGE_MAX 500
/* evolution_response: a longer answer is stored cut */
#define DL_OUTCOME_RESPONSE_MAX (64 * 1024)
/* what is kept of it then */
#define DL_OUTCOME_RAW_MAX (4 * 1024)

enum dl_outcome_class {
	DL_OUTCOME_SENT,           /* accepted (2xx) */
	DL_OUTCOME_PERMANENT,      /* this message can't go out */
	DL_OUTCOME_TRANSIENT,      /* not sent; another attempt may work */
	DL_OUTCOME_INSTANCE_FAULT, /* not sent; the number can't send now */
	DL_OUTCOME_CREDENTIAL,     /* not sent; the key was refused */
	DL_OUTCOME_UNKNOWN         /* it may have been sent */
};

enum dl_outcome_transport {
	DL_OUTCOME_ANSWERED, /* status and body stand */
	DL_OUTCOME_NOT_SENT, /* no byte of the request went out */
	DL_OUTCOME_NO_ANSWER /* it went out, nothing came back */
};

/* What came back.  All texts are borrowed. */
struct dl_outcome_answer {
	enum dl_outcome_transport transport;
	long http_status;
	struct dl_str body;
	struct dl_str transport_text; /* what failed, where nothing came */
	struct dl_str secret;         /* the key used; never shown */
};

struct dl_outcome {
	enum dl_outcome_class class;
	enum dl_row_error error; /* DL_ROW_OK where sent */
	int64_t park_s;          /* park the lane so long; 0: don't */
	struct dl_str message;   /* error_message, cleaned; empty where sent */
	struct dl_str key_id;    /* key.id, {NULL, 0} where there is none */
	struct dl_str remote_jid;
	/*
	 * evolution_response as JSON: the answer itself with U+0000 removed,
	 * or, where it is too long or no JSON, the cut form.  NULL where there
	 * was no answer.
	 */
	const char *response;
};

/*
 * Classifies an answer by the rules of the table, in their order, and makes
 * the texts that are stored with it.  They live in the arena.
 */
void dl_outcome_classify(struct dl_arena *arena,
			 const struct dl_outcome_answer *answer,
			 struct dl_outcome *outcome);

/*
 * text for error_message: one line of UTF-8, at most 500 characters, with
 * numbers of eight or more digits, long tokens and the secret replaced by
 * "***".
 */
struct dl_str dl_outcome_clean(struct dl_arena *arena, struct dl_str text,
			       struct dl_str secret);

/*
 * The cut form of evolution_response, {"http_status", "raw", "truncated":
 * true}, for an answer that the database refused.  NULL where there was none.
 */
const char *dl_outcome_response_cut(struct dl_arena *arena,
				    const struct dl_outcome_answer *answer);

#endif

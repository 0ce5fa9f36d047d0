/* SPDX-License-Identifier: MIT */
/*
 * Who may publish, and what deliveries are signed with: made at random when
 * the account is first opened and kept in the database; each of the settings
 * QSTASH_TOKEN, QSTASH_CURRENT_SIGNING_KEY and QSTASH_NEXT_SIGNING_KEY goes
 * before what is kept there, the two keys only until they are first rotated.
 *
 * Every copy of the program sees a rotation at once: a message brings the key
 * along when it is claimed.
 */
#ifndef DL_QUEUE_CREDENTIALS_H
#define DL_QUEUE_CREDENTIALS_H

#include "base/arena.h"
#include "base/error.h"
#include "base/settings.h"
#include "store/db.h"

struct dl_queue_credentials {
	struct dl_arena *arena; /* owns the text */
	const char *account;    /* the account's number, an SQL parameter */
	struct dl_str token;
	struct dl_str read_token;
	struct dl_str current_key; /* where no rotated one is at hand */
	struct dl_str next_key;
};

/*
 * Opens LOCAL_QUEUE_ACCOUNT.  DL_OK: ends with dl_queue_credentials_clear().
 * DL_TRY_LATER where the database can't be reached.
 */
enum dl_code dl_queue_credentials_open(struct dl_queue_credentials *credentials,
				       const struct dl_settings *settings,
				       struct dl_db_pool *pool,
				       struct dl_error *err) DL_MUST_CHECK;

/* "sig_" and 192 random bits, in the arena. */
const char *dl_queue_new_key(struct dl_arena *arena);

void dl_queue_credentials_clear(struct dl_queue_credentials *credentials);

#endif

/* SPDX-License-Identifier: MIT */
/* The account's token and signing keys. */
#include "config.h"

#include "queue/credentials.h"

#include "base/crypto.h"

#define ARENA_CAP (64 * 1024)

const char *
dl_queue_new_key(struct dl_arena *arena)
{
	return dl_random_secret(arena, "sig_");
}

/* The setting where there is one, else the column. */
static struct dl_str
choose(struct dl_arena *arena, const struct dl_secret *setting,
       const PGresult *row, const char *column)
{
	struct dl_str given = dl_secret_str(setting);

	return dl_arena_str(arena,
			    given.len ? given : dl_db_text(row, 0, column));
}

enum dl_code
dl_queue_credentials_open(struct dl_queue_credentials *credentials,
			  const struct dl_settings *settings,
			  struct dl_db_pool *pool, struct dl_error *err)
{
	struct dl_arena *arena = dl_arena_create(ARENA_CAP);
	struct dl_str name = settings->local_queue_account;
	const char *params[] = {
	    dl_arena_strndup(arena, name.ptr, name.len),
	    dl_random_secret(arena, ""), dl_queue_new_key(arena),
	    dl_queue_new_key(arena), dl_random_secret(arena, "")};
	const struct dl_secret unset = {0};
	enum dl_code code;
	bool is_rotated;
	PGresult *row;

	code = dl_db_call(pool, arena, NULL, true, DL_SQL_QUEUE_ACCOUNT_OPEN,
			  params, &row, err);
	if (code != DL_OK) {
		dl_arena_destroy(arena);
		return code;
	}
	is_rotated = dl_db_bool(row, 0, "is_rotated");
	*credentials = (struct dl_queue_credentials){
	    .arena = arena,
	    .account = dl_db_cstr(row, 0, "id"),
	    .token = choose(arena, &settings->qstash_token, row, "token"),
	    .read_token = choose(arena, &unset, row, "read_token"),
	    .current_key = choose(
		arena,
		is_rotated ? &unset : &settings->qstash_current_signing_key,
		row, "current_signing_key"),
	    .next_key = choose(
		arena, is_rotated ? &unset : &settings->qstash_next_signing_key,
		row, "next_signing_key"),
	};
	return DL_OK;
}

void
dl_queue_credentials_clear(struct dl_queue_credentials *credentials)
{
	dl_arena_destroy(credentials->arena);
	*credentials = (struct dl_queue_credentials){0};
}

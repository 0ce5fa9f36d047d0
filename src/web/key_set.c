/* SPDX-License-Identifier: MIT */
/*
 * The keys of a process.  The lock guards which set is current and when the
 * last fetch began; the fetch itself happens outside it, by one thread, while
 * the others go on with the set that is there.
 */
#include "config.h"

#include "web/key_set.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/die.h"
#include "base/log.h"
#include "remote/http.h"

#define NONE_MS    2000
#define UNKNOWN_MS (60 * 1000)
#define OLD_MS     (10 * 60 * 1000)
#define CONNECT_MS 3000
#define TIMEOUT_MS 5000

struct dl_key_set {
	struct dl_jwks jwks;
	atomic_int holders;
};

static struct {
	pthread_mutex_t lock;
	pthread_cond_t fetched;
	struct dl_key_set *current; /* NULL: none yet */
	int64_t asked_ms;           /* the last fetch began; since boot */
	bool is_asked;              /* there was one */
	bool is_fetching;
} keys = {.lock = PTHREAD_MUTEX_INITIALIZER,
	  .fetched = PTHREAD_COND_INITIALIZER};

void
dl_key_set_release(struct dl_key_set *set)
{
	if (!set || atomic_fetch_sub(&set->holders, 1) != 1)
		return;
	dl_jwks_clear(&set->jwks);
	free(set);
}

/* A new set, held once, or NULL and the reason. */
static struct dl_key_set *
fetch(const struct dl_settings *settings, struct dl_arena *arena,
      struct dl_error *err)
{
	struct dl_str url = settings->supabase_jwks_url;
	const struct dl_http_transport *http = dl_http_curl();
	const struct dl_http_request request = {
	    .method = DL_HTTP_GET,
	    .url = dl_arena_strndup(arena, url.ptr, url.len),
	    .connect_timeout_ms = CONNECT_MS,
	    .timeout_ms = TIMEOUT_MS,
	    .max_answer = DL_JWKS_MAX_BYTES,
	};
	struct dl_key_set *set = dl_must(calloc(1, sizeof(*set)));
	struct dl_http_answer answer;

	set->holders = 1;
	if (http->send(http->ctx, arena, &request, &answer, err) == DL_OK &&
	    answer.status == 200 &&
	    dl_jwks_read(arena, dl_buf_str(answer.body), &set->jwks))
		return set;
	free(set);
	dl_fail(err, DL_TRY_LATER, "auth.keys", "no key set: HTTP %ld",
		answer.status);
	dl_log_error(err);
	return NULL;
}

/* Locked.  Whether kid is worth a fetch now. */
static bool
is_due(struct dl_str kid)
{
	int64_t age_ms = dl_clock_boot_ms() - keys.asked_ms;

	if (keys.is_fetching)
		return false;
	if (!keys.is_asked)
		return true;
	if (!keys.current)
		return age_ms >= NONE_MS;
	if (!dl_jwks_find(&keys.current->jwks, kid))
		return age_ms >= UNKNOWN_MS;
	return age_ms >= OLD_MS;
}

/* Locked; opens the lock meanwhile. */
static void
refresh(const struct dl_settings *settings, struct dl_arena *arena,
	struct dl_error *err)
{
	struct dl_key_set *set, *old = NULL;

	keys.is_fetching = keys.is_asked = true;
	keys.asked_ms = dl_clock_boot_ms();
	pthread_mutex_unlock(&keys.lock);
	set = fetch(settings, arena, err);
	pthread_mutex_lock(&keys.lock);
	if (set) {
		old = keys.current;
		keys.current = set;
	}
	keys.is_fetching = false;
	pthread_cond_broadcast(&keys.fetched);
	dl_key_set_release(old);
}

enum dl_code
dl_key_set_hold(const struct dl_settings *settings, struct dl_arena *arena,
		struct dl_str kid, struct dl_key_set **set,
		const struct dl_jwt_key **key, struct dl_error *err)
{
	struct dl_error why = {0};

	pthread_mutex_lock(&keys.lock);
	if (is_due(kid))
		refresh(settings, arena, &why);
	/* Whoever knows the kid need not wait for another's fetch. */
	while (keys.is_fetching &&
	       (!keys.current || !dl_jwks_find(&keys.current->jwks, kid)))
		pthread_cond_wait(&keys.fetched, &keys.lock);
	*set = keys.current;
	if (*set)
		atomic_fetch_add(&(*set)->holders, 1);
	pthread_mutex_unlock(&keys.lock);
	*key = *set ? dl_jwks_find(&(*set)->jwks, kid) : NULL;
	if (*set)
		return DL_OK;
	return dl_fail(err, DL_TRY_LATER, "auth.keys", "%s",
		       *why.detail ? why.detail : "no key set yet");
}

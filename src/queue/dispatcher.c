/* SPDX-License-Identifier: MIT */
/*
 * The dispatcher.  A slot belongs to the planner while it is idle and to its
 * worker while it is busy; the lock guards that, and what the planner reads
 * of busy ones to renew their leases.
 */
#include "config.h"

#include "queue/dispatcher.h"

#include <sys/eventfd.h>

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/die.h"
#include "base/log.h"
#include "queue/delivery.h"

/* Another copy, or a signal that was lost, is noticed after this. */
#define MAX_SLEEP_MS 1000
/* A key that is due but locked by somebody is looked at again after this. */
#define MIN_SLEEP_MS   20
#define RENEW_EVERY_MS (DL_QUEUE_LEASE_MS / 3)
#define CLEAN_EVERY_MS 60000
#define CLEAN_MORE_MS  1000
/* Two copies of a body of 1 MiB in hexadecimal, an answer, its callback. */
#define SLOT_ARENA_CAP (32 * 1024 * 1024)
/* Ids and tokens of all slots as array literals. */
#define PLAN_ARENA_CAP (1024 * 1024)
#define MAX_IDS        (64 * 1024)

struct slot {
	struct dl_queue_dispatcher *dispatcher;
	pthread_t thread;
	pthread_cond_t is_filled;
	bool is_busy;
	struct dl_arena *arena;
	struct dl_queue_message message;
};

struct dl_queue_dispatcher {
	const struct dl_queue *queue;
	int wake_fd;
	pthread_t planner;
	pthread_mutex_t lock;
	pthread_cond_t is_idle; /* signalled when the last slot fell idle */
	bool is_stopping;
	int n_busy;
	int n_slots;
	struct slot slots[];
};

/* ----------------------------------------------------------------- workers */

/* Waits for a message; false when the program stops. */
static bool
wait_filled(struct slot *slot)
{
	struct dl_queue_dispatcher *d = slot->dispatcher;
	bool is_busy;

	pthread_mutex_lock(&d->lock);
	while (!slot->is_busy && !d->is_stopping)
		pthread_cond_wait(&slot->is_filled, &d->lock);
	is_busy = slot->is_busy;
	pthread_mutex_unlock(&d->lock);
	return is_busy;
}

static void
set_idle(struct slot *slot)
{
	struct dl_queue_dispatcher *d = slot->dispatcher;

	pthread_mutex_lock(&d->lock);
	slot->is_busy = false;
	dl_arena_reset(slot->arena);
	if (--d->n_busy == 0)
		pthread_cond_broadcast(&d->is_idle);
	pthread_mutex_unlock(&d->lock);
	dl_queue_dispatcher_wake(d);
}

static void *
run_worker(void *arg)
{
	struct slot *slot = arg;

	while (wait_filled(slot)) {
		dl_queue_deliver(slot->dispatcher->queue, slot->arena,
				 &slot->message);
		set_idle(slot);
	}
	return NULL;
}

/* ---------------------------------------------------------------- planning */

static struct slot *
find_idle(struct dl_queue_dispatcher *d)
{
	for (int i = 0; i < d->n_slots; i++)
		if (!d->slots[i].is_busy)
			return &d->slots[i];
	return NULL;
}

/* Only the planner fills slots, so that an idle one stays idle. */
static void
fill_slot(struct dl_queue_dispatcher *d, const PGresult *rows, int row)
{
	struct slot *slot;

	pthread_mutex_lock(&d->lock);
	slot = find_idle(d);
	dl_queue_message_read(slot->arena, rows, row, &slot->message);
	slot->is_busy = true;
	d->n_busy++;
	pthread_cond_signal(&slot->is_filled);
	pthread_mutex_unlock(&d->lock);
}

static int
count_room(struct dl_queue_dispatcher *d)
{
	int room;

	pthread_mutex_lock(&d->lock);
	room = d->n_slots - d->n_busy;
	pthread_mutex_unlock(&d->lock);
	return room;
}

/* Leases what is due; how many, -1 where the database failed. */
static int
claim(struct dl_queue_dispatcher *d, struct dl_arena *arena, int room)
{
	const struct dl_queue *queue = d->queue;
	const char *params[] = {queue->credentials.account,
				dl_db_from_int(arena, room),
				dl_db_from_int(arena, DL_QUEUE_LEASE_MS)};
	struct dl_error err = {0};
	PGresult *rows;
	int n;

	if (dl_db_call(queue->pool, arena, NULL, false, DL_SQL_QUEUE_CLAIM,
		       params, &rows, &err) != DL_OK) {
		dl_log_error(&err);
		return -1;
	}
	n = PQntuples(rows);
	if (n > room) {
		dl_log_raw(DL_LOG_ERR, "queue.claim",
			   "more messages than there is room for; the rest "
			   "waits for its leases to end");
		n = room;
	}
	for (int i = 0; i < n; i++)
		fill_slot(d, rows, i);
	return n;
}

static int64_t
next_due_ms(const struct dl_queue *queue, struct dl_arena *arena)
{
	const char *params[] = {queue->credentials.account};
	struct dl_error err = {0};
	PGresult *rows;
	int64_t ms;

	if (dl_db_call(queue->pool, arena, NULL, true, DL_SQL_QUEUE_NEXT_DUE,
		       params, &rows, &err) != DL_OK) {
		dl_log_error(&err);
		return MAX_SLEEP_MS;
	}
	ms = dl_db_int(rows, 0, "wait_ms", MAX_SLEEP_MS);
	if (ms < MIN_SLEEP_MS)
		return MIN_SLEEP_MS;
	return ms < MAX_SLEEP_MS ? ms : MAX_SLEEP_MS;
}

/*
 * Claims once; how long to sleep then.  Not again and again, however much is
 * due: between two claims leases are renewed and the end is noticed.
 */
static int64_t
dispatch(struct dl_queue_dispatcher *d, struct dl_arena *arena)
{
	int room = count_room(d);
	int n;

	if (room == 0)
		return MAX_SLEEP_MS; /* a worker that ends wakes us */
	n = claim(d, arena, room);
	if (n > 0)
		return 0;
	return n == 0 ? next_due_ms(d->queue, arena) : MAX_SLEEP_MS;
}

/* Ids and tokens of what is under way, as array literals. */
static void
list_busy(struct dl_queue_dispatcher *d, struct dl_arena *arena,
	  const char *params[2])
{
	struct dl_db_array ids, tokens;

	dl_db_array_begin(&ids, arena, MAX_IDS);
	dl_db_array_begin(&tokens, arena, MAX_IDS);
	pthread_mutex_lock(&d->lock);
	for (int i = 0; i < d->n_slots; i++) {
		if (!d->slots[i].is_busy)
			continue;
		dl_db_array_text(&ids, d->slots[i].message.id);
		dl_db_array_text(&tokens, d->slots[i].message.lease_token);
	}
	pthread_mutex_unlock(&d->lock);
	params[0] = dl_db_array_end(&ids);
	params[1] = dl_db_array_end(&tokens);
}

static void
renew(struct dl_queue_dispatcher *d, struct dl_arena *arena)
{
	const char *params[3] = {NULL, NULL,
				 dl_db_from_int(arena, DL_QUEUE_LEASE_MS)};
	struct dl_error err = {0};

	list_busy(d, arena, params);
	if (dl_db_call(d->queue->pool, arena, NULL, true, DL_SQL_QUEUE_RENEW,
		       params, NULL, &err) != DL_OK)
		dl_log_error(&err);
}

/* Throws away a little; when to come again, milliseconds. */
static int64_t
clean(const struct dl_queue *queue, struct dl_arena *arena)
{
	const struct dl_settings *settings = queue->settings;
	const char *params[] = {
	    dl_db_from_int(arena, settings->local_queue_log_keep_s),
	    dl_db_from_int(arena, settings->local_queue_dlq_keep_s)};
	struct dl_error err = {0};
	PGresult *rows;

	if (dl_db_call(queue->pool, arena, NULL, true, DL_SQL_QUEUE_CLEAN,
		       params, &rows, &err) == DL_OK)
		return dl_db_bool(rows, 0, "is_more") ? CLEAN_MORE_MS
						      : CLEAN_EVERY_MS;
	dl_log_error(&err);
	return CLEAN_EVERY_MS;
}

/* Whether *at_ms has come, and if so sets the next time. */
static bool
is_time(int64_t *at_ms, int64_t every_ms)
{
	int64_t now_ms = dl_clock_boot_ms();

	if (now_ms < *at_ms)
		return false;
	*at_ms = now_ms + every_ms;
	return true;
}

static void
sleep_until_woken(struct dl_queue_dispatcher *d, int64_t ms)
{
	struct pollfd fd = {.fd = d->wake_fd, .events = POLLIN};
	eventfd_t count;

	if (poll(&fd, 1, (int)ms) > 0)
		eventfd_read(d->wake_fd, &count);
}

static bool
is_stopping(struct dl_queue_dispatcher *d)
{
	bool answer;

	pthread_mutex_lock(&d->lock);
	answer = d->is_stopping;
	pthread_mutex_unlock(&d->lock);
	return answer;
}

static void *
run_planner(void *arg)
{
	struct dl_queue_dispatcher *d = arg;
	struct dl_arena *arena = dl_arena_create(PLAN_ARENA_CAP);
	int64_t renew_at_ms = dl_clock_boot_ms() + RENEW_EVERY_MS;
	int64_t clean_at_ms = 0;

	while (!is_stopping(d)) {
		int64_t sleep_ms = dispatch(d, arena);

		if (is_time(&renew_at_ms, RENEW_EVERY_MS))
			renew(d, arena);
		if (is_time(&clean_at_ms, CLEAN_EVERY_MS))
			clean_at_ms =
			    dl_clock_boot_ms() + clean(d->queue, arena);
		dl_arena_reset(arena);
		sleep_until_woken(d, sleep_ms);
	}
	dl_arena_destroy(arena);
	return NULL;
}

/* ------------------------------------------------------------ start and end */

static void
init_slot(struct dl_queue_dispatcher *d, struct slot *slot)
{
	*slot = (struct slot){
	    .dispatcher = d,
	    .arena = dl_arena_create(SLOT_ARENA_CAP),
	};
	pthread_cond_init(&slot->is_filled, NULL);
}

static struct dl_queue_dispatcher *
allocate(const struct dl_queue *queue)
{
	int n = (int)queue->settings->local_queue_parallelism;
	struct dl_queue_dispatcher *d =
	    dl_must(calloc(1, sizeof(*d) + (size_t)n * sizeof(d->slots[0])));

	d->queue = queue;
	d->n_slots = n;
	d->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	pthread_mutex_init(&d->lock, NULL);
	pthread_cond_init(&d->is_idle, NULL);
	for (int i = 0; i < n; i++)
		init_slot(d, &d->slots[i]);
	return d;
}

static bool
start_threads(struct dl_queue_dispatcher *d)
{
	for (int i = 0; i < d->n_slots; i++)
		if (pthread_create(&d->slots[i].thread, NULL, run_worker,
				   &d->slots[i]) != 0)
			return false;
	return pthread_create(&d->planner, NULL, run_planner, d) == 0;
}

enum dl_code
dl_queue_dispatcher_create(const struct dl_queue *queue,
			   struct dl_queue_dispatcher **dispatcher,
			   struct dl_error *err)
{
	struct dl_queue_dispatcher *d = allocate(queue);
	sigset_t all, before;
	bool is_started;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	is_started = d->wake_fd >= 0 && start_threads(d);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	/* The program ends now, and the threads that did start with it. */
	if (!is_started)
		return dl_fail(err, DL_INTERNAL, "queue.start",
			       "the threads do not start");
	*dispatcher = d;
	return DL_OK;
}

void
dl_queue_dispatcher_wake(struct dl_queue_dispatcher *d)
{
	eventfd_write(d->wake_fd, 1);
}

static bool
wait_idle(struct dl_queue_dispatcher *d, int64_t patience_ms)
{
	struct timespec until;
	bool is_idle;

	dl_clock_after(patience_ms, &until);
	pthread_mutex_lock(&d->lock);
	while (d->n_busy &&
	       pthread_cond_clockwait(&d->is_idle, &d->lock, CLOCK_MONOTONIC,
				      &until) == 0)
		;
	is_idle = d->n_busy == 0;
	pthread_mutex_unlock(&d->lock);
	return is_idle;
}

bool
dl_queue_dispatcher_stop(struct dl_queue_dispatcher *d, int64_t patience_ms)
{
	pthread_mutex_lock(&d->lock);
	d->is_stopping = true;
	for (int i = 0; i < d->n_slots; i++)
		pthread_cond_signal(&d->slots[i].is_filled);
	pthread_mutex_unlock(&d->lock);
	dl_queue_dispatcher_wake(d);
	pthread_join(d->planner, NULL);
	if (!wait_idle(d, patience_ms))
		return false;
	for (int i = 0; i < d->n_slots; i++) {
		pthread_join(d->slots[i].thread, NULL);
		pthread_cond_destroy(&d->slots[i].is_filled);
		dl_arena_destroy(d->slots[i].arena);
	}
	pthread_cond_destroy(&d->is_idle);
	pthread_mutex_destroy(&d->lock);
	close(d->wake_fd);
	free(d);
	return true;
}

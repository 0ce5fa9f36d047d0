/* SPDX-License-Identifier: MIT */
/*
 * One connection: opening it and reading from it, each before a deadline
 * (libpq's own calls wait for ever on a server that fell silent).
 */
#include "config.h"

#include "store/db_internal.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/die.h"
#include "base/log.h"

/* Between two attempts to connect, milliseconds. */
#define CONNECT_PAUSE_MS 100

/* Waits until the socket is ready for events; false at the deadline. */
static bool
wait_socket(PGconn *conn, short events, int64_t deadline_ms)
{
	struct pollfd fd = {.fd = PQsocket(conn), .events = events};
	int64_t left_ms = deadline_ms - dl_clock_boot_ms();

	if (left_ms <= 0 || fd.fd < 0)
		return false;
	/* An interrupted wait counts as ready: the caller looks and returns. */
	return poll(&fd, 1, (int)left_ms) != 0;
}

/* The server's notices are no matter of a program; libpq would print them. */
static void
log_notice(void *ctx, const PGresult *result)
{
	const char *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

	(void)ctx;
	dl_log_raw(DL_LOG_DEBUG, "db.notice", text ? text : "");
}

/*
 * What stands before dbname may be overridden by DATABASE_URL, what stands
 * behind it may not.  A NULL user is libpq's business (PGUSER).
 */
static PGconn *
start(const struct dl_db_target *target)
{
	const char *keywords[] = {
	    "keepalives_idle",
	    "keepalives_interval",
	    "keepalives_count",
	    "tcp_user_timeout",
	    "user",
	    "dbname",
	    "application_name",
	    "client_encoding",
	    NULL,
	};
	const char *values[] = {
	    "30",
	    "10",
	    "3",
	    "30000",
	    target->user,
	    target->url,
	    target->program,
	    "UTF8",
	    NULL,
	};

	return PQconnectStartParams(keywords, values, 1);
}

/* One attempt; false leaves the reason in conn. */
static bool
attempt(PGconn *conn, int64_t deadline_ms)
{
	PostgresPollingStatusType state = PGRES_POLLING_WRITING;

	if (PQstatus(conn) == CONNECTION_BAD)
		return false;
	while (state != PGRES_POLLING_OK && state != PGRES_POLLING_FAILED) {
		short events =
		    state == PGRES_POLLING_READING ? POLLIN : POLLOUT;

		if (!wait_socket(conn, events, deadline_ms))
			return false;
		state = PQconnectPoll(conn);
	}
	return state == PGRES_POLLING_OK;
}

/*
 * The SQLSTATE of a refused connection, "" where the server said none.  libpq
 * has no function for it: PQERRORS_VERBOSE writes "FATAL:  28P01: text".
 */
static void
read_sqlstate(const PGconn *conn, char out[6])
{
	const char *at = PQerrorMessage(conn);

	out[0] = '\0';
	while ((at = strstr(at, ":  "))) {
		at += 3;
		if (strspn(at, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 5 ||
		    at[5] != ':')
			continue;
		memcpy(out, at, 5);
		out[5] = '\0';
	}
}

/*
 * Keeps why an attempt failed, to a caller always a matter of time.  One that
 * the deadline cut short was told nothing: what an earlier one heard stands.
 */
static void
note_refusal(const PGconn *conn, struct dl_error *why)
{
	bool is_told = PQstatus(conn) == CONNECTION_BAD;

	if (!is_told && why->code != DL_OK)
		return;
	dl_error_clear(why);
	read_sqlstate(conn, why->sqlstate);
	dl_fail(why, DL_TRY_LATER, "db.connect", "%s%s", PQerrorMessage(conn),
		is_told ? "" : "no answer in time");
}

enum dl_code
dl_db_connect(struct dl_db *db, const struct dl_db_target *target,
	      int64_t deadline_ms, struct dl_error *err)
{
	struct dl_error why = {0};

	for (;;) {
		db->conn = dl_must(start(target));
		PQsetErrorVerbosity(db->conn, PQERRORS_VERBOSE);
		if (attempt(db->conn, deadline_ms))
			break;
		note_refusal(db->conn, &why);
		dl_db_disconnect(db);
		if (dl_db_sqlstate_code(why.sqlstate) != DL_TRY_LATER ||
		    dl_db_is_full(why.sqlstate) ||
		    dl_clock_boot_ms() + CONNECT_PAUSE_MS >= deadline_ms) {
			if (err && err->code == DL_OK)
				*err = why;
			return DL_TRY_LATER;
		}
		dl_clock_sleep_ms(CONNECT_PAUSE_MS);
	}
	PQsetErrorVerbosity(db->conn, PQERRORS_DEFAULT);
	PQsetNoticeReceiver(db->conn, log_notice, NULL);
	db->uses_names = target->uses_names;
	return DL_OK;
}

void
dl_db_disconnect(struct dl_db *db)
{
	PQfinish(db->conn);
	db->conn = NULL;
	memset(db->is_prepared, 0, sizeof(db->is_prepared));
}

bool
dl_db_is_alive(struct dl_db *db)
{
	struct pollfd fd;

	if (!db->conn || PQstatus(db->conn) != CONNECTION_OK)
		return false;
	fd = (struct pollfd){.fd = PQsocket(db->conn), .events = POLLIN};
	/* An idle connection that has something to say says farewell. */
	if (poll(&fd, 1, 0) > 0 && !PQconsumeInput(db->conn))
		return false;
	/* The farewell may come in two pieces: text, then end of file. */
	if (fd.revents && poll(&fd, 1, 0) > 0 && !PQconsumeInput(db->conn))
		return false;
	return PQstatus(db->conn) == CONNECTION_OK;
}

PGresult *
dl_db_next_result(struct dl_db *db, int64_t deadline_ms)
{
	if (!db->conn)
		return NULL;
	while (PQisBusy(db->conn)) {
		if (!wait_socket(db->conn, POLLIN, deadline_ms)) {
			dl_db_disconnect(db);
			return NULL;
		}
		if (!PQconsumeInput(db->conn))
			break;
	}
	return PQgetResult(db->conn);
}

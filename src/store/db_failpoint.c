/* SPDX-License-Identifier: MIT */
/* The steps of a statement at which the fault tests cut the connection. */
#include "config.h"

#include "base/failpoint.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "store/db_internal.h"

/* The server answers a statement of the tests well within this. */
#define ANSWER_MS 5000

/* What was sent is sent; nothing more goes out or is heard. */
static void
cut_connection(const struct dl_db *db)
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return;
	dup2(fd, PQsocket(db->conn));
	close(fd);
}

static bool
is_there(const struct dl_db *db)
{
	return db->conn && PQstatus(db->conn) == CONNECTION_OK;
}

void
dl_db_point_before(struct dl_db *db, const char *name)
{
	if (name && is_there(db) && DL_FAILPOINT("db.before", name))
		cut_connection(db);
}

void
dl_db_point_answered(struct dl_db *db, const char *name)
{
	struct pollfd fd = {.events = POLLIN};

	if (!name || !is_there(db))
		return;
	PQflush(db->conn);
	fd.fd = PQsocket(db->conn);
	poll(&fd, 1, ANSWER_MS);
	if (DL_FAILPOINT("db.answered", name))
		cut_connection(db);
}

void
dl_db_point_done(const char *name)
{
	if (name)
		(void)DL_FAILPOINT("db.done", name);
}

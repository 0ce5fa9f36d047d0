/* SPDX-License-Identifier: MIT */
/*
 * What an administrator does once to a PostgreSQL cluster, as its superuser
 * or as whoever may create roles: a database, passwords, who may come in.
 * One plain connection, no pool.
 *
 * Not thread-safe.
 */
#ifndef DL_STORE_CLUSTER_H
#define DL_STORE_CLUSTER_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/error.h"

struct dl_cluster; /* a connection */

/*
 * conninfo as libpq takes it; what it leaves out comes from the environment.
 * Results live in arena.  DL_TRY_LATER: no connection, and why.
 */
enum dl_code dl_cluster_connect(struct dl_arena *arena, const char *conninfo,
				struct dl_cluster **cluster,
				struct dl_error *err) DL_MUST_CHECK;
/* NULL is no error. */
void dl_cluster_close(struct dl_cluster *cluster);

enum dl_code dl_cluster_has_database(struct dl_cluster *cluster,
				     const char *name, bool *has,
				     struct dl_error *err) DL_MUST_CHECK;

/* In UTF-8, whatever the cluster's own locale is. */
enum dl_code dl_cluster_create_database(struct dl_cluster *cluster,
					const char *name,
					struct dl_error *err) DL_MUST_CHECK;

/* A server setting, such as hba_file. */
enum dl_code dl_cluster_show(struct dl_cluster *cluster, const char *setting,
			     const char **value,
			     struct dl_error *err) DL_MUST_CHECK;

/*
 * Whether the server understands pg_hba.conf and pg_ident.conf as they stand
 * on the disk now: *fault is NULL, or says what is wrong with them.
 */
enum dl_code dl_cluster_check_access(struct dl_cluster *cluster,
				     const char **fault,
				     struct dl_error *err) DL_MUST_CHECK;

/* Has the server read its files again. */
enum dl_code dl_cluster_reload(struct dl_cluster *cluster,
			       struct dl_error *err) DL_MUST_CHECK;

/* SCRAM: neither the statement nor the server's log shows the password. */
enum dl_code dl_cluster_set_password(struct dl_cluster *cluster,
				     const char *role, const char *password,
				     struct dl_error *err) DL_MUST_CHECK;

#endif

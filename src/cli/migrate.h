/* SPDX-License-Identifier: MIT */
/* What disparalead migrate and disparalead setup share. */
#ifndef DL_CLI_MIGRATE_H
#define DL_CLI_MIGRATE_H

#include "cli/cli.h"

struct cli_migration {
	const char *dir; /* holds migrations/ and roles.sql */
	bool wants_roles;
	bool is_status; /* shows what is missing, changes nothing */
};

/* Works on cli->pool, says what it did; an exit status. */
int cli_migrate_with(struct cli *cli, const struct cli_migration *options);

#endif

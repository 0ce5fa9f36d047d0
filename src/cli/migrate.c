/* SPDX-License-Identifier: MIT */
/* disparalead migrate: tables, functions, roles. */
#include "config.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cli/migrate.h"
#include "store/migrations.h"

static int
help(void)
{
	fputs(
	    "uso: disparalead migrate [--roles] [--status] [--dir PASTA]\n\n"
	    "Aplica as migrações que faltam, uma transação cada, e as "
	    "registra\n"
	    "em supabase_migrations.schema_migrations. Pode ser repetido.\n\n"
	    "  --roles      depois, cria os papéis dos programas (roles.sql)\n"
	    "  --status     só mostra o que está aplicado e o que falta\n"
	    "  --dir PASTA  onde estão migrations/ e roles.sql\n"
	    "               (" DL_PKGDATADIR "/sql)\n\n"
	    "Usa DATABASE_URL; PGUSER deve poder criar tabelas e papéis.\n",
	    stdout);
	return CLI_OK;
}

static void
print_notice(const char *text)
{
	cli_say("aviso do banco: %s", text);
}

static int
report(const struct dl_migration_fault *fault)
{
	cli_say("%s, linha %d: %s", fault->path, fault->line, fault->message);
	if (*fault->detail)
		cli_say("detalhe: %s", fault->detail);
	if (*fault->hint)
		cli_say("sugestão: %s", fault->hint);
	if (*fault->context)
		cli_say("em: %s", fault->context);
	cli_say("nada deste arquivo foi aplicado");
	return CLI_FAILED;
}

static int
finish(enum dl_code code, const struct dl_migration_fault *fault,
       const struct dl_error *err)
{
	if (code == DL_OK)
		return CLI_OK;
	return code == DL_REJECTED ? report(fault) : cli_fail(err);
}

static void
print_status(const struct dl_migration_list *list)
{
	static const char *const words[] = {
	    [DL_MIGRATION_APPLIED] = "aplicada",
	    [DL_MIGRATION_PENDING] = "falta",
	    [DL_MIGRATION_UNKNOWN] = "aplicada, sem arquivo",
	};

	for (size_t i = 0; i < list->n; i++)
		printf("%s %s: %s\n", list->items[i].version,
		       list->items[i].name, words[list->items[i].state]);
}

static int
apply_all(struct cli *cli, struct dl_db *db,
	  const struct dl_migration_list *list)
{
	int n_applied = 0;

	for (size_t i = 0; i < list->n; i++) {
		const struct dl_migration *migration = &list->items[i];
		struct dl_migration_fault fault = {0};
		struct dl_error err = {0};
		bool was_applied;
		enum dl_code code;

		if (migration->state != DL_MIGRATION_PENDING)
			continue;
		code = dl_migration_apply(db, cli->arena, migration,
					  &was_applied, &fault, &err);
		if (code != DL_OK)
			return finish(code, &fault, &err);
		if (was_applied)
			printf("%s_%s: aplicada\n", migration->version,
			       migration->name);
		n_applied += was_applied;
	}
	if (!n_applied)
		puts("nada a aplicar");
	return CLI_OK;
}

static int
apply_roles(struct cli *cli, struct dl_db *db, const char *dir)
{
	struct dl_migration_fault fault = {0};
	struct dl_error err = {0};
	const char *path = dl_arena_printf(cli->arena, "%s/roles.sql", dir);
	enum dl_code code =
	    dl_migration_run_file(db, cli->arena, path, &fault, &err);

	if (code == DL_OK)
		puts("papéis: prontos");
	return finish(code, &fault, &err);
}

int
cli_migrate_with(struct cli *cli, const struct cli_migration *options)
{
	struct dl_migration_listener listener = {print_notice};
	struct dl_migration_list list;
	struct dl_error err = {0};
	struct dl_db *db = NULL;
	const char *dir =
	    dl_arena_printf(cli->arena, "%s/migrations", options->dir);
	int status = CLI_OK;

	if (dl_db_acquire(cli->pool, &db, &err) != DL_OK)
		return cli_fail(&err);
	dl_migrations_listen(db, &listener);
	if (dl_migrations_list(db, cli->arena, dir, &list, &err) != DL_OK)
		status = cli_fail(&err);
	else if (options->is_status)
		print_status(&list);
	else
		status = apply_all(cli, db, &list);
	if (status == CLI_OK && options->wants_roles && !options->is_status)
		status = apply_roles(cli, db, options->dir);
	dl_db_release(db);
	return status;
}

int
cli_migrate(int argc, char **argv)
{
	static const struct option longs[] = {
	    {"roles", no_argument, NULL, 'r'},
	    {"status", no_argument, NULL, 's'},
	    {"dir", required_argument, NULL, 'd'},
	    {"help", no_argument, NULL, 'h'},
	    {0},
	};
	struct cli_migration options = {.dir = DL_PKGDATADIR "/sql"};
	struct cli cli;
	int c, status;

	while ((c = getopt_long(argc, argv, "h", longs, NULL)) != -1)
		if (c == 'r')
			options.wants_roles = true;
		else if (c == 's')
			options.is_status = true;
		else if (c == 'd')
			options.dir = optarg;
		else
			return c == 'h' ? help() : cli_bad_option(argv);
	if (optind < argc)
		return cli_usage("migrate", "sobra '%s'", argv[optind]);
	status = cli_open_database(&cli);
	if (status != CLI_OK)
		return status;
	status = cli_migrate_with(&cli, &options);
	cli_close(&cli);
	return status;
}

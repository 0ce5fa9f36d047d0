/* SPDX-License-Identifier: MIT */
/*
 * disparalead setup: from a fresh machine to a working installation, or from
 * one shape of it to another.  May be run again at any time.
 */
#include "config.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/config_files.h"
#include "cli/setup.h"

#define ARENA_CAP (64u << 20)

static int
help(void)
{
	fputs(
	    "uso: disparalead setup [OPÇÕES]\n\n"
	    "Deixa esta máquina pronta, como root: banco e papéis no\n"
	    "PostgreSQL local, chaves, fila embutida, site do nginx, "
	    "serviços.\n"
	    "Muda só o que falta; pode ser repetido, e roda de novo depois de\n"
	    "cada atualização. Grava local.conf, nunca disparalead.conf.\n\n"
	    "  --database-url URL   PostgreSQL de outra máquina ou do "
	    "Supabase,\n"
	    "                       com o usuário que o administra\n"
	    "  --upstash            a fila é o QStash da Upstash: QSTASH_URL,\n"
	    "                       QSTASH_TOKEN e as duas chaves vêm do\n"
	    "                       ambiente ou de --settings\n"
	    "  --supabase-url URL   os usuários entram pelo Supabase (JWKS; "
	    "ou\n"
	    "                       SUPABASE_JWT_SECRET, se for dado)\n"
	    "  --public-url URL     onde a fila alcança esta máquina\n"
	    "  --evolution-url URL  a Evolution API (EVOLUTION_API_KEY vem do\n"
	    "                       ambiente ou de --settings)\n"
	    "  --settings ARQUIVO   linhas NOME=VALOR, com os segredos que "
	    "não\n"
	    "                       devem aparecer na linha de comando\n"
	    "  --user NOME          usuário do sistema dos programas\n"
	    "                       (disparalead)\n"
	    "  --dir PASTA          onde estão migrations/ e roles.sql\n"
	    "                       (" DL_PKGDATADIR "/sql)\n"
	    "  --dry-run            diz cada passo e não muda nada\n\n"
	    "O que não é dado vem do ambiente (NOME ou NOME_FILE), depois de\n"
	    "--settings, depois do que já está configurado.\n",
	    stdout);
	return CLI_OK;
}

static void
name_next(struct setup *s)
{
	const char *url = setup_value(s, "PUBLIC_URL");

	if (!setup_value(s, "EVOLUTION_API_URL") ||
	    !setup_value(s, "EVOLUTION_API_KEY"))
		setup_next(s, "diga onde está a Evolution API: "
			      "EVOLUTION_API_KEY=... disparalead setup "
			      "--evolution-url https://...");
	if (strncmp(url, "https://", 8) == 0)
		setup_next(s,
			   "ponha o nome de %s e o certificado em "
			   "/etc/nginx/sites-available/disparalead",
			   url);
	setup_next(s, "crie a empresa: disparalead tenant add \"Nome\", e seus "
		      "números: disparalead instance add");
	setup_next(s, "confira tudo: disparalead doctor");
}

static int
work(struct setup *s, const char *settings)
{
	int status = setup_read(s, settings);

	if (status == CLI_OK)
		status = setup_choose(s);
	if (status == CLI_OK && !s->is_dry)
		mkdir(s->etc, 0755); /* where the package has not */
	if (status == CLI_OK)
		status = setup_database(s);
	if (status == CLI_OK)
		status = setup_write(s);
	if (status == CLI_OK)
		status = setup_services(s);
	if (status != CLI_OK)
		return status;
	name_next(s);
	setup_print_next(s);
	return CLI_OK;
}

/* Options that are settings go where the other given ones are. */
static bool
take_setting(struct setup *s, int c, const char *value)
{
	const char *name = NULL;

	switch (c) {
	case 'd':
		name = "DATABASE_URL";
		break;
	case 's':
		name = "SUPABASE_URL";
		break;
	case 'p':
		name = "PUBLIC_URL";
		break;
	case 'e':
		name = "EVOLUTION_API_URL";
		break;
	}
	return name && dl_settings_file_set(&s->given, name, value);
}

static bool
take_option(struct setup *s, int c, const char *value, const char **settings)
{
	switch (c) {
	case 'u':
		s->wants_upstash = true;
		return true;
	case 'n':
		s->is_dry = true;
		return true;
	case 'f':
		*settings = value;
		return true;
	case 'U':
		s->system_user = value;
		return true;
	case 'D':
		s->sql_dir = value;
		return true;
	case 'R':
		s->root = value;
		s->is_elsewhere = true;
		s->etc = dl_arena_printf(s->arena, "%s/etc/disparalead", value);
		return true;
	}
	return take_setting(s, c, value);
}

static int
check(const struct setup *s)
{
	if (!*s->etc) {
		cli_say("DISPARALEAD_ETC está vazia");
		return CLI_CONFIG;
	}
	if (geteuid() == 0 || s->is_dry || s->is_elsewhere)
		return CLI_OK;
	cli_say("rode como root (ou com --dry-run, para ver os passos)");
	return CLI_NO_PERM;
}

int
cli_setup(int argc, char **argv)
{
	static const struct option longs[] = {
	    {"database-url", required_argument, NULL, 'd'},
	    {"upstash", no_argument, NULL, 'u'},
	    {"supabase-url", required_argument, NULL, 's'},
	    {"public-url", required_argument, NULL, 'p'},
	    {"evolution-url", required_argument, NULL, 'e'},
	    {"settings", required_argument, NULL, 'f'},
	    {"user", required_argument, NULL, 'U'},
	    {"dir", required_argument, NULL, 'D'},
	    {"dry-run", no_argument, NULL, 'n'},
	    /* For tests: what stands in front of /etc. */
	    {"root", required_argument, NULL, 'R'},
	    {"help", no_argument, NULL, 'h'},
	    {0},
	};
	struct setup s = {.root = "",
			  .etc = cli_config_dir(),
			  .sql_dir = DL_PKGDATADIR "/sql",
			  .system_user = "disparalead"};
	const char *settings = NULL;
	int c, status;

	s.arena = dl_arena_create(ARENA_CAP);
	while ((c = getopt_long(argc, argv, "h", longs, NULL)) != -1)
		if (!take_option(&s, c, optarg, &settings))
			break;
	if (c != -1)
		status = c == 'h' ? help() : cli_bad_option(argv);
	else if (optind < argc)
		status = cli_usage("setup", "sobra '%s'", argv[optind]);
	else
		status = check(&s);
	if (c == -1 && status == CLI_OK)
		status = work(&s, settings);
	dl_arena_destroy(s.arena);
	return status;
}

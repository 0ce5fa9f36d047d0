/* SPDX-License-Identifier: MIT */
/*
 * disparalead token: an access token as Supabase would issue it, for
 * development and for installations without Supabase.
 */
#include "config.h"

#include <getopt.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/json_out.h"
#include "cli/cli.h"
#include "domain/jwt.h"

struct options {
	struct dl_uuid user;
	struct dl_uuid tenant;
	bool has_user;
	bool has_tenant;
	int64_t hours;
};

static int
help(void)
{
	fputs("uso: disparalead token --user ID [--tenant ID] [--hours N]\n\n"
	      "Imprime um token de acesso assinado com SUPABASE_JWT_SECRET\n"
	      "(HS256). Para desenvolvimento: quem tem o segredo pode tudo.\n\n"
	      "  --user ID    id (UUID) do usuário\n"
	      "  --tenant ID  antes, faz deste usuário dono da empresa\n"
	      "  --hours N    validade em horas, de 1 a 8760 (24)\n",
	      stdout);
	return CLI_OK;
}

/* The claims that src/web/auth asks for. */
static const char *
sign(struct cli *cli, const struct options *options)
{
	struct dl_buf *claims = dl_buf_create(cli->arena, 1024);
	struct dl_json_out out;
	int64_t now_s = dl_clock_now_ms() / 1000;

	dl_json_begin(&out, claims);
	dl_json_object_begin(&out);
	dl_json_member_text(&out, "sub", options->user.text);
	dl_json_member_text(&out, "aud", "authenticated");
	dl_json_member_text(&out, "role", "authenticated");
	if (cli->settings.supabase_jwt_issuer.len)
		dl_json_member_str(&out, "iss",
				   cli->settings.supabase_jwt_issuer);
	dl_json_member_int(&out, "iat", now_s);
	dl_json_member_int(&out, "exp", now_s + options->hours * 3600);
	dl_json_object_end(&out);
	return dl_jwt_sign_hs256(
	    cli->arena, dl_secret_str(&cli->settings.supabase_jwt_secret),
	    dl_buf_str(claims));
}

static int
make_owner(struct cli *cli, const struct options *options)
{
	const char *params[] = {options->user.text, options->tenant.text};
	struct dl_error err = {0};
	PGresult *result;

	if (dl_db_call(cli->pool, cli->arena, NULL, true, DL_SQL_OWNER_MAKE,
		       params, &result, &err) != DL_OK)
		return cli_fail(&err);
	if (dl_db_bool(result, 0, "is_made"))
		return CLI_OK;
	cli_say("não há empresa com o id %s", options->tenant.text);
	return CLI_FAILED;
}

static int
work(struct cli *cli, const struct options *options)
{
	const char *token;
	int status = CLI_OK;

	if (!dl_secret_str(&cli->settings.supabase_jwt_secret).len) {
		cli_say("falta SUPABASE_JWT_SECRET; veja disparalead.conf(5)");
		return CLI_CONFIG;
	}
	if (options->has_tenant)
		status = make_owner(cli, options);
	if (status != CLI_OK)
		return status;
	token = sign(cli, options);
	if (!token) {
		cli_say("o token não coube");
		return CLI_FAILED;
	}
	puts(token);
	return CLI_OK;
}

int
cli_token(int argc, char **argv)
{
	static const struct option longs[] = {
	    {"user", required_argument, NULL, 'u'},
	    {"tenant", required_argument, NULL, 't'},
	    {"hours", required_argument, NULL, 'n'},
	    {"help", no_argument, NULL, 'h'},
	    {0},
	};
	struct options options = {.hours = 24};
	struct cli cli;
	bool is_good = true;
	int c, status;

	while (is_good &&
	       (c = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		if (c == 'u')
			options.has_user = is_good =
			    cli_uuid(optarg, "--user", &options.user);
		else if (c == 't')
			options.has_tenant = is_good =
			    cli_uuid(optarg, "--tenant", &options.tenant);
		else if (c == 'n')
			is_good =
			    cli_int(optarg, "--hours", 1, 8760, &options.hours);
		else
			return c == 'h' ? help() : cli_bad_option(argv);
	}
	if (!is_good || optind < argc || !options.has_user)
		return cli_usage("token", "espero: --user ID");
	status = options.has_tenant ? cli_open_database(&cli) : cli_open(&cli);
	if (status != CLI_OK)
		return status;
	status = work(&cli, &options);
	cli_close(&cli);
	return status;
}

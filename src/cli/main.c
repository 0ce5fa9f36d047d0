/* SPDX-License-Identifier: MIT */
/* disparalead: the table of subcommands. */
#include "config.h"

#include <getopt.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "cli/cli.h"

static const struct cli_command commands[] = {
    {"migrate", "cria ou atualiza as tabelas e os papéis no banco",
     cli_migrate},
    {"tenant", "cria uma empresa (tenant add)", cli_tenant},
    {"instance", "dá um número de WhatsApp a uma empresa (instance add)",
     cli_instance},
    {"token", "emite um token de acesso, para desenvolvimento", cli_token},
    {"launch", "dispara uma campanha a partir de um CSV", cli_launch},
    {"status", "mostra e acompanha uma campanha", cli_status},
    {"sweep", "republica, encerra e reabre o que o tempo pede", cli_sweep},
    {"fsck", "confere os contadores do banco e os corrige", cli_fsck},
};
#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static int
help(FILE *out)
{
	fputs("uso: disparalead COMANDO [OPÇÕES]\n\nComandos:\n", out);
	for (size_t i = 0; i < N_COMMANDS; i++)
		fprintf(out, "  %-10s %s\n", commands[i].name,
			commands[i].summary);
	fputs(
	    "\n'disparalead COMANDO --help' explica cada um.\n\n"
	    "Saída: 0 certo; 1 falhou; 64 uso errado; 65 dados ruins; 66\n"
	    "arquivo ilegível; 69 banco ou API fora do ar; 77 sem\n"
	    "permissão; 78 configuração.\n"
	    "Configuração: variáveis de ambiente, veja disparalead.conf(5).\n",
	    out);
	return CLI_OK;
}

static int
complain(const char *name)
{
	cli_say("não conheço o comando '%s'", name);
	help(stderr);
	return CLI_USAGE;
}

int
main(int argc, char **argv)
{
	opterr = 0; /* cli_bad_option() complains, in Portuguese */
	setlocale(LC_CTYPE, "");
	dl_log_open("disparalead", DL_LOG_NOTICE);
	if (argc < 2) {
		help(stderr);
		return CLI_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    strcmp(argv[1], "help") == 0)
		return help(stdout);
	if (strcmp(argv[1], "--version") == 0) {
		puts(PACKAGE_STRING);
		return CLI_OK;
	}
	for (size_t i = 0; i < N_COMMANDS; i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	return complain(argv[1]);
}

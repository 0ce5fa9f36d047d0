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
    {"setup", "instala ou atualiza esta máquina: banco, chaves, serviços",
     cli_setup},
    {"doctor", "examina a instalação e diz o que consertar", cli_doctor},
    {"migrate", "cria ou atualiza as tabelas e os papéis no banco",
     cli_migrate},
    {"tenant", "cria uma empresa (tenant add)", cli_tenant},
    {"instance", "dá um número de WhatsApp a uma empresa (instance add)",
     cli_instance},
    {"token", "emite um token de acesso, para desenvolvimento", cli_token},
    {"launch", "dispara uma campanha a partir de um CSV", cli_launch},
    {"status", "mostra e acompanha uma campanha", cli_status},
    {"preview", "mostra o que um launch faria, sem gravar nem enviar",
     cli_preview},
    {"pause", "para uma campanha", cli_control},
    {"resume", "continua uma campanha pausada", cli_control},
    {"cancel", "cancela o que uma campanha ainda não enviou", cli_control},
    {"retry", "tenta de novo o que falhou", cli_control},
    {"reschedule", "muda quando e em que ritmo uma campanha envia",
     cli_control},
    {"resolve", "diz o que houve com envios de resultado desconhecido",
     cli_control},
    {"edit", "muda um modelo para o que ainda não saiu", cli_control},
    {"export", "grava as mensagens de uma campanha em CSV", cli_export},
    {"test-send", "envia uma mensagem de teste a um número seu", cli_test_send},
    {"queue", "olha e dirige a fila: list, dlq, retry, stats...", cli_queue},
    {"sweep", "republica, encerra e reabre o que o tempo pede", cli_sweep},
    {"fsck", "confere os contadores do banco e os corrige", cli_fsck},
};
#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

/* Commands that work on the database, each with the role that it works as. */
static const char *
role_of(const char *command)
{
	static const struct {
		const char *command, *role;
	} roles[] = {
	    {"tenant", "disparalead_admin"}, {"instance", "disparalead_admin"},
	    {"token", "disparalead_admin"},  {"doctor", "disparalead_admin"},
	    {"sweep", "disparalead_sweep"},  {"fsck", "disparalead_sweep"},
	};

	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
		if (strcmp(command, roles[i].command) == 0)
			return roles[i].role;
	return NULL;
}

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

static const struct cli_command *
find(const char *name)
{
	for (size_t i = 0; i < N_COMMANDS; i++)
		if (strcmp(name, commands[i].name) == 0)
			return &commands[i];
	return NULL;
}

static int
complain(const char *name)
{
	cli_say("não conheço o comando '%s'", name);
	help(stderr);
	return CLI_USAGE;
}

/* "help NAME" is "NAME --help". */
static int
help_on(char *name)
{
	const struct cli_command *command = find(name);
	char option[] = "--help";
	char *argv[] = {name, option, NULL};

	return command ? command->run(2, argv) : complain(name);
}

int
main(int argc, char **argv)
{
	const struct cli_command *command;

	opterr = 0; /* cli_bad_option() complains, in Portuguese */
	setlocale(LC_CTYPE, "");
	dl_log_open("disparalead", DL_LOG_NOTICE);
	if (argc < 2) {
		help(stderr);
		return CLI_USAGE;
	}
	if (strcmp(argv[1], "help") == 0 && argc > 2)
		return help_on(argv[2]);
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    strcmp(argv[1], "help") == 0)
		return help(stdout);
	if (strcmp(argv[1], "--version") == 0) {
		puts(PACKAGE_STRING);
		return CLI_OK;
	}
	command = find(argv[1]);
	if (!command)
		return complain(argv[1]);
	cli_use_role(role_of(argv[1]));
	return command->run(argc - 1, argv + 1);
}

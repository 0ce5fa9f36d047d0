/* SPDX-License-Identifier: MIT */
/*
 * disparalead queue: looks into the queue and steers it.  The subcommands, the
 * options that each takes, and their help are one table.
 */
#include "config.h"

#include "cli/queue.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "remote/qstash.h"

/* Pages of the log or of dead letters, parsed and hidden. */
#define ARENA_CAP (512u << 20)
#define MAX_COUNT 10000
/* Where the text of --help begins. */
#define HELP_COLUMN 20
#define MAX_OPTIONS 16

static const struct {
	char letter;
	const char *name;
	const char *argument; /* NULL: none */
	const char *help;
} options[] = {
    {'l', "label", "TEXTO", "só as deste rótulo"},
    {'k', "key", "CHAVE", "só as desta chave de controle de fluxo"},
    {'i', "instance", "NOME", "a chave deste número de WhatsApp"},
    {'s', "state", "ESTADO", "só as que estão neste estado"},
    {'S', "status", "N", "só as que receberam esta resposta HTTP"},
    {'n', "count", "N", "quantas, no máximo"},
    {'c', "cursor", "CURSOR", "continua onde a lista anterior parou"},
    {'y', "yes", NULL, "não pergunta"},
    {'f', "force", NULL, "mesmo que a troca anterior falte"},
    {'r', "reveal", NULL, "mostra o que fica oculto"},
    {'j', "json", NULL, "imprime JSON, em uma linha"},
    {'h', "help", NULL, "esta ajuda"},
};
#define N_OPTIONS (sizeof(options) / sizeof(options[0]))

static const struct subcommand {
	const char *name;
	const char *arg; /* for --help; NULL: takes none */
	const char *letters;
	bool needs_arg;
	int (*run)(struct cli_queue *q);
	const char *help;
} subcommands[] = {
    {"list", NULL, "lkisnrj", false, cli_queue_list,
     "Mostra mensagens e o estado de cada uma (50).\n"
     "A que mudou por último vem primeiro. Estados: CREATED (espera), ACTIVE\n"
     "(sai agora), ERROR, RETRY (espera outra tentativa), DELIVERED, FAILED,\n"
     "CANCELLED."},
    {"show", "ID", "rj", true, cli_queue_show,
     "Mostra uma mensagem e o que houve com ela."},
    {"dlq", NULL, "lkiSncrj", false, cli_queue_dlq,
     "Mostra as mensagens cujas tentativas se esgotaram (20)."},
    {"retry", "[ID]", "lkiSyj", false, cli_queue_retry,
     "Envia de novo o que morreu, ou já o que espera.\n"
     "ID é o que 'dlq' mostra, ou o de uma mensagem que espera (msg_...).\n"
     "Com filtros, todas as mortas que casam."},
    {"cancel", "[ID]", "lkiyj", false, cli_queue_cancel,
     "Cancela uma mensagem que espera, ou todas as dos filtros."},
    {"pause", "[CHAVE]", "kij", false, cli_queue_hold,
     "Retém tudo de uma chave de controle de fluxo."},
    {"resume", "[CHAVE]", "kij", false, cli_queue_hold,
     "Solta o que 'pause' retém."},
    {"keys", NULL, "rj", false, cli_queue_keys,
     "Mostra as chaves de assinatura."},
    {"keys rotate", NULL, "frj", false, cli_queue_rotate,
     "Troca a chave de assinatura e diz o que mudar, e onde."},
    {"stats", NULL, "kij", false, cli_queue_stats,
     "Mostra o que espera, o que sai e os limites, por chave."},
};
#define N_SUBCOMMANDS (sizeof(subcommands) / sizeof(subcommands[0]))

/* -------------------------------------------------------------------- help */

static int
help(FILE *out)
{
	fputs("uso: disparalead queue COMANDO [OPÇÕES]\n\n"
	      "Olha e dirige a fila de QSTASH_URL com QSTASH_TOKEN, seja "
	      "local-queue\nou Upstash.\n\nComandos:\n",
	      out);
	for (size_t i = 0; i < N_SUBCOMMANDS; i++)
		fprintf(out, "  %-12s %.*s\n", subcommands[i].name,
			(int)strcspn(subcommands[i].help, "\n"),
			subcommands[i].help);
	fputs("\n'disparalead queue COMANDO --help' explica cada um.\n", out);
	return CLI_OK;
}

static int
help_on(const struct subcommand *sub)
{
	printf("uso: disparalead queue %s%s%s [OPÇÕES]\n\n%s\n\n", sub->name,
	       sub->arg ? " " : "", sub->arg ? sub->arg : "", sub->help);
	for (size_t i = 0; i < N_OPTIONS; i++) {
		char option[64];

		if (!strchr(sub->letters, options[i].letter))
			continue;
		snprintf(option, sizeof(option), "--%s %s", options[i].name,
			 options[i].argument ? options[i].argument : "");
		printf("  %-*s%s\n", HELP_COLUMN - 2, option, options[i].help);
	}
	fputs("\nCorpos, cabeçalhos, a consulta dos endereços e as chaves "
	      "ficam ocultos sem\n--reveal. Configuração: QSTASH_URL, "
	      "QSTASH_TOKEN.\n",
	      stdout);
	return CLI_OK;
}

/* ------------------------------------------------------------ command line */

/* The one of that name; "keys rotate" is two words.  NULL: none. */
static const struct subcommand *
find(int argc, char **argv, int *n_words)
{
	char both[64];

	snprintf(both, sizeof(both), "%s %s", argv[1], argc > 2 ? argv[2] : "");
	*n_words = 2;
	for (size_t i = 0; i < N_SUBCOMMANDS; i++)
		if (strcmp(subcommands[i].name, both) == 0)
			return &subcommands[i];
	*n_words = 1;
	for (size_t i = 0; i < N_SUBCOMMANDS; i++)
		if (strcmp(subcommands[i].name, argv[1]) == 0)
			return &subcommands[i];
	return NULL;
}

static void
make_longs(const struct subcommand *sub, struct option *longs)
{
	for (size_t i = 0; i < N_OPTIONS; i++)
		if (options[i].letter == 'h' ||
		    strchr(sub->letters, options[i].letter))
			*longs++ = (struct option){options[i].name,
						   options[i].argument
						       ? required_argument
						       : no_argument,
						   NULL, options[i].letter};
	*longs = (struct option){0};
}

static const char *
lane_of(struct cli_queue *q, const char *instance)
{
	char *key = dl_arena_alloc(q->arena, DL_QSTASH_LANE_KEY_MAX);

	return dl_qstash_lane_key(dl_str(instance), key);
}

/* Takes one option; CLI_OK or CLI_USAGE, said. */
static int
take_option(struct cli_queue *q, int c, char **argv)
{
	switch (c) {
	case 'l':
		q->label = optarg;
		break;
	case 'k':
		q->key = optarg;
		break;
	case 'i':
		q->key = lane_of(q, optarg);
		break;
	case 's':
		q->state = optarg;
		break;
	case 'S':
		q->status = optarg;
		break;
	case 'c':
		q->cursor = optarg;
		break;
	case 'n':
		return cli_int(optarg, "--count", 1, MAX_COUNT, &q->count)
			   ? CLI_OK
			   : CLI_USAGE;
	case 'y':
		q->is_sure = true;
		break;
	case 'f':
		q->is_forced = true;
		break;
	case 'r':
		q->is_revealing = true;
		break;
	case 'j':
		q->is_json = true;
		break;
	default:
		return cli_bad_option(argv);
	}
	if (optarg && !*optarg)
		return cli_usage("queue", "uma opção está vazia");
	return CLI_OK;
}

static int
read_options(struct cli_queue *q, const struct subcommand *sub, int argc,
	     char **argv, bool *is_help)
{
	struct option longs[MAX_OPTIONS];
	int c, status = CLI_OK;

	*is_help = false;
	make_longs(sub, longs);
	while (status == CLI_OK &&
	       (c = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		*is_help |= c == 'h';
		if (c != 'h')
			status = take_option(q, c, argv);
	}
	if (status != CLI_OK || *is_help)
		return status;
	if (argc - optind > (sub->arg ? 1 : 0))
		return cli_usage("queue", "'%s' sobra", argv[argc - 1]);
	q->arg = optind < argc ? argv[optind] : NULL;
	if (q->arg && !*q->arg)
		return cli_usage("queue", "o id está vazio");
	if (sub->needs_arg && !q->arg)
		return cli_usage("queue", "espero: %s %s", sub->name, sub->arg);
	return CLI_OK;
}

/* -------------------------------------------------------------------- work */

static int
work(struct cli_queue *q, const struct subcommand *sub)
{
	int status = cli_open(&q->cli);
	const struct dl_settings *settings = &q->cli.settings;

	if (status != CLI_OK)
		return status;
	if (settings->qstash_url.len && *settings->qstash_token.text) {
		status = cli_api_init(
		    &q->api, &q->cli,
		    dl_arena_strndup(q->arena, settings->qstash_url.ptr,
				     settings->qstash_url.len),
		    settings->qstash_token.text, NULL);
	} else {
		cli_say("faltam QSTASH_URL e QSTASH_TOKEN; veja "
			"disparalead.conf(5)");
		status = CLI_CONFIG;
	}
	if (status == CLI_OK)
		status = sub->run(q);
	cli_close(&q->cli);
	return status;
}

int
cli_queue(int argc, char **argv)
{
	const struct subcommand *sub;
	struct cli_queue q = {0};
	int n_words, status;
	bool is_help;

	if (argc < 2) {
		help(stderr);
		return CLI_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		return help(stdout);
	sub = find(argc, argv, &n_words);
	if (!sub && argv[1][0] == '-')
		return cli_usage("queue", "opção errada ou sem valor: %s",
				 argv[1]);
	if (!sub)
		return cli_usage("queue", "não conheço '%s'", argv[1]);
	q.command = sub->name;
	q.arena = dl_arena_create(ARENA_CAP);
	status =
	    read_options(&q, sub, argc - n_words, argv + n_words, &is_help);
	if (is_help)
		status = help_on(sub);
	else if (status == CLI_OK)
		status = work(&q, sub);
	dl_arena_destroy(q.arena);
	return status;
}

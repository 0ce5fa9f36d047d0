/* SPDX-License-Identifier: MIT */
/* What disparalead launch and preview are told. */
#include "config.h"

#include "cli/launch_options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "cli/window.h"

/* 4,096 characters of up to four bytes, and room for an error to be told. */
#define MAX_TEMPLATE (64 * 1024)

static int
help(const char *command)
{
	printf("uso: disparalead %s ARQUIVO.csv --template TEXTO "
	       "--instance NOME [OPÇÕES]\n\n",
	       command);
	fputs(
	    strcmp(command, "preview") == 0
		? "Mostra o que um launch com as mesmas opções faria; não "
		  "grava\nnem envia nada. Saída: 0 se o envio seria aceito, 1 "
		  "se não.\n\n"
		: "Dispara uma campanha para os contatos de um CSV ('-': "
		  "entrada\npadrão), pela API, como faz o painel.\n\n",
	    stdout);
	fputs(
	    "  --template TEXTO       texto, com {coluna} ou {coluna|padrão};\n"
	    "                         repita para mandar várias mensagens\n"
	    "  --template-file ARQ    o texto está em um arquivo\n"
	    "  --type TIPO            texto, imagem, video, audio, documento;\n"
	    "                         vale para o último --template\n"
	    "  --media-url URL        mídia do último --template\n"
	    "  --file-name NOME       nome do arquivo da mídia\n"
	    "  --instance NOME        número que envia; repita para vários\n"
	    "  --name NOME            nome da campanha (o do arquivo)\n"
	    "  --audience TEXTO       público, só para registro\n"
	    "  --delay-min S          intervalo entre mensagens, em segundos\n"
	    "  --delay-max S          (3 e 8)\n"
	    "  --schedule DATA        começa em, p. ex. "
	    "2026-11-27T12:00:00-03:00\n"
	    "  --expires DATA         o que não saiu até lá não sai mais\n"
	    "  --window JANELA        só envia nestas horas: 09:00-18:00 ou\n"
	    "                         'seg-sex 09:00-18:00'\n"
	    "  --on-missing O_QUÊ     variável que falta: reject, blank, skip\n"
	    "  --pacing RITMO         campaign ou instance\n"
	    "  --idempotency-key K    repetir com a mesma não dispara de novo\n"
	    "  --tenant ID            empresa, quando o usuário tem várias\n"
	    "  --watch                acompanha até o fim\n"
	    "  --json                 imprime as respostas da API, uma linha\n"
	    "                         cada\n"
	    "  --api URL              endereço da API (DISPARALEAD_API_URL)\n"
	    "  --token TOKEN          token de acesso (DISPARALEAD_TOKEN)\n\n"
	    "A coluna do telefone é achada pelo nome (telefone, celular,\n"
	    "whatsapp, phone...). Uma célula com vários números vira vários\n"
	    "contatos.\n",
	    stdout);
	return CLI_OK;
}

int
cli_read_file(struct dl_arena *arena, const char *path, size_t max,
	      struct dl_str *bytes)
{
	bool is_stdin = strcmp(path, "-") == 0;
	FILE *file = is_stdin ? stdin : fopen(path, "rb");
	struct dl_buf *buf = dl_buf_create(arena, max);
	char chunk[65536];
	size_t got;
	int status = CLI_NO_INPUT;

	dl_buf_puts(buf, "");
	while (file && (got = fread(chunk, 1, sizeof(chunk), file)) > 0)
		dl_buf_append(buf, chunk, got);
	*bytes = dl_buf_str(buf);
	if (!file || ferror(file))
		cli_say("%s: %s", path, strerror(errno));
	else if (dl_buf_failed(buf))
		cli_say("%s: maior que %zu bytes", path, max);
	else
		status = CLI_OK;
	if (file && !is_stdin)
		fclose(file);
	return status;
}

static int
add_template(struct cli_launch_options *options, const char *text)
{
	if (options->n_templates == CLI_MAX_TEMPLATES)
		return cli_usage(options->command, "templates demais");
	options->templates[options->n_templates++] =
	    (struct cli_template){.text = text};
	return CLI_OK;
}

static int
add_template_file(struct cli_launch_options *options, struct dl_arena *arena,
		  const char *path)
{
	struct dl_str text;
	int status = cli_read_file(arena, path, MAX_TEMPLATE, &text);

	if (status != CLI_OK)
		return status;
	if (memchr(text.ptr, '\0', text.len)) {
		cli_say("%s: tem bytes nulos", path);
		return CLI_DATA;
	}
	/* An editor's line feed at the end is not meant to be sent. */
	while (text.len && (text.ptr[text.len - 1] == '\n' ||
			    text.ptr[text.len - 1] == '\r'))
		text.len--;
	return add_template(options,
			    dl_arena_strndup(arena, text.ptr, text.len));
}

static int
add_instance(struct cli_launch_options *options, const char *name)
{
	if (options->n_instances == CLI_MAX_INSTANCES)
		return cli_usage(options->command, "instâncias demais");
	options->instances[options->n_instances++] = name;
	return CLI_OK;
}

/* Options of the template that the command line speaks of. */
static int
set_template(struct cli_launch_options *options, int c, const char *value)
{
	struct cli_template *template;

	/* Media alone, without a caption, begins a template too. */
	if (!options->n_templates)
		add_template(options, NULL);
	template = &options->templates[options->n_templates - 1];
	if (c == 'y')
		template->type = value;
	else if (c == 'm')
		template->media_url = value;
	else
		template->file_name = value;
	return CLI_OK;
}

static int
set_window(struct cli_launch_options *options, const char *value)
{
	options->window = value;
	return cli_window_is_valid(value) ? CLI_OK
					  : cli_window_usage(options->command);
}

static int
set_delay(int64_t *delay, const char *option, const char *value)
{
	return cli_int(value, option, 0, INT32_MAX, delay) ? CLI_OK : CLI_USAGE;
}

static int
set_tenant(struct cli_launch_options *options, const char *value)
{
	options->has_tenant = cli_uuid(value, "--tenant", &options->tenant);
	return options->has_tenant ? CLI_OK : CLI_USAGE;
}

/* Texts that are only passed on. */
static void
set_text(struct cli_launch_options *options, int c, const char *value)
{
	switch (c) {
	case 'n':
		options->name = value;
		break;
	case 'u':
		options->audience = value;
		break;
	case 'o':
		options->on_missing = value;
		break;
	case 'p':
		options->pacing = value;
		break;
	case 'k':
		options->idempotency_key = value;
		break;
	case 'a':
		options->api = value;
		break;
	default:
		options->token = value;
	}
}

static int
set(struct cli_launch_options *options, struct dl_arena *arena, int c,
    char **argv)
{
	switch (c) {
	case 'e':
		return add_template(options, optarg);
	case 'E':
		return add_template_file(options, arena, optarg);
	case 'y':
	case 'm':
	case 'f':
		return set_template(options, c, optarg);
	case 'i':
		return add_instance(options, optarg);
	case 'x':
		return set_delay(&options->delay_min, "--delay-min", optarg);
	case 'X':
		return set_delay(&options->delay_max, "--delay-max", optarg);
	case 's':
		options->schedule = optarg;
		return cli_check_time(options->command, "--schedule", optarg);
	case 'P':
		options->expires = optarg;
		return cli_check_time(options->command, "--expires", optarg);
	case 'W':
		return set_window(options, optarg);
	case 'T':
		return set_tenant(options, optarg);
	case 'w':
		options->is_watching = true;
		return CLI_OK;
	case 'j':
		options->is_json = true;
		return CLI_OK;
	case '?':
		return cli_bad_option(argv);
	default:
		set_text(options, c, optarg);
		return CLI_OK;
	}
}

/* What the command line lacks. */
static int
complete(struct cli_launch_options *options, int argc, char **argv)
{
	const char *slash;

	if (argc - optind != 1)
		return cli_usage(options->command, "espero um arquivo CSV");
	if (!options->n_templates)
		return cli_usage(options->command, "falta --template");
	if (!options->n_instances)
		return cli_usage(options->command, "falta --instance");
	for (size_t i = 0; i < options->n_templates; i++)
		if (!options->templates[i].type)
			options->templates[i].type = "texto";
	options->file = argv[optind];
	slash = strrchr(options->file, '/');
	if (!options->name)
		options->name = slash ? slash + 1 : options->file;
	return CLI_OK;
}

int
cli_launch_options(struct cli_launch_options *options, const char *command,
		   struct dl_arena *arena, int argc, char **argv, bool *is_help)
{
	static const struct option longs[] = {
	    {"template", required_argument, NULL, 'e'},
	    {"template-file", required_argument, NULL, 'E'},
	    {"type", required_argument, NULL, 'y'},
	    {"media-url", required_argument, NULL, 'm'},
	    {"file-name", required_argument, NULL, 'f'},
	    {"instance", required_argument, NULL, 'i'},
	    {"name", required_argument, NULL, 'n'},
	    {"audience", required_argument, NULL, 'u'},
	    {"delay-min", required_argument, NULL, 'x'},
	    {"delay-max", required_argument, NULL, 'X'},
	    {"schedule", required_argument, NULL, 's'},
	    {"expires", required_argument, NULL, 'P'},
	    {"window", required_argument, NULL, 'W'},
	    {"on-missing", required_argument, NULL, 'o'},
	    {"pacing", required_argument, NULL, 'p'},
	    {"idempotency-key", required_argument, NULL, 'k'},
	    {"tenant", required_argument, NULL, 'T'},
	    {"watch", no_argument, NULL, 'w'},
	    {"json", no_argument, NULL, 'j'},
	    {"api", required_argument, NULL, 'a'},
	    {"token", required_argument, NULL, 't'},
	    {"help", no_argument, NULL, 'h'},
	    {0},
	};
	int c, status = CLI_OK;

	*options = (struct cli_launch_options){
	    .command = command, .delay_min = -1, .delay_max = -1};
	*is_help = false;
	while (status == CLI_OK &&
	       (c = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		if (c == 'h') {
			*is_help = true;
			return help(command);
		}
		status = set(options, arena, c, argv);
	}
	return status == CLI_OK ? complete(options, argc, argv) : status;
}

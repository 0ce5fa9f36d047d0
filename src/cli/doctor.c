/* SPDX-License-Identifier: MIT */
/*
 * disparalead doctor: looks at everything that an installation needs and
 * says, line by line, what is well, what is not, and how that is mended.
 * Changes nothing; one probe goes through the queue.
 */
#include "config.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/die.h"
#include "cli/config_files.h"
#include "cli/doctor.h"
#include "remote/http.h"

#define ARENA_CAP (64u << 20)

static const struct {
	const char *name; /* of its lines; a check may have others, too */
	void (*run)(struct doctor *d);
} checks[] = {
    {"config", doctor_check_settings},      {"arquivos", doctor_check_files},
    {"disco", doctor_check_disk},           {"tls", doctor_check_tls},
    {"banco", doctor_check_database},       {"pooler", doctor_check_pooler},
    {"migracoes", doctor_check_migrations}, {"site", doctor_check_site},
    {"corpo", doctor_check_body_limit},     {"login", doctor_check_sign_in},
    {"fila", doctor_check_queue},           {"entrega", doctor_check_delivery},
    {"evolution", doctor_check_evolution},  {"numeros", doctor_check_instances},
};

static int
help(void)
{
	fputs(
	    "uso: disparalead doctor [--json] [--no-probe] [OPÇÕES]\n\n"
	    "Examina a instalação inteira e diz, linha a linha, o que está\n"
	    "certo (OK), o que preocupa (AVISO) e o que não funciona (ERRO),\n"
	    "com o conserto. Não muda nada. Rode como root.\n\n"
	    "  --json            um objeto JSON em vez de linhas\n"
	    "  --no-probe        não manda uma sonda pela fila até esta\n"
	    "                    máquina (na Upstash conta uma mensagem)\n"
	    "  --min-free N      avisa com menos de N% de disco livre (10)\n"
	    "  --dir PASTA       onde estão migrations/ e roles.sql\n"
	    "                    (" DL_PKGDATADIR "/sql)\n\n"
	    "Saída: 0 tudo certo, 1 há avisos, 2 há erros; 64 uso errado.\n",
	    stdout);
	return CLI_OK;
}

/* Every fault at once, instead of giving up at them. */
static char *
load_settings(struct dl_settings *settings)
{
	char *faults = NULL;
	size_t len = 0;
	FILE *out = dl_must(open_memstream(&faults, &len));

	if (dl_settings_load(settings,
			     DL_LAUNCH | DL_PROCESS | DL_STATUS | DL_QUEUE |
				 DL_SWEEP | DL_EVENTS | DL_CONTROL,
			     out) != DL_OK)
		fflush(out); /* they are in faults; nothing else to do */
	fclose(out);
	return faults;
}

static void
run_checks(struct doctor *d)
{
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		d->check = checks[i].name;
		checks[i].run(d);
	}
}

static int
examine(struct doctor *d)
{
	char *faults;

	cli_load_files();
	dl_http_global_init();
	faults = load_settings(&d->cli.settings);
	d->faults = faults;
	d->cli.arena = dl_arena_create(ARENA_CAP);
	d->config_dir = cli_config_dir();
	/* Before the one connection of its own is made: the budget counts. */
	if (d->cli.settings.database_url.len)
		d->cli.pool =
		    dl_db_pool_create(&d->cli.settings, "disparalead");
	dl_qstash_init(&d->queue, &d->cli.settings, dl_http_curl());
	dl_evolution_init(&d->evolution, &d->cli.settings, dl_http_curl());
	run_checks(d);
	if (d->is_json)
		doctor_print_json(d);
	else
		doctor_print_summary(d);
	cli_close(&d->cli);
	free(faults);
	return (int)d->worst;
}

int
cli_doctor(int argc, char **argv)
{
	static const struct option longs[] = {
	    {"json", no_argument, NULL, 'j'},
	    {"no-probe", no_argument, NULL, 'n'},
	    {"min-free", required_argument, NULL, 'm'},
	    {"dir", required_argument, NULL, 'd'},
	    {"help", no_argument, NULL, 'h'},
	    {0},
	};
	static struct doctor d = {.sql_dir = DL_PKGDATADIR "/sql",
				  .min_free_percent = 10,
				  .wants_probe = true};
	int c;

	while ((c = getopt_long(argc, argv, "h", longs, NULL)) != -1)
		if (c == 'j')
			d.is_json = true;
		else if (c == 'n')
			d.wants_probe = false;
		else if (c == 'd')
			d.sql_dir = optarg;
		else if (c != 'm')
			return c == 'h' ? help() : cli_bad_option(argv);
		else if (!cli_int(optarg, "--min-free", 1, 1000,
				  &d.min_free_percent))
			return CLI_USAGE;
	if (optind < argc)
		return cli_usage("doctor", "sobra '%s'", argv[optind]);
	return examine(&d);
}

/* SPDX-License-Identifier: MIT */
/* The common main function. */
#include "config.h"

#include "web/program.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/log.h"
#include "metrics/metrics.h"

static void
print_help(const struct dl_program_info *info)
{
	printf("Uso: %s [--help | --version | --check-config]\n\n%s\n\n"
	       "Programa FastCGI: recebe no descritor 0 o soquete em que "
	       "escuta (systemd ou spawn-fcgi)\n"
	       "e atende até SIGTERM.\n\n"
	       "  --help          mostra esta ajuda\n"
	       "  --version       mostra a versão\n"
	       "  --check-config  verifica a configuração; sai com 0 ou 78\n\n"
	       "Saída: 0 fim normal, 64 uso errado, 69 recurso indisponível, "
	       "78 configuração com erro.\n\n"
	       "Configuração, por variáveis de ambiente (man "
	       "disparalead.conf):\n",
	       info->name, info->summary);
	dl_settings_help(stdout);
}

static int
serve(const struct dl_program_info *info, const struct dl_settings *settings)
{
	struct dl_server server = {
	    .program = info->name,
	    .worker_threads = (int)settings->worker_threads,
	};
	struct dl_error err = {.code = DL_OK};
	int status;

	dl_log_open(info->name, (enum dl_log_level)settings->log_level);
	dl_metrics_open(info->name, settings->metrics_file);
	dl_metrics_workers(settings->worker_threads);
	if (info->start(settings, &server, &err) != DL_OK) {
		dl_log_error(&err);
		return EX_UNAVAILABLE;
	}
	status = dl_server_run(&server);
	info->stop(server.app);
	return status;
}

static int
run(const struct dl_program_info *info, bool is_check)
{
	struct dl_settings settings;
	int status;

	if (dl_settings_load(&settings, info->settings, stderr) != DL_OK)
		status = DL_EXIT_CONFIG;
	else
		status = is_check ? 0 : serve(info, &settings);
	dl_settings_clear(&settings);
	return status;
}

int
dl_program_main(const struct dl_program_info *info, int argc, char **argv)
{
	const char *option = argc > 1 ? argv[1] : NULL;

	if (argc == 1)
		return run(info, false);
	if (argc == 2 && strcmp(option, "--check-config") == 0)
		return run(info, true);
	if (argc == 2 && strcmp(option, "--help") == 0) {
		print_help(info);
		return 0;
	}
	if (argc == 2 && strcmp(option, "--version") == 0) {
		printf("%s %s\n", info->name, PACKAGE_VERSION);
		return 0;
	}
	fprintf(stderr, "%s: opção desconhecida: %s\nVeja %s --help.\n",
		info->name, option ? option : "", info->name);
	return EX_USAGE;
}

/* SPDX-License-Identifier: MIT */
/*
 * A simulator of Evolution API 2.3.6 for tests and for ./demo; README.md says
 * what it imitates.  It runs until SIGTERM or SIGINT.
 */
#include "config.h"

#include <curl/curl.h>
#include <err.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "http.h"
#include "journal.h"
#include "sim.h"
#include "webhook.h"

static const char usage[] =
    "usage: evolution-simulator [options]\n"
    "  --listen 127.0.0.1:PORT  where to listen; port 0 (the default) takes "
    "the\n"
    "                           one that stands in the port file, else a free\n"
    "                           one\n"
    "  --port-file FILE         write the port there\n"
    "  --pid-file FILE          write the process id there\n"
    "  --key KEY                the global key (default: global-key)\n"
    "  --instances A,B,C        instances that are there, open, from the\n"
    "                           start; each one's token is <name>-token\n"
    "  --journal FILE           what was really sent, kept over a restart\n"
    "  --no-delay               do not hold a call for its \"delay\"\n"
    "  --help                   this text\n";

struct options {
	uint16_t port;
	const char *port_file;
	const char *pid_file;
	char *instances;
};

/* "127.0.0.1:8090" -> 8090; other addresses are refused. */
static uint16_t
parse_listen(const char *text)
{
	char *end;
	long port;

	if (strncmp(text, "127.0.0.1:", 10) != 0)
		errx(64, "--listen %s: 127.0.0.1:PORT is wanted", text);
	port = strtol(text + 10, &end, 10);
	if (*end || !text[10] || port < 0 || port > 65535)
		errx(64, "--listen %s: no such port", text);
	return (uint16_t)port;
}

static void
parse_options(int argc, char **argv, struct sim *sim, struct options *options)
{
	static const struct option known[] = {
	    {"listen", required_argument, NULL, 'l'},
	    {"port-file", required_argument, NULL, 'o'},
	    {"pid-file", required_argument, NULL, 'p'},
	    {"key", required_argument, NULL, 'k'},
	    {"instances", required_argument, NULL, 'i'},
	    {"journal", required_argument, NULL, 'j'},
	    {"no-delay", no_argument, NULL, 'n'},
	    {"help", no_argument, NULL, 'h'},
	    {NULL, 0, NULL, 0}};
	int c;

	while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (c) {
		case 'l':
			options->port = parse_listen(optarg);
			break;
		case 'o':
			options->port_file = optarg;
			break;
		case 'p':
			options->pid_file = optarg;
			break;
		case 'k':
			sim->key = optarg;
			break;
		case 'i':
			options->instances = optarg;
			break;
		case 'j':
			sim->journal_path = optarg;
			break;
		case 'n':
			sim->has_no_delay = true;
			break;
		case 'h':
			fputs(usage, stdout);
			exit(0);
		default:
			fputs(usage, stderr);
			exit(64);
		}
	}
}

/* The number that an earlier run wrote; 0 where there is none. */
static uint16_t
read_port(const char *path)
{
	FILE *file = path ? fopen(path, "re") : NULL;
	char text[16] = "";
	long port;

	if (!file)
		return 0;
	if (!fgets(text, sizeof(text), file))
		text[0] = '\0';
	fclose(file);
	port = strtol(text, NULL, 10);
	return port > 0 && port <= 65535 ? (uint16_t)port : 0;
}

/* Written whole: who waits for the file never reads half a number. */
static void
write_number(const char *path, long number)
{
	char part[4096];
	FILE *file;

	if (!path)
		return;
	snprintf(part, sizeof(part), "%s.part", path);
	file = fopen(part, "we");
	if (!file || fprintf(file, "%ld\n", number) < 0 || fclose(file) != 0 ||
	    rename(part, path) != 0)
		err(1, "%s", path);
}

static void
add_instances(struct sim *sim, char *names)
{
	char *rest = NULL;

	for (char *name = names ? strtok_r(names, ",", &rest) : NULL; name;
	     name = strtok_r(NULL, ",", &rest))
		sim_instance_add(sim, name, NULL, SIM_OPEN);
}

int
main(int argc, char **argv)
{
	static struct sim sim;
	struct options options = {0};
	sigset_t stops;
	int got;

	sim_init(&sim);
	sim.key = "global-key";
	parse_options(argc, argv, &sim, &options);
	sigemptyset(&stops);
	sigaddset(&stops, SIGTERM);
	sigaddset(&stops, SIGINT);
	pthread_sigmask(SIG_BLOCK, &stops, NULL);
	signal(SIGPIPE, SIG_IGN);
	curl_global_init(CURL_GLOBAL_DEFAULT);
	sim_journal_open(&sim);
	add_instances(&sim, options.instances);
	sim_webhook_start(&sim);
	if (!options.port)
		options.port = read_port(options.port_file);
	pthread_mutex_lock(&sim.lock);
	options.port = sim_http_start(&sim, options.port);
	snprintf(sim.url, sizeof(sim.url), "http://127.0.0.1:%u", options.port);
	pthread_mutex_unlock(&sim.lock);
	write_number(options.pid_file, getpid());
	write_number(options.port_file, options.port);
	printf("listening on %s\n", sim.url);
	fflush(stdout);
	sigwait(&stops, &got);
	_exit(0);
}

/* SPDX-License-Identifier: MIT */
/*
 * setup: nginx's site, and the units through systemctl; where no systemd runs
 * the commands are printed instead.
 */
#include "config.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/setup.h"

#define SITE       "disparalead"
#define QUEUE_SITE "disparalead-local-queue"

static const char *const units[] = {
    "disparalead-launch-campaign.socket",
    "disparalead-process-message.socket",
    "disparalead-campaign-status.socket",
    "disparalead-control-campaign.socket",
    "disparalead-evolution-events.socket",
    "disparalead-sweep.timer",
    "disparalead.target",
};
#define N_UNITS (sizeof(units) / sizeof(units[0]))

static const char *const queue_units[] = {
    "disparalead-local-queue.socket",
    "disparalead-local-queue.service",
};
#define N_QUEUE_UNITS (sizeof(queue_units) / sizeof(queue_units[0]))

/* The longest command: all units, and what goes before them. */
#define MAX_ARGUMENTS (N_UNITS + N_QUEUE_UNITS + 4)

struct command {
	const char *arguments[MAX_ARGUMENTS + 1];
	size_t n;
};

static void
add(struct command *command, const char *argument)
{
	if (command->n < MAX_ARGUMENTS)
		command->arguments[command->n++] = argument;
	command->arguments[command->n] = NULL;
}

static const char *
words(struct setup *s, const struct command *command)
{
	struct dl_buf *out = dl_buf_create(s->arena, 4096);

	for (size_t i = 0; i < command->n; i++)
		dl_buf_appendf(out, "%s%s", i ? " " : "",
			       command->arguments[i]);
	return dl_buf_cstr(out);
}

/* posix_spawn() and its family take arguments that they do not change. */
static int
spawn(const struct command *command)
{
	extern char **environ;
	char *arguments[MAX_ARGUMENTS + 1];
	int state;
	pid_t pid;

	memcpy(arguments, command->arguments, sizeof(arguments));
	if (posix_spawnp(&pid, arguments[0], NULL, NULL, arguments, environ) !=
		0 ||
	    waitpid(pid, &state, 0) != pid || !WIFEXITED(state))
		return -1;
	return WEXITSTATUS(state);
}

static int
run(struct setup *s, const struct command *command)
{
	setup_say(s, SETUP_DONE, "%s", words(s, command));
	if (s->is_dry || spawn(command) == 0)
		return CLI_OK;
	cli_say("este comando falhou: %s", words(s, command));
	return CLI_FAILED;
}

/* ------------------------------------------------------------------ nginx */

/* A link in sites-enabled; is_wanted: or none. */
static int
link_site(struct setup *s, const char *name, bool is_wanted)
{
	const char *site = dl_arena_printf(
	    s->arena, "%s/etc/nginx/sites-available/%s", s->root, name);
	const char *path = dl_arena_printf(
	    s->arena, "%s/etc/nginx/sites-enabled/%s", s->root, name);
	const char *to =
	    dl_arena_printf(s->arena, "../sites-available/%s", name);
	struct stat st;
	bool is_there = lstat(path, &st) == 0;

	if (is_wanted && access(site, R_OK) != 0) {
		setup_say(s, SETUP_NOTE,
			  "não há %s: instale o pacote ou o "
			  "site do nginx à mão",
			  site);
		return CLI_OK;
	}
	if (is_there == is_wanted) {
		if (is_wanted)
			setup_say(s, SETUP_KEPT, "o site %s", name);
		return CLI_OK;
	}
	setup_say(s, SETUP_DONE, "%s o site %s",
		  is_wanted ? "ligar" : "desligar", name);
	if (s->is_dry || (is_wanted ? symlink(to, path) : unlink(path)) == 0)
		return CLI_OK;
	cli_say("%s: %s", path, strerror(errno));
	return CLI_FAILED;
}

/* ---------------------------------------------------------------- systemd */

static bool
has_systemd(const struct setup *s)
{
	/* sd_booted(3) */
	return !s->is_elsewhere && access("/run/systemd/system", F_OK) == 0;
}

/*
 * Whether the machine has the unit: one that is missing would make systemctl
 * refuse all.  Where no systemd runs, all are named.
 */
static bool
has_unit(struct setup *s, const char *unit)
{
	static const char *const dirs[] = {"/etc/systemd/system",
					   "/usr/local/lib/systemd/system",
					   "/lib/systemd/system"};

	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		if (access(dl_arena_printf(s->arena, "%s/%s", dirs[i], unit),
			   F_OK) == 0)
			return true;
	return !has_systemd(s);
}

static void
list_commands(struct setup *s, struct command commands[5], size_t *n)
{
	struct command enable = {.n = 0}, stop = {.n = 0}, restart = {.n = 0};
	struct command test = {.n = 0}, reload = {.n = 0};

	add(&enable, "systemctl");
	add(&enable, "enable");
	add(&enable, "--now");
	for (size_t i = 0; i < N_UNITS; i++)
		if (has_unit(s, units[i]))
			add(&enable, units[i]);
	add(&stop, "systemctl");
	add(&stop, "disable");
	add(&stop, "--now");
	for (size_t i = 0; i < N_QUEUE_UNITS; i++)
		add(s->is_embedded ? &enable : &stop, queue_units[i]);
	add(&restart, "systemctl");
	add(&restart, "try-restart");
	add(&restart, "disparalead-*.service");
	add(&test, "nginx");
	add(&test, "-t");
	add(&test, "-q");
	add(&reload, "systemctl");
	add(&reload, "reload-or-restart");
	add(&reload, "nginx");
	*n = 0;
	commands[(*n)++] = enable;
	if (!s->is_embedded)
		commands[(*n)++] = stop;
	commands[(*n)++] = restart;
	commands[(*n)++] = test;
	commands[(*n)++] = reload;
}

static int
start_units(struct setup *s)
{
	struct command commands[5];
	size_t n;
	int status = CLI_OK;

	list_commands(s, commands, &n);
	if (!has_systemd(s)) {
		setup_say(s, SETUP_NOTE,
			  "aqui não roda o systemd; num que rode, os comandos "
			  "são:");
		for (size_t i = 0; i < n; i++)
			printf("    %s\n", words(s, &commands[i]));
		return CLI_OK;
	}
	for (size_t i = 0; status == CLI_OK && i < n; i++)
		status = run(s, &commands[i]);
	return status;
}

int
setup_services(struct setup *s)
{
	int status;

	setup_section("Serviços");
	status = link_site(s, SITE, true);
	if (status == CLI_OK)
		status = link_site(s, QUEUE_SITE, s->is_embedded);
	if (status == CLI_OK)
		status = start_units(s);
	return status;
}

/* SPDX-License-Identifier: MIT */
/* Following a campaign. */
#include "config.h"

#include "cli/watch.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json_in.h"
#include "cli/progress.h"

#define ARENA_CAP (64u << 20)
/* Bounds of poll_after_ms, and what is assumed where it is absent. */
#define MIN_POLL_MS 200
#define MAX_POLL_MS 60000
#define POLL_MS     2000
/* A server that stays away for longer is not coming back by itself. */
#define PATIENCE_MS (10 * 60 * 1000)
/* What stands beside the bar takes about so many columns. */
#define TEXT_WIDTH 60

struct watch {
	const struct cli_api *api;
	char path[80];
	struct dl_arena *arena; /* of one answer */
	bool is_terminal;       /* standard error is one */
	bool is_json;
	char etag[80];
	char last[256]; /* the line that stands there */
	int64_t poll_ms;
	int64_t silent_since_ms; /* 0: the last answer was good */
};

/* Width of the bar that fits the terminal; 0 elsewhere. */
static int
bar_width(const struct watch *watch)
{
	struct winsize size;

	if (!watch->is_terminal || ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0)
		return 0;
	if (size.ws_col < TEXT_WIDTH + 12)
		return 0;
	return size.ws_col - TEXT_WIDTH > 40 ? 40 : size.ws_col - TEXT_WIDTH;
}

/* Draws over the line in a terminal; elsewhere writes it if it is news. */
static void
draw(struct watch *watch, const char *line)
{
	if (watch->is_terminal)
		fprintf(stderr, "\r\033[K%s", line);
	else if (strcmp(line, watch->last) != 0)
		fprintf(stderr, "%s\n", line);
	snprintf(watch->last, sizeof(watch->last), "%s", line);
	fflush(stderr);
}

static void
end_line(const struct watch *watch)
{
	if (watch->is_terminal && *watch->last)
		fputc('\n', stderr);
}

static void
ask(struct watch *watch, struct cli_answer *answer)
{
	const char *header = NULL;

	dl_arena_reset(watch->arena);
	if (*watch->etag)
		header = dl_arena_printf(watch->arena, "If-None-Match: %s",
					 watch->etag);
	cli_api_send(watch->api, watch->arena,
		     &(struct cli_call){.path = watch->path, .header = header},
		     answer);
}

static int64_t
clamp(int64_t ms)
{
	if (ms < MIN_POLL_MS)
		return MIN_POLL_MS;
	return ms > MAX_POLL_MS ? MAX_POLL_MS : ms;
}

/* A good answer: draws it and says when to ask again. */
static void
take(struct watch *watch, const struct cli_answer *answer)
{
	json_object *poll = dl_json_get(answer->json, "poll_after_ms");
	struct dl_buf *line =
	    dl_buf_create(watch->arena, sizeof(watch->last) - 1);

	watch->silent_since_ms = 0;
	watch->poll_ms = clamp(poll ? json_object_get_int64(poll) : POLL_MS);
	snprintf(watch->etag, sizeof(watch->etag), "%s",
		 answer->etag ? answer->etag : "");
	cli_progress_line(line, answer->json, bar_width(watch),
			  dl_clock_now_ms());
	draw(watch, dl_buf_cstr(line));
}

/* An error that may pass; false when it has lasted too long. */
static bool
bear(struct watch *watch, const struct cli_answer *answer)
{
	int64_t now_ms = dl_clock_boot_ms();

	if (!watch->silent_since_ms)
		watch->silent_since_ms = now_ms;
	else
		draw(watch, "sem resposta da API; continuo tentando");
	watch->poll_ms =
	    clamp(answer->retry_after_s > 0 ? answer->retry_after_s * 1000
					    : POLL_MS / 2);
	return now_ms - watch->silent_since_ms < PATIENCE_MS;
}

/* The last word on the campaign. */
static int
conclude(const struct watch *watch, const struct cli_answer *answer)
{
	if (watch->is_json)
		cli_print_json(answer->json);
	else
		cli_progress_report(stdout, answer->json);
	return CLI_OK;
}

static void
init(struct watch *watch, const struct cli_api *api, const char *campaign_id,
     bool is_json)
{
	*watch = (struct watch){
	    .api = api,
	    .arena = dl_arena_create(ARENA_CAP),
	    .is_terminal = isatty(STDERR_FILENO),
	    .is_json = is_json,
	};
	snprintf(watch->path, sizeof(watch->path), "/status?campaign_id=%s",
		 campaign_id);
}

/* Asks once; true when it is over, with the exit status. */
static bool
step(struct watch *watch, int *status)
{
	struct cli_answer answer;
	json_object *state;

	ask(watch, &answer);
	if (answer.status == 304) {
		watch->silent_since_ms = 0;
		return false;
	}
	if (answer.status == 200 && answer.json) {
		take(watch, &answer);
		if (!cli_progress_is_final(answer.json))
			return false;
		end_line(watch);
		*status = conclude(watch, &answer);
		state = dl_json_get(answer.json, "status");
		if (strcmp(json_object_get_string(state), "completed") != 0)
			*status = CLI_FAILED;
		return true;
	}
	if ((cli_api_is_passing(&answer) || answer.status == 500) &&
	    bear(watch, &answer))
		return false;
	end_line(watch);
	*status = cli_api_complain(&answer, NULL);
	return true;
}

int
cli_show(const struct cli_api *api, const char *campaign_id, bool is_json)
{
	struct cli_answer answer;
	struct watch watch;
	int status;

	init(&watch, api, campaign_id, is_json);
	ask(&watch, &answer);
	if (answer.status == 200 && answer.json)
		status = conclude(&watch, &answer);
	else
		status = cli_api_complain(&answer, NULL);
	dl_arena_destroy(watch.arena);
	return status;
}

int
cli_watch(const struct cli_api *api, const char *campaign_id, bool is_json)
{
	struct watch watch;
	int status;

	init(&watch, api, campaign_id, is_json);
	while (!step(&watch, &status))
		dl_clock_sleep_ms(watch.poll_ms);
	dl_arena_destroy(watch.arena);
	return status;
}

/* SPDX-License-Identifier: MIT */
/*
 * The product's own HTTP API as its command line uses it: the way that the
 * frontend goes, with nothing that the frontend could not do.
 */
#ifndef DL_CLI_API_H
#define DL_CLI_API_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"
#include "cli/cli.h"
#include "cli/contacts.h"
#include "remote/http.h"

/* Where, and as whom; the texts are borrowed. */
struct cli_api {
	const char *base;   /* without a '/' at the end */
	const char *token;  /* without "Bearer" */
	const char *tenant; /* X-Tenant-Id; NULL for none */
};

struct cli_answer {
	long status;       /* 0: none came */
	json_object *json; /* NULL where the body is none */
	struct dl_str body;
	const char *etag;      /* NULL where absent */
	int64_t retry_after_s; /* 0 where nobody named a time */
	bool has_begun;        /* take was given a part of it */
	char fault[256];       /* why none came, or no more */
};

/* --api and --token, else the settings; CLI_OK or CLI_CONFIG, said. */
int cli_api_init(struct cli_api *api, const struct cli *cli, const char *base,
		 const char *token, const char *tenant);

/* The options that every command has that speaks to the API. */
struct cli_api_options {
	const char *api, *token;
	struct dl_uuid tenant;
	bool has_tenant;
	bool is_json;
};

/* Their rows for getopt_long(), which knows them by these letters, and for
 * --help. */
#define CLI_API_LONG_OPTIONS                                                   \
	{"json", no_argument, NULL, 'j'},                                      \
	    {"tenant", required_argument, NULL, 'T'},                          \
	    {"api", required_argument, NULL, 'a'},                             \
	    {"token", required_argument, NULL, 't'},                           \
	{                                                                      \
		"help", no_argument, NULL, 'h'                                 \
	}
#define CLI_API_HELP                                                           \
	"  --json          imprime a resposta da API, em uma linha\n"          \
	"  --tenant ID     empresa, quando o usuário tem várias\n"           \
	"  --api URL       endereço da API (DISPARALEAD_API_URL)\n"           \
	"  --token TOKEN   token de acesso (DISPARALEAD_TOKEN)\n"

/* cli_api_option(): the letter is none of theirs. */
#define CLI_API_OTHER (-1)

/* Takes one of them, optarg its value: CLI_OK, CLI_USAGE (said), or
 * CLI_API_OTHER. */
int cli_api_option(struct cli_api_options *options, int c);

/* Loads the settings into cli and readies the API; CLI_OK, then cli_close()
 * ends it, or the exit status, said. */
int cli_api_open(struct cli_api *api, struct cli *cli,
		 const struct cli_api_options *options);

/* One request. */
struct cli_call {
	enum dl_http_method method; /* DL_HTTP_GET: POST where it has a body */
	const char *path;           /* "/status?campaign_id=..." */
	const char *header;         /* one more; NULL for none */
	struct dl_str body;         /* {NULL, 0}: a GET */
	/* Takes a good answer's body as it comes, see remote/http.h; it may
	 * then last an hour.  NULL: it is kept. */
	bool (*take)(void *ctx, struct dl_str bytes);
	void *take_ctx;
};

/* As much as is kept of an answer. */
#define CLI_API_MAX_ANSWER (32u << 20)

/* Sends it once; what comes back lives in the arena. */
void cli_api_send(const struct cli_api *api, struct dl_arena *arena,
		  const struct cli_call *call, struct cli_answer *answer);

/*
 * Sends it until there is a word on it: for three minutes while the server is
 * away or busy.  For requests that may be repeated.
 */
void cli_api_insist(const struct cli_api *api, struct dl_arena *arena,
		    const struct cli_call *call, struct cli_answer *answer);

/* No answer, 429, 502, 503 or 504: the same request is worth another try. */
bool cli_api_is_passing(const struct cli_answer *answer);

/* A status of 2xx with JSON. */
bool cli_api_is_good(const struct cli_answer *answer);

/* The problem's code, "" where it has none. */
const char *cli_api_code(const struct cli_answer *answer);

/*
 * Says what was answered and returns the exit status for it.  With the list
 * that was sent (else NULL) bad contacts are named by their row in the file.
 */
int cli_api_complain(const struct cli_answer *answer,
		     const struct cli_contacts *contacts);

#endif

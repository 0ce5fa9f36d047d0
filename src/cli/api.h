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
	char fault[256];       /* why none came */
};

/* --api and --token, else the settings; CLI_OK or CLI_CONFIG, said. */
int cli_api_init(struct cli_api *api, const struct cli *cli, const char *base,
		 const char *token, const char *tenant);

/*
 * One request; what comes back lives in the arena.  body {NULL, 0} makes it a
 * GET.  header is one more, NULL for none.
 */
void cli_api_call(const struct cli_api *api, struct dl_arena *arena,
		  const char *path, const char *header, struct dl_str body,
		  struct cli_answer *answer);

/* No answer, 429, 502, 503 or 504: the same request is worth another try. */
bool cli_api_is_passing(const struct cli_answer *answer);

/* The problem's code, "" where it has none. */
const char *cli_api_code(const struct cli_answer *answer);

/*
 * Says what was answered and returns the exit status for it.  With the list
 * that was sent (else NULL) bad contacts are named by their row in the file.
 */
int cli_api_complain(const struct cli_answer *answer,
		     const struct cli_contacts *contacts);

#endif

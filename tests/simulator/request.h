/* SPDX-License-Identifier: MIT */
/* One call, as the routes see it.  It belongs to its connection's thread. */
#ifndef SIM_REQUEST_H
#define SIM_REQUEST_H

#include <json-c/json.h>
#include <microhttpd.h>
#include <stdbool.h>
#include <stdint.h>

#include "answer.h"
#include "sim.h"

struct sim_request {
	struct MHD_Connection *connection;
	const char *method;
	char *url;                     /* raw, query included */
	char *instance_name;           /* of the path, decoded; NULL: none */
	struct sim_instance *instance; /* where the call acts; NULL: none */
	bool has_global_key;           /* not an instance's token */
	int64_t start_ms;  /* when its headers were read, real clock */
	json_object *body; /* an object or array; never NULL in a route */
	char *file_name;   /* of a multipart "file"; NULL: none */
	int64_t file_length;
};

typedef void (*sim_route_fn)(struct sim *sim, struct sim_request *request,
			     struct sim_answer *answer);

/* A query parameter; NULL where absent. */
const char *sim_query(const struct sim_request *request, const char *name);

/* A member that is a string; NULL otherwise.  Valid while the body is. */
const char *sim_body_text(json_object *body, const char *name);

/* A member that is an integer; otherwise fallback. */
int64_t sim_body_int(json_object *body, const char *name, int64_t fallback);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * What the files that read a launch share, and those that read the same
 * members where a campaign is changed later (control_request.c); of no use to
 * anybody else.
 */
#ifndef DL_DOMAIN_LAUNCH_INTERNAL_H
#define DL_DOMAIN_LAUNCH_INTERNAL_H

#include <json-c/json.h>

#include "base/json_in.h"
#include "domain/launch_body.h"
#include "domain/launch_request.h"

/* One launch being read. */
struct dl_launch_reader {
	struct dl_arena *arena;
	const struct dl_launch_limits *limits;
	int64_t now_ms;
	struct dl_launch_request *out;
	struct dl_problem_list *problems;
	struct dl_template_names *names;
	bool is_full; /* the arena's cap was met on the way */
};

/* A copy in the reader's arena; {NULL, 0} at its cap, which is noted. */
struct dl_str dl_launch_keep(struct dl_launch_reader *r, struct dl_str s);

/* The fields but templates and contatos; faults go to r->problems. */
void dl_launch_read_fields(struct dl_launch_reader *r, json_object *body);

/* templates; DL_P_BODY_TOO_LARGE at the arena's cap, else DL_P_OK. */
enum dl_problem_code dl_launch_read_templates(struct dl_launch_reader *r,
					      json_object *body);

/*
 * contatos, after the templates were read: DL_P_OK, with single faults in
 * r->problems, or a code that ends the reading (an element is no JSON, the
 * arena's cap).
 */
enum dl_problem_code dl_launch_read_contacts(struct dl_launch_reader *r,
					     const struct dl_launch_body *body);

enum dl_problem_code dl_launch_json_problem(enum dl_json_fault fault);

/* The member of obj as a string; {NULL, 0} where absent or null.  Another
 * type is reported under path. */
struct dl_str dl_launch_get_text(struct dl_launch_reader *r, json_object *obj,
				 const char *name, const char *path);

/*
 * The members below, each as of r->now_ms; faults go to r->problems.  An
 * absent or null one is none, and leaves the place as it is.
 */

/* Seconds of a delay; false for a fault. */
bool dl_launch_read_seconds(struct dl_launch_reader *r, json_object *body,
			    const char *name, int64_t *seconds);
/* scheduledFor; whether there is one. */
bool dl_launch_read_start(struct dl_launch_reader *r, json_object *body,
			  int64_t *at_ms);
/* expiresAt, which must come after start_ms. */
void dl_launch_read_expiry(struct dl_launch_reader *r, json_object *body,
			   int64_t start_ms, int64_t *at_ms);
/* sendWindow as JSON text in the arena; {NULL, 0} where there is none. */
struct dl_str dl_launch_read_window(struct dl_launch_reader *r,
				    json_object *body);

#endif

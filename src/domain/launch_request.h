/* SPDX-License-Identifier: MIT */
/*
 * The body of POST /launch: decoded and validated whole, without a database.
 * Which instances belong to the tenant and which contacts have opted out is
 * asked of the database afterwards; launch_plan.h then lays turns and slots.
 *
 * A request of 100,000 contacts is read contact by contact: neither json-c's
 * tree of the whole body nor the rendered texts ever stand in memory at once.
 *
 * Not thread-safe while reading; a finished request may be shared.
 */
#ifndef DL_DOMAIN_LAUNCH_REQUEST_H
#define DL_DOMAIN_LAUNCH_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/settings.h"
#include "base/str.h"
#include "domain/phone.h"
#include "domain/problem_codes.h"
#include "domain/slots.h"
#include "domain/template.h"

/* An answer lists so many duplicates and rejected contacts at most. */
#define DL_LAUNCH_LIST_MAX 100

enum dl_message_type {
	DL_MESSAGE_TEXTO,
	DL_MESSAGE_IMAGEM,
	DL_MESSAGE_VIDEO,
	DL_MESSAGE_AUDIO,
	DL_MESSAGE_DOCUMENTO,
	DL_MESSAGE__COUNT
};

enum dl_missing_policy {
	DL_MISSING_REJECT, /* 422 for the launch */
	DL_MISSING_BLANK,  /* nothing in its place */
	DL_MISSING_SKIP    /* the contact is left out */
};

/* "texto" and so on, as in message_type; static, as are the next two. */
const char *dl_message_type_name(enum dl_message_type type);
/* "reject", "blank", "skip", as in campaigns.on_missing_variable. */
const char *dl_missing_policy_name(enum dl_missing_policy policy);
/* "braces", "at", as in campaigns.placeholders. */
const char *dl_template_mode_name(enum dl_template_mode mode);

/* The limits of doc/launch.md; all of them settings. */
struct dl_launch_limits {
	int64_t max_contacts;
	int64_t max_messages;
	int64_t max_templates;
	int64_t max_instances;
	int64_t max_contact_keys;
	int64_t max_delay_s;
	int country_code;                  /* of numbers without one */
	struct dl_str media_allowed_hosts; /* comma-separated; empty: any */
};

/* The limits that the settings state. */
struct dl_launch_limits dl_launch_limits_of(const struct dl_settings *settings);

struct dl_launch_template {
	enum dl_message_type type;
	struct dl_str text;      /* as sent, with placeholders; may be empty */
	struct dl_str media_url; /* empty for texto */
	struct dl_str file_name; /* with its extension; empty for texto */
	const struct dl_template *compiled;
};

/* A contact that was accepted. */
struct dl_launch_contact {
	size_t index; /* in contatos, as sent */
	struct dl_phone phone;
	struct dl_str json;          /* its object's text, inside the body */
	const struct dl_str *values; /* for dl_template_render() */
};

/* A contact that was left out. */
struct dl_launch_rejected {
	size_t index;
	struct dl_str telefone; /* as sent; empty where there was none */
	enum dl_problem_code code;
	const char *message; /* Portuguese */
};

struct dl_launch_duplicate {
	size_t index;
	size_t first_index;
	struct dl_str telefone;
};

/* A contact without a value for some variable, whatever became of it. */
#define DL_LAUNCH_NAMES_MAX 20

struct dl_launch_missing {
	size_t index;
	/* Each once, in the order of the texts, so many at most; none where
	 * all have fallbacks and the message would be blank. */
	const struct dl_str *names;
	size_t n_names;
};

struct dl_launch_request {
	struct dl_str campaign_name;
	struct dl_str target_audience;    /* publicTarget; may be empty */
	struct dl_str creative;           /* content; may be empty */
	const struct dl_str *instances;   /* each once */
	const uint32_t *instance_indexes; /* where each first stands, as sent */
	size_t n_instances;
	int64_t delay_min_s, delay_max_s;
	bool is_scheduled;
	int64_t scheduled_for_ms; /* where is_scheduled; as asked for */
	int64_t start_ms;         /* slot(0): that or now, never before now */
	enum dl_missing_policy on_missing;
	enum dl_pacing pacing;
	enum dl_template_mode placeholders;
	struct dl_str send_window; /* JSON text; empty where there is none */
	int64_t expires_at_ms;     /* 0 where there is none */
	const struct dl_launch_template *templates;
	size_t n_templates;
	struct dl_launch_contact *contacts; /* accepted, in the order sent */
	size_t n_contacts;
	struct dl_launch_duplicate duplicates[DL_LAUNCH_LIST_MAX];
	size_t n_duplicates, duplicates_total;
	struct dl_launch_rejected rejected[DL_LAUNCH_LIST_MAX];
	size_t n_rejected, rejected_total;
	size_t rejected_by_code[DL_P__COUNT];
	struct dl_launch_missing missing[DL_LAUNCH_LIST_MAX];
	size_t n_missing, missing_total;
	size_t missing_refused; /* of these, faults: the policy is reject */
};

/*
 * Reads body as of now_ms.  DL_P_OK and *out filled; or the code to answer
 * with (its status says 400 or 422), the single faults in *problems (none for
 * a body that is no JSON).  Several faults of one code give that code, faults
 * of several codes the first's.  *out points into arena and body.
 * DL_P_BODY_TOO_LARGE when the arena's cap is met: about 4 times the body and
 * 300 bytes a contact suffice.
 */
enum dl_problem_code
dl_launch_request_read(struct dl_arena *arena, struct dl_str body,
		       const struct dl_launch_limits *limits, int64_t now_ms,
		       struct dl_launch_request *out,
		       struct dl_problem_list *problems);

/*
 * Reads one template, a JSON object as in a launch, whose index names it in
 * faults; compiles its text into names.  Codes as dl_launch_request_read; *out
 * points into value and arena.
 */
enum dl_problem_code dl_launch_template_read(
    struct dl_arena *arena, const struct dl_launch_limits *limits,
    enum dl_template_mode mode, struct dl_template_names *names,
    json_object *value, size_t index, struct dl_launch_template *out,
    struct dl_problem_list *problems);

/*
 * Whether a text fits a contact with these values: DL_P_OK;
 * DL_P_MISSING_VARIABLE, *missing the first name without a value, ptr NULL
 * where the message would be blank; or DL_P_TEXT_TOO_LONG.
 */
enum dl_problem_code dl_launch_text_check(const struct dl_launch_template *t,
					  const struct dl_str *values,
					  enum dl_missing_policy policy,
					  struct dl_str *missing);

/*
 * Appends message_content of one row to text: the rendered text of a template
 * for a contact (indexes into the accepted ones and templates).
 */
void dl_launch_render(const struct dl_launch_request *request, size_t contact,
		      size_t template_index, struct dl_buf *text);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * The paths of the three jobs that are bytes in, bytes out, each run a fixed
 * number of times, so that their instructions can be counted (instructions):
 *
 *	bench-pure signature       verify 100 deliveries
 *	bench-pure template        fill 1,000 texts
 *	bench-pure classification  judge 100 answers of Evolution
 *	bench-pure launch          read a launch of 10,000 contacts, render its
 *	                           texts, write what the queue gets
 *
 * Only what measured_*() does is counted.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_in.h"
#include "domain/launch_request.h"
#include "domain/outcome.h"
#include "domain/signature.h"
#include "domain/template.h"
#include "remote/qstash.h"

#define NOW_S 1795521600

static void
require(bool is_true, const char *what)
{
	if (is_true)
		return;
	fprintf(stderr, "bench-pure: %s\n", what);
	exit(1);
}

/* ------------------------------------------------------------- signature */

static const char delivery[] =
    "{\"message_id\":\"0199a1c2-1111-7222-8333-444455556666\","
    "\"phone_number\":\"5511987654321\",\"message_content\":\"Ola Maria, um "
    "cupom de 10% para voce\",\"instance_name\":\"loja-sp-01\","
    "\"campaign_id\":\"0199a1c2-aaaa-4bbb-8ccc-ddddeeeeffff\","
    "\"generation\":1}";

static void __attribute__((noinline))
measured_signature(struct dl_arena *arena, struct dl_str token,
		   const struct dl_signature_expect *expect)
{
	for (int i = 0; i < 100; i++) {
		require(dl_signature_verify(arena, token, expect) ==
			    DL_SIGNATURE_OK,
			"a signature is refused");
		dl_arena_reset(arena);
	}
}

static void
signature(struct dl_arena *arena)
{
	const struct dl_signature_expect expect = {
	    .current_key = DL_STR("sig_bench_current"),
	    .next_key = DL_STR("sig_bench_next"),
	    .base_url = DL_STR("https://example.com/api"),
	    .uri = DL_STR("/process-message"),
	    .body = dl_str(delivery),
	    .now_s = NOW_S,
	    .leeway_s = 30};
	static char token[4096];

	snprintf(
	    token, sizeof(token), "%s",
	    dl_signature_sign(arena, expect.current_key,
			      DL_STR("https://example.com/api/process-message"),
			      expect.body, "jti_1", NOW_S));
	measured_signature(arena, dl_str(token), &expect);
}

/* -------------------------------------------------------------- template */

static void __attribute__((noinline))
measured_template(const struct dl_template *t, const struct dl_str *values,
		  struct dl_buf *out)
{
	for (int i = 0; i < 1000; i++) {
		struct dl_template_check check;

		dl_buf_reset(out);
		dl_template_check(t, values, &check);
		dl_template_render(t, values, out);
	}
}

static void template(struct dl_arena *arena)
{
	struct dl_template_names *names = dl_template_names_create(arena);
	struct dl_buf *out = dl_buf_create(arena, 1 << 16);
	const struct dl_str *values;
	json_object *contact;
	struct dl_template *t = dl_template_compile(
	    arena, names,
	    DL_STR("Ol\xc3\xa1 {nome}, a {empresa} de {cidade} guardou um "
		   "cupom de {desconto|10%} para voc\xc3\xaa!"),
	    DL_TEMPLATE_BRACES);

	require(dl_json_parse(arena,
			      DL_STR("{\"Nome\":\"Jo\xc3\xa3o\",\"empresa\":"
				     "\"Acme Ltda\",\"cidade\":\"Campinas\"}"),
			      &contact) == DL_JSON_OK,
		"the contact is no JSON");
	require(dl_template_names_bind(names, arena, contact, &values) ==
		    DL_TEMPLATE_BOUND,
		"the contact does not bind");
	measured_template(t, values, out);
	require(dl_buf_str(out).len > 60, "no text");
}

/* -------------------------------------------------------- classification */

static void __attribute__((noinline))
measured_classification(struct dl_arena *arena,
			const struct dl_outcome_answer *answers, size_t n)
{
	for (size_t i = 0; i < 100; i++) {
		struct dl_outcome outcome;

		dl_outcome_classify(arena, &answers[i % n], &outcome);
		require(outcome.response != NULL, "no answer kept");
		dl_arena_reset(arena);
	}
}

static void
classification(struct dl_arena *arena)
{
	const struct dl_outcome_answer answers[] = {
	    {.http_status = 201,
	     .body = DL_STR(
		 "{\"key\":{\"remoteJid\":\"5511987654321@s.whatsapp.net\","
		 "\"fromMe\":true,\"id\":\"3EB01613B580C291EB0C5B\"},"
		 "\"pushName\":\"Voc\xc3\xaa\",\"status\":\"PENDING\","
		 "\"message\":{\"conversation\":\"Ola\"},"
		 "\"contextInfo\":null,\"messageType\":\"conversation\","
		 "\"messageTimestamp\":1795521600,\"instanceId\":"
		 "\"6f1c\",\"source\":\"web\"}")},
	    {.http_status = 400,
	     .body = DL_STR("{\"status\":400,\"error\":\"Bad Request\","
			    "\"response\":{\"message\":[{\"jid\":"
			    "\"5511987654321@s.whatsapp.net\",\"exists\":"
			    "false,\"number\":\"5511987654321\"}]}}")},
	    {.http_status = 401,
	     .body = DL_STR("{\"status\":401,\"error\":\"Unauthorized\","
			    "\"response\":{\"message\":\"Unauthorized\"}}")},
	    {.http_status = 500,
	     .body = DL_STR("{\"status\":500,\"error\":\"Internal Server "
			    "Error\",\"response\":{\"message\":"
			    "\"Connection Closed\"}}")},
	};

	measured_classification(arena, answers,
				sizeof(answers) / sizeof(answers[0]));
}

/* ---------------------------------------------------------------- launch */

#define N_CONTACTS 10000

static void
write_launch(struct dl_buf *body)
{
	dl_buf_appendf(
	    body, "{\"campaignName\":\"bench\",\"instances\":[\"a\",\"b\"],"
		  "\"templates\":[{\"type\":\"texto\",\"text\":\"Ola "
		  "{nome}, a {empresa} tem um cupom!\"}],\"contatos\":[");
	for (int i = 0; i < N_CONTACTS; i++)
		dl_buf_appendf(body,
			       "%s{\"telefone\":\"(11) 98765-%04d\",\"nome\":"
			       "\"Maria %d\",\"empresa\":\"Acme Ltda\"}",
			       i ? "," : "", i, i);
	dl_buf_appendf(body, "]}");
}

static size_t __attribute__((noinline))
measured_launch(struct dl_arena *arena, struct dl_str body,
		struct dl_launch_request *request, struct dl_buf *text,
		struct dl_buf *batch)
{
	static const struct dl_launch_limits limits = {.max_contacts = 100000,
						       .max_messages = 300000,
						       .max_templates = 20,
						       .max_instances = 50,
						       .max_contact_keys = 100,
						       .max_delay_s = 86400,
						       .country_code = 55};
	const struct dl_qstash queue = {.public_url =
					    DL_STR("https://example.com/api"),
					.retries = 2,
					.timeout_s = 90,
					.media_timeout_s = 195};
	static struct dl_problem_list problems;
	size_t written = 0;

	require(dl_launch_request_read(arena, body, &limits, NOW_S * 1000LL,
				       request, &problems) == DL_P_OK,
		"the launch is refused");
	for (size_t i = 0; i < request->n_contacts; i++) {
		struct dl_qstash_message message = {
		    .id = "0199a1c2-1111-7222-8333-444455556666",
		    .campaign_id = "0199a1c2-aaaa-4bbb-8ccc-ddddeeeeffff",
		    .instance_name = request->instances[i % 2],
		    .phone_number = dl_str(request->contacts[i].phone.digits),
		    .generation = 1,
		    .run = 1,
		    .gap_s = 3,
		    .not_before_s = NOW_S + (int64_t)i * 5};

		dl_buf_reset(text);
		dl_launch_render(request, i, 0, text);
		message.content = dl_buf_str(text);
		dl_buf_reset(batch);
		dl_qstash_write_message(&queue, &message, batch);
		written += dl_buf_str(batch).len;
	}
	return written;
}

static void
launch(struct dl_arena *arena)
{
	static struct dl_launch_request request;
	struct dl_arena *own = dl_arena_create(16 << 20);
	struct dl_buf *body = dl_buf_create(own, 4 << 20);
	struct dl_buf *text = dl_buf_create(own, 1 << 16);
	struct dl_buf *batch = dl_buf_create(own, 1 << 16);
	size_t written;

	write_launch(body);
	written =
	    measured_launch(arena, dl_buf_str(body), &request, text, batch);
	require(request.n_contacts == N_CONTACTS, "contacts were lost");
	require(written > N_CONTACTS * 500, "too little was written");
	dl_arena_destroy(own);
}

int
main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(struct dl_arena *arena);
	} jobs[] = {{"signature", signature},
		    {"template", template},
		    {"classification", classification},
		    {"launch", launch}};
	struct dl_arena *arena = dl_arena_create(64 << 20);

	for (size_t i = 0; argc == 2 && i < sizeof(jobs) / sizeof(jobs[0]);
	     i++) {
		if (strcmp(argv[1], jobs[i].name) != 0)
			continue;
		jobs[i].run(arena);
		dl_arena_destroy(arena);
		return 0;
	}
	fprintf(stderr, "usage: bench-pure "
			"signature|template|classification|launch\n");
	return 64;
}

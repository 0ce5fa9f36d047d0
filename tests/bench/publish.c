/* SPDX-License-Identifier: MIT */
/*
 * bench-publish: publishes messages to a queue in batches of 100, as
 * launch-campaign does, and prints how long that took:
 * {"messages":n,"refused":n,"seconds":s,"per_s":r}.
 *
 *	--queue URL        the queue's, without /v2
 *	--token TOKEN
 *	--to URL           the destination
 *	--messages N       a multiple of 100
 *	--in-flight N      batches under way at a time (4)
 *	--keys N           flow-control keys that they are shared among, 0: none
 *	--flow VALUE       the limits of each key (parallelism=1)
 *	--after S          all due so many seconds from now (0: at once)
 *	--spread PER_S     each due 1/PER_S seconds after the one before, at
 *	                   /at/<its time> below the destination
 *
 * Exit status 0 when every batch was accepted.
 */
#include "config.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/json_out.h"
#include "base/log.h"
#include "base/uuid.h"
#include "remote/http.h"

#define BATCH     100
#define ARENA_CAP (8 * 1024 * 1024)
/* About what a delivery of ours carries. */
#define TEXT                                                                   \
	"Ola! Esta mensagem tem mais ou menos o tamanho de uma verdadeira, "   \
	"com um nome, um cupom de desconto e um convite para visitar a loja."

struct run {
	const char *queue, *token, *to, *flow;
	int64_t messages, in_flight, keys, after_s, spread;
	int64_t start_ms;
	int64_t published, refused;
};

static const char *
destination(const struct run *run, struct dl_arena *arena, int64_t n,
	    int64_t *due_ms)
{
	*due_ms = run->start_ms + run->after_s * 1000;
	if (!run->spread)
		return run->to;
	/* Upstash-Not-Before is in whole seconds. */
	*due_ms = (*due_ms + n * 1000 / run->spread) / 1000 * 1000;
	return dl_arena_printf(arena, "%s/at/%lld", run->to,
			       (long long)*due_ms);
}

static void
write_headers(const struct run *run, struct dl_arena *arena,
	      struct dl_json_out *out, int64_t n, int64_t due_ms)
{
	struct dl_uuid id;

	dl_uuid_v7(dl_clock_now_ms(), (unsigned int)(n % 4096), &id);
	dl_json_key(out, "headers");
	dl_json_object_begin(out);
	dl_json_member_text(out, "Upstash-Method", "POST");
	dl_json_member_text(out, "Upstash-Retries", "2");
	dl_json_member_text(out, "Upstash-Deduplication-Id", id.text);
	dl_json_member_text(out, "Upstash-Label", "camp-bench-r1,camp-bench");
	if (run->keys) {
		dl_json_member_text(
		    out, "Upstash-Flow-Control-Key",
		    dl_arena_printf(arena, "lane-%lld",
				    (long long)(n % run->keys)));
		dl_json_member_text(out, "Upstash-Flow-Control-Value",
				    run->flow);
	}
	if (run->after_s || run->spread)
		dl_json_member_text(
		    out, "Upstash-Not-Before",
		    dl_arena_printf(arena, "%lld", (long long)due_ms / 1000));
	dl_json_object_end(out);
}

static void
write_message(const struct run *run, struct dl_arena *arena,
	      struct dl_json_out *out, int64_t n)
{
	int64_t due_ms;
	const char *to = destination(run, arena, n, &due_ms);

	dl_json_object_begin(out);
	dl_json_member_text(out, "destination", to);
	dl_json_member_text(out, "body", TEXT);
	write_headers(run, arena, out, n, due_ms);
	dl_json_object_end(out);
}

static bool
next(void *ctx, struct dl_arena *arena, struct dl_http_request *request,
     void **token)
{
	struct run *run = ctx;
	struct dl_buf *body = dl_buf_create(arena, ARENA_CAP / 4);
	const char **headers = dl_arena_array(arena, 2, sizeof(*headers));
	struct dl_json_out out;

	(void)token;
	if (run->published >= run->messages)
		return false;
	dl_json_begin(&out, body);
	dl_json_array_begin(&out);
	for (int i = 0; i < BATCH; i++)
		write_message(run, arena, &out, run->published++);
	dl_json_array_end(&out);
	headers[0] =
	    dl_arena_printf(arena, "Authorization: Bearer %s", run->token);
	headers[1] = "Content-Type: application/json";
	*request = (struct dl_http_request){
	    .method = DL_HTTP_POST,
	    .url = dl_arena_printf(arena, "%s/v2/batch", run->queue),
	    .headers = headers,
	    .n_headers = 2,
	    .body = dl_buf_str(body),
	    .connect_timeout_ms = 5000,
	    .timeout_ms = 60000,
	    .max_answer = 64 * 1024,
	};
	return true;
}

static void
done(void *ctx, void *token, enum dl_code code,
     const struct dl_http_answer *answer, const struct dl_error *err)
{
	struct run *run = ctx;

	(void)token;
	if (code == DL_OK && answer->status == 200)
		return;
	run->refused += BATCH;
	fprintf(stderr, "bench-publish: status %ld %s\n", answer->status,
		err->detail);
}

static int
usage(void)
{
	fputs("usage: bench-publish --queue URL --token TOKEN --to URL "
	      "--messages N [option...]\n",
	      stderr);
	return 64;
}

static bool
read_number(int64_t *out)
{
	return dl_str_to_int64(dl_str(optarg), out) && *out >= 0;
}

static bool
read_options(struct run *run, int argc, char **argv)
{
	static const struct option options[] = {
	    {"queue", required_argument, NULL, 'q'},
	    {"token", required_argument, NULL, 't'},
	    {"to", required_argument, NULL, 'd'},
	    {"messages", required_argument, NULL, 'm'},
	    {"in-flight", required_argument, NULL, 'i'},
	    {"keys", required_argument, NULL, 'k'},
	    {"flow", required_argument, NULL, 'f'},
	    {"after", required_argument, NULL, 'a'},
	    {"spread", required_argument, NULL, 's'},
	    {0}};
	bool is_good = true;

	for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		switch (c) {
		case 'q':
			run->queue = optarg;
			break;
		case 't':
			run->token = optarg;
			break;
		case 'd':
			run->to = optarg;
			break;
		case 'f':
			run->flow = optarg;
			break;
		case 'm':
			is_good &= read_number(&run->messages);
			break;
		case 'i':
			is_good &= read_number(&run->in_flight);
			break;
		case 'k':
			is_good &= read_number(&run->keys);
			break;
		case 'a':
			is_good &= read_number(&run->after_s);
			break;
		case 's':
			is_good &= read_number(&run->spread);
			break;
		default:
			return false;
		}
	}
	return is_good && run->queue && run->token && run->to &&
	       run->messages > 0 && run->messages % BATCH == 0 &&
	       run->in_flight > 0;
}

int
main(int argc, char **argv)
{
	struct run run = {.flow = "parallelism=1", .in_flight = 4};
	struct dl_http_source source = {
	    .arena_cap = ARENA_CAP, .next = next, .done = done, .ctx = &run};
	const struct dl_http_transport *http = dl_http_curl();
	double seconds;
	int64_t began_ms;

	if (!read_options(&run, argc, argv))
		return usage();
	dl_log_open("bench-publish", DL_LOG_NOTICE);
	dl_http_global_init();
	run.start_ms = dl_clock_now_ms();
	began_ms = dl_clock_boot_ms();
	http->send_many(http->ctx, &source, (int)run.in_flight);
	seconds = (double)(dl_clock_boot_ms() - began_ms) / 1000;
	printf("{\"messages\":%lld,\"refused\":%lld,\"seconds\":%.3f,"
	       "\"per_s\":%.0f}\n",
	       (long long)run.messages, (long long)run.refused, seconds,
	       (double)run.messages / (seconds > 0 ? seconds : 0.001));
	return run.refused ? 1 : 0;
}

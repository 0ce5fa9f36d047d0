/* SPDX-License-Identifier: MIT */
/*
 * bench-drive: sends requests, each once, over kept connections, and prints
 * {"requests":n,"good":n,"seconds":s,"per_s":r,"p50_ms":t,"p99_ms":t,
 *  "max_ms":t,"statuses":{"200":n}}.
 *
 *	--url URL          where to
 *	--bodies FILE      a body a line, each sent by POST; without it GET
 *	--requests N       so many GETs
 *	--in-flight N      at a time (16)
 *	--header LINE      "Name: value", up to 8 of them
 *	--sign KEY         a queue's signature for each, made before the start
 *	--sub URL          what it names; --url where absent
 *	--good STATUS      what counts as good (200)
 *
 * Exit status 0 when all were good.
 */
#include "config.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/json_out.h"
#include "base/log.h"
#include "domain/signature.h"
#include "remote/http.h"

#define ARENA_CAP   (64 * 1024 * 1024)
#define KEPT_CAP    ((size_t)4 * 1024 * 1024 * 1024)
#define MAX_BODY    (32 * 1024 * 1024)
#define MAX_HEADERS 8
#define MAX_STATUS  600

struct request {
	struct dl_str body;
	const char *signature; /* the whole header line, NULL: none */
	int64_t began_us;
	int64_t took_us;
};

struct run {
	const char *url, *bodies, *key, *sub;
	const char *headers[MAX_HEADERS];
	size_t n_headers;
	int64_t n_requests, in_flight, good;
	struct request *requests;
	size_t n_begun;
	int64_t statuses[MAX_STATUS];
};

static int64_t
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* ------------------------------------------------------------ before the start
 */

static const char *
sign(const struct run *run, struct dl_arena *arena, struct dl_str body,
     size_t number)
{
	struct dl_arena *scratch = dl_arena_create(1024 * 1024);
	const char *jti = dl_arena_printf(scratch, "jwt_bench_%zu", number);
	const char *token = dl_signature_sign(
	    scratch, dl_str(run->key), dl_str(run->sub ? run->sub : run->url),
	    body, jti, dl_clock_now_ms() / 1000);
	const char *line =
	    dl_arena_printf(arena, "Upstash-Signature: %s", token);

	dl_arena_destroy(scratch);
	return line;
}

static bool
grow(struct run *run, size_t n, size_t *room)
{
	struct request *more;

	if (n < *room)
		return true;
	*room = *room ? *room * 2 : 1024;
	more = realloc(run->requests, *room * sizeof(*more));
	if (more)
		run->requests = more;
	return more != NULL;
}

static bool
read_bodies(struct run *run, struct dl_arena *arena)
{
	FILE *file = fopen(run->bodies, "re");
	char *line = NULL;
	size_t size = 0, n = 0, room = 0;
	bool is_good = file != NULL;

	for (ssize_t len; is_good && (len = getline(&line, &size, file)) > 0;) {
		struct dl_str body = {line, (size_t)len};

		if (body.ptr[body.len - 1] == '\n')
			body.len--;
		is_good = grow(run, n, &room);
		if (!is_good)
			break;
		body = dl_arena_str(arena, body);
		run->requests[n] = (struct request){.body = body};
		if (run->key)
			run->requests[n].signature = sign(run, arena, body, n);
		n++;
	}
	free(line);
	if (file)
		fclose(file);
	run->n_requests = (int64_t)n;
	return is_good && n > 0;
}

static bool
make_requests(struct run *run, struct dl_arena *arena)
{
	if (run->bodies)
		return read_bodies(run, arena);
	run->requests = calloc((size_t)run->n_requests, sizeof(*run->requests));
	return run->requests && run->n_requests > 0;
}

/* ------------------------------------------------------------------- the run
 */

static bool
next(void *ctx, struct dl_arena *arena, struct dl_http_request *request,
     void **token)
{
	struct run *run = ctx;
	const char **headers =
	    dl_arena_array(arena, MAX_HEADERS + 2, sizeof(*headers));
	struct request *r;
	size_t n = 0;

	if (run->n_begun >= (size_t)run->n_requests)
		return false;
	r = &run->requests[run->n_begun++];
	while (n < run->n_headers) {
		headers[n] = run->headers[n];
		n++;
	}
	if (run->bodies)
		headers[n++] = "Content-Type: application/json";
	if (r->signature)
		headers[n++] = r->signature;
	*request = (struct dl_http_request){
	    .method = run->bodies ? DL_HTTP_POST : DL_HTTP_GET,
	    .url = run->url,
	    .headers = headers,
	    .n_headers = n,
	    .body = r->body,
	    .connect_timeout_ms = 5000,
	    .timeout_ms = 120000,
	    .max_answer = 1024 * 1024,
	};
	*token = r;
	r->began_us = now_us();
	return true;
}

static void
done(void *ctx, void *token, enum dl_code code,
     const struct dl_http_answer *answer, const struct dl_error *err)
{
	struct run *run = ctx;
	struct request *r = token;
	long status = code == DL_OK ? answer->status : 0;

	r->took_us = now_us() - r->began_us;
	if (code != DL_OK)
		fprintf(stderr, "bench-drive: %s\n", err->detail);
	run->statuses[status > 0 && status < MAX_STATUS ? status : 0]++;
}

static int
compare(const void *a, const void *b)
{
	int64_t left = ((const struct request *)a)->took_us;
	int64_t right = ((const struct request *)b)->took_us;

	return (left > right) - (left < right);
}

static void
print(struct run *run, double seconds)
{
	size_t n = (size_t)run->n_requests;
	struct dl_json_out out;
	struct dl_buf text;
	char name[8];

	qsort(run->requests, n, sizeof(*run->requests), compare);
	printf("{\"requests\":%zu,\"good\":%lld,\"seconds\":%.4f,"
	       "\"per_s\":%.1f,\"p50_ms\":%.2f,\"p99_ms\":%.2f,"
	       "\"max_ms\":%.2f,\"statuses\":",
	       n, (long long)run->statuses[run->good], seconds,
	       (double)n / seconds, (double)run->requests[n / 2].took_us / 1000,
	       (double)run->requests[n * 99 / 100].took_us / 1000,
	       (double)run->requests[n - 1].took_us / 1000);
	dl_buf_init(&text, NULL, 64 * 1024);
	dl_json_begin(&out, &text);
	dl_json_object_begin(&out);
	for (int i = 0; i < MAX_STATUS; i++) {
		if (!run->statuses[i])
			continue;
		snprintf(name, sizeof(name), "%d", i);
		dl_json_member_int(&out, name, run->statuses[i]);
	}
	dl_json_object_end(&out);
	printf("%s}\n", dl_buf_cstr(&text));
	dl_buf_clear(&text);
}

/* ------------------------------------------------------------------- options
 */

static bool
read_number(int64_t *out)
{
	return dl_str_to_int64(dl_str(optarg), out) && *out > 0;
}

static bool
read_options(struct run *run, int argc, char **argv)
{
	static const struct option options[] = {
	    {"url", required_argument, NULL, 'u'},
	    {"bodies", required_argument, NULL, 'b'},
	    {"requests", required_argument, NULL, 'n'},
	    {"in-flight", required_argument, NULL, 'i'},
	    {"header", required_argument, NULL, 'h'},
	    {"sign", required_argument, NULL, 'k'},
	    {"sub", required_argument, NULL, 's'},
	    {"good", required_argument, NULL, 'g'},
	    {0}};
	bool is_good = true;

	for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		switch (c) {
		case 'u':
			run->url = optarg;
			break;
		case 'b':
			run->bodies = optarg;
			break;
		case 'k':
			run->key = optarg;
			break;
		case 's':
			run->sub = optarg;
			break;
		case 'n':
			is_good &= read_number(&run->n_requests);
			break;
		case 'i':
			is_good &= read_number(&run->in_flight);
			break;
		case 'g':
			is_good &= read_number(&run->good);
			break;
		case 'h':
			is_good &= run->n_headers < MAX_HEADERS;
			if (is_good)
				run->headers[run->n_headers++] = optarg;
			break;
		default:
			return false;
		}
	}
	return is_good && run->url && run->good < MAX_STATUS;
}

int
main(int argc, char **argv)
{
	struct run run = {.in_flight = 16, .good = 200};
	struct dl_http_source source = {
	    .arena_cap = ARENA_CAP, .next = next, .done = done, .ctx = &run};
	struct dl_arena *kept = dl_arena_create(KEPT_CAP);
	const struct dl_http_transport *http = dl_http_curl();
	int64_t began_us;

	if (!read_options(&run, argc, argv) || !make_requests(&run, kept)) {
		fputs("usage: bench-drive --url URL (--bodies FILE | "
		      "--requests N) [option...]\n",
		      stderr);
		return 64;
	}
	dl_log_open("bench-drive", DL_LOG_NOTICE);
	dl_http_global_init();
	began_us = now_us();
	http->send_many(http->ctx, &source, (int)run.in_flight);
	print(&run, (double)(now_us() - began_us) / 1e6);
	free(run.requests);
	dl_arena_destroy(kept);
	return run.statuses[run.good] == run.n_requests ? 0 : 1;
}

/* SPDX-License-Identifier: MIT */
/*
 * http-stub DIRECTORY: an HTTP server that a test scripts with files.  It
 * listens on a free port of 127.0.0.1 and writes it to DIRECTORY/port.  The
 * k-th request, k from 1, is stored as DIRECTORY/request.k (method and URL,
 * headers, an empty line, the body) and answered from DIRECTORY/answer.k, or
 * DIRECTORY/answer where there is none:
 *
 *	503                     the status; 0 closes the connection instead
 *	Retry-After: 1          headers
 *                              an empty line
 *	{"code":"..."}          the body
 *
 * One request at a time; runs until it is killed.
 */
#include "config.h"

#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/str.h"

#define MAX_BODY (64u << 20)

struct stub {
	const char *directory;
	int n_requests;
};

static FILE *
open_file(const struct stub *stub, const char *name, const char *mode)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", stub->directory, name);
	return fopen(path, mode);
}

/* NAME.k, or NAME itself where that can't be opened. */
static FILE *
open_numbered(const struct stub *stub, const char *name, const char *mode)
{
	char numbered[64];
	FILE *file;

	snprintf(numbered, sizeof(numbered), "%s.%d", name, stub->n_requests);
	file = open_file(stub, numbered, mode);
	return file ? file : open_file(stub, name, mode);
}

static enum MHD_Result
write_header(void *ctx, enum MHD_ValueKind kind, const char *name,
	     const char *value)
{
	(void)kind;
	fprintf(ctx, "%s: %s\n", name, value);
	return MHD_YES;
}

/* libmicrohttpd takes the URL apart; this is the whole of it. */
static void *
keep_url(void *ctx, const char *url, struct MHD_Connection *connection)
{
	struct dl_buf *body = calloc(1, sizeof(*body));

	(void)ctx;
	(void)connection;
	if (!body)
		abort();
	dl_buf_init(body, NULL, MAX_BODY);
	dl_buf_puts(body, url);
	dl_buf_append_c(body, '\0');
	return body;
}

static void
store_request(const struct stub *stub, struct MHD_Connection *connection,
	      const char *method, const struct dl_buf *request)
{
	size_t url_len = strlen(request->ptr);
	FILE *file = open_numbered(stub, "request", "w");

	if (!file)
		abort();
	fprintf(file, "%s %s\n", method, request->ptr);
	MHD_get_connection_values(connection, MHD_HEADER_KIND, write_header,
				  file);
	fputc('\n', file);
	fwrite(request->ptr + url_len + 1, 1, request->len - url_len - 1, file);
	fclose(file);
}

/* The answer's file; the caller clears it. */
static void
read_answer(const struct stub *stub, struct dl_buf *text)
{
	FILE *file = open_numbered(stub, "answer", "r");
	char chunk[4096];
	size_t got;

	dl_buf_init(text, NULL, MAX_BODY);
	while (file && (got = fread(chunk, 1, sizeof(chunk), file)) > 0)
		dl_buf_append(text, chunk, got);
	if (file)
		fclose(file);
}

static void
add_header(struct MHD_Response *response, struct dl_str line)
{
	struct dl_str name = dl_str_cut(&line, ':');
	struct dl_str value = dl_str_trim(line);
	char key[64], text[256];

	snprintf(key, sizeof(key), "%.*s", (int)name.len, name.ptr);
	snprintf(text, sizeof(text), "%.*s", (int)value.len, value.ptr);
	MHD_add_response_header(response, key, text);
}

/* Cuts status line and headers off *rest, which becomes the body. */
static struct dl_str
cut_head(struct dl_str *rest)
{
	struct dl_str head = *rest;

	while (rest->len && dl_str_trim(dl_str_cut(rest, '\n')).len)
		continue;
	head.len -= rest->len;
	return head;
}

static enum MHD_Result
answer(const struct stub *stub, struct MHD_Connection *connection)
{
	struct MHD_Response *response;
	struct dl_buf text;
	struct dl_str head, body, line;
	int64_t status = 0;
	enum MHD_Result result = MHD_NO;

	read_answer(stub, &text);
	body = dl_buf_str(&text);
	head = cut_head(&body);
	line = dl_str_trim(dl_str_cut(&head, '\n'));
	if (dl_str_to_int64(line, &status) && status) {
		response = MHD_create_response_from_buffer(
		    body.len, (void *)(uintptr_t)body.ptr,
		    MHD_RESPMEM_MUST_COPY);
		while ((line = dl_str_trim(dl_str_cut(&head, '\n'))).len)
			add_header(response, line);
		result = MHD_queue_response(connection, (unsigned int)status,
					    response);
		MHD_destroy_response(response);
	}
	dl_buf_clear(&text);
	return result;
}

static enum MHD_Result
handle(void *ctx, struct MHD_Connection *connection, const char *url,
       const char *method, const char *version, const char *bytes, size_t *len,
       void **request)
{
	struct stub *stub = ctx;
	struct dl_buf *body = *request;

	(void)url;
	(void)version;
	/* The first call announces the head alone. */
	if (body->max == MAX_BODY) {
		body->max--;
		return MHD_YES;
	}
	if (*len) {
		dl_buf_append(body, bytes, *len);
		*len = 0;
		return MHD_YES;
	}
	stub->n_requests++;
	store_request(stub, connection, method, body);
	return answer(stub, connection);
}

static void
forget(void *ctx, struct MHD_Connection *connection, void **request,
       enum MHD_RequestTerminationCode code)
{
	(void)ctx;
	(void)connection;
	(void)code;
	if (!*request)
		return;
	dl_buf_clear(*request);
	free(*request);
	*request = NULL;
}

int
main(int argc, char **argv)
{
	struct stub stub = {0};
	struct MHD_Daemon *daemon;
	FILE *file;

	if (argc != 2) {
		fputs("usage: http-stub DIRECTORY\n", stderr);
		return 64;
	}
	stub.directory = argv[1];
	daemon = MHD_start_daemon(
	    MHD_USE_INTERNAL_POLLING_THREAD, 0, NULL, NULL, handle, &stub,
	    MHD_OPTION_SOCK_ADDR,
	    (const struct sockaddr *)&(const struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)},
	    MHD_OPTION_URI_LOG_CALLBACK, keep_url, NULL,
	    MHD_OPTION_NOTIFY_COMPLETED, forget, NULL, MHD_OPTION_END);
	file = daemon ? open_file(&stub, "port", "w") : NULL;
	if (!file) {
		perror("http-stub");
		return 1;
	}
	fprintf(file, "%d\n",
		MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
	fclose(file);
	for (;;)
		pause();
}

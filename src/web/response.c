/* SPDX-License-Identifier: MIT */
/* An answer's head, and streaming behind it. */
#include "config.h"

#include "web/response.h"

#include <assert.h>

/* All headers together; nginx's fastcgi_buffer_size bounds them much alike. */
#define HEAD_MAX 8192

void
dl_response_header(struct dl_response *response, const char *name,
		   const char *value)
{
	char *copy = dl_arena_strdup(response->arena, value);
	size_t len = 0;

	assert(response->n_headers < DL_RESPONSE_MAX_HEADERS);
	if (!copy)
		return;
	for (const char *c = copy; *c; c++)
		if ((unsigned char)*c >= ' ' && *c != 0x7f)
			copy[len++] = *c;
	copy[len] = '\0';
	response->headers[response->n_headers].name = name;
	response->headers[response->n_headers].value = copy;
	response->n_headers++;
}

void
dl_response_json(struct dl_response *response, int status)
{
	response->status = status;
	response->content_type = "application/json; charset=utf-8";
}

static void
put_header(struct dl_buf *head, const char *name, const char *value)
{
	dl_buf_puts(head, name);
	dl_buf_puts(head, ": ");
	dl_buf_puts(head, value);
	dl_buf_puts(head, "\r\n");
}

void
dl_response_head(const struct dl_response *response, struct dl_buf *head)
{
	dl_buf_puts(head, "Status: ");
	dl_buf_append_int(head, response->status);
	dl_buf_puts(head, "\r\n");
	if (response->content_type)
		put_header(head, "Content-Type", response->content_type);
	if (response->request_id)
		put_header(head, "X-Request-Id", response->request_id);
	for (size_t i = 0; i < response->n_headers; i++)
		put_header(head, response->headers[i].name,
			   response->headers[i].value);
	dl_buf_puts(head, "\r\n");
}

static enum dl_code
send_head(struct dl_response *response, struct dl_error *err)
{
	struct dl_buf *head = dl_buf_create(response->arena, HEAD_MAX);

	dl_response_head(response, head);
	if (dl_buf_failed(head))
		return dl_fail(err, DL_INTERNAL, "http.response",
			       "the headers do not fit");
	response->is_streaming = true;
	return response->write(response, dl_buf_str(head), err);
}

enum dl_code
dl_response_stream(struct dl_response *response, struct dl_str bytes,
		   struct dl_error *err)
{
	enum dl_code code;

	if (!response->is_streaming) {
		code = send_head(response, err);
		if (code != DL_OK)
			return code;
	}
	if (response->is_head || !bytes.len)
		return DL_OK;
	return response->write(response, bytes, err);
}

/* SPDX-License-Identifier: MIT */
/*
 * A campaign's messages as CSV, streamed.  Each chunk is a query of its own,
 * by keyset, and its connection is given back before the client gets the
 * bytes: a slow reader holds a thread, and nothing in the database.  So that
 * slow readers leave threads to everybody else, few streams run at a time.
 */
#include "config.h"

#include <stdatomic.h>

#include "domain/csv_out.h"
#include "domain/mask.h"
#include "domain/top_errors.h"
#include "status/internal.h"
#include "web/problem.h"

/* Rows of a query: a few megabytes of PGresult at the longest texts. */
#define CHUNK_ROWS 1000
/* What masked copies of a chunk's texts may take, bytes. */
#define CHUNK_ARENA (32 << 20)
/* Bytes after which something is sent; and with one row more at most:
 * 4,096 characters of up to 4 bytes, all of them quotes to be doubled. */
#define FLUSH_AT   65536
#define BUFFER_MAX (4 * FLUSH_AT)

/* The share of the worker threads that streams may take, at least one. */
#define STREAM_SHARE 4
/* What a client that found no place waits, seconds. */
#define RETRY_S 10

/* Streams under way in this process. */
static atomic_int n_streams;

static const struct dl_str heading[] = {
    DL_STR("message_id"),     DL_STR("telefone"),      DL_STR("instancia"),
    DL_STR("tipo"),           DL_STR("modelo"),        DL_STR("status"),
    DL_STR("codigo_do_erro"), DL_STR("erro"),          DL_STR("o_que_fazer"),
    DL_STR("detalhe"),        DL_STR("agendada_para"), DL_STR("enviada_em"),
    DL_STR("entregue_em"),    DL_STR("lida_em"),       DL_STR("repeticoes"),
    DL_STR("mensagem"),
};
#define N_CELLS (sizeof(heading) / sizeof(heading[0]))

/* A stream under way. */
struct stream {
	const struct dl_status_call *call;
	struct dl_arena *arena; /* of the chunk */
	struct dl_buf *buf;     /* of the stream, in the request's arena */
	bool shows_phones;
	struct dl_uuid last; /* where the next chunk begins */
	bool has_last;
};

static enum dl_code
flush(struct stream *s, struct dl_error *err)
{
	enum dl_code code;

	if (dl_buf_failed(s->buf))
		return dl_fail(err, DL_INTERNAL, "status.csv",
			       "a row does not fit");
	code = dl_response_stream(s->call->response, dl_buf_str(s->buf), err);
	dl_buf_reset(s->buf);
	return code;
}

/* With its plus sign a spreadsheet keeps all digits of a phone. */
static struct dl_str
phone_cell(const struct stream *s, struct dl_str phone)
{
	if (s->shows_phones)
		return dl_str(dl_arena_printf(s->arena, "+%.*s", (int)phone.len,
					      phone.ptr));
	return dl_mask_phone(s->arena, phone);
}

static void
put_row(struct stream *s, const PGresult *rows, int i)
{
	struct dl_str code = dl_db_text(rows, i, "error_code");
	struct dl_str text = dl_db_text(rows, i, "message_content");
	const char *action = NULL;
	const char *meaning = code.len ? dl_error_words(code, &action) : NULL;
	/* People count templates from 1. */
	int64_t template = dl_db_int(rows, i, "template_index", 0) + 1;
	int64_t retries = dl_db_int(rows, i, "retry_count", 0);
	const struct dl_str cells[N_CELLS] = {
	    dl_db_text(rows, i, "id"),
	    phone_cell(s, dl_db_text(rows, i, "phone_number")),
	    dl_db_text(rows, i, "instance_name"),
	    dl_db_text(rows, i, "message_type"),
	    dl_str(dl_db_from_int(s->arena, template)),
	    dl_db_text(rows, i, "status"),
	    code,
	    dl_str(meaning),
	    dl_str(action),
	    dl_db_text(rows, i, "error_message"),
	    dl_db_text(rows, i, "scheduled_local"),
	    dl_db_text(rows, i, "sent_local"),
	    dl_db_text(rows, i, "delivered_local"),
	    dl_db_text(rows, i, "read_local"),
	    dl_str(dl_db_from_int(s->arena, retries)),
	    s->shows_phones ? text : dl_mask_text(s->arena, text),
	};

	dl_csv_row(s->buf, cells, N_CELLS);
}

/* Reads a chunk and sends it; *is_end after the last one. */
static enum dl_code
send_chunk(struct stream *s, bool *is_end, struct dl_error *err)
{
	PGresult *rows;
	int n;
	enum dl_code code =
	    dl_status_page(s->call, s->arena, s->has_last ? s->last.text : NULL,
			   CHUNK_ROWS, &rows, err);

	if (code != DL_OK)
		return code;
	n = PQntuples(rows);
	for (int i = 0; code == DL_OK && i < n; i++) {
		put_row(s, rows, i);
		if (s->buf->len >= FLUSH_AT)
			code = flush(s, err);
	}
	*is_end = n < CHUNK_ROWS;
	if (n > 0)
		s->has_last =
		    dl_uuid_parse(dl_db_text(rows, n - 1, "id"), &s->last);
	return code;
}

static enum dl_code
send_all(struct stream *s, struct dl_error *err)
{
	bool is_end = s->call->response->is_head;
	enum dl_code code = DL_OK;

	dl_buf_puts(s->buf, DL_CSV_BOM);
	dl_csv_row(s->buf, heading, N_CELLS);
	while (code == DL_OK && !is_end) {
		code = send_chunk(s, &is_end, err);
		dl_arena_reset(s->arena);
	}
	return code == DL_OK ? flush(s, err) : code;
}

static enum dl_code
stream(struct stream *s, struct dl_error *err)
{
	const struct dl_status_call *call = s->call;
	struct dl_arena *arena = call->request->arena;
	enum dl_code code;

	call->response->content_type = "text/csv; charset=utf-8";
	dl_response_header(
	    call->response, "Content-Disposition",
	    dl_arena_printf(arena, "attachment; filename=\"campanha-%s.csv\"",
			    call->query->campaign_id.text));
	dl_status_cache_phones(call->response);
	s->buf = dl_buf_create(arena, BUFFER_MAX);
	s->arena = dl_arena_create(CHUNK_ARENA);
	code = send_all(s, err);
	dl_arena_destroy(s->arena);
	return code;
}

static bool
may_stream(const struct dl_status_app *app)
{
	int64_t limit = app->settings->worker_threads / STREAM_SHARE;

	if (atomic_fetch_add(&n_streams, 1) < (limit > 0 ? limit : 1))
		return true;
	atomic_fetch_sub(&n_streams, 1);
	return false;
}

enum dl_code
dl_status_csv(const struct dl_status_call *call, struct dl_error *err)
{
	struct stream s = {
	    .call = call,
	    .has_last = call->query->has_after,
	    .last = call->query->after.id,
	};
	bool is_found;
	enum dl_code code;

	if (!may_stream(call->app)) {
		dl_problem_retry_after(call->response, RETRY_S);
		dl_problem(call->response, DL_P_RATE_LIMITED,
			   "Há exportações demais em andamento. Tente de novo "
			   "em alguns segundos.");
		return DL_OK;
	}
	code = dl_status_open(call, "csv", &is_found, &s.shows_phones, err);
	if (code == DL_OK && is_found)
		code = stream(&s, err);
	atomic_fetch_sub(&n_streams, 1);
	return code;
}

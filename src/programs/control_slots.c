/* SPDX-License-Identifier: MIT */
/* New slots for a campaign's rows, in the order of their ids, as launched. */
#include "config.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "programs/control.h"
#include "store/calendar.h"
#include "web/problem.h"

/* Rows of one chunk. */
#define CHUNK_ROWS 5000
/* Bytes of one element: a quoted id, a number. */
#define ELEMENT_BYTES 40
#define MAX_MORE      4

struct laying {
	struct control_job *job;
	const struct control_rows *rows;
	struct dl_str *instances;
	size_t n_instances;
	struct dl_calendar calendar;
	struct dl_slots *slots;
	const char *after; /* the last id; NULL at first */
};

static enum dl_code
full(struct dl_error *err)
{
	return dl_fail(err, DL_TOO_LARGE, "control", "the arena is full");
}

static enum dl_code
read_instances(struct laying *l, struct dl_error *err)
{
	struct control_job *job = l->job;
	const char *params[] = {control_tenant(job),
				job->request.campaign_id.text};
	PGresult *rows;
	enum dl_code code = dl_db_exec(
	    job->db, job->arena, DL_SQL_CONTROL_INSTANCES, params, &rows, err);

	if (code != DL_OK)
		return code;
	l->n_instances = (size_t)PQntuples(rows);
	l->instances =
	    dl_arena_array(job->arena, l->n_instances, sizeof(*l->instances));
	if (!l->instances)
		return full(err);
	for (size_t i = 0; i < l->n_instances; i++)
		l->instances[i] = dl_db_text(rows, (int)i, "name");
	return DL_OK;
}

static enum dl_code
begin(struct laying *l, const struct dl_control_schedule *schedule,
      int64_t start_ms, struct dl_error *err)
{
	struct control_job *job = l->job;
	struct dl_calendar_ask ask = {.tenant_id = control_tenant(job),
				      .campaign_id =
					  job->request.campaign_id.text,
				      .instances = l->instances,
				      .n_instances = l->n_instances,
				      .from_ms = start_ms};
	struct dl_slots_plan plan = {.pacing = job->campaign.pacing,
				     .n_instances = l->n_instances,
				     .start_ms = start_ms,
				     .min_s = schedule->delay_min_s,
				     .max_s = schedule->delay_max_s,
				     .random = dl_random_draw,
				     .calendar = &l->calendar};
	enum dl_code code;

	if (schedule->send_window.len)
		ask.send_window =
		    dl_arena_strndup(job->arena, schedule->send_window.ptr,
				     schedule->send_window.len);
	code = dl_calendar_load(NULL, job->db, job->arena, &ask, &l->calendar,
				err);
	if (code != DL_OK)
		return code;
	l->slots = dl_slots_create(job->arena, &plan);
	return l->slots ? DL_OK : full(err);
}

static size_t
instance_of(const struct laying *l, struct dl_str name)
{
	size_t i = 0;

	while (i + 1 < l->n_instances && !dl_str_eq(l->instances[i], name))
		i++;
	return i;
}

/* The next rows, locked. */
static enum dl_code
next_rows(struct laying *l, PGresult **rows, struct dl_error *err)
{
	struct control_job *job = l->job;
	const char *params[4 + MAX_MORE] = {
	    control_tenant(job), job->request.campaign_id.text, l->after,
	    dl_db_from_int(job->scratch, CHUNK_ROWS)};

	for (size_t i = 0; i < l->rows->n_more && i < MAX_MORE; i++)
		params[4 + i] = l->rows->more[i];
	return dl_db_exec(job->db, job->scratch, l->rows->next, params, rows,
			  err);
}

/* The calendar ends before the campaign does. */
static void
refuse(struct laying *l)
{
	l->job->is_answered = true;
	dl_problem_schedule(l->job->response, &l->calendar);
}

static enum dl_code
move_rows(struct laying *l, const PGresult *rows, struct dl_error *err)
{
	struct control_job *job = l->job;
	struct dl_db_array ids, slots;
	PGresult *moved;
	enum dl_code code;

	dl_db_array_begin(&ids, job->scratch, CHUNK_ROWS * ELEMENT_BYTES);
	dl_db_array_begin(&slots, job->scratch, CHUNK_ROWS * ELEMENT_BYTES);
	for (int i = 0; i < PQntuples(rows); i++) {
		int64_t slot_s = dl_slots_next(
		    l->slots,
		    instance_of(l, dl_db_text(rows, i, "instance_name")),
		    (int)dl_db_int(rows, i, "place", 0));

		if (slot_s < 0) {
			refuse(l);
			return DL_OK;
		}
		dl_db_array_text(&ids, dl_db_cstr(rows, i, "id"));
		dl_db_array_int(&slots, slot_s);
	}
	const char *params[] = {control_tenant(job),
				job->request.campaign_id.text,
				dl_db_array_end(&ids), dl_db_array_end(&slots)};
	code = dl_db_exec(job->db, job->scratch, l->rows->move, params, &moved,
			  err);
	if (code == DL_OK)
		job->moved += dl_db_int(moved, 0, "n", 0);
	return code;
}

/* Lays one chunk; *is_last: it was not full. */
static enum dl_code
lay_chunk(struct laying *l, char last[DL_UUID_MAX], bool *is_last,
	  struct dl_error *err)
{
	PGresult *rows;
	enum dl_code code = next_rows(l, &rows, err);
	int n;

	*is_last = true;
	if (code != DL_OK || PQntuples(rows) == 0)
		return code;
	n = PQntuples(rows);
	code = move_rows(l, rows, err);
	snprintf(last, DL_UUID_MAX, "%s", dl_db_cstr(rows, n - 1, "id"));
	l->after = last;
	*is_last = n < CHUNK_ROWS || l->job->is_answered;
	dl_arena_reset(l->job->scratch);
	return code;
}

enum dl_code
control_lay(struct control_job *job, const struct control_rows *rows,
	    const struct dl_control_schedule *schedule, int64_t start_ms,
	    struct dl_error *err)
{
	struct laying l = {.job = job, .rows = rows};
	char last[DL_UUID_MAX];
	bool is_last = false;
	enum dl_code code = read_instances(&l, err);

	if (code == DL_OK && l.n_instances == 0)
		code = dl_fail(err, DL_INTERNAL, "control", "no instance");
	if (code == DL_OK)
		code = begin(&l, schedule, start_ms, err);
	while (code == DL_OK && !is_last)
		code = lay_chunk(&l, last, &is_last, err);
	return code;
}

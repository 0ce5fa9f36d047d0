/* SPDX-License-Identifier: MIT */
/* New slots for a campaign's rows, in the order of their ids, as launched. */
#include "config.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "programs/control.h"
#include "store/calendar.h"
#include "web/problem.h"

/* Bytes of one element: a quoted id, a number. */
#define ELEMENT_BYTES 40

struct laying {
	struct control_job *job;
	enum dl_statement move;
	struct dl_str *instances;
	size_t n_instances;
	struct dl_calendar calendar;
	struct dl_slots *slots;
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

/* The calendar ends before the campaign does. */
static void
refuse(struct laying *l)
{
	l->job->is_answered = true;
	dl_problem_schedule(l->job->response, &l->calendar);
}

/* control_take */
static enum dl_code
lay_chunk(void *ctx, const PGresult *rows, struct dl_error *err)
{
	struct laying *l = ctx;
	struct control_job *job = l->job;
	size_t bytes = (size_t)PQntuples(rows) * ELEMENT_BYTES + 64;
	struct dl_db_array ids, slots;
	PGresult *moved;
	enum dl_code code;

	dl_db_array_begin(&ids, job->scratch, bytes);
	dl_db_array_begin(&slots, job->scratch, bytes);
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
	code = dl_db_exec(job->db, job->scratch, l->move, params, &moved, err);
	if (code == DL_OK)
		job->moved += dl_db_int(moved, 0, "n", 0);
	return code;
}

enum dl_code
control_lay(struct control_job *job, const struct control_source *source,
	    enum dl_statement move, const struct dl_control_schedule *schedule,
	    int64_t start_ms, struct dl_error *err)
{
	struct laying l = {.job = job, .move = move};
	enum dl_code code = read_instances(&l, err);

	if (code == DL_OK && l.n_instances == 0)
		code = dl_fail(err, DL_INTERNAL, "control", "no instance");
	if (code == DL_OK)
		code = begin(&l, schedule, start_ms, err);
	return code == DL_OK ? control_walk(job, source, lay_chunk, &l, err)
			     : code;
}

/* SPDX-License-Identifier: MIT */
/* Resume, retry, reschedule, resolve: which rows get which slots. */
#include "config.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "programs/control.h"
#include "web/problem.h"

/* Rows of one statement. */
#define CHUNK_ROWS 5000
/* A thousand ids as an array. */
#define IDS_MAX (64 * 1024)

static enum dl_code
full(struct dl_error *err)
{
	return dl_fail(err, DL_TOO_LARGE, "control", "the arena is full");
}

void
control_refuse_field(struct control_job *job, enum dl_problem_code code,
		     const char *field, const char *message)
{
	struct dl_problem_list *problems =
	    dl_arena_alloc(job->arena, sizeof(*problems));

	job->is_answered = true;
	if (!problems) {
		dl_problem(job->response, code, NULL);
		return;
	}
	dl_problem_list_add(problems, job->arena, code, field, -1,
			    message ? "%s" : NULL, message);
	dl_problem_with_list(job->response, code, problems, NULL);
}

/* From now, or from the campaign's start where that is still to come. */
static int64_t
start_of(const struct dl_control_schedule *schedule)
{
	int64_t now_ms = dl_clock_now_ms();

	return schedule->is_scheduled && schedule->scheduled_for_ms > now_ms
		   ? schedule->scheduled_for_ms
		   : now_ms;
}

/* Behind what waits already, so that the campaign keeps its pace. */
static int64_t
tail_of(const struct control_campaign *campaign)
{
	const struct dl_control_schedule *schedule = &campaign->schedule;
	int64_t start_ms = start_of(schedule);
	int64_t tail_ms = campaign->last_slot_ms +
			  1000 * dl_random_between(schedule->delay_min_s,
						   schedule->delay_max_s);

	return campaign->has_waiting && tail_ms > start_ms ? tail_ms : start_ms;
}

/* Rows that are over wait again; without any nothing has changed. */
static enum dl_code
requeue(struct control_job *job, enum dl_statement next, const char *filter,
	struct dl_error *err)
{
	const struct control_source source = {.next = next,
					      .more = &filter,
					      .n_more = 1,
					      .chunk_rows = CHUNK_ROWS};
	enum dl_code code =
	    control_lay(job, &source, DL_SQL_CONTROL_REQUEUE,
			&job->campaign.schedule, tail_of(&job->campaign), err);

	job->is_changed = job->moved > 0;
	return code;
}

/* All that waits gets slots by this schedule. */
static enum dl_code
lay_waiting(struct control_job *job, const struct dl_control_schedule *schedule,
	    struct dl_json_out *facts, struct dl_error *err)
{
	static const struct control_source waiting = {
	    .next = DL_SQL_CONTROL_WAITING, .chunk_rows = CHUNK_ROWS};
	enum dl_code code = control_lay(job, &waiting, DL_SQL_CONTROL_LAY,
					schedule, start_of(schedule), err);

	dl_json_member_int(facts, "laid", job->moved);
	return code;
}

enum dl_code
control_resume(struct control_job *job, struct dl_json_out *facts,
	       struct dl_error *err)
{
	return lay_waiting(job, &job->campaign.schedule, facts, err);
}

enum dl_code
control_retry(struct control_job *job, struct dl_json_out *facts,
	      struct dl_error *err)
{
	struct dl_str code = job->request.error_code;
	enum dl_code status = requeue(job, DL_SQL_CONTROL_FAILED,
				      code.len ? code.ptr : NULL, err);

	dl_json_member_int(facts, "retried", job->moved);
	if (code.len)
		dl_json_member_str(facts, "error_code", code);
	return status;
}

/* -------------------------------------------------------------- reschedule */

/* The campaign's schedule with what is asked for. */
static struct dl_control_schedule
merge(const struct dl_control_schedule *old,
      const struct dl_control_schedule *asked)
{
	struct dl_control_schedule s = *old;

	if (asked->has_start) {
		s.is_scheduled = asked->is_scheduled;
		s.scheduled_for_ms = asked->scheduled_for_ms;
	}
	if (asked->has_min)
		s.delay_min_s = asked->delay_min_s;
	if (asked->has_max)
		s.delay_max_s = asked->delay_max_s;
	if (asked->has_window)
		s.send_window = asked->send_window;
	if (asked->has_expiry)
		s.expires_at_ms = asked->expires_at_ms;
	return s;
}

/* What of the campaign and of the request does not go together. */
static void
check_schedule(struct control_job *job, const struct dl_control_schedule *s)
{
	const struct dl_control_schedule *asked = &job->request.schedule;

	if (s->delay_min_s > s->delay_max_s)
		control_refuse_field(job, DL_P_INVALID_DELAY,
				     asked->has_min ? "tempoMin" : "tempoMax",
				     NULL);
	else if (s->expires_at_ms && (asked->has_expiry || asked->has_start) &&
		 s->expires_at_ms <= start_of(s))
		control_refuse_field(job, DL_P_INVALID_DATE,
				     asked->has_expiry ? "expiresAt"
						       : "scheduledFor",
				     "expiresAt vem antes do início do envio.");
}

static void
write_schedule(struct dl_json_out *facts, const struct dl_control_schedule *s)
{
	dl_json_member_int(facts, "delay_min", s->delay_min_s);
	dl_json_member_int(facts, "delay_max", s->delay_max_s);
	dl_json_member_int(facts, "scheduled_for_ms",
			   s->is_scheduled ? s->scheduled_for_ms : 0);
	dl_json_member_int(facts, "expires_at_ms", s->expires_at_ms);
	dl_json_member_str(facts, "send_window", s->send_window);
}

static enum dl_code
store_schedule(struct control_job *job, const struct dl_control_schedule *s,
	       struct dl_error *err)
{
	struct dl_arena *arena = job->arena;
	const char *params[] = {
	    control_tenant(job),
	    job->request.campaign_id.text,
	    s->is_scheduled ? dl_db_from_time(arena, s->scheduled_for_ms)
			    : NULL,
	    dl_db_from_int(arena, s->delay_min_s),
	    dl_db_from_int(arena, s->delay_max_s),
	    s->send_window.len ? dl_arena_strndup(arena, s->send_window.ptr,
						  s->send_window.len)
			       : NULL,
	    s->expires_at_ms ? dl_db_from_time(arena, s->expires_at_ms) : NULL};
	PGresult *row;
	enum dl_code code = dl_db_exec(
	    job->db, arena, DL_SQL_CONTROL_RESCHEDULE, params, &row, err);

	if (code == DL_OK)
		job->is_changed = dl_db_bool(row, 0, "is_changed");
	return code;
}

enum dl_code
control_reschedule(struct control_job *job, struct dl_json_out *facts,
		   struct dl_error *err)
{
	const struct dl_control_schedule s =
	    merge(&job->campaign.schedule, &job->request.schedule);
	enum dl_code code;

	check_schedule(job, &s);
	if (job->is_answered)
		return DL_OK;
	write_schedule(facts, &s);
	code = store_schedule(job, &s, err);
	if (code != DL_OK || !job->is_changed)
		return code;
	return lay_waiting(job, &s, facts, err);
}

/* ----------------------------------------------------------------- resolve */

/* The ids as an array, NULL for all; answers 404 where one is no message. */
static enum dl_code
read_ids(struct control_job *job, const char **ids, struct dl_error *err)
{
	const struct dl_control_request *request = &job->request;
	struct dl_db_array array;
	PGresult *row;
	enum dl_code code;

	*ids = NULL;
	if (!request->n_message_ids)
		return DL_OK;
	dl_db_array_begin(&array, job->arena, IDS_MAX);
	for (size_t i = 0; i < request->n_message_ids; i++)
		dl_db_array_text(&array, request->message_ids[i].text);
	*ids = dl_db_array_end(&array);
	if (!*ids)
		return full(err);
	const char *params[] = {control_tenant(job), request->campaign_id.text,
				*ids};
	code = dl_db_exec(job->db, job->arena, DL_SQL_CONTROL_KNOWN, params,
			  &row, err);
	if (code != DL_OK ||
	    dl_db_int(row, 0, "n", 0) == (int64_t)request->n_message_ids)
		return code;
	job->is_answered = true;
	dl_problem(job->response, DL_P_NOT_FOUND,
		   "message_ids tem mensagens que não são desta campanha.");
	return DL_OK;
}

/* An operator's word for what became of them. */
static enum dl_code
close_rows(struct control_job *job, const char *ids, const char *target,
	   struct dl_json_out *facts, struct dl_error *err)
{
	const char *params[] = {control_tenant(job),
				job->request.campaign_id.text, ids, target};
	PGresult *row;
	enum dl_code code = dl_db_exec(
	    job->db, job->arena, DL_SQL_CONTROL_CLOSE_ROWS, params, &row, err);

	if (code != DL_OK)
		return code;
	job->is_changed = dl_db_int(row, 0, "n", 0) > 0;
	dl_json_member_int(facts, "resolved", dl_db_int(row, 0, "n", 0));
	dl_json_member_text(facts, "resolution", target);
	return DL_OK;
}

enum dl_code
control_resolve(struct control_job *job, struct dl_json_out *facts,
		struct dl_error *err)
{
	const char *ids;
	enum dl_code code = read_ids(job, &ids, err);

	if (code != DL_OK || job->is_answered)
		return code;
	if (job->request.resolution != DL_RESOLVE_SEND_AGAIN)
		return close_rows(job, ids,
				  job->request.resolution == DL_RESOLVE_SENT
				      ? "sent"
				      : "failed",
				  facts, err);
	code = requeue(job, DL_SQL_CONTROL_UNKNOWN, ids, err);
	dl_json_member_int(facts, "resolved", job->moved);
	dl_json_member_text(facts, "resolution", "send_again");
	return code;
}

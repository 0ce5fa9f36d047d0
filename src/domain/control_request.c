/* SPDX-License-Identifier: MIT */
/* The members of a control request, by action. */
#include "config.h"

#include "domain/control_request.h"

#include <stdio.h>
#include <string.h>

#include "domain/launch_internal.h"

/* As the column's codes: lower snake English. */
#define CODE_MAX 64

struct reading {
	struct dl_launch_reader r; /* its request is not used */
	json_object *body;
	struct dl_control_request *out;
};

/* Members of each action beside campaign_id and action. */
static const char *const members[DL_CONTROL__COUNT][6] = {
    [DL_CONTROL_RETRY_FAILED] = {"error_code"},
    [DL_CONTROL_RESCHEDULE] = {"scheduledFor", "tempoMin", "tempoMax",
			       "sendWindow", "expiresAt"},
    [DL_CONTROL_EDIT] = {"template_index", "text", "mediaUrl", "fileName"},
    [DL_CONTROL_RESOLVE_UNCERTAIN] = {"resolution", "message_ids"}};

static void
add(struct reading *s, enum dl_problem_code code, const char *field,
    const char *message)
{
	dl_problem_list_add(s->r.problems, s->r.arena, code, field, -1,
			    message ? "%s" : NULL, message);
}

/* Whether the member stands there, be it null. */
static bool
is_given(const struct reading *s, const char *member)
{
	return json_object_object_get_ex(s->body, member, NULL);
}

static struct dl_str
get_text(struct reading *s, const char *member)
{
	return dl_launch_get_text(&s->r, s->body, member, member);
}

/* ------------------------------------------------------------ campaign, action
 */

static void
read_campaign(struct reading *s)
{
	size_t faults = s->r.problems->total;
	struct dl_str id = get_text(s, "campaign_id");

	if (s->r.problems->total != faults)
		return;
	if (!id.len)
		add(s, DL_P_MISSING_FIELD, "campaign_id",
		    "Diga qual campanha (campaign_id).");
	else if (!dl_uuid_parse(id, &s->out->campaign_id))
		add(s, DL_P_INVALID_ID, "campaign_id", NULL);
}

/* False where there is none to go on with. */
static bool
read_action(struct reading *s)
{
	size_t faults = s->r.problems->total;
	struct dl_str name = get_text(s, "action");

	if (s->r.problems->total != faults)
		return false;
	if (!name.len)
		add(s, DL_P_MISSING_FIELD, "action",
		    "Diga o que fazer (action).");
	else if (!dl_control_action_find(name, &s->out->action))
		add(s, DL_P_UNKNOWN_ACTION, "action", NULL);
	return s->r.problems->total == faults;
}

static bool
is_member(enum dl_control_action action, const char *key)
{
	if (strcmp(key, "campaign_id") == 0 || strcmp(key, "action") == 0)
		return true;
	for (size_t i = 0; members[action][i]; i++)
		if (strcmp(members[action][i], key) == 0)
			return true;
	return false;
}

static void
refuse_others(struct reading *s)
{
	const char *action = dl_control_action_name(s->out->action);

	json_object_object_foreach(s->body, key, value)
	{
		(void)value;
		if (is_member(s->out->action, key))
			continue;
		dl_problem_list_add(
		    s->r.problems, s->r.arena, DL_P_UNKNOWN_FIELD,
		    dl_arena_printf(s->r.arena, "%.64s", key), -1,
		    "A ação %s não tem o campo \"%.64s\".", action, key);
	}
}

/* Faults where the action needs a member of its own and has none. */
static void
require_any(struct reading *s, size_t first, const char *message)
{
	for (size_t i = first; members[s->out->action][i]; i++)
		if (is_given(s, members[s->out->action][i]))
			return;
	add(s, DL_P_MISSING_FIELD, members[s->out->action][first], message);
}

/* --------------------------------------------------------------------- retry
 */

static void
read_retry(struct reading *s)
{
	struct dl_str code = get_text(s, "error_code");

	s->out->error_code = dl_launch_keep(&s->r, code);
	if (is_given(s, "error_code") && code.ptr && !code.len)
		add(s, DL_P_MISSING_FIELD, "error_code",
		    "error_code está vazio. Retire-o para tentar todas as que "
		    "falharam.");
	else if (code.len > CODE_MAX)
		add(s, DL_P_TOO_LONG, "error_code", NULL);
	else if (dl_str_eq(code, DL_STR("outcome_unknown")))
		add(s, DL_P_INVALID_VALUE, "error_code",
		    "Mensagens de resultado desconhecido (outcome_unknown) "
		    "podem ter saído: use resolve_uncertain.");
}

/* ---------------------------------------------------------------- reschedule
 */

static void
read_dates(struct reading *s, struct dl_control_schedule *schedule)
{
	int64_t start_ms = s->r.now_ms;

	schedule->has_start = is_given(s, "scheduledFor");
	schedule->is_scheduled =
	    dl_launch_read_start(&s->r, s->body, &schedule->scheduled_for_ms);
	if (schedule->is_scheduled && schedule->scheduled_for_ms > start_ms)
		start_ms = schedule->scheduled_for_ms;
	schedule->has_expiry = is_given(s, "expiresAt");
	dl_launch_read_expiry(&s->r, s->body, start_ms,
			      &schedule->expires_at_ms);
}

static void
read_reschedule(struct reading *s)
{
	struct dl_control_schedule *schedule = &s->out->schedule;

	require_any(s, 0,
		    "Diga o que muda: início, intervalos, janela ou "
		    "validade.");
	read_dates(s, schedule);
	schedule->has_min = dl_json_get(s->body, "tempoMin") != NULL;
	schedule->has_max = dl_json_get(s->body, "tempoMax") != NULL;
	if (dl_launch_read_seconds(&s->r, s->body, "tempoMin",
				   &schedule->delay_min_s) &&
	    dl_launch_read_seconds(&s->r, s->body, "tempoMax",
				   &schedule->delay_max_s) &&
	    schedule->has_min && schedule->has_max &&
	    schedule->delay_min_s > schedule->delay_max_s)
		add(s, DL_P_INVALID_DELAY, "tempoMin", NULL);
	schedule->has_window = is_given(s, "sendWindow");
	schedule->send_window = dl_launch_read_window(&s->r, s->body);
}

/* ---------------------------------------------------------------------- edit
 */

static void
read_index(struct reading *s)
{
	json_object *value = dl_json_get(s->body, "template_index");

	if (!value)
		add(s, DL_P_MISSING_FIELD, "template_index",
		    "Diga qual modelo muda (template_index, a partir de 0).");
	else if (!json_object_is_type(value, json_type_int) ||
		 !dl_json_int_fits(value))
		add(s, DL_P_WRONG_TYPE, "template_index", NULL);
	else
		s->out->template_index = json_object_get_int64(value);
	if (s->out->template_index < 0 ||
	    s->out->template_index >= s->r.limits->max_templates)
		add(s, DL_P_INVALID_VALUE, "template_index",
		    "A campanha não tem este modelo.");
}

static struct dl_str
keep_text(struct reading *s, const char *member)
{
	struct dl_str text = get_text(s, member);

	return text.ptr ? dl_launch_keep(&s->r, text) : text;
}

static void
read_edit(struct reading *s)
{
	read_index(s);
	require_any(s, 1, "Diga o que muda: text, mediaUrl ou fileName.");
	s->out->text = keep_text(s, "text");
	s->out->media_url = keep_text(s, "mediaUrl");
	s->out->file_name = keep_text(s, "fileName");
}

/* ------------------------------------------------------------------- resolve
 */

static void
read_resolution(struct reading *s)
{
	static const char *const words[] = {"send_again", "sent", "failed"};
	struct dl_str word = get_text(s, "resolution");

	for (int i = 0; i < 3; i++) {
		s->out->resolution = (enum dl_resolution)i;
		if (dl_str_eq(word, dl_str(words[i])))
			return;
	}
	if (word.ptr)
		add(s, DL_P_INVALID_VALUE, "resolution",
		    "resolution aceita send_again, sent ou failed.");
	else if (!dl_json_get(s->body, "resolution"))
		add(s, DL_P_MISSING_FIELD, "resolution",
		    "Diga o que houve com as mensagens (resolution): "
		    "send_again, sent ou failed.");
}

static void
read_id(struct reading *s, json_object *value, size_t i, struct dl_uuid *ids)
{
	struct dl_uuid id;
	char path[40];

	snprintf(path, sizeof(path), "message_ids[%zu]", i);
	if (!json_object_is_type(value, json_type_string)) {
		add(s, DL_P_WRONG_TYPE, path, NULL);
		return;
	}
	if (!dl_uuid_parse(
		(struct dl_str){json_object_get_string(value),
				(size_t)json_object_get_string_len(value)},
		&id)) {
		add(s, DL_P_INVALID_ID, path, NULL);
		return;
	}
	for (size_t k = 0; k < s->out->n_message_ids; k++)
		if (strcmp(ids[k].text, id.text) == 0)
			return;
	ids[s->out->n_message_ids++] = id;
}

static void
read_ids(struct reading *s)
{
	json_object *list = dl_json_get(s->body, "message_ids");
	struct dl_uuid *ids;
	size_t n;

	if (!list)
		return;
	if (!json_object_is_type(list, json_type_array)) {
		add(s, DL_P_WRONG_TYPE, "message_ids", NULL);
		return;
	}
	n = json_object_array_length(list);
	if (n == 0)
		add(s, DL_P_MISSING_FIELD, "message_ids",
		    "message_ids está vazia. Retire-a para todas as mensagens "
		    "de resultado desconhecido.");
	if (n > DL_CONTROL_MAX_IDS) {
		add(s, DL_P_TOO_MANY_ITEMS, "message_ids",
		    "message_ids passa de 1000 mensagens.");
		return;
	}
	ids = dl_arena_array(s->r.arena, n, sizeof(*ids));
	s->r.is_full = s->r.is_full || !ids;
	s->out->message_ids = ids;
	for (size_t i = 0; ids && i < n; i++)
		read_id(s, json_object_array_get_idx(list, i), i, ids);
}

static void
read_resolve(struct reading *s)
{
	read_resolution(s);
	read_ids(s);
}

/* --------------------------------------------------------------------- whole
 */

static void
read_members(struct reading *s)
{
	static void (*const readers[DL_CONTROL__COUNT])(struct reading *) = {
	    [DL_CONTROL_RETRY_FAILED] = read_retry,
	    [DL_CONTROL_RESCHEDULE] = read_reschedule,
	    [DL_CONTROL_EDIT] = read_edit,
	    [DL_CONTROL_RESOLVE_UNCERTAIN] = read_resolve};

	read_campaign(s);
	if (!read_action(s))
		return;
	refuse_others(s);
	if (readers[s->out->action])
		readers[s->out->action](s);
}

enum dl_problem_code
dl_control_request_read(struct dl_arena *arena, struct dl_str body,
			const struct dl_launch_limits *limits, int64_t now_ms,
			struct dl_control_request *out,
			struct dl_problem_list *problems)
{
	struct reading s = {.r = {.arena = arena,
				  .limits = limits,
				  .now_ms = now_ms,
				  .problems = problems},
			    .out = out};
	enum dl_problem_code code;

	memset(out, 0, sizeof(*out));
	memset(problems, 0, sizeof(*problems));
	code = dl_launch_json_problem(dl_json_parse(arena, body, &s.body));
	if (code != DL_P_OK)
		return code;
	if (!json_object_is_type(s.body, json_type_object))
		return DL_P_WRONG_TYPE;
	read_members(&s);
	if (s.r.is_full)
		return DL_P_BODY_TOO_LARGE;
	return problems->total ? problems->items[0].code : DL_P_OK;
}

/* SPDX-License-Identifier: MIT */
/* The send calls, in the order in which Evolution does things. */
#include "config.h"

#include "send.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "behaviour.h"
#include "jid.h"
#include "journal.h"
#include "media.h"
#include "message.h"
#include "validate.h"
#include "webhook.h"

#define CHECK_TIMEOUT_MS 1500

/* One send call on its way. */
struct call {
	struct sim *sim;
	struct sim_request *request;
	struct sim_answer *answer;
	const char *reading;   /* what fails while the API is restarting */
	struct sim_send *send; /* becomes the journal's when it is sent */
	enum sim_behaviour behaviour;
	bool is_sent;
};

static void
free_send(struct sim_send *send)
{
	free(send->instance);
	free(send->number);
	free(send->jid);
	free(send->jid_alt);
	free(send->recipient);
	free(send->key);
	free(send->type);
	free(send->text);
	free(send->media);
	free(send->file_name);
	free(send->mimetype);
	free(send);
}

/* The schema's violations, or a blank text: answered, and false. */
static bool
is_valid(struct call *call, enum sim_schema schema)
{
	json_object *errors = sim_validate(schema, call->request->body);
	json_object *message;

	if (!json_object_array_length(errors)) {
		json_object_put(errors);
		return true;
	}
	message = json_object_new_array();
	json_object_array_add(message, errors);
	sim_answer_error(call->answer, 400, "Bad Request", message);
	return false;
}

static void
refuse_reading(struct call *call, const char *member)
{
	char text[128];

	snprintf(text, sizeof(text),
		 "Cannot read properties of undefined (reading '%s')", member);
	sim_refuse_bare(call->answer, 500, "Internal Server Error", text);
}

static int64_t
hang_ms(struct call *call)
{
	int64_t ms;

	pthread_mutex_lock(&call->sim->lock);
	ms = call->sim->hang_ms;
	pthread_mutex_unlock(&call->sim->lock);
	return ms;
}

/* Only the first is the API's own text; both come before anything is sent. */
static void
refuse_database(struct call *call)
{
	sim_refuse_bare(
	    call->answer, 500, "Internal Server Error",
	    "\nInvalid `this.prismaRepository.contact.findMany()` invocation "
	    "in\n/evolution/src/api/integrations/channel/whatsapp/"
	    "whatsapp.baileys.service.ts:3381:53\n\nCan't reach database "
	    "server at `localhost:5432`");
}

/* An override that still holds for this number; -1 where there is none. */
static int
take_override(struct sim *sim, const char *digits)
{
	size_t len = strlen(digits);

	for (struct sim_override *o = sim->overrides; o; o = o->next) {
		size_t n = strlen(o->number);

		if (!o->times || n > len ||
		    strcmp(digits + len - n, o->number) != 0)
			continue;
		if (o->times > 0)
			o->times--;
		return o->behaviour;
	}
	return -1;
}

/* Counts the call and says how the number behaves this time. */
static enum sim_behaviour
choose_behaviour(const struct call *call, const char *recipient)
{
	struct sim *sim = call->sim;
	int64_t calls;
	int chosen;

	pthread_mutex_lock(&sim->lock);
	calls = sim_count_call(sim, recipient);
	sim_note_start(sim, call->request->instance->name,
		       call->request->start_ms);
	chosen = take_override(sim, recipient);
	if (sim_behaviour_is_passing(recipient))
		sim_journal_call(sim, recipient);
	pthread_mutex_unlock(&sim->lock);
	return chosen >= 0 ? (enum sim_behaviour)chosen
			   : sim_behaviour_of(recipient, calls);
}

static void
address(struct call *call, const char *number)
{
	char asked[SIM_JID_MAX], jid[SIM_JID_MAX], recipient[SIM_JID_MAX];

	sim_jid_create(number, asked);
	sim_jid_resolve(asked, jid);
	sim_jid_recipient(jid, recipient);
	call->send->number = sim_strdup(number);
	call->send->jid = sim_strdup(jid);
	call->send->recipient = sim_strdup(recipient);
	call->behaviour = choose_behaviour(call, recipient);
}

static void
refuse_absent_number(struct call *call)
{
	json_object *message = json_object_new_array();
	json_object *item = json_object_new_object();

	sim_put_text(item, "jid", call->send->jid);
	sim_put_bool(item, "exists", false);
	sim_put_text(item, "number", call->send->number);
	json_object_array_add(message, item);
	sim_answer_error(call->answer, 400, "Bad Request", message);
}

/* What the socket's state does to a call.  A number that was checked before
 * is in the API's cache and fails only at the send. */
static bool
passes_socket(struct call *call)
{
	struct sim *sim = call->sim;
	bool is_cached = sim_journal_knows(sim, call->send->recipient);

	switch (sim_instance_mode_now(sim, call->request->instance)) {
	case SIM_CLOSE:
		if (is_cached)
			sim_refuse(call->answer, 400,
				   "TypeError: Cannot read properties of "
				   "undefined (reading 'sendMessage')");
		else
			refuse_reading(call, "onWhatsApp");
		return false;
	case SIM_CONNECTING:
		dl_clock_sleep_ms(CHECK_TIMEOUT_MS);
		if (is_cached)
			sim_refuse(call->answer, 400,
				   "TypeError: Cannot read properties of "
				   "undefined (reading 'id')");
		else
			refuse_reading(call, "find");
		return false;
	case SIM_DEAD:
		if (is_cached)
			sim_refuse(call->answer, 400,
				   "Error: Connection Closed");
		else
			sim_refuse_bare(call->answer, 500,
					"Internal Server Error",
					"Connection Closed");
		return false;
	case SIM_NO_DATABASE:
		refuse_database(call);
		return false;
	default:
		return true;
	}
}

/* What a proxy before the API, or its guards, do to the call. */
static bool
passes_front(struct call *call)
{
	switch (call->behaviour) {
	case SIM_UNAUTHORIZED:
		sim_refuse_bare(call->answer, 401, "Unauthorized",
				"Unauthorized");
		return false;
	case SIM_BAD_GATEWAY:
		sim_answer_html(call->answer, 502, "Bad Gateway");
		return false;
	case SIM_RESTART_WINDOW:
		refuse_reading(call, call->reading);
		return false;
	case SIM_HANG_RESET:
		dl_clock_sleep_ms(hang_ms(call));
		call->answer->is_reset = true;
		return false;
	case SIM_RESET:
		call->answer->is_reset = true;
		return false;
	default:
		return true;
	}
}

/* The number check, before the send and outside its try block. */
static bool
passes_check(struct call *call)
{
	if (sim_jid_is_group(call->send->jid)) {
		sim_refuse(call->answer, 400, "[object Object]");
		return false;
	}
	if (!passes_socket(call))
		return false;
	switch (call->behaviour) {
	case SIM_CHECK_CLOSED:
		sim_refuse_bare(call->answer, 500, "Internal Server Error",
				"Connection Closed");
		return false;
	case SIM_CHECK_TIMED_OUT:
		dl_clock_sleep_ms(CHECK_TIMEOUT_MS);
		refuse_reading(call, "find");
		return false;
	case SIM_PRISMA_CHECK:
		refuse_database(call);
		return false;
	case SIM_NOT_ON_WHATSAPP:
		refuse_absent_number(call);
		return false;
	default:
		break;
	}
	if (!sim_jid_is_plausible(call->send->jid)) {
		refuse_absent_number(call);
		return false;
	}
	return true;
}

/* Failures inside the send that prove nothing went out. */
static bool
passes_send(struct call *call)
{
	static const char *const texts[SIM__BEHAVIOURS] = {
	    [SIM_SEND_CLOSED] = "Error: Connection Closed",
	    [SIM_TIMED_OUT] = "Error: Timed Out",
	    [SIM_RATE_OVERLIMIT] = "Error: rate-overlimit",
	    [SIM_NO_SESSIONS] = "SessionError: No sessions",
	};

	if (!texts[call->behaviour])
		return true;
	sim_refuse(call->answer, 400, "%s", texts[call->behaviour]);
	return false;
}

/* The address under which the API shows it from here on. */
static void
readdress(struct sim_send *send, enum sim_addressing addressing)
{
	char lid[SIM_JID_MAX];

	if (addressing == SIM_BY_PHONE)
		return;
	sim_jid_lid(send->recipient, lid);
	if (addressing == SIM_BY_LID_ALT)
		send->jid_alt = send->jid;
	else
		free(send->jid);
	send->jid = sim_strdup(lid);
}

/* From here on it is on WhatsApp, whatever the caller is told. */
static void
really_send(struct call *call)
{
	struct sim_send *send = call->send;
	char key[SIM_KEY_MAX];

	sim_message_key(key);
	send->key = sim_strdup(key);
	send->instance = sim_strdup(call->request->instance->name);
	send->start_ms = call->request->start_ms;
	send->sent_ms = dl_clock_now_ms();
	send->timestamp_s = sim_clock_ms(call->sim) / 1000;
	pthread_mutex_lock(&call->sim->lock);
	readdress(send, call->request->instance->addressing);
	send->is_saved = call->behaviour != SIM_PRISMA_SENT &&
			 call->behaviour != SIM_TIMED_OUT_SENT &&
			 !call->request->instance->has_no_saves;
	pthread_mutex_unlock(&call->sim->lock);
	sim_journal_record(call->sim, send);
	call->is_sent = true;
	/* What fails behind the socket never comes to its webhooks. */
	if (call->behaviour == SIM_PRISMA_SENT ||
	    call->behaviour == SIM_TIMED_OUT_SENT)
		return;
	sim_webhook_emit(
	    call->sim, call->request->instance, "send.message",
	    sim_message_accepted(send, call->request->instance->id));
	sim_webhook_receipts(call->sim, call->request->instance, send,
			     call->behaviour);
}

static void
refuse_prisma(struct call *call)
{
	sim_refuse(call->answer, 400,
		   "PrismaClientValidationError: \nInvalid "
		   "`this.prismaRepository.message.create()` invocation in\n"
		   "/evolution/src/api/integrations/channel/"
		   "whatsapp/whatsapp.baileys.service.ts:2300:57\n\n  2297 }\n"
		   "  2298 \n  2299 if (this.configService.get<Database>("
		   "'DATABASE').SAVE_DATA.NEW_MESSAGE) {\n→ 2300   const msg "
		   "= await this.prismaRepository.message.create({\n"
		   "           data: {\n             key: {\n"
		   "               remoteJid: \"%s\",\n"
		   "               fromMe: true,\n"
		   "               id: \"%s\"\n             },\n"
		   "             pushName: \"Você\",\n"
		   "             status: \"PENDING\",\n"
		   "             message: {\n"
		   "               conversation: \"%s\"\n             },\n"
		   "             contextInfo: {\n"
		   "               mentionedJid: [],\n"
		   "               groupMentions: [],\n"
		   "               ephemeralSettingTimestamp: Long\n"
		   "             }\n           }\n         })",
		   call->send->jid, call->send->key,
		   call->send->text ? call->send->text : "");
}

/* What the caller hears of a message that was sent. */
static void
answer_sent(struct call *call)
{
	switch (call->behaviour) {
	case SIM_PRISMA_SENT:
		refuse_prisma(call);
		return;
	case SIM_TIMED_OUT_SENT:
		sim_refuse(call->answer, 400, "Error: Timed Out");
		return;
	case SIM_GATEWAY_TIMEOUT:
		sim_answer_html(call->answer, 504, "Gateway Time-out");
		return;
	case SIM_RESET_SENT:
		call->answer->is_reset = true;
		return;
	case SIM_SENT_HANG:
		dl_clock_sleep_ms(hang_ms(call));
		break;
	default:
		break;
	}
	sim_answer_json(
	    call->answer, 201,
	    sim_message_accepted(call->send, call->request->instance->id));
}

/* The presence "composing" before the send: it blocks the call. */
static void
hold(struct call *call)
{
	int64_t delay_ms = sim_body_int(call->request->body, "delay", 0);

	if (!call->sim->has_no_delay)
		dl_clock_sleep_ms(delay_ms);
	if (call->behaviour == SIM_HANG)
		dl_clock_sleep_ms(hang_ms(call));
}

static void
deliver(struct call *call)
{
	if (!passes_check(call))
		return;
	hold(call);
	if (!passes_send(call))
		return;
	really_send(call);
	answer_sent(call);
}

/* Whether the instance is in memory; a restarting API has only its row. */
static bool
is_loaded(struct call *call)
{
	if (sim_instance_mode_now(call->sim, call->request->instance) !=
	    SIM_RESTARTING)
		return true;
	refuse_reading(call, call->reading);
	return false;
}

static struct call
begin(struct sim *sim, struct sim_request *request, struct sim_answer *answer,
      const char *reading)
{
	struct call call = {.sim = sim,
			    .request = request,
			    .answer = answer,
			    .reading = reading,
			    .send = calloc(1, sizeof(*call.send))};

	if (!call.send)
		abort();
	return call;
}

static void
end(struct call *call)
{
	if (!call->is_sent)
		free_send(call->send);
}

static bool
is_blank(const char *text)
{
	while (isspace((unsigned char)*text))
		text++;
	return !*text;
}

void
sim_send_text(struct sim *sim, struct sim_request *request,
	      struct sim_answer *answer)
{
	struct call call = begin(sim, request, answer, "textMessage");

	if (is_valid(&call, SIM_SCHEMA_TEXT) && is_loaded(&call)) {
		const char *text = sim_body_text(request->body, "text");

		address(&call, sim_body_text(request->body, "number"));
		call.send->type = sim_strdup("conversation");
		call.send->text = sim_strdup(text);
		if (is_blank(text))
			sim_refuse(answer, 400, "Text is required");
		else if (passes_front(&call))
			deliver(&call);
	}
	end(&call);
}

/* The common part of both media calls, once their media are known usable. */
static void
send_media(struct call *call, const char *mediatype, const char *media)
{
	if (!is_loaded(call))
		return;
	address(call, sim_body_text(call->request->body, "number"));
	call->send->text =
	    sim_strdup(sim_body_text(call->request->body, "caption"));
	if (!passes_front(call) ||
	    !sim_media_take(call->request, mediatype, media, call->send,
			    call->answer))
		return;
	if (call->behaviour == SIM_UPLOAD_FAILED)
		sim_refuse(call->answer, 500,
			   "Error: Media upload failed on all hosts");
	else
		deliver(call);
}

void
sim_send_media(struct sim *sim, struct sim_request *request,
	       struct sim_answer *answer)
{
	struct call call = begin(sim, request, answer, "mediaMessage");

	if (is_valid(&call, SIM_SCHEMA_MEDIA)) {
		json_object *body = request->body;
		const char *type = sim_body_text(body, "mediatype");
		const char *media = sim_body_text(body, "media");
		bool is_base64 = media && sim_is_base64(media);

		if (is_base64 && !sim_body_text(body, "fileName") &&
		    strcmp(type, "document") == 0)
			sim_refuse(answer, 400,
				   "For base64 the file name must be "
				   "informed.");
		else if (!is_base64 && !request->file_name &&
			 !(media && sim_is_url(media)))
			sim_refuse(answer, 400,
				   "Owned media must be a url or base64");
		else
			send_media(&call, type, media);
	}
	end(&call);
}

void
sim_send_audio(struct sim *sim, struct sim_request *request,
	       struct sim_answer *answer)
{
	struct call call = begin(sim, request, answer, "audioWhatsapp");

	if (is_valid(&call, SIM_SCHEMA_AUDIO)) {
		const char *audio = sim_body_text(request->body, "audio");

		if (!request->file_name &&
		    !(audio && (sim_is_base64(audio) || sim_is_url(audio))))
			sim_refuse(answer, 400,
				   "Owned media must be a url, base64, or "
				   "valid file with buffer");
		else
			send_media(&call, "voice", audio);
	}
	end(&call);
}

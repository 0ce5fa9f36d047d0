/* SPDX-License-Identifier: MIT */
/* Connections, guards and routes. */
#include "config.h"

#include "http.h"

#include <arpa/inet.h>
#include <err.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "request.h"
#include "routes.h"
#include "send.h"

/* Evolution's own limit is 136 MB; no test needs that much. */
#define BODY_MAX     (64UL << 20)
#define KEEP_ALIVE_S 5U
#define CONNECTIONS  4096U
#define STACK_BYTES  (512UL << 10)

enum guard {
	OPEN,    /* none */
	GLOBAL,  /* a key, no instance */
	INSTANCE /* an instance that exists, then a key */
};

struct route {
	const char *method;
	const char *path; /* before "/<instance>" where the guard wants one */
	enum guard guard;
	bool is_send;
	sim_route_fn run;
};

/* A connection's call while its body comes in. */
struct exchange {
	struct sim_request request;
	struct dl_buf raw;
	struct MHD_PostProcessor *form; /* NULL: the body is kept in raw */
};

static void
greet(struct sim *sim, struct sim_request *request, struct sim_answer *answer)
{
	json_object *body = json_object_new_object();
	char manager[96];

	(void)request;
	snprintf(manager, sizeof(manager), "%s/manager", sim->url);
	sim_put_int(body, "status", 200);
	sim_put_text(body, "message",
		     "Welcome to the Evolution API, it is working!");
	sim_put_text(body, "version", "2.3.6");
	sim_put_text(body, "clientName", "evolution_exchange");
	sim_put_text(body, "manager", manager);
	sim_put_text(body, "documentation", "https://doc.evolution-api.com");
	sim_put_text(body, "whatsappWebVersion", "2.3000.1028450369");
	sim_answer_json(answer, 200, body);
}

static const struct route routes[] = {
    {"GET", "/", OPEN, false, greet},
    {"POST", "/message/sendText", INSTANCE, true, sim_send_text},
    {"POST", "/message/sendMedia", INSTANCE, true, sim_send_media},
    {"POST", "/message/sendWhatsAppAudio", INSTANCE, true, sim_send_audio},
    {"GET", "/instance/connectionState", INSTANCE, false,
     sim_instance_state_get},
    {"GET", "/instance/fetchInstances", GLOBAL, false, sim_instance_fetch},
    {"POST", "/instance/create", GLOBAL, false, sim_instance_create},
    {"POST", "/chat/findMessages", INSTANCE, false, sim_chat_find_messages},
    {"POST", "/chat/findStatusMessage", INSTANCE, false, sim_chat_find_status},
    {"POST", "/chat/whatsappNumbers", INSTANCE, false, sim_chat_numbers},
    {"POST", "/webhook/set", INSTANCE, false, sim_instance_webhook_set},
    {"GET", "/webhook/find", INSTANCE, false, sim_instance_webhook_find},
    {"GET", "/_control/sent", OPEN, false, sim_control_sent},
    {"GET", "/_control/starts", OPEN, false, sim_control_starts},
    {"GET", "/_control/state", OPEN, false, sim_control_state},
    {"POST", "/_control/instance", OPEN, false, sim_control_instance},
    {"POST", "/_control/number", OPEN, false, sim_control_number},
    {"POST", "/_control/settings", OPEN, false, sim_control_settings},
    {"POST", "/_control/inbound", OPEN, false, sim_control_inbound},
    {"POST", "/_control/reset", OPEN, false, sim_control_reset},
};

/* Whether path is the route's; *name becomes its instance, heap, decoded. */
static bool
is_route(const struct route *route, const char *method, const char *path,
	 char **name)
{
	size_t len = strlen(route->path);
	size_t end = strlen(path);

	*name = NULL;
	if (strcmp(method, route->method) != 0 ||
	    strncmp(path, route->path, len) != 0)
		return false;
	while (end > 1 && path[end - 1] == '/')
		end--;
	if (route->guard != INSTANCE)
		return end == len;
	if (end <= len + 1 || path[len] != '/' ||
	    memchr(path + len + 1, '/', end - len - 1))
		return false;
	*name = strndup(path + len + 1, end - len - 1);
	if (!*name)
		abort();
	MHD_http_unescape(*name);
	return true;
}

static const struct route *
find_route(struct sim_request *request)
{
	char path[4096];

	snprintf(path, sizeof(path), "%.*s", (int)strcspn(request->url, "?"),
		 request->url);
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		if (is_route(&routes[i], request->method, path,
			     &request->instance_name))
			return &routes[i];
	}
	return NULL;
}

static bool
is_some_token(struct sim *sim, const char *key)
{
	bool is_known = false;

	pthread_mutex_lock(&sim->lock);
	for (struct sim_instance *i = sim->instances; i && !is_known;
	     i = i->next)
		is_known = strcmp(i->token, key) == 0;
	pthread_mutex_unlock(&sim->lock);
	return is_known;
}

/* The instance's token counts only while the API can look it up. */
static bool
is_authorised(struct sim *sim, struct sim_request *request, enum guard guard)
{
	const char *key = MHD_lookup_connection_value(
	    request->connection, MHD_HEADER_KIND, "apikey");

	if (!key)
		return false;
	request->has_global_key = strcmp(key, sim->key) == 0;
	if (request->has_global_key)
		return true;
	if (guard == GLOBAL)
		return strcmp(request->method, "GET") == 0 &&
		       is_some_token(sim, key);
	return strcmp(key, request->instance->token) == 0 &&
	       sim_instance_mode_now(sim, request->instance) != SIM_NO_DATABASE;
}

/* Exists, then key: an unknown instance is a 404 even with a wrong key. */
static bool
passes_guards(struct sim *sim, const struct route *route,
	      struct sim_request *request, struct sim_answer *answer)
{
	const char *other = sim_query(request, "instanceName");

	if (route->guard == OPEN)
		return true;
	if (route->guard == INSTANCE) {
		request->instance =
		    sim_instance_find(sim, request->instance_name);
		if (!request->instance) {
			sim_refuse(answer, 404,
				   "The \"%s\" instance does not exist",
				   request->instance_name);
			return false;
		}
	}
	if (!is_authorised(sim, request, route->guard)) {
		sim_refuse_bare(answer, 401, "Unauthorized", "Unauthorized");
		return false;
	}
	/* The guards saw the path; the call acts on the query's instance. */
	if (route->guard == INSTANCE && other && sim_instance_find(sim, other))
		request->instance = sim_instance_find(sim, other);
	return true;
}

static void
count_in(struct sim *sim, struct sim_instance *instance, int by)
{
	pthread_mutex_lock(&sim->lock);
	instance->in_flight += by;
	if (instance->in_flight > instance->in_flight_max)
		instance->in_flight_max = instance->in_flight;
	pthread_mutex_unlock(&sim->lock);
}

static void
wait_latency(struct sim *sim, const struct sim_instance *instance)
{
	int64_t ms;

	pthread_mutex_lock(&sim->lock);
	ms = sim->latency_ms + (instance ? instance->latency_ms : 0);
	pthread_mutex_unlock(&sim->lock);
	dl_clock_sleep_ms(ms);
}

static void
dispatch(struct sim *sim, struct sim_request *request,
	 struct sim_answer *answer)
{
	const struct route *route = find_route(request);

	if (!route) {
		sim_refuse(answer, 404, "Cannot %s %s", request->method,
			   request->url);
		return;
	}
	if (strncmp(route->path, "/_control", 9) != 0) {
		pthread_mutex_lock(&sim->lock);
		sim->n_requests++;
		pthread_mutex_unlock(&sim->lock);
	}
	if (!passes_guards(sim, route, request, answer))
		return;
	if (route->is_send)
		count_in(sim, request->instance, 1);
	if (route->guard != OPEN)
		wait_latency(sim, request->instance);
	route->run(sim, request, answer);
	if (route->is_send)
		count_in(sim, request->instance, -1);
}

/* What body-parser says of a body that is no JSON. */
static void
refuse_json(const struct dl_buf *raw, size_t at, enum json_tokener_error error,
	    struct sim_answer *answer)
{
	char text[96];

	if (error == json_tokener_continue || at >= raw->len)
		snprintf(text, sizeof(text), "Unexpected end of JSON input");
	else
		snprintf(text, sizeof(text),
			 "Unexpected token %c in JSON at position %zu",
			 raw->ptr[at], at);
	sim_refuse_bare(answer, 400, "Internal Server Error", text);
}

/* The raw body as JSON; false where it is none, with the answer. */
static bool
parse_json(struct exchange *exchange, struct sim_answer *answer)
{
	struct json_tokener *tokener = json_tokener_new();
	enum json_tokener_error error;
	json_object *body;

	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
	body = json_tokener_parse_ex(tokener, dl_buf_cstr(&exchange->raw),
				     (int)exchange->raw.len);
	error = json_tokener_get_error(tokener);
	if (!json_object_is_type(body, json_type_object) &&
	    !json_object_is_type(body, json_type_array)) {
		refuse_json(&exchange->raw, json_tokener_get_parse_end(tokener),
			    error, answer);
		json_object_put(body);
		body = NULL;
	}
	json_tokener_free(tokener);
	exchange->request.body = body;
	return body != NULL;
}

static bool
is_json(struct MHD_Connection *connection)
{
	const char *type = MHD_lookup_connection_value(
	    connection, MHD_HEADER_KIND, "Content-Type");

	return type && strncasecmp(type, "application/json", 16) == 0;
}

/* A field of a form, in pieces. */
static enum MHD_Result
take_field(void *ctx, enum MHD_ValueKind kind, const char *name,
	   const char *file_name, const char *type, const char *encoding,
	   const char *data, uint64_t offset, size_t len)
{
	struct sim_request *request = ctx;
	const char *before = offset ? sim_body_text(request->body, name) : "";
	char *whole;

	(void)kind;
	(void)type;
	(void)encoding;
	if (file_name) {
		if (!request->file_name)
			request->file_name = sim_strdup(file_name);
		request->file_length += (int64_t)len;
		return MHD_YES;
	}
	if (asprintf(&whole, "%s%.*s", before ? before : "", (int)len, data) <
	    0)
		abort();
	sim_put_text(request->body, name, whole);
	free(whole);
	return MHD_YES;
}

static struct exchange *
begin(struct MHD_Connection *connection, const char *method, char *url)
{
	struct exchange *exchange = calloc(1, sizeof(*exchange));

	if (!exchange)
		abort();
	dl_buf_init(&exchange->raw, NULL, BODY_MAX);
	exchange->request.connection = connection;
	exchange->request.method = method;
	exchange->request.url = url;
	exchange->request.start_ms = dl_clock_now_ms();
	if (!is_json(connection)) {
		exchange->request.body = json_object_new_object();
		exchange->form = MHD_create_post_processor(
		    connection, 64 << 10, take_field, &exchange->request);
	}
	return exchange;
}

/* Called when the exchange has ended, however it did. */
static void
end(void *ctx, struct MHD_Connection *connection, void **slot,
    enum MHD_RequestTerminationCode why)
{
	struct exchange *exchange = *slot;

	(void)ctx;
	(void)connection;
	(void)why;
	if (!exchange)
		return;
	if (exchange->form)
		MHD_destroy_post_processor(exchange->form);
	json_object_put(exchange->request.body);
	free(exchange->request.url);
	free(exchange->request.instance_name);
	free(exchange->request.file_name);
	dl_buf_clear(&exchange->raw);
	free(exchange);
	*slot = NULL;
}

/*
 * Cuts the connection so that the caller sees a reset and no answer: the
 * descriptor is replaced by a socket that leads nowhere, and the last close of
 * the real one, with linger 0, sends the RST at once.
 */
static enum MHD_Result
reset(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
	    connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct linger at_once = {1, 0};
	int nowhere = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (nowhere < 0)
		err(1, "socket");
	setsockopt(info->connect_fd, SOL_SOCKET, SO_LINGER, &at_once,
		   sizeof(at_once));
	dup2(nowhere, info->connect_fd);
	close(nowhere);
	return MHD_NO;
}

static void
add_date(struct sim *sim, struct MHD_Response *response)
{
	time_t now_s = (time_t)(sim_clock_ms(sim) / 1000);
	struct tm tm;
	char text[64];

	gmtime_r(&now_s, &tm);
	strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &tm);
	MHD_add_response_header(response, "Date", text);
}

static enum MHD_Result
reply(struct sim *sim, struct MHD_Connection *connection,
      struct sim_answer *answer)
{
	struct MHD_Response *response;
	enum MHD_Result result;

	if (answer->is_reset) {
		sim_answer_clear(answer);
		return reset(connection);
	}
	response = MHD_create_response_from_buffer(
	    strlen(answer->text), answer->text, MHD_RESPMEM_MUST_FREE);
	if (!response)
		abort();
	add_date(sim, response);
	MHD_add_response_header(response, "Content-Type", answer->type);
	MHD_add_response_header(response, "Keep-Alive", "timeout=5");
	result = MHD_queue_response(connection, (unsigned int)answer->status,
				    response);
	MHD_destroy_response(response);
	return result;
}

/* The whole call is here: body first, as body-parser stands before routes. */
static enum MHD_Result
serve(struct sim *sim, struct exchange *exchange)
{
	struct sim_request *request = &exchange->request;
	struct sim_answer answer = {0};

	if (dl_buf_failed(&exchange->raw))
		sim_refuse_bare(&answer, 413, "Internal Server Error",
				"request entity too large");
	else if (exchange->raw.len && !request->body &&
		 !parse_json(exchange, &answer))
		; /* answered */
	else {
		if (!request->body)
			request->body = json_object_new_object();
		dispatch(sim, request, &answer);
	}
	return reply(sim, request->connection, &answer);
}

static enum MHD_Result
handle(void *ctx, struct MHD_Connection *connection, const char *url,
       const char *method, const char *version, const char *data, size_t *len,
       void **slot)
{
	struct exchange *exchange = *slot;

	(void)url;
	(void)version;
	/* The first call comes with the headers; *slot holds the raw URL. */
	if (!exchange->request.connection) {
		char *raw = exchange->request.url;

		free(exchange);
		*slot = begin(connection, method, raw);
		return MHD_YES;
	}
	if (!*len)
		return serve(ctx, exchange);
	if (exchange->form)
		MHD_post_process(exchange->form, data, *len);
	else if (!exchange->request.body)
		dl_buf_append(&exchange->raw, data, *len);
	*len = 0;
	return MHD_YES;
}

/* Keeps the URL as it was written; what it returns is handle()'s first slot. */
static void *
keep_url(void *ctx, const char *url, struct MHD_Connection *connection)
{
	struct exchange *exchange = calloc(1, sizeof(*exchange));

	(void)ctx;
	(void)connection;
	if (!exchange)
		abort();
	exchange->request.url = sim_strdup(url);
	return exchange;
}

uint16_t
sim_http_start(struct sim *sim, uint16_t port)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET,
	    .sin_port = htons(port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	struct MHD_Daemon *daemon = MHD_start_daemon(
	    MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD |
		MHD_USE_POLL | MHD_USE_SUPPRESS_DATE_NO_CLOCK,
	    port, NULL, NULL, handle, sim, MHD_OPTION_SOCK_ADDR, &address,
	    MHD_OPTION_URI_LOG_CALLBACK, keep_url, sim,
	    MHD_OPTION_NOTIFY_COMPLETED, end, sim,
	    MHD_OPTION_CONNECTION_TIMEOUT, KEEP_ALIVE_S,
	    MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS,
	    MHD_OPTION_THREAD_STACK_SIZE, (size_t)STACK_BYTES,
	    MHD_OPTION_LISTENING_ADDRESS_REUSE, 1U, MHD_OPTION_END);
	const union MHD_DaemonInfo *info;

	if (!daemon)
		err(1, "can't listen on 127.0.0.1:%u", port);
	info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT);
	return info->port;
}

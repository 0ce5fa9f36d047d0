/* SPDX-License-Identifier: MIT */
/*
 * Every setting of every program, in one table (DL_SETTINGS): name, type,
 * default, bounds, who needs it, help.  A value comes from the environment;
 * where NAME is absent, from the file NAME_FILE names, or from
 * $CREDENTIALS_DIRECTORY/NAME (systemd credentials).  Read once, before any
 * thread; all faults are reported together.
 *
 * The struct is read-only after loading and may be shared between threads.
 */
#ifndef DL_BASE_SETTINGS_H
#define DL_BASE_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"
#include "base/str.h"

/* A program that can't start on its settings exits so (EX_CONFIG). */
#define DL_EXIT_CONFIG 78

/* Who needs a setting; a bit each. */
enum dl_program {
	DL_LAUNCH = 1,
	DL_PROCESS = 2,
	DL_STATUS = 4,
	DL_QUEUE = 8,
	DL_SWEEP = 16,
	DL_EVENTS = 32,
	DL_CONTROL = 64
};

/* A value that no log function takes; zeroed by dl_settings_clear(). */
struct dl_secret {
	char *text; /* "" where not set */
};

/* The largest JWT or signing key that anybody issues is far below this. */
#define DL_SETTING_MAX 4096

/*
 * X(field, NAME, KIND, default, min, max, required_by, help)
 *   KIND TEXT, SECRET: min and max are lengths in bytes
 *        URL: http or https, a host, no trailing '/' kept
 *        INT: min and max of the value
 *        FLAG: on or off
 */
#define DL_SETTINGS(X)                                                         \
	X(database_url, "DATABASE_URL", TEXT, "", 1, DL_SETTING_MAX,           \
	  DL_LAUNCH | DL_PROCESS | DL_STATUS | DL_QUEUE | DL_SWEEP |           \
	      DL_EVENTS | DL_CONTROL,                                          \
	  "PostgreSQL as a libpq URI or keyword string, without a user: each " \
	  "program brings its own by PGUSER")                                  \
	X(database_user_suffix, "DATABASE_USER_SUFFIX", TEXT, "", 1, 64, 0,    \
	  "what a pooler wants behind PGUSER: .PROJECT at Supabase's")         \
	X(public_url, "PUBLIC_URL", URL, "", 1, 2048,                          \
	  DL_LAUNCH | DL_PROCESS | DL_SWEEP | DL_CONTROL,                      \
	  "where the queue reaches this installation; every delivery is "      \
	  "signed for a URL below it")                                         \
	X(public_url_previous, "PUBLIC_URL_PREVIOUS", URL, "", 1, 2048, 0,     \
	  "the former PUBLIC_URL, still accepted while messages signed for "   \
	  "it are under way")                                                  \
	X(qstash_url, "QSTASH_URL", URL, "", 1, 2048,                          \
	  DL_LAUNCH | DL_PROCESS | DL_SWEEP | DL_CONTROL,                      \
	  "the queue: Upstash QStash of your region, or local-queue")          \
	X(qstash_token, "QSTASH_TOKEN", SECRET, "", 1, DL_SETTING_MAX,         \
	  DL_LAUNCH | DL_PROCESS | DL_SWEEP | DL_CONTROL, "the queue's token") \
	X(qstash_current_signing_key, "QSTASH_CURRENT_SIGNING_KEY", SECRET,    \
	  "", 1, DL_SETTING_MAX, DL_PROCESS,                                   \
	  "the key that deliveries are signed with")                           \
	X(qstash_next_signing_key, "QSTASH_NEXT_SIGNING_KEY", SECRET, "", 1,   \
	  DL_SETTING_MAX, DL_PROCESS,                                          \
	  "the key that follows it at the next rotation")                      \
	X(evolution_api_url, "EVOLUTION_API_URL", URL, "", 1, 2048,            \
	  DL_PROCESS | DL_SWEEP, "Evolution API, with its path prefix if any") \
	X(evolution_api_key, "EVOLUTION_API_KEY", SECRET, "", 1,               \
	  DL_SETTING_MAX, DL_PROCESS | DL_SWEEP,                               \
	  "Evolution's global key, for instances with no token of their own")  \
	X(evolution_webhook_key, "EVOLUTION_WEBHOOK_KEY", SECRET, "", 16,      \
	  DL_SETTING_MAX, DL_EVENTS,                                           \
	  "the value of the header jwt_key in the webhooks' settings")         \
	X(supabase_url, "SUPABASE_URL", URL, "", 1, 2048, 0,                   \
	  "the Supabase project, where one is used; read by disparalead "      \
	  "setup")                                                             \
	X(supabase_jwt_secret, "SUPABASE_JWT_SECRET", SECRET, "", 1,           \
	  DL_SETTING_MAX, 0,                                                   \
	  "the shared secret that access tokens are signed with (HS256)")      \
	X(supabase_jwks_url, "SUPABASE_JWKS_URL", URL, "", 1, 2048, 0,         \
	  "the project's public keys, instead of the secret (ES256, RS256)")   \
	X(supabase_jwt_issuer, "SUPABASE_JWT_ISSUER", TEXT, "", 1, 2048, 0,    \
	  "the iss that access tokens must carry; empty: any")                 \
	X(cors_allowed_origins, "CORS_ALLOWED_ORIGINS", TEXT, "", 1, 8192, 0,  \
	  "origins that browsers may call from, exact, comma-separated")       \
	X(api_url, "DISPARALEAD_API_URL", URL, "", 1, 2048, 0,                 \
	  "where disparalead launch and status reach /launch and /status")     \
	X(api_token, "DISPARALEAD_TOKEN", SECRET, "", 1, DL_SETTING_MAX, 0,    \
	  "the access token that they sign in with")                           \
	X(default_country_code, "DEFAULT_COUNTRY_CODE", INT, "55", 1, 999, 0,  \
	  "country code of numbers written without one")                       \
	X(media_allowed_hosts, "MEDIA_ALLOWED_HOSTS", TEXT, "", 1, 8192, 0,    \
	  "hosts that media may come from, comma-separated; empty: any "       \
	  "public name")                                                       \
	X(worker_threads, "WORKER_THREADS", INT, "16", 1, 1024, 0,             \
	  "requests that one program handles at a time")                       \
	X(database_pool_size, "DATABASE_POOL_SIZE", INT, "4", 1, 128, 0,       \
	  "connections to PostgreSQL that one program holds")                  \
	X(database_prepared_statements, "DATABASE_PREPARED_STATEMENTS", FLAG,  \
	  "on", 0, 0, 0,                                                       \
	  "off behind a transaction pooler such as Supabase's port 6543")      \
	X(database_timeout_ms, "DATABASE_TIMEOUT_MS", INT, "10000", 100,       \
	  600000, 0, "how long a request waits for a free connection")         \
	X(log_level, "LOG_LEVEL", INT, "6", 2, 7, 0,                           \
	  "syslog level up to which lines are written: 7 is debug")            \
	X(metrics_file, "METRICS_FILE", TEXT, "", 1, 1024, 0,                  \
	  "file that all programs of this machine count in, for /metrics; "    \
	  "empty: each counts for itself")                                     \
	X(max_body_bytes, "MAX_BODY_BYTES", INT, "33554432", 1024, 268435456,  \
	  0, "largest body of /launch in bytes; nginx's limit must agree")     \
	X(max_contacts, "MAX_CONTACTS", INT, "100000", 1, 1000000, 0,          \
	  "contacts of one launch")                                            \
	X(max_messages, "MAX_MESSAGES", INT, "300000", 1, 3000000, 0,          \
	  "contacts times templates of one launch")                            \
	X(max_templates, "MAX_TEMPLATES", INT, "20", 1, 100, 0,                \
	  "templates of one launch")                                           \
	X(max_instances, "MAX_INSTANCES", INT, "50", 1, 1000, 0,               \
	  "WhatsApp numbers of one launch")                                    \
	X(max_contact_keys, "MAX_CONTACT_KEYS", INT, "100", 1, 1000, 0,        \
	  "keys of one contact")                                               \
	X(max_delay_s, "MAX_DELAY_S", INT, "86400", 1, 604800, 0,              \
	  "largest tempoMin and tempoMax in seconds")                          \
	X(launch_deadline_s, "LAUNCH_DEADLINE_S", INT, "25", 1, 200, 0,        \
	  "seconds within which /launch answers, queued or not")               \
	X(control_deadline_s, "CONTROL_DEADLINE_S", INT, "50", 2, 200, 0,      \
	  "seconds after which /control publishes no further message")         \
	X(queue_max_delay_s, "QUEUE_MAX_DELAY_S", INT, "604800", 600,          \
	  31536000, 0, "longest delay that the queue takes, in seconds")       \
	X(qstash_retries, "QSTASH_RETRIES", INT, "2", 0, 5, 0,                 \
	  "further attempts of a message after a transient failure")           \
	X(qstash_timeout_s, "QSTASH_TIMEOUT_S", INT, "90", 2, 7200, 0,         \
	  "Upstash-Timeout of a text: what one delivery may last, seconds")    \
	X(qstash_media_timeout_s, "QSTASH_MEDIA_TIMEOUT_S", INT, "195", 2,     \
	  7200, 0, "the same for media")                                       \
	X(evolution_timeout_s, "EVOLUTION_TIMEOUT_S", INT, "75", 1, 3600, 0,   \
	  "deadline of one text sent to Evolution, seconds")                   \
	X(evolution_media_timeout_s, "EVOLUTION_MEDIA_TIMEOUT_S", INT, "180",  \
	  1, 3600, 0, "the same for media")                                    \
	X(evolution_delay_ms, "EVOLUTION_DELAY_MS", INT, "1200", 0, 20000, 0,  \
	  "how long the recipient sees 'typing', milliseconds")                \
	X(lease_s, "LEASE_S", INT, "165", 2, 7200, 0,                          \
	  "how long a claim of a text holds, seconds")                         \
	X(lease_media_s, "LEASE_MEDIA_S", INT, "270", 2, 7200, 0,              \
	  "the same for media")                                                \
	X(reconcile_deadline_s, "RECONCILE_DEADLINE_S", INT, "1800", 1,        \
	  604800, 0,                                                           \
	  "seconds after which an unknown outcome is closed as such")          \
	X(publish_stale_s, "PUBLISH_STALE_S", INT, "120", 1, 86400, 0,         \
	  "seconds after which an unpublished message is published anew")      \
	X(signature_leeway_s, "SIGNATURE_LEEWAY_S", INT, "30", 0, 600, 0,      \
	  "clock difference allowed in the queue's signature, seconds")        \
	X(lane_wait_ms, "LANE_WAIT_MS", INT, "3000", 0, 30000, 0,              \
	  "how long a delivery waits for its number to be free")               \
	X(start_margin_ms, "START_MARGIN_MS", INT, "250", 0, 10000, 0,         \
	  "how late a send may start after its claim; more for a distant "     \
	  "Evolution")                                                         \
	X(status_max_age_ms, "STATUS_MAX_AGE_MS", INT, "1000", 0, 60000, 0,    \
	  "how old an answer of /status about one campaign may be while its "  \
	  "version stands, milliseconds")                                      \
	X(local_queue_parallelism, "LOCAL_QUEUE_PARALLELISM", INT, "5", 1,     \
	  512, 0, "deliveries that local-queue has under way at a time")       \
	X(local_queue_account, "LOCAL_QUEUE_ACCOUNT", TEXT, "default", 1, 64,  \
	  0, "the account of local-queue's token and keys")                    \
	X(local_queue_allowed_urls, "LOCAL_QUEUE_ALLOWED_URLS", TEXT, "", 1,   \
	  8192, 0,                                                             \
	  "URLs below which local-queue delivers, beside PUBLIC_URL, also on " \
	  "loopback and private addresses; comma-separated")                   \
	X(local_queue_allow_public, "LOCAL_QUEUE_ALLOW_PUBLIC", FLAG, "off",   \
	  0, 0, 0, "deliver to any public address, not only below those URLs") \
	X(local_queue_allow_all, "LOCAL_QUEUE_ALLOW_ALL", FLAG, "off", 0, 0,   \
	  0,                                                                   \
	  "let a request without a filter cancel every message, delete or "    \
	  "retry every dead letter")                                           \
	X(local_queue_log_keep_s, "LOCAL_QUEUE_LOG_KEEP_S", INT, "259200",     \
	  120, 31536000, 0,                                                    \
	  "seconds for which local-queue keeps its log and what it "           \
	  "delivered")                                                         \
	X(local_queue_dlq_keep_s, "LOCAL_QUEUE_DLQ_KEEP_S", INT, "604800",     \
	  3600, 31536000, 0,                                                   \
	  "seconds for which local-queue keeps dead letters")

#define DL_FIELD_TEXT   struct dl_str
#define DL_FIELD_URL    struct dl_str
#define DL_FIELD_SECRET struct dl_secret
#define DL_FIELD_INT    int64_t
#define DL_FIELD_FLAG   bool

struct dl_settings {
#define X(field, name, kind, def, min, max, required_by, help)                 \
	DL_FIELD_##kind field;
	DL_SETTINGS(X)
#undef X
};

/*
 * Reads all settings.  Each fault (a value out of bounds, a missing one that
 * program requires) is written to faults as a line in English; DL_BAD_REQUEST
 * when there was any.  program is one or several bits of enum dl_program.
 * Ends with dl_settings_clear() in either case.
 */
enum dl_code dl_settings_load(struct dl_settings *settings,
			      unsigned int program, FILE *faults) DL_MUST_CHECK;

/* Frees the values and zeroes the secrets. */
void dl_settings_clear(struct dl_settings *settings);

/* Writes "NAME (default): help" lines, for --help. */
void dl_settings_help(FILE *out);

/* The secret's text as a dl_str, valid while the settings are. */
static inline struct dl_str
dl_secret_str(const struct dl_secret *secret)
{
	return dl_str(secret->text);
}

#endif

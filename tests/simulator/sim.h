/* SPDX-License-Identifier: MIT */
/*
 * The state of the Evolution simulator: instances, how they and single numbers
 * behave, and everything that was really sent.  One lock guards all of it; the
 * functions that say "locked" want it held by the caller.
 *
 * What it imitates is Evolution API 2.3.6.  No media is fetched and nothing
 * leaves the machine but webhooks to the addresses that were set.
 */
#ifndef SIM_H
#define SIM_H

#include <json-c/json.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/uuid.h"

/* "5511987654321@s.whatsapp.net"; longer input is cut. */
#define SIM_JID_MAX   160
#define SIM_TOKEN_MAX 160
/* "3EB0", 18 hexadecimal digits and the NUL */
#define SIM_KEY_MAX 23

enum sim_mode {
	SIM_OPEN,
	SIM_CLOSE,      /* never connected: no socket at all */
	SIM_CONNECTING, /* waits for its QR code */
	SIM_DEAD,       /* says open, but its socket is dead */
	SIM_RESTARTING, /* its row exists, the API has not loaded it yet */
	SIM_NO_DATABASE /* the API's own database is down */
};

/* Under which address the API shows a recipient. */
enum sim_addressing {
	SIM_BY_PHONE,
	SIM_BY_LID,    /* "@lid" alone */
	SIM_BY_LID_ALT /* "@lid", the phone as remoteJidAlt */
};

struct sim_instance {
	char *name;
	char token[SIM_TOKEN_MAX];
	char id[DL_UUID_MAX];
	char own_jid[SIM_JID_MAX];
	int64_t created_at_ms;
	enum sim_mode mode;
	int64_t mode_until_ms; /* open again from then on; 0: until changed */
	int64_t latency_ms;    /* added to each call */
	int in_flight;         /* send calls that run now */
	int in_flight_max;
	enum sim_addressing addressing;
	bool has_no_saves;    /* DATABASE_SAVE_DATA_NEW_MESSAGE=false */
	json_object *webhook; /* the stored row; NULL: none */
	struct sim_instance *next;
};

/* A message that WhatsApp took.  Immutable but for acks. */
struct sim_send {
	int64_t start_ms;    /* when the call came in, real clock */
	int64_t sent_ms;     /* when the socket took it, real clock */
	int64_t timestamp_s; /* as the API's own clock says */
	char *instance;
	char *number; /* as the caller wrote it */
	char *jid;
	char *jid_alt;   /* remoteJidAlt; NULL: none */
	char *recipient; /* digits in one spelling, for counting */
	char *key;
	char *type;      /* "conversation", "imageMessage"... */
	char *text;      /* text or caption; NULL: none */
	char *media;     /* address, "base64" or "file"; NULL for text */
	char *file_name; /* NULL: none */
	char *mimetype;  /* NULL for text */
	int64_t file_length;
	bool is_saved;     /* the API's database has it */
	unsigned int acks; /* bits of enum sim_ack */
};

enum sim_ack { SIM_SERVER_ACK, SIM_DELIVERY_ACK, SIM_READ, SIM_ERROR };

struct sim_override {
	char *number;  /* digits that the number must end in */
	int behaviour; /* enum sim_behaviour */
	int64_t times; /* calls it still holds for; -1: always */
	struct sim_override *next;
};

struct sim {
	/* set before the threads start */
	const char *key;          /* global key */
	const char *journal_path; /* NULL: none */
	bool has_no_delay;        /* the field "delay" is ignored */
	char url[64];             /* "http://127.0.0.1:8090" */

	pthread_mutex_t lock;
	int journal_fd;
	struct sim_instance *instances;
	struct sim_override *overrides;
	struct sim_send **sends;
	size_t n_sends;
	size_t n_sends_allocated;
	json_object *calls;  /* recipient -> send calls so far */
	json_object *starts; /* instance -> when its send calls came in */
	int64_t n_requests;
	int64_t clock_offset_ms;
	int64_t latency_ms;
	int64_t hang_ms;          /* the long waits of some behaviours */
	int64_t ack_ms;           /* receipts come within this time */
	int64_t webhook_retry_ms; /* first wait after a failed webhook */
};

/* An empty state with the defaults; ends with the process. */
void sim_init(struct sim *sim);

/* Locked.  What the control endpoint's settings are at the start. */
void sim_set_defaults(struct sim *sim);

/* The API's own clock: real time plus the offset that was asked for. */
int64_t sim_clock_ms(struct sim *sim);

/* NULL where there is none.  An instance is never removed, nor its name,
 * token and id changed.  Thread-safe. */
struct sim_instance *sim_instance_find(struct sim *sim, const char *name);

/* The instance of that name, made in that mode where it was absent.  An
 * empty token becomes "<name>-token".  Thread-safe. */
struct sim_instance *sim_instance_add(struct sim *sim, const char *name,
				      const char *token, enum sim_mode mode);

/* Locked.  Its mode now; one that was set for a time goes back to open. */
enum sim_mode sim_instance_mode(struct sim_instance *instance);

/* The same for a caller without the lock. */
enum sim_mode sim_instance_mode_now(struct sim *sim,
				    struct sim_instance *instance);

/* What connectionState says: "open"; NULL while it is not loaded. */
const char *sim_mode_state(enum sim_mode mode);

/* "dead" and so on; false for another word. */
bool sim_mode_parse(const char *word, enum sim_mode *out);
const char *sim_mode_name(enum sim_mode mode);

/* Locked.  Counts one send call to recipient; how many came before it. */
int64_t sim_count_call(struct sim *sim, const char *recipient);

/* Locked.  Keeps when a send call on instance came in, real clock. */
void sim_note_start(struct sim *sim, const char *instance, int64_t start_ms);

/* strdup() that keeps NULL and never fails. */
char *sim_strdup(const char *s);

/* A Prisma id: "c" and 24 letters and digits, from seed. */
void sim_cuid(const char *seed, char out[26]);

#endif

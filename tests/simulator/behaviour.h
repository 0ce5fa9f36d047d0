/* SPDX-License-Identifier: MIT */
/*
 * How a number behaves, by its last six digits: "65", a digit for how often
 * (0: always, 1 to 3: only the first n calls), and the three digits of the
 * table below.  5511987650404 is never on WhatsApp; 5511987652502 answers
 * HTML 502 twice and then works.  Pure.
 */
#ifndef SIM_BEHAVIOUR_H
#define SIM_BEHAVIOUR_H

#include <stdbool.h>
#include <stdint.h>

/* id, last three digits, name for the control endpoint, what it does */
#define SIM_BEHAVIOURS(X)                                                      \
	X(SIM_WORKS, "201", "ok", "201, sent")                                 \
	X(SIM_UNAUTHORIZED, "401", "unauthorized",                             \
	  "401, as while the API's database is down; not sent")                \
	X(SIM_NOT_ON_WHATSAPP, "404", "not_on_whatsapp", "400 exists:false")   \
	X(SIM_TIMED_OUT_SENT, "407", "timed_out_sent",                         \
	  "400 Error: Timed Out, and yet sent")                                \
	X(SIM_TIMED_OUT, "408", "timed_out", "400 Error: Timed Out, not sent") \
	X(SIM_CHECK_TIMED_OUT, "409", "check_timed_out",                       \
	  "500 (reading 'find') after 1.5 s")                                  \
	X(SIM_RATE_OVERLIMIT, "420", "rate_overlimit",                         \
	  "400 Error: rate-overlimit")                                         \
	X(SIM_NO_SESSIONS, "422", "no_sessions",                               \
	  "400 SessionError: No sessions")                                     \
	X(SIM_CHECK_CLOSED, "428", "check_closed", "500 Connection Closed")    \
	X(SIM_SEND_CLOSED, "429", "send_closed",                               \
	  "400 Error: Connection Closed")                                      \
	X(SIM_NO_ACK, "460", "no_ack", "201, then no receipt at all")          \
	X(SIM_OTHER_JID, "461", "other_jid",                                   \
	  "201, receipts under a @lid address")                                \
	X(SIM_ERROR_RECEIPT, "463", "error_receipt",                           \
	  "201, then an ERROR receipt")                                        \
	X(SIM_RESTART_WINDOW, "500", "restart_window",                         \
	  "500 (reading 'textMessage')")                                       \
	X(SIM_BAD_GATEWAY, "502", "bad_gateway", "HTML 502, not sent")         \
	X(SIM_GATEWAY_TIMEOUT, "504", "gateway_timeout", "HTML 504, sent")     \
	X(SIM_RESET, "598", "reset",                                           \
	  "connection reset after the request was read, not sent")             \
	X(SIM_RESET_SENT, "599", "reset_sent",                                 \
	  "connection reset after the message was sent")                       \
	X(SIM_HANG, "600", "hang", "waits hang_ms, then sends and answers")    \
	X(SIM_SENT_HANG, "601", "sent_hang",                                   \
	  "sends, waits hang_ms, then answers")                                \
	X(SIM_HANG_RESET, "602", "hang_reset",                                 \
	  "waits hang_ms, then resets; not sent")                              \
	X(SIM_PRISMA_SENT, "700", "prisma_sent",                               \
	  "400 PrismaClient... after a real send")                             \
	X(SIM_PRISMA_CHECK, "701", "prisma_check",                             \
	  "500 prismaRepository... before the send")                           \
	X(SIM_UPLOAD_FAILED, "810", "upload_failed",                           \
	  "media only: 500 upload failed on all hosts")

enum sim_behaviour {
#define X(id, digits, name, help) id,
	SIM_BEHAVIOURS(X)
#undef X
	    SIM__BEHAVIOURS
};

/*
 * What the number's ending asks for when it was called calls times before:
 * SIM_WORKS for every ending that is not in the table.
 */
enum sim_behaviour sim_behaviour_of(const char *digits, int64_t calls);

/* Whether the number's ending counts calls: it fails first and then works. */
bool sim_behaviour_is_passing(const char *digits);

/* By its name; false for another word. */
bool sim_behaviour_parse(const char *name, enum sim_behaviour *out);

const char *sim_behaviour_name(enum sim_behaviour behaviour);

#endif

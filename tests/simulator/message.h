/* SPDX-License-Identifier: MIT */
/*
 * What Evolution answers for a message that WhatsApp took, and the forms in
 * which it shows it again.  Made from the record alone, so that a simulator
 * that was killed says the same afterwards.
 */
#ifndef SIM_MESSAGE_H
#define SIM_MESSAGE_H

#include <json-c/json.h>

#include "sim.h"

/* A new random id, as 2.3.6 makes them: "3EB0" and 18 digits. */
void sim_message_key(char out[SIM_KEY_MAX]);

/* The body of the 201; the caller's to put. */
json_object *sim_message_accepted(const struct sim_send *send,
				  const char *instance_id);

/* A record of findMessages; acks are the receipts so far. */
json_object *sim_message_found(const struct sim_send *send,
			       const char *instance_id, unsigned int acks);

/* "SERVER_ACK" and so on. */
const char *sim_ack_name(enum sim_ack ack);

/* The MIME type by the name's extension; "false" for an unknown one, as
 * Evolution has it. */
const char *sim_mimetype_of(const char *file_name);

#endif

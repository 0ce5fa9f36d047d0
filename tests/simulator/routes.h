/* SPDX-License-Identifier: MIT */
/* The other calls: instances, chats, webhooks, and the control endpoint. */
#ifndef SIM_ROUTES_H
#define SIM_ROUTES_H

#include "request.h"

/* instance.c */
void sim_instance_state_get(struct sim *, struct sim_request *,
			    struct sim_answer *);
void sim_instance_fetch(struct sim *, struct sim_request *,
			struct sim_answer *);
void sim_instance_create(struct sim *, struct sim_request *,
			 struct sim_answer *);
void sim_instance_webhook_set(struct sim *, struct sim_request *,
			      struct sim_answer *);
void sim_instance_webhook_find(struct sim *, struct sim_request *,
			       struct sim_answer *);

/* chat.c */
void sim_chat_find_messages(struct sim *, struct sim_request *,
			    struct sim_answer *);
void sim_chat_find_status(struct sim *, struct sim_request *,
			  struct sim_answer *);
void sim_chat_numbers(struct sim *, struct sim_request *, struct sim_answer *);

/* control.c: no guard, for tests only */
void sim_control_sent(struct sim *, struct sim_request *, struct sim_answer *);
void sim_control_starts(struct sim *, struct sim_request *,
			struct sim_answer *);
void sim_control_state(struct sim *, struct sim_request *, struct sim_answer *);
void sim_control_instance(struct sim *, struct sim_request *,
			  struct sim_answer *);
void sim_control_number(struct sim *, struct sim_request *,
			struct sim_answer *);
void sim_control_settings(struct sim *, struct sim_request *,
			  struct sim_answer *);
void sim_control_inbound(struct sim *, struct sim_request *,
			 struct sim_answer *);
void sim_control_reset(struct sim *, struct sim_request *, struct sim_answer *);

#endif

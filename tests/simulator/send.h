/* SPDX-License-Identifier: MIT */
/* The send calls: POST /message/... */
#ifndef SIM_SEND_H
#define SIM_SEND_H

#include "request.h"

void sim_send_text(struct sim *sim, struct sim_request *request,
		   struct sim_answer *answer);
void sim_send_media(struct sim *sim, struct sim_request *request,
		    struct sim_answer *answer);
void sim_send_audio(struct sim *sim, struct sim_request *request,
		    struct sim_answer *answer);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * The media of a send call.  Nothing is fetched: what the address would have
 * given is chosen by the last part of its path.
 *
 *   404.png (any status from 400)  that HTTP error
 *   refused.png                    connection refused
 *   dns.png                        host not found
 *   not-an-image.png               downloaded, and no image (image only)
 *   empty.png                      downloaded, and empty (image only)
 *   upload-failed.png              WhatsApp takes no upload
 *   corrupt.mp3                    an empty voice note, and a 201
 */
#ifndef SIM_MEDIA_H
#define SIM_MEDIA_H

#include <stdbool.h>

#include "request.h"

/*
 * Checks the media of a sendMedia or sendWhatsAppAudio call and fills the
 * media, file_name, mimetype, type and file_length of send.  False where the
 * call ends here, with its answer.
 */
bool sim_media_take(const struct sim_request *request, const char *mediatype,
		    const char *media, struct sim_send *send,
		    struct sim_answer *answer);

#endif

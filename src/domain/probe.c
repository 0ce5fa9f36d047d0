/* SPDX-License-Identifier: MIT */
/* Doctor's probe: read, and answered with the machine's mark. */
#include "config.h"

#include "domain/probe.h"

#include <stdio.h>

#include "base/json_in.h"

bool
dl_probe_read(struct dl_arena *arena, struct dl_str body, struct dl_uuid *id)
{
	json_object *tree;

	return dl_json_parse(arena, body, &tree) == DL_JSON_OK &&
	       dl_uuid_parse(dl_json_get_str(tree, "probe"), id);
}

const char *
dl_probe_mark(struct dl_str machine, const struct dl_uuid *id,
	      char out[DL_SHA256_HEX_MAX])
{
	uint8_t mac[DL_SHA256_LEN];

	/* machine-id(5): never to be shown, but to be used as a key. */
	dl_hmac_sha256(machine, dl_str(id->text), mac);
	for (size_t i = 0; i < sizeof(mac); i++)
		snprintf(out + 2 * i, 3, "%02x", mac[i]);
	return out;
}

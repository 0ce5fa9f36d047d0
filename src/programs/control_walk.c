/* SPDX-License-Identifier: MIT */
/* All rows of an action, a chunk at a time with rising ids. */
#include "config.h"

#include <stdio.h>

#include "programs/control.h"

enum dl_code
control_walk(struct control_job *job, const struct control_source *source,
	     control_take take, void *ctx, struct dl_error *err)
{
	const char *params[5] = {control_tenant(job),
				 job->request.campaign_id.text};
	enum dl_code code = DL_OK;
	char last[DL_UUID_MAX];
	PGresult *rows;
	int n = source->chunk_rows;

	if (source->n_more)
		params[4] = source->more[0];
	while (code == DL_OK && !job->is_answered && n == source->chunk_rows) {
		params[3] = dl_db_from_int(job->scratch, source->chunk_rows);
		code = dl_db_exec(job->db, job->scratch, source->next, params,
				  &rows, err);
		if (code != DL_OK || PQntuples(rows) == 0)
			break;
		n = PQntuples(rows);
		snprintf(last, sizeof(last), "%s",
			 dl_db_cstr(rows, n - 1, "id"));
		params[2] = last;
		code = take(ctx, rows, err);
		dl_arena_reset(job->scratch);
	}
	dl_arena_reset(job->scratch);
	return code;
}

/* SPDX-License-Identifier: MIT */
/* SQLSTATE to enum dl_code, and what of an error may be told. */
#include "config.h"

#include <string.h>

#include "store/db_internal.h"

/* The first row whose prefix fits decides. */
static const struct {
	const char *prefix;
	enum dl_code code;
} codes[] = {
    {"08", DL_TRY_LATER},    /* connection exception */
    {"25006", DL_TRY_LATER}, /* read-only: a standby after a switch-over */
    {"25P03", DL_TRY_LATER}, /* idle in transaction for too long */
    {"40001", DL_TRY_LATER}, /* serialization failure */
    {"40P01", DL_TRY_LATER}, /* deadlock detected */
    {"53", DL_TRY_LATER},    /* insufficient resources */
    {"55P03", DL_TRY_LATER}, /* lock not available */
    {"57014", DL_TRY_LATER}, /* statement_timeout */
    {"57P0", DL_TRY_LATER},  /* shutting down, starting up */
    {"23505", DL_CONFLICT},  /* unique violation */
    {"22", DL_BAD_REQUEST},  /* data exception */
    {"23", DL_BAD_REQUEST},  /* integrity constraint violation */
};

bool
dl_db_is_full(const char *sqlstate)
{
	return strcmp(sqlstate, "53300") == 0;
}

enum dl_code
dl_db_sqlstate_code(const char *sqlstate)
{
	if (!*sqlstate)
		return DL_TRY_LATER;
	for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++)
		if (strncmp(sqlstate, codes[i].prefix,
			    strlen(codes[i].prefix)) == 0)
			return codes[i].code;
	return DL_INTERNAL;
}

static const char *
field(const PGresult *result, int code)
{
	const char *text = result ? PQresultErrorField(result, code) : NULL;

	return text ? text : "";
}

enum dl_code
dl_db_fail(struct dl_db *db, const PGresult *result, const char *op,
	   const char *what, struct dl_error *err)
{
	const char *sqlstate = field(result, PG_DIAG_SQLSTATE);
	const char *message = field(result, PG_DIAG_MESSAGE_PRIMARY);
	enum dl_code code = dl_db_sqlstate_code(sqlstate);

	if (!*sqlstate)
		message = db->conn ? PQerrorMessage(db->conn)
				   : "the connection is gone";
	/* Class 22 quotes the value, which may be a phone or a text. */
	else if (strncmp(sqlstate, "22", 2) == 0)
		message = "a value does not fit";
	if (err && err->code == DL_OK)
		strncpy(err->sqlstate, sqlstate, sizeof(err->sqlstate) - 1);
	return dl_fail(err, code, op, "%s: %s %s", what, message,
		       field(result, PG_DIAG_CONSTRAINT_NAME));
}

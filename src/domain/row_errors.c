/* SPDX-License-Identifier: MIT */
/* The table of row error codes. */
#include "config.h"

#include "domain/row_errors.h"

static const struct dl_row_error_text texts[DL_ROW__COUNT] = {
#define X(id, code, meaning, action) [id] = {(code), (meaning), (action)},
    DL_ROW_ERRORS(X)
#undef X
};

const struct dl_row_error_text *
dl_row_error_text(enum dl_row_error error)
{
	return &texts[error];
}

const struct dl_row_error_text *
dl_row_error_find(struct dl_str code)
{
	for (size_t i = DL_ROW_OK + 1; i < DL_ROW__COUNT; i++)
		if (dl_str_eq(code, dl_str(texts[i].code)))
			return &texts[i];
	return NULL;
}

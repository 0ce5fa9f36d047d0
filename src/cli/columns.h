/* SPDX-License-Identifier: MIT */
/* What a spreadsheet's header means: which column holds the phone. */
#ifndef DL_CLI_COLUMNS_H
#define DL_CLI_COLUMNS_H

#include <stddef.h>
#include <sys/types.h>

#include "base/str.h"

/*
 * The column that holds the phone: the first whose name is one of the usual
 * ones (accents, case and punctuation apart), the likeliest name first; else
 * one whose name contains one.  -1 where no name says so.
 */
ssize_t cli_columns_phone(const struct dl_str *names, size_t n);

/*
 * The same for a list without header: the first cell that can only be a
 * number somebody calls.
 */
ssize_t cli_columns_number(const struct dl_str *cells, size_t n);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Phones hidden from those who may not see them: the number of a row, and
 * numbers that stand in a text because a template put them there.
 *
 * Thread-safe.
 */
#ifndef DL_DOMAIN_MASK_H
#define DL_DOMAIN_MASK_H

#include "base/arena.h"
#include "base/str.h"

/*
 * E.164 digits with all but the country, area code and first digit, and the
 * last four, as stars: "5511998765432" -> "55119****5432".  Of a number of
 * less than twelve digits the last two remain.  Empty at the arena's cap.
 */
struct dl_str dl_mask_phone(struct dl_arena *arena, struct dl_str phone);

/*
 * text with every number of eight or more digits, whatever blanks, points,
 * dashes or brackets stand between them, as stars but for its last two.
 * Empty at the arena's cap.
 */
struct dl_str dl_mask_text(struct dl_arena *arena, struct dl_str text);

#endif

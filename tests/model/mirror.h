/* SPDX-License-Identifier: MIT */
/*
 * The same steps on PostgreSQL, by the statements that the programs use.  The
 * database is one that tests/model/prepare.sql was loaded into, whose
 * functions read the model's clock.  Ends the program on any failure.
 */
#ifndef DL_TESTS_MIRROR_H
#define DL_TESTS_MIRROR_H

#include "step.h"

struct mirror;

/* Connects to DATABASE_URL. */
struct mirror *mirror_open(void);
void mirror_close(struct mirror *mirror);

/*
 * Does a step that the model has done, and fills in what was answered.  Some
 * steps lay slots as only the database knows: *model takes those over.
 */
void mirror_step(struct mirror *mirror, struct model *model,
		 const struct step *step, struct model_text *answer);

/* The rows as model_print() writes the model. */
void mirror_print(struct mirror *mirror, char *text, size_t max);

/* Differences that the ledger's own check finds. */
int mirror_ledger(struct mirror *mirror);

#endif

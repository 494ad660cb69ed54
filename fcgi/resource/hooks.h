/* SPDX-License-Identifier: Apache-2.0
 * The hooks a resource may have.  Registered by app/ at start, before threads. */
#ifndef ZIARA_RESOURCE_HOOKS_H
#define ZIARA_RESOURCE_HOOKS_H

#include "resource/ctx.h"
#include "resource/record.h"

struct hooks {
	/* Rules that look at more than one field, or at other records, which it locks: called in the write's transaction,
	 * the record locked.  Adds faults to x->problem.  `before` is NULL on create.  Errors: database, memory. */
	enum err (*check)(struct ctx *x, const struct shape *s, const struct record *before, const struct record *after);
	/* Sets what no body may send because it follows from the rest, and is stored.  Called before `check`, in the same
	 * transaction, for a record without faults so far. */
	enum err (*derive)(struct ctx *x, const struct shape *s, struct record *after);
	/* Text of the F_COMPUTED field, or NULL; kids named in `needs` are loaded. */
	const char *(*computed)(const struct ctx *x, const struct shape *s, const struct record *r);
	const char *needs[SHAPE_KIDS_MAX];
};

void hooks_register(const char *resource, const struct hooks *h);
/* Bits of the kids the computed hook needs; 0 when there is no such hook. */
uint32_t hooks_needs(const struct shape *s);
/* Index of the F_COMPUTED leaf, or -1. */
int hooks_computed_leaf(const struct shape *s);
/* Fills r->computed of each record when the kids it needs are among `loaded`. */
void hooks_compute(const struct ctx *x, const struct shape *s, struct records *list, uint32_t loaded);
/* `derive`, unless there are faults already, then `check`. */
MUST_USE enum err hooks_check(struct ctx *x, const struct shape *s, const struct record *before, struct record *after);

#endif

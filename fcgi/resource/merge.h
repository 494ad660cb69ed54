/* SPDX-License-Identifier: Apache-2.0
 * Merging one record into another, and undoing it: an alias is set or cleared (resource/alias.h), and what the
 * engine keeps of both is renewed.  All in the caller's transaction, which may run again; only one
 * of them is under way at a time. */
#ifndef ZIARA_RESOURCE_MERGE_H
#define ZIARA_RESOURCE_MERGE_H

#include "resource/alias.h"

struct merge {
	const struct shape *s;
	struct uuid from, into;     /* set by the caller; undo finds `into` itself */
	struct record merged;       /* `from`, whole */
	struct record survivor;     /* `into`, whole; after merging and undoing as they are then */
	struct records others;      /* what `from` answers for, whole */
	struct records besides;     /* what `into` answers for already, whole; not of undo */
	bool done;                  /* it is so already: nothing to write */
	bool undo;
	int status;                 /* of the refusal, when faults were added; 0: none */
};

/* Locks both records, by id, and reads them and what they answer for; adds to the problem everything that
 * forbids the merge, and sets m->status then.  ERR_NOT_FOUND: no record `from`. */
MUST_USE enum err merge_read(struct ctx *x, struct merge *m);
/* Sets the aliases of what merge_read found sound and looks whether a record has come to lie above itself: more faults,
 * and m->status.  A plan ends here, and its transaction is taken back. */
MUST_USE enum err merge_set(struct ctx *x, struct merge *m);
/* Renews what the engine keeps of the records, and leaves their change rows. */
MUST_USE enum err merge_finish(struct ctx *x, struct merge *m);
/* Undoes the merge of `from`: it answers for itself again, and for what came to the survivor through it.
 * ERR_NOT_FOUND: no such record; ERR_REFUSED with 409: it is not merged, or would be part of itself.  m->done:
 * the same request has undone it before. */
MUST_USE enum err merge_undo(struct ctx *x, struct merge *m);

#endif

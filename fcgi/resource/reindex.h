/* SPDX-License-Identifier: Apache-2.0
 * What the engine keeps beside records (facets, words, likenesses), made anew from the records: for those written before there was
 * such a thing, or past the engine. */
#ifndef ZIARA_RESOURCE_REINDEX_H
#define ZIARA_RESOURCE_REINDEX_H

#include "resource/ctx.h"
#include "resource/shape.h"

/* Brings up to REINDEX_BATCH records of a root's table whose ids are below *below in line, in a transaction of its own; the
 * highest ids first, so that the oldest record is the last.  *below becomes the lowest of them; *n == 0: none is
 * left.  x->view must see everything; x->kept counts the rows that were written or removed. */
enum { REINDEX_BATCH = 50 };
MUST_USE enum err reindex_batch(struct ctx *x, const struct shape *s, struct uuid *below, size_t *n);

/* Whether some table's oldest record that may be found by words has none: reindexing was never done, or not finished. */
MUST_USE enum err reindex_due(struct db *d, struct arena *a, bool *due);

#endif

/* SPDX-License-Identifier: Apache-2.0
 * From records to tables: a root is written whole, in the caller's transaction, together with
 * its facets and its row in change_log. */
#ifndef ZIARA_RESOURCE_WRITE_H
#define ZIARA_RESOURCE_WRITE_H

#include "resource/ctx.h"
#include "resource/record.h"

/* What one root may hold, so that it can always be read, sent back and deleted: items of all its
 * arrays together, and bytes of its snapshot.  More is refused with 422. */
enum { WRITE_ITEMS_MAX = 1000, WRITE_BYTES_MAX = 192 << 10 };

/* Inserts `r` (id set) with its kids as version 1.  ERR_REFUSED with 409 when a unique value
 * or a nested id is taken. */
MUST_USE enum err write_create(struct ctx *x, const struct shape *s, struct record *r);
/* Writes the difference between `before` (locked, kids loaded) and `after`, raises the version in
 * `after`.  *changed is false, and nothing is written, when there is none. */
MUST_USE enum err write_update(struct ctx *x, const struct shape *s, const struct record *before, struct record *after,
			       bool *changed);
/* Deletes `before` (locked, kids loaded), leaving a tombstone.  ERR_REFUSED with 409 that names
 * what still refers to it. */
MUST_USE enum err write_delete(struct ctx *x, const struct shape *s, const struct record *before);

struct tombstone {
	bool found, was_public;
	struct str last_request;
};
MUST_USE enum err write_tombstone(struct ctx *x, const struct shape *s, struct uuid id, struct tombstone *t);

#endif

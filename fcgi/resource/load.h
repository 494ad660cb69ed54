/* SPDX-License-Identifier: Apache-2.0
 * From tables to records. */
#ifndef ZIARA_RESOURCE_LOAD_H
#define ZIARA_RESOURCE_LOAD_H

#include "resource/ctx.h"
#include "resource/record.h"

/* Every kid of a shape. */
#define LOAD_ALL_KIDS UINT32_MAX

/* One root row by id, without its kids, and the label epoch into x->epoch; the row is locked when
 * `lock`, which must come before any other read of the transaction.  A record merged into another is
 * read like any other, with `merged`.  ERR_NOT_FOUND. */
MUST_USE enum err load_root(struct ctx *x, const struct shape *s, struct uuid id, bool lock, struct record *out);
/* Children (and theirs) of all records of `list`, one statement a table: only the kids in
 * the bit set `kids`. */
MUST_USE enum err load_kids(struct ctx *x, const struct shape *s, struct records *list, uint32_t kids);
/* `before` "= ?" `after`, or with "IN (?, …)" for several of the n values, LOAD_IN_MAX at most.  These texts come in
 * a few lengths, filled up with the last value, so that statements stay few. */
enum { LOAD_IN_MAX = 200 };
MUST_USE enum err load_in(struct ctx *x, const char *before, const struct db_value *values, size_t n, const char *after,
			  struct db_rows *rows);
/* Two such lists of the same values: `before` list `between` list `after`. */
MUST_USE enum err load_in_twice(struct ctx *x, const char *before, const char *between, const struct db_value *values, size_t n,
				const char *after, struct db_rows *rows);
/* Fills one record from a result row whose columns, beginning at `col`, are those that shape_columns gives
 * for `leaves`; other leaves stay unset.  References to merged records wait for alias_settle. */
MUST_USE enum err load_row(struct ctx *x, const struct shape *s, uint64_t leaves, const struct db_rows *rows, size_t row, size_t col,
			   struct record *r);
/* The label epoch, read in the transaction under way (or on its own) into x->epoch. */
MUST_USE enum err load_epoch(struct ctx *x);
/* An id from a BINARY(16) cell; false, and zero, when it holds none. */
bool load_uuid(const struct db_value *c, struct uuid *out);
/* A DATETIME as it is stored, as RFC 3339. */
MUST_USE enum err load_time(struct ctx *x, struct str sql, struct str *out);
/* True when the view may know of a record of this shape in this state. */
static inline bool load_state_visible(const struct view *v, const struct shape *s, struct str state)
{
	return shape_sight(v, s)->writes || str_is(state, "published");
}

#endif

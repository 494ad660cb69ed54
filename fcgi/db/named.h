/* SPDX-License-Identifier: Apache-2.0
 * Hand-written statements name their values, as in ":limit": here the names become places to bind. */
#ifndef ZIARA_DB_NAMED_H
#define ZIARA_DB_NAMED_H

#include "base/buf.h"
#include "db/db.h"

enum { NAMED_LIST_MAX = 200 };

/* A value, a list for IN (:name), or another text to stand there. */
struct named {
	const char *name;
	struct db_value one;
	const struct db_value *list; /* n of them, NULL: `one`; an empty list is NULL, which equals nothing */
	size_t n;
	const char *sql;             /* not NULL: this text, whose names are looked up likewise */
};

static inline struct named named_int(const char *name, int64_t i)
{
	return (struct named){ .name = name, .one = db_int(i) };
}
static inline struct named named_list(const char *name, const struct db_value *list, size_t n)
{
	static const struct db_value none = { DB_NULL, 0, { NULL, 0 } };

	return (struct named){ .name = name, .list = n ? list : &none, .n = n ? n : 1 };
}

struct named_sql {
	struct db_value *params;
	size_t n, max;
};

/* Appends `sql` to `text` with ? for each name, and the values to `out` in their order.  Lists are made 1, 4, 16, 50
 * or 200 long by repeating their last value, so that texts stay few.  Errors are sticky in `text`: ERR_INTERNAL for a
 * name that is not among `values` (ends with a NULL name), ERR_LIMIT for more values than there is room for. */
void named_write(struct buf *text, struct named_sql *out, const char *sql, const struct named *values);

#endif

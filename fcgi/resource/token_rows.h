/* SPDX-License-Identifier: Apache-2.0
 * The words of one record, sorted, each with its class: what the tables `token` and `posting` are filled from. */
#ifndef ZIARA_RESOURCE_TOKEN_ROWS_H
#define ZIARA_RESOURCE_TOKEN_ROWS_H

#include "resource/ctx.h"

struct token_row {
	struct str token;
	int64_t cls;
};

struct token_rows {
	struct token_row *item;
	size_t n, cap;
};

static inline bool token_same_value(const struct db_value *a, const struct db_value *b)
{
	return a->type == b->type && (a->type == DB_NULL || str_eq(a->s, b->s));
}

/* Into `token`, or with `sort`, which is not null, into `posting`: rows that are there get the class and what stands beside. */
MUST_USE enum err token_insert(struct ctx *x, const char *resource, const struct uuid *id, const struct token_rows *rows,
			       const struct db_value *beside, const struct db_value *sort);

#endif

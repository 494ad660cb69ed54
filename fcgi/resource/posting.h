/* SPDX-License-Identifier: Apache-2.0
 * The tables `posting` and `word`, for resources marked `posted`: the words of `token` once more, each with its records
 * in the order in which lists have them (default_sort), and which words there are.  So a page of what words find is
 * read off the index in its order, and reading ends when it is full (list_posted.h).
 *
 * A record's postings are as its row is, or the row is marked: `postings_due` is set by the column's own ON UPDATE
 * and DEFAULT in whatever does not name it, such as a program that knows no postings; shape.h's statements
 * name it, and posting_write takes the mark away. */
#ifndef ZIARA_RESOURCE_POSTING_H
#define ZIARA_RESOURCE_POSTING_H

#include "resource/record.h"
#include "resource/token_rows.h"

/* In a write of the record `r`: `want` are its words, `beside` as in `token`.  Nothing where the resource is not posted. */
MUST_USE enum err posting_write(struct ctx *x, const struct shape *s, const struct record *r, const struct token_rows *want,
				const struct db_value *beside);
/* Of a record that is gone, or for which another answers. */
MUST_USE enum err posting_delete(struct ctx *x, const struct shape *s, const struct uuid *id);
/* Whether some record of the resource is marked. */
MUST_USE enum err posting_due(struct db *d, struct arena *a, const struct shape *s, bool *due);
/* Why the descriptor cannot be posted, or NULL. */
const char *posting_fault(const struct shape *s);

#endif

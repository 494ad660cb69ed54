/* SPDX-License-Identifier: Apache-2.0
 * Postings of words: prefixes are ranges of the primary key of `token`. */
#include "resource/list_words.h"

static bool has_index(const struct resource *r, const char *field)
{
	size_t n = strlen(field);

	for (const char *const *pair = r->indexed; pair && *pair; pair++)
		if (strncmp(*pair, field, n) == 0 && (*pair)[n] == ' ')
			return true;
	return false;
}

const struct term *list_words(const struct list_query *q)
{
	const struct term *words = NULL;

	for (size_t i = 0; i < q->n_terms; i++) {
		const struct term *t = &q->terms[i];
		if (t->kind == TERM_WORDS)
			words = t;
		else if (t->kind == TERM_ID || (t->kind == TERM_LEAF && t->op & (OP_EQ | OP_IN) &&
						has_index(q->served->resource, q->served->shape->leaves[t->leaf].f->name)))
			return NULL;
	}
	return words;
}

/* Postings of word `i` by which this view may find records. */
static void postings(struct list_sql *out, const struct list_query *q, const struct term *t, size_t i, int64_t cls)
{
	const struct db_value *word = &t->v[2 * i];
	bool whole = word[1].type == DB_NULL;

	buf_printf(&out->text, "w%zu.resource = ? AND w%zu.token %s ?", i, i, whole ? "=" : ">=");
	list_bind(out, db_text(str_from(q->served->root->resource->name)));
	list_bind(out, word[0]);
	if (!whole) {
		buf_printf(&out->text, " AND w%zu.token < ?", i);
		list_bind(out, word[1]);
	}
	buf_printf(&out->text, " AND w%zu.cls <= ?", i);
	list_bind(out, db_int(cls));
}

void list_words_found(struct list_sql *out, const struct list_query *q, const struct term *t, int64_t cls)
{
	buf_z(&out->text, "(SELECT DISTINCT w0.id FROM token w0 WHERE ");
	postings(out, q, t, 0, cls);
	for (size_t i = 1; i < t->n; i++) {
		buf_printf(&out->text, " AND EXISTS (SELECT 1 FROM token w%zu WHERE w%zu.id = w0.id AND ", i, i);
		postings(out, q, t, i, cls);
		buf_char(&out->text, ')');
	}
	buf_z(&out->text, ") d");
}

void list_words_condition(struct list_sql *out, const struct list_query *q, const struct term *t, int64_t cls, bool lookup)
{
	for (size_t i = 0; i < t->n; i++) {
		if (i)
			buf_z(&out->text, " AND ");
		if (lookup)
			buf_printf(&out->text, "(SELECT 1 FROM token w%zu WHERE w%zu.id = t.id AND ", i, i);
		else
			buf_printf(&out->text, "t.id IN (SELECT w%zu.id FROM token w%zu WHERE ", i, i);
		postings(out, q, t, i, cls);
		buf_z(&out->text, lookup ? " LIMIT 1) IS NOT NULL" : ")");
	}
}

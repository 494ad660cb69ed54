/* SPDX-License-Identifier: Apache-2.0
 * Postings of words: prefixes are ranges of the primary key of `token`. */
#include "resource/list_words.h"

enum { COUNTED_MAX = 500 }; /* postings; which of two words is the rarer matters less where both have more */

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

/* " 0kenya": where a word of that class begins in `beside`; a whole one ends there, too. */
static void beginning(struct list_sql *out, struct arena *a, const struct db_value *word, int64_t cls)
{
	struct str text = arena_printf(a, " %d%.*s%s", (int)cls, STR_ARG(word[0].s), word[1].type == DB_NULL ? " " : "");

	if (!text.p)
		out->text.err = ERR_NOMEM;
	list_bind(out, db_text(text));
}

/* Most records say beside the word that leads which others they have. */
static void another_word(struct list_sql *out, struct arena *a, const struct list_query *q, const struct term *t, size_t i, int64_t cls)
{
	buf_printf(&out->text, " AND CASE WHEN w0.beside IS NULL THEN EXISTS (SELECT 1 FROM token w%zu WHERE w%zu.id = w0.id AND ", i, i);
	postings(out, q, t, i, cls);
	buf_z(&out->text, ") ELSE ");
	for (int64_t c = 0; c <= cls; c++) {
		buf_z(&out->text, c ? " OR LOCATE(?, w0.beside) > 0" : "LOCATE(?, w0.beside) > 0");
		beginning(out, a, &t->v[2 * i], c);
	}
	buf_z(&out->text, " END");
}

void list_words_found(struct list_sql *out, struct arena *a, const struct list_query *q, const struct term *t, int64_t cls)
{
	buf_z(&out->text, "(SELECT DISTINCT w0.id FROM token w0 WHERE ");
	postings(out, q, t, 0, cls);
	for (size_t i = 1; i < t->n; i++)
		another_word(out, a, q, t, i, cls);
	buf_z(&out->text, ") d");
}

void list_words_counts(struct list_sql *out, const struct list_query *q, const struct term *t, int64_t cls)
{
	for (size_t i = 0; i < t->n; i++) {
		buf_printf(&out->text, "%s(SELECT COUNT(*) FROM (SELECT 1 FROM token w%zu WHERE ", i ? ", " : "SELECT ", i);
		postings(out, q, t, i, cls);
		buf_printf(&out->text, " LIMIT %d) c)", COUNTED_MAX);
	}
}

enum err list_words_lead(struct ctx *x, struct list_query *q)
{
	const struct term *words = list_words(q);
	struct term *t = words ? &q->terms[words - q->terms] : NULL;
	struct list_sql sql = { .n = 0 };
	struct db_rows rows;
	size_t least = 0;

	if (!t || t->n < 2)
		return ERR_OK;
	buf_init(&sql.text, 8192);
	list_words_counts(&sql, q, t, shape_sight(&x->view, q->served->root)->fields);
	buf_char(&sql.text, '\0');
	enum err e = sql.text.err ? sql.text.err : db_query(x->db, x->arena, sql.text.p, sql.params, sql.n, &rows);
	buf_free(&sql.text);
	if (e)
		return e;
	for (size_t i = 1; i < t->n; i++)
		if (db_cell(&rows, 0, i)->i < db_cell(&rows, 0, least)->i)
			least = i;
	for (size_t k = 0; k < 2; k++) {
		struct db_value v = t->v[k];
		t->v[k] = t->v[2 * least + k];
		t->v[2 * least + k] = v;
	}
	return ERR_OK;
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

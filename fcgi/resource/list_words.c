/* SPDX-License-Identifier: Apache-2.0
 * Postings of words: prefixes are ranges of the primary key of `token`. */
#include "resource/list_words.h"

#include "resource/known.h"
#include "resource/list_posted.h"

#include <stdlib.h>

/* The column of an explanation in which MariaDB says how many rows it expects. */
enum { EXPLAINED_ROWS = 8 };

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

static void range(struct list_sql *out, const struct list_query *q, const struct term *t, size_t i)
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
}

/* Postings of word `i` by which this view may find records. */
static void postings(struct list_sql *out, const struct list_query *q, const struct term *t, size_t i, int64_t cls)
{
	range(out, q, t, i);
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
void list_words_others(struct list_sql *out, struct arena *a, const struct list_query *q, const struct term *t, int64_t cls, const char *alias)
{
	for (size_t i = 1; i < t->n; i++) {
		buf_printf(&out->text, " AND CASE WHEN %s.beside IS NULL THEN EXISTS (SELECT 1 FROM token w%zu WHERE w%zu.id = %s.id AND ", alias, i, i, alias);
		postings(out, q, t, i, cls);
		buf_z(&out->text, ") ELSE ");
		for (int64_t c = 0; c <= cls; c++) {
			buf_printf(&out->text, "%sLOCATE(?, %s.beside) > 0", c ? " OR " : "", alias);
			beginning(out, a, &t->v[2 * i], c);
		}
		buf_z(&out->text, " END");
	}
}

void list_words_found(struct list_sql *out, struct arena *a, const struct list_query *q, const struct term *t, int64_t cls)
{
	buf_z(&out->text, "(SELECT DISTINCT w0.id FROM token w0 WHERE ");
	postings(out, q, t, 0, cls);
	list_words_others(out, a, q, t, cls, "w0");
	buf_z(&out->text, ") d");
}

void list_words_guess(struct list_sql *out, const struct list_query *q, const struct term *t)
{
	buf_z(&out->text, "EXPLAIN ");
	for (size_t i = 0; i < t->n; i++) {
		buf_printf(&out->text, "%sSELECT 1 FROM token w%zu WHERE ", i ? " UNION ALL " : "", i);
		range(out, q, t, i);
	}
}

/* What is expected of word `i`: the server gives the number as text. */
static int64_t expected(const struct db_rows *guess, size_t i)
{
	const struct db_value *v = db_cell(guess, i, EXPLAINED_ROWS);

	return v->type == DB_INT ? v->i : v->type == DB_TEXT && v->s.n ? strtoll(v->s.p, NULL, 10) : 0;
}

static void estimate_key(const struct ctx *x, const struct list_query *q, const struct term *t, size_t i, struct known_key *k)
{
	known_begin(k, KNOWN_ESTIMATE, x->now_ms);
	known_add(k, str_from(q->served->root->resource->name));
	known_add(k, t->v[2 * i].s);
	known_add(k, t->v[2 * i + 1].type == DB_NULL ? STR("=") : STR(">"));
}

/* What is expected of each word; remembered for some minutes, as nothing but speed depends on it.  rows[0] < 0: it is not said. */
static enum err estimate(struct ctx *x, const struct list_query *q, const struct term *t, int64_t *rows)
{
	struct list_sql sql = { .n = 0 };
	struct known_key k;
	struct db_rows guess;
	struct str text;
	size_t known = 0;

	for (; known < t->n; known++) {
		estimate_key(x, q, t, known, &k);
		if (!known_get(x->arena, &k, 0, &text) || text.n != sizeof(*rows))
			break;
		memcpy(&rows[known], text.p, sizeof(*rows));
	}
	if (known == t->n)
		return ERR_OK;
	rows[0] = -1;
	buf_init(&sql.text, 8192);
	list_words_guess(&sql, q, t);
	buf_char(&sql.text, '\0');
	enum err e = sql.text.err ? sql.text.err : db_query(x->db, x->arena, sql.text.p, sql.params, sql.n, &guess);
	buf_free(&sql.text);
	/* where it is said otherwise, any word may lead: that is slower, not wrong */
	if (e || guess.rows < t->n || guess.cols <= EXPLAINED_ROWS)
		return e;
	for (size_t i = 0; i < t->n; i++) {
		rows[i] = expected(&guess, i);
		estimate_key(x, q, t, i, &k);
		known_put(&k, 0, (struct str){ (const char *)&rows[i], sizeof(rows[i]) });
	}
	return ERR_OK;
}

/* Brings the rarest word to the front; *rows: what is expected of it. */
static enum err rarest(struct ctx *x, const struct list_query *q, struct term *t, int64_t *rows)
{
	int64_t *each = arena_array(x->arena, t->n, sizeof(*each));
	size_t least = 0;

	if (!each)
		return ERR_NOMEM;
	enum err e = estimate(x, q, t, each);
	if (e || each[0] < 0)
		return e;
	for (size_t i = 1; i < t->n; i++)
		if (each[i] < each[least])
			least = i;
	*rows = each[least];
	for (size_t k = 0; k < 2; k++) {
		struct db_value v = t->v[k];
		t->v[k] = t->v[2 * least + k];
		t->v[2 * least + k] = v;
	}
	return ERR_OK;
}

enum err list_words_lead(struct ctx *x, struct list_query *q)
{
	const struct term *words = list_words(q);
	struct term *t = words ? &q->terms[words - q->terms] : NULL;
	int64_t rows = INT64_MAX;

	if (!t)
		return ERR_OK;
	enum err e = t->n > 1 ? rarest(x, q, t, &rows) : ERR_OK;
	return e || rows < POSTED_FROM ? e : list_posted_words(x, q, t, rows);
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

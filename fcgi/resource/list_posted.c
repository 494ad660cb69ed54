/* SPDX-License-Identifier: Apache-2.0
 * The server must read `posting` first and by its primary key: STRAIGHT_JOIN, and ORDER BY its columns. */
#include "resource/list_posted.h"

#include "resource/known.h"
#include "resource/list_words.h"

static bool wanted(const struct list_query *q)
{
	return q->served->resource->posted && q->n_terms == 1 && q->n_sorts == 1 &&
	       strcmp(q->sorts[0].sort->name, q->served->resource->default_sort) == 0;
}

static bool is_whole(const struct term *t)
{
	return t->v[1].type == DB_NULL;
}

/* Of the table `word`: those that begin so. */
static struct str range(struct arena *a, const struct term *t)
{
	return arena_printf(a, "word w WHERE w.resource = ? AND w.word %s", is_whole(t) ? "= ?" : ">= ? AND w.word < ?");
}

static size_t range_values(const struct list_query *q, const struct term *t, struct db_value *v)
{
	v[0] = db_text(str_from(q->served->resource->name));
	v[1] = t->v[0];
	v[2] = t->v[1];
	return is_whole(t) ? 2 : 3;
}

/* --- remembered words ------------------------------------------------------------------- */

static void words_key(const struct ctx *x, const struct list_query *q, const struct term *t, struct known_key *k)
{
	known_begin(k, KNOWN_WORDS, x->now_ms);
	known_add(k, str_from(q->served->resource->name));
	known_add(k, t->v[0].s);
	known_add(k, is_whole(t) ? STR("=") : STR(">"));
}

/* Each word behind its length in one byte; none: they are too many. */
static void remember(const struct known_key *k, const struct db_value *word, size_t n)
{
	struct buf b;

	buf_init(&b, POSTED_WORDS_MAX * (1 + UINT8_MAX));
	for (size_t i = 0; i < n; i++) {
		buf_char(&b, (char)word[i].s.n);
		buf_str(&b, word[i].s);
		if (word[i].s.n > UINT8_MAX)
			b.err = ERR_LIMIT;
	}
	if (!b.err)
		known_put(k, 0, buf_view(&b));
	buf_free(&b);
}

static enum err recall(struct ctx *x, const struct known_key *k, struct term *t, bool *known)
{
	struct str text;

	*known = known_get(x->arena, k, 0, &text);
	if (!*known || text.n == 0)
		return ERR_OK;
	t->posted = arena_array(x->arena, POSTED_WORDS_MAX, sizeof(*t->posted));
	if (!t->posted)
		return ERR_NOMEM;
	for (size_t at = 0; at < text.n; at += 1 + (size_t)(unsigned char)text.p[at])
		t->posted[t->n_posted++] = db_text((struct str){ text.p + at + 1, (unsigned char)text.p[at] });
	t->to_check = true;
	return ERR_OK;
}

static enum err ask(struct ctx *x, const struct list_query *q, const struct known_key *k, struct term *t)
{
	struct str from = range(x->arena, t);
	struct str sql = arena_printf(x->arena, "SELECT w.word, EXISTS (SELECT 1 FROM %s m WHERE m.postings_due IS NOT NULL) FROM %.*s LIMIT %d",
				      q->served->shape->table, STR_ARG(from), POSTED_WORDS_MAX + 1);
	struct db_value v[3];
	struct db_rows rows;

	if (!from.p || !sql.p)
		return ERR_NOMEM;
	enum err e = db_query(x->db, x->arena, sql.p, v, range_values(q, t, v), &rows);
	if (e || rows.rows == 0 || db_cell(&rows, 0, 1)->i)
		return e;
	if (rows.rows > POSTED_WORDS_MAX) {
		remember(k, NULL, 0);
		return ERR_OK;
	}
	t->posted = arena_array(x->arena, rows.rows, sizeof(*t->posted));
	if (!t->posted)
		return ERR_NOMEM;
	for (size_t i = 0; i < rows.rows; i++)
		t->posted[t->n_posted++] = *db_cell(&rows, i, 0);
	t->to_check = true;
	remember(k, t->posted, t->n_posted);
	return ERR_OK;
}

enum err list_posted_words(struct ctx *x, const struct list_query *q, struct term *t, int64_t expected)
{
	struct known_key k;
	bool known;

	if (!wanted(q))
		return ERR_OK;
	words_key(x, q, t, &k);
	enum err e = recall(x, &k, t, &known);
	if (!e && !known)
		e = ask(x, q, &k, t);
	if (t->n_posted > 1 && expected < POSTED_SEVERAL_FROM)
		t->n_posted = 0;
	return e;
}

static const struct term *words_to_check(const struct list_query *q)
{
	const struct term *t = list_words(q);

	return t && t->n_posted && t->to_check ? t : NULL;
}

size_t list_posted_checks(const struct list_query *q)
{
	return words_to_check(q) ? 2 : 0;
}

enum err list_posted_again(struct ctx *x, struct list_query *q, const struct db_rows *page, bool *again)
{
	const struct term *words = words_to_check(q);
	struct term *t = words ? &q->terms[words - q->terms] : NULL;
	struct known_key k;

	*again = false;
	if (!t)
		return ERR_OK;
	size_t n = t->n_posted;
	const struct db_value *check = page->rows ? db_cell(page, 0, page->cols - list_posted_checks(q)) : NULL;
	if (check && check[0].i == (int64_t)n && !check[1].i)
		return ERR_OK;
	t->n_posted = 0;
	t->to_check = false;
	words_key(x, q, t, &k);
	enum err e = ask(x, q, &k, t);
	/* an empty page says nothing itself */
	*again = check || t->n_posted != n;
	return e;
}

static void checks(struct list_sql *out, struct arena *a, const struct list_query *q, const struct term *t)
{
	struct str from = range(a, t);
	struct db_value v[3];
	size_t n = range_values(q, t, v);

	if (!from.p)
		out->text.err = ERR_NOMEM;
	buf_printf(&out->text, ", (SELECT COUNT(*) FROM %.*s), EXISTS (SELECT 1 FROM %s m WHERE m.postings_due IS NOT NULL)", STR_ARG(from),
		   q->served->shape->table);
	for (size_t i = 0; i < n; i++)
		list_bind(out, v[i]);
}

/* --- the statement ---------------------------------------------------------------------- */

static void order(struct list_sql *out, const struct list_query *q, bool limited)
{
	const char *way = q->sorts[0].desc ? " DESC" : "";

	buf_printf(&out->text, " ORDER BY p.sort%s, p.id%s%s", way, way, limited ? " LIMIT ?" : "");
	if (limited)
		list_bind(out, db_int((int64_t)q->limit + 1));
}

/* From the postings of one stored word to the end of the statement that reads a page of them. */
static void page(struct list_sql *out, struct arena *a, const struct list_query *q, const struct term *t, int64_t cls,
		 bool whole, struct db_value word)
{
	const struct shape *s = q->served->shape;
	struct buf *b = &out->text;
	char way = q->sorts[0].desc ? '<' : '>';

	buf_printf(b, " FROM posting p STRAIGHT_JOIN %s t ON t.id = p.id", s->table);
	if (whole) {
		shape_joins(s, list_leaves(q), b);
		list_epoch(out, q);
	}
	buf_z(b, " WHERE p.resource = ? AND p.token = ? AND p.cls <= ?");
	list_bind(out, db_text(str_from(s->resource->name)));
	list_bind(out, word);
	list_bind(out, db_int(cls));
	list_words_others(out, a, q, t, cls, "p");
	if (!shape_sight(q->render.view, s)->writes)
		buf_z(b, " AND t.state = 'published'");
	if (shape_merges(s))
		buf_z(b, " AND t.merged_into IS NULL");
	if (q->after) {
		/* once more with the equals sign, so that the range is seen */
		buf_printf(b, " AND p.sort %c= ? AND (p.sort %c ? OR (p.sort = ? AND p.id %c ?))", way, way, way);
		for (size_t i = 0; i < 3; i++)
			list_bind(out, q->after_key[0]);
		list_bind(out, db_uuid(&q->after_id));
	}
	order(out, q, true);
}

/* A record that has several of the stored words comes once: UNION drops what is equal. */
static void page_of_several(struct list_sql *out, struct arena *a, const struct list_query *q, const struct term *t, int64_t cls)
{
	struct buf *b = &out->text;
	size_t wide = 2;

	while (wide < t->n_posted)
		wide *= 2;
	buf_z(b, " FROM (");
	for (size_t i = 0; i < wide; i++) {
		buf_z(b, i ? " UNION (SELECT p.sort, p.id" : "(SELECT p.sort, p.id");
		/* no word is empty: statements of a few sizes are enough */
		page(out, a, q, t, cls, false, i < t->n_posted ? t->posted[i] : db_text(STR("")));
		buf_char(b, ')');
	}
	buf_z(b, q->sorts[0].desc ? " ORDER BY sort DESC, id DESC LIMIT ?" : " ORDER BY sort, id LIMIT ?");
	list_bind(out, db_int((int64_t)q->limit + 1));
	buf_printf(b, ") p STRAIGHT_JOIN %s t ON t.id = p.id", q->served->shape->table);
	shape_joins(q->served->shape, list_leaves(q), b);
	list_epoch(out, q);
	order(out, q, false);
}

void list_posted(struct list_sql *out, struct arena *a, const struct list_query *q, const struct term *t, int64_t cls)
{
	buf_z(&out->text, "SELECT ");
	shape_columns(q->served->shape, list_leaves(q), &out->text);
	buf_printf(&out->text, ", t.%s%s", q->sorts[0].sort->col, list_names_bodies(q) ? ", e.epoch" : "");
	if (t->to_check)
		checks(out, a, q, t);
	if (t->n_posted == 1)
		page(out, a, q, t, cls, true, t->posted[0]);
	else
		page_of_several(out, a, q, t, cls);
}

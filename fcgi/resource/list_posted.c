/* SPDX-License-Identifier: Apache-2.0
 * The server must read `posting` first and by its primary key: STRAIGHT_JOIN, and ORDER BY its columns. */
#include "resource/list_posted.h"

#include "resource/list_words.h"

static bool wanted(const struct list_query *q)
{
	return q->served->resource->posted && q->n_terms == 1 && q->n_sorts == 1 &&
	       strcmp(q->sorts[0].sort->name, q->served->resource->default_sort) == 0;
}

enum err list_posted_words(struct ctx *x, const struct list_query *q, struct term *t)
{
	bool whole = t->v[1].type == DB_NULL;
	struct db_value v[] = { db_text(str_from(q->served->resource->name)), t->v[0], t->v[1] };
	struct db_rows rows;

	if (!wanted(q))
		return ERR_OK;
	struct str sql = arena_printf(x->arena, "SELECT w.word, EXISTS (SELECT 1 FROM %s m WHERE m.postings_due IS NOT NULL) FROM word w"
				      " WHERE w.resource = ? AND w.word %s LIMIT %d", q->served->shape->table, whole ? "= ?" : ">= ? AND w.word < ?",
				      POSTED_WORDS_MAX + 1);
	enum err e = sql.p ? db_query(x->db, x->arena, sql.p, v, whole ? 2 : 3, &rows) : ERR_NOMEM;
	if (e || rows.rows == 0 || rows.rows > POSTED_WORDS_MAX || db_cell(&rows, 0, 1)->i)
		return e;
	t->posted = arena_array(x->arena, rows.rows, sizeof(*t->posted));
	if (!t->posted)
		return ERR_NOMEM;
	for (size_t i = 0; i < rows.rows; i++)
		t->posted[t->n_posted++] = *db_cell(&rows, i, 0);
	return ERR_OK;
}

static void order(struct list_sql *out, const struct list_query *q, bool limited)
{
	const char *way = q->sorts[0].desc ? " DESC" : "";

	buf_printf(&out->text, " ORDER BY p.sort%s, p.id%s%s", way, way, limited ? " LIMIT ?" : "");
	if (limited)
		list_bind(out, db_int((int64_t)q->limit + 1));
}

/* From the postings of one stored word to the end of the statement that reads a page of them. */
static void page(struct list_sql *out, struct arena *a, const struct list_query *q, const struct term *t, int64_t cls,
		 uint64_t leaves, struct db_value word)
{
	const struct shape *s = q->served->shape;
	struct buf *b = &out->text;
	char way = q->sorts[0].desc ? '<' : '>';

	buf_printf(b, " FROM posting p STRAIGHT_JOIN %s t ON t.id = p.id", s->table);
	shape_joins(s, leaves, b);
	if (leaves)
		list_epoch(out, q);
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
		page(out, a, q, t, cls, 0, i < t->n_posted ? t->posted[i] : db_text(STR("")));
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
	if (t->n_posted == 1)
		page(out, a, q, t, cls, list_leaves(q), t->posted[0]);
	else
		page_of_several(out, a, q, t, cls);
}

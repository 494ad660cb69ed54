/* SPDX-License-Identifier: Apache-2.0
 * Postings of one record are all written anew when any differs: the name stands in each, and so does every word. */
#include "resource/posting.h"

#include "resource/shape.h"

/* The leaf whose text is the order. */
static int order_leaf(const struct shape *s)
{
	return shape_leaf(s, str_from(s->resource->default_sort));
}

const char *posting_fault(const struct shape *s)
{
	if (s->parent || !s->resource->posted)
		return NULL;
	int leaf = order_leaf(s);
	if (leaf < 0 || s->leaves[leaf].f->type != F_TEXT || !(s->leaves[leaf].f->flags & FIELD_REQUIRED) ||
	    s->leaves[leaf].f->cls != CLASS_PUBLIC || !s->leaves[leaf].f->col)
		return "what is posted is ordered by a required public text";
	return s->searchable ? NULL : "what is posted is found by words";
}

static bool same(const struct db_rows *have, const struct token_rows *want, const struct db_value *beside, const struct db_value *sort)
{
	if (have->rows != want->n)
		return false;
	for (size_t i = 0; i < want->n; i++) {
		const struct db_value *c = db_cell(have, i, 0);
		if (!str_eq(c[0].s, want->item[i].token) || c[1].i != want->item[i].cls || !token_same_value(&c[2], beside) || !token_same_value(&c[3], sort))
			return false;
	}
	return true;
}

/* Words that were not there before.  They stay: one without postings costs a look into the index. */
static enum err write_words(struct ctx *x, const struct db_value *key)
{
	struct db_rows missing;
	enum err e = db_query(x->db, x->arena, "SELECT p.token FROM posting p WHERE p.id = ? AND p.resource = ? AND NOT EXISTS"
			      " (SELECT 1 FROM word w WHERE w.resource = p.resource AND w.word = p.token) ORDER BY p.token", key, 2, &missing);

	for (size_t i = 0; !e && i < missing.rows; i++) {
		struct db_value v[] = { key[1], *db_cell(&missing, i, 0) };
		/* IGNORE: another write may have made it meanwhile */
		e = db_query(x->db, x->arena, "INSERT IGNORE INTO word (resource, word) VALUES (?, ?)", v, 2, NULL);
	}
	return e;
}

static enum err clear_mark(struct ctx *x, const struct shape *s, const struct uuid *id)
{
	struct db_value key = db_uuid(id);
	struct str sql = arena_printf(x->arena, "UPDATE %s SET postings_due = NULL WHERE id = ? AND postings_due IS NOT NULL", s->table);

	return sql.p ? db_query(x->db, x->arena, sql.p, &key, 1, NULL) : ERR_NOMEM;
}

enum err posting_write(struct ctx *x, const struct shape *s, const struct record *r, const struct token_rows *want, const struct db_value *beside)
{
	struct db_value key[] = { db_uuid(&r->id), db_text(str_from(s->resource->name)) };
	struct db_rows have;

	if (!s->resource->posted)
		return ERR_OK;
	struct db_value sort = db_text(r->v[order_leaf(s)].s);
	enum err e = db_query(x->db, x->arena, "SELECT token, cls, beside, sort FROM posting WHERE id = ? AND resource = ? ORDER BY token", key, 2, &have);
	if (e)
		return e;
	if (!same(&have, want, beside, &sort)) {
		x->kept += want->n;
		if (have.rows)
			e = db_query(x->db, x->arena, "DELETE FROM posting WHERE id = ? AND resource = ?", key, 2, NULL);
		if (!e)
			e = token_insert(x, s->resource->name, &r->id, want, beside, &sort);
		if (!e)
			e = write_words(x, key);
	}
	return e ? e : clear_mark(x, s, &r->id);
}

enum err posting_delete(struct ctx *x, const struct shape *s, const struct uuid *id)
{
	struct db_value key[] = { db_uuid(id), db_text(str_from(s->resource->name)) };

	if (!s->resource->posted)
		return ERR_OK;
	enum err e = db_query(x->db, x->arena, "DELETE FROM posting WHERE id = ? AND resource = ?", key, 2, NULL);
	return e ? e : clear_mark(x, s, id);
}

enum err posting_due(struct db *d, struct arena *a, const struct shape *s, bool *due)
{
	struct db_rows rows;

	*due = false;
	if (!s->resource->posted)
		return ERR_OK;
	struct str sql = arena_printf(a, "SELECT 1 FROM %s WHERE postings_due IS NOT NULL LIMIT 1", s->table);
	enum err e = sql.p ? db_query(d, a, sql.p, NULL, 0, &rows) : ERR_NOMEM;
	*due = !e && rows.rows > 0;
	return e;
}

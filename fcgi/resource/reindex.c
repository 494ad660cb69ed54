/* SPDX-License-Identifier: Apache-2.0
 * Batches of whole records, locked, against what is kept beside them. */
#include "resource/reindex.h"

#include "resource/load.h"
#include "resource/parse.h"
#include "resource/posting.h"
#include "resource/write_internal.h"

struct batch {
	struct ctx *x;
	const struct shape *s;
	struct uuid below, lowest;
	size_t n;
	uint64_t kept;
};

static enum err lock(struct batch *b, struct db_rows *ids)
{
	struct ctx *x = b->x;
	struct db_value key = db_uuid(&b->below);
	struct str sql = arena_printf(x->arena, "SELECT t.id FROM %s t WHERE t.id < ? ORDER BY t.id DESC LIMIT %d FOR UPDATE", b->s->table,
				      REINDEX_BATCH);
	enum err e = sql.p ? db_query(x->db, x->arena, sql.p, &key, 1, ids) : ERR_NOMEM;

	if (e || ids->rows == 0)
		return e;
	struct str last = db_cell(ids, ids->rows - 1, 0)->s;
	if (last.n != sizeof(b->lowest.b))
		return ERR_INTERNAL;
	memcpy(b->lowest.b, last.p, last.n);
	return ERR_OK;
}

static enum err load(const struct batch *b, struct records *out)
{
	struct ctx *x = b->x;
	struct db_value range[] = { db_uuid(&b->lowest), db_uuid(&b->below) };
	struct str sql = arena_printf(x->arena, "SELECT %s, %s FROM %s WHERE t.id >= ? AND t.id < ? ORDER BY t.id DESC",
				      b->s->columns, shape_merges(b->s) ? "t.merged_into" : "NULL", b->s->from);
	struct db_rows rows;
	enum err e = sql.p ? db_query(x->db, x->arena, sql.p, range, 2, &rows) : ERR_NOMEM;

	for (size_t i = 0; !e && i < rows.rows; i++) {
		struct record *r = records_add(x->arena, b->s, out);
		e = r ? load_row(x, b->s, SHAPE_ALL, &rows, i, 0, r) : ERR_NOMEM;
		if (!e) /* nothing is kept beside a record for which another answers */
			r->merged = load_uuid(db_cell(&rows, i, rows.cols - 1), &r->survivor);
	}
	return e ? e : load_kids(x, b->s, out, LOAD_ALL_KIDS);
}

static bool locked(const struct db_rows *ids, struct uuid id)
{
	for (size_t i = 0; i < ids->rows; i++)
		if (memcmp(db_cell(ids, i, 0)->s.p, id.b, sizeof(id.b)) == 0)
			return true;
	return false;
}

static enum err run(struct db *d, void *arg)
{
	struct batch *b = arg;
	struct ctx *x = b->x;
	struct records list = { 0 };
	struct db_rows ids;

	(void)d;
	x->kept = b->kept;
	enum err e = lock(b, &ids);
	b->n = e ? 0 : ids.rows;
	if (e || b->n == 0)
		return e;
	e = load_epoch(x);
	if (!e)
		e = parse_codes_ready(x);
	if (!e)
		e = load(b, &list);
	for (size_t i = 0; !e && i < list.n; i++) {
		if (locked(&ids, list.item[i].id)) /* else made meanwhile, by an engine that keeps all this */
			e = write_kept(x, b->s, NULL, &list.item[i]);
	}
	return e;
}

enum err reindex_batch(struct ctx *x, const struct shape *s, struct uuid *below, size_t *n)
{
	struct batch b = { .x = x, .s = s, .below = *below, .kept = x->kept };
	enum err e = db_tx(x->db, DB_WRITE, run, &b);

	*n = b.n;
	if (!e && b.n)
		*below = b.lowest;
	return e;
}

enum err reindex_due(struct db *d, struct arena *a, bool *due)
{
	*due = false;
	for (size_t i = 0; i < shape_count() && !*due; i++) {
		const struct shape *s = shape_at(i);
		if (s->parent || !s->searchable)
			continue;
		struct str sql = arena_printf(a, "SELECT 1 FROM (SELECT t.id FROM %s t%s ORDER BY t.id LIMIT 1) oldest"
						 " WHERE NOT EXISTS (SELECT 1 FROM token w WHERE w.id = oldest.id AND w.resource = ?)", s->table,
					      shape_merges(s) ? " WHERE t.merged_into IS NULL" : "");
		struct db_value name = db_text(str_from(s->resource->name));
		struct db_rows rows;
		enum err e = sql.p ? db_query(d, a, sql.p, &name, 1, &rows) : ERR_NOMEM;
		if (e)
			return e;
		*due = rows.rows > 0;
		if (!*due)
			e = posting_due(d, a, s, due);
		if (e)
			return e;
	}
	return ERR_OK;
}

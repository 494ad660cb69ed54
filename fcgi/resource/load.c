/* SPDX-License-Identifier: Apache-2.0
 * Rows of roots and of their child tables become records. */
#include "resource/load.h"

#include "base/buf.h"
#include "base/text.h"
#include "resource/alias.h"

bool load_uuid(const struct db_value *c, struct uuid *out)
{
	*out = (struct uuid){ { 0 } };
	if (c->type != DB_TEXT || c->s.n != sizeof(out->b))
		return false;
	memcpy(out->b, c->s.p, sizeof(out->b));
	return true;
}

static struct uuid uuid_of(const struct db_value *c)
{
	struct uuid id;

	load_uuid(c, &id);
	return id;
}

/* The stored form differs by two characters, and lists have two times a row. */
enum err load_time(struct ctx *x, struct str sql, struct str *out)
{
	char *text = arena_raw(x->arena, CLOCK_RFC3339_LEN + 1);

	if (sql.n != CLOCK_SQL_LEN || sql.p[10] != ' ')
		return ERR_INTERNAL;
	if (!text)
		return ERR_NOMEM;
	memcpy(text, sql.p, CLOCK_SQL_LEN);
	text[10] = 'T';
	text[CLOCK_SQL_LEN] = 'Z';
	text[CLOCK_RFC3339_LEN] = '\0';
	*out = (struct str){ text, CLOCK_RFC3339_LEN };
	return ERR_OK;
}

enum err load_row(struct ctx *x, const struct shape *s, uint64_t leaves, const struct db_rows *rows, size_t row, size_t col,
		  struct record *r)
{
	const struct db_value *c = db_cell(rows, row, col);

	r->id = uuid_of(c++);
	r->known = true;
	if (s->parent) {
		r->parent = uuid_of(c++);
		r->pos = (c++)->i;
	}
	for (size_t i = 0; i < s->n_leaves; i++) {
		const struct leaf *l = &s->leaves[i];
		struct value *v = &r->v[i];
		if (!l->f->col || !(leaves & UINT64_C(1) << i))
			continue;
		const struct db_value *cell = c++;
		v->set = cell->type != DB_NULL;
		v->s = cell->s;
		v->i = cell->i;
		if (l->target) {
			v->id = uuid_of(cell);
			v->label = l->target->parent ? text_brief(x->arena, c[0].s, RESOURCE_BRIEF_MAX) : c[0].s;
			if (v->set && !v->label.p)
				return ERR_NOMEM;
			v->standing = NULL;
			v->hidden = v->set && !load_state_visible(&x->view, l->target, c[1].s);
			c += 2;
			v->merged = false;
			if (shape_merges(l->target)) {
				enum err e = alias_met(x, l->target, c++, v);
				if (e)
					return e;
			}
		} else if (l->f->type == F_TIME && v->set) {
			enum err e = load_time(x, cell->s, &v->s);
			if (e)
				return e;
		} else if (l->f->type == F_EDTF && v->set && edtf_parse(v->s, &v->bounds)) {
			return ERR_INTERNAL;
		}
	}
	return ERR_OK;
}

/* Taken before the first consistent read of the transaction, so that what is read afterwards is
 * what the lock protects; only this row is locked, not what it refers to. */
static enum err lock_root(struct ctx *x, const struct shape *s, const struct db_value *key)
{
	struct str sql = arena_printf(x->arena, "SELECT t.id FROM %s t WHERE t.id = ? FOR UPDATE", s->table);
	struct db_rows rows;

	if (!sql.p)
		return ERR_NOMEM;
	enum err e = db_query(x->db, x->arena, sql.p, key, 1, &rows);
	return !e && rows.rows == 0 ? ERR_NOT_FOUND : e;
}

enum err load_root(struct ctx *x, const struct shape *s, struct uuid id, bool lock, struct record *out)
{
	struct db_value key = db_uuid(&id);
	struct db_rows rows;
	enum err e = lock ? lock_root(x, s, &key) : ERR_OK;
	struct str sql = arena_printf(x->arena, "SELECT e.epoch, %s, %s FROM %s JOIN label_epoch e ON e.only_row = 1 WHERE t.id = ?",
				      shape_merges(s) ? "t.merged_into" : "NULL", s->columns, s->from);

	if (!e && !sql.p)
		e = ERR_NOMEM;
	if (!e)
		e = record_init(x->arena, s, out);
	if (!e)
		e = db_query(x->db, x->arena, sql.p, &key, 1, &rows);
	if (e)
		return e;
	if (rows.rows == 0)
		return ERR_NOT_FOUND;
	x->epoch = (uint64_t)db_cell(&rows, 0, 0)->i;
	out->merged = load_uuid(db_cell(&rows, 0, 1), &out->survivor);
	e = load_row(x, s, SHAPE_ALL, &rows, 0, 2, out);
	return e ? e : alias_settle(x);
}

static size_t padded(size_t n)
{
	static const size_t lengths[] = { 1, 4, 25, 50, LOAD_IN_MAX };

	for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++)
		if (n <= lengths[i])
			return lengths[i];
	return LOAD_IN_MAX;
}

static void add_list(struct buf *sql, size_t wide)
{
	buf_z(sql, wide == 1 ? " = ?" : " IN (?");
	for (size_t i = 1; i < wide; i++)
		buf_z(sql, ", ?");
	buf_z(sql, wide == 1 ? "" : ")");
}

enum err load_in(struct ctx *x, const char *before, const struct db_value *values, size_t n, const char *after,
		 struct db_rows *rows)
{
	return load_in_twice(x, before, NULL, values, n, after, rows);
}

enum err load_in_twice(struct ctx *x, const char *before, const char *between, const struct db_value *values, size_t n,
		       const char *after, struct db_rows *rows)
{
	struct db_value both[2 * LOAD_IN_MAX];
	size_t wide = padded(n), lists = between ? 2 : 1;
	struct buf sql;

	for (size_t i = 0; i < lists * wide; i++)
		both[i] = values[i % wide < n ? i % wide : n - 1];
	buf_init(&sql, 32768);
	buf_z(&sql, before);
	add_list(&sql, wide);
	if (between) {
		buf_z(&sql, between);
		add_list(&sql, wide);
	}
	buf_z(&sql, after);
	buf_char(&sql, '\0');
	enum err e = sql.err ? sql.err : db_query(x->db, x->arena, sql.p, both, lists * wide, rows);
	buf_free(&sql);
	return e;
}

static enum err select_kids(struct ctx *x, const struct shape *k, const struct record *parents, size_t n,
			    struct db_rows *rows)
{
	struct db_value ids[LOAD_IN_MAX];
	struct str before = arena_printf(x->arena, "SELECT %s FROM %s WHERE t.parent", k->columns, k->from);

	if (!before.p)
		return ERR_NOMEM;
	for (size_t i = 0; i < n; i++)
		ids[i] = db_uuid(&parents[i].id);
	return load_in(x, before.p, ids, n, n == 1 ? " ORDER BY t.pos" : " ORDER BY t.parent, t.pos", rows);
}

static enum err attach(struct ctx *x, const struct shape *k, size_t slot, struct records *list,
		       const struct db_rows *rows)
{
	struct record *at = NULL;

	for (size_t i = 0; i < rows->rows; i++) {
		struct uuid parent = uuid_of(db_cell(rows, i, 1));
		if (!at || !uuid_eq(at->id, parent))
			at = records_find(list, parent);
		if (!at)
			return ERR_INTERNAL;
		struct record *r = records_add(x->arena, k, &at->kids[slot]);
		if (!r)
			return ERR_NOMEM;
		enum err e = load_row(x, k, SHAPE_ALL, rows, i, 0, r);
		if (e)
			return e;
	}
	return ERR_OK;
}

static enum err load_kid(struct ctx *x, const struct shape *k, size_t slot, struct records *list)
{
	for (size_t from = 0; from < list->n; from += LOAD_IN_MAX) {
		size_t n = list->n - from < LOAD_IN_MAX ? list->n - from : LOAD_IN_MAX;
		struct db_rows rows;
		enum err e = select_kids(x, k, list->item + from, n, &rows);
		if (!e)
			e = attach(x, k, slot, list, &rows);
		if (e)
			return e;
	}
	return ERR_OK;
}

static enum err load_tree(struct ctx *x, const struct shape *s, struct records *list, uint32_t kids);

/* The children of every record in `list`, gathered so that theirs take one statement too. */
static enum err load_grandkids(struct ctx *x, const struct shape *k, size_t slot, struct records *list)
{
	struct records all = { 0 };

	for (size_t i = 0; i < list->n; i++)
		all.cap += list->item[i].kids[slot].n;
	all.item = arena_array(x->arena, all.cap, sizeof(*all.item));
	if (!all.item)
		return ERR_NOMEM;
	/* Copies share the kids arrays with the originals, so filling one fills the other. */
	for (size_t i = 0; i < list->n; i++)
		for (size_t j = 0; j < list->item[i].kids[slot].n; j++)
			all.item[all.n++] = list->item[i].kids[slot].item[j];
	return load_tree(x, k, &all, LOAD_ALL_KIDS);
}

static enum err load_tree(struct ctx *x, const struct shape *s, struct records *list, uint32_t kids)
{
	if (list->n == 0)
		return ERR_OK;
	for (size_t i = 0; i < s->n_kids; i++) {
		if (!(kids & 1u << i))
			continue;
		const struct shape *k = s->kids[i].shape;
		enum err e = load_kid(x, k, i, list);
		if (!e && k->n_kids)
			e = load_grandkids(x, k, i, list);
		if (e)
			return e;
	}
	return ERR_OK;
}

enum err load_kids(struct ctx *x, const struct shape *s, struct records *list, uint32_t kids)
{
	enum err e = load_tree(x, s, list, kids);

	return e ? e : alias_settle(x);
}

enum err load_epoch(struct ctx *x)
{
	struct db_rows rows;
	enum err e = db_query(x->db, x->arena, "SELECT epoch FROM label_epoch WHERE only_row = 1", NULL, 0, &rows);

	if (e)
		return e;
	if (rows.rows != 1)
		return ERR_INTERNAL;
	x->epoch = (uint64_t)db_cell(&rows, 0, 0)->i;
	return ERR_OK;
}

/* SPDX-License-Identifier: Apache-2.0
 * Facet rows are computed from a whole record and compared with what is stored. */
#include "resource/facet.h"

#include "resource/load.h"
#include "resource/render.h"

struct row {
	const char *facet;
	struct str value;
	int64_t sort_lo, cls;
	bool stored;
};

struct rows {
	struct row *item;
	size_t n, cap;
};

struct work {
	struct ctx *x;
	const struct facet *f;
	const char *name;    /* "visit.host_country" */
	int64_t sort_lo;
	enum field_class floor; /* no row shows to a lower class */
	struct rows *out;
};

static enum err add_row(const struct work *w, struct str value, enum field_class cls)
{
	struct rows *out = w->out;

	if (cls < w->floor)
		cls = w->floor;
	for (size_t i = 0; i < out->n; i++)
		if (strcmp(out->item[i].facet, w->name) == 0 && str_eq(out->item[i].value, value)) {
			if (cls < out->item[i].cls)
				out->item[i].cls = cls;
			return ERR_OK;
		}
	struct row *more = arena_room(w->x->arena, out->item, out->n, &out->cap, 1, sizeof(*more));
	if (!more)
		return ERR_NOMEM;
	out->item = more;
	out->item[out->n++] = (struct row){ w->name, value, w->sort_lo, cls, false };
	return ERR_OK;
}

/* A code and, since lists are trees, everything above it. */
static enum err add_code(const struct work *w, const char *list, struct str code, enum field_class cls)
{
	for (int i = 0; i < SHAPE_CLIMB_MAX && code.n; i++) {
		enum err e = add_row(w, code, cls);
		if (e)
			return e;
		const struct code *c = codes_find(w->x->codes, list, code);
		code = c ? c->parent : (struct str){ NULL, 0 };
	}
	return ERR_OK;
}

/* A reference and what it is part of; the share lock holds its place in the tree until commit. */
static enum err add_ancestors(const struct work *w, const struct shape *g, struct uuid id, enum field_class cls)
{
	struct str sql = arena_printf(w->x->arena, "SELECT %s FROM %s WHERE id = ? LOCK IN SHARE MODE", w->f->closure, g->table);

	if (!sql.p)
		return ERR_NOMEM;
	for (int i = 0; i < SHAPE_CLIMB_MAX; i++) {
		struct db_value key = db_uuid(&id);
		struct db_rows rows;
		enum err e = db_query(w->x->db, w->x->arena, sql.p, &key, 1, &rows);
		if (e || rows.rows == 0 || db_cell(&rows, 0, 0)->type == DB_NULL)
			return e;
		struct str up = db_cell(&rows, 0, 0)->s;
		if (up.n != sizeof(id.b))
			return ERR_INTERNAL;
		memcpy(id.b, up.p, up.n);
		e = add_row(w, up, cls);
		if (e)
			return e;
	}
	return ERR_OK;
}

/* Two fields of one item as one value: "scheme-value", or an id followed by a role. */
static enum err add_pair(const struct work *w, const struct shape *s, const struct record *r, struct str first,
			 bool binary, enum field_class cls)
{
	int leaf = shape_leaf(s, str_from(w->f->with));
	size_t gap = binary ? 0 : 1;

	if (leaf < 0 || !r->v[leaf].set)
		return ERR_OK;
	struct str second = r->v[leaf].s;
	char *joined = arena_alloc(w->x->arena, first.n + gap + second.n);
	if (!joined)
		return ERR_NOMEM;
	memcpy(joined, first.p, first.n);
	if (gap)
		joined[first.n] = '-';
	memcpy(joined + first.n + gap, second.p, second.n);
	return add_row(w, (struct str){ joined, first.n + gap + second.n }, cls);
}

static enum err add_value(const struct work *w, const struct shape *s, const struct record *r, size_t leaf)
{
	const struct leaf *l = &s->leaves[leaf];
	const struct value *v = &r->v[leaf];
	enum field_class cls = render_class(s, r, leaf);
	struct str value = l->target ? (struct str){ (const char *)v->id.b, sizeof(v->id.b) } : v->s;

	if (w->f->with)
		return add_pair(w, s, r, value, l->target != NULL, cls);
	if (l->f->type == F_CODE)
		return add_code(w, l->f->list, value, cls);
	if (l->f->type == F_CODES) {
		struct str rest = value;
		while (rest.p) { /* canonical: ["a","b"] */
			str_cut(rest, '"', &rest);
			if (!rest.p)
				break;
			struct str code = str_cut(rest, '"', &rest);
			enum err e = add_code(w, l->f->list, code, cls);
			if (e)
				return e;
		}
		return ERR_OK;
	}
	/* The bytes must outlive the record: later growth of a list moves records. */
	struct str kept = arena_dup(w->x->arena, value);
	enum err e = kept.p ? add_row(w, kept, cls) : ERR_NOMEM;
	return !e && w->f->closure && l->target ? add_ancestors(w, l->target, v->id, cls) : e;
}

static enum err walk(const struct work *w, const struct shape *s, const struct record *r, struct str path)
{
	struct str rest, head = str_cut(path, '.', &rest);

	if (rest.p) {
		int k = shape_kid(s, head);
		if (k < 0)
			return ERR_INTERNAL;
		for (size_t i = 0; i < r->kids[k].n; i++) {
			enum err e = walk(w, s->kids[k].shape, &r->kids[k].item[i], rest);
			if (e)
				return e;
		}
		return ERR_OK;
	}
	int leaf = shape_leaf(s, head);
	if (leaf < 0)
		return ERR_INTERNAL;
	if (!r->v[leaf].set)
		return ERR_OK;
	if (w->f->when) {
		int when = shape_leaf(s, str_from(w->f->when));
		if (when < 0 || !r->v[when].set || !str_is(r->v[when].s, w->f->is))
			return ERR_OK;
	}
	return add_value(w, s, r, (size_t)leaf);
}

const struct leaf *facet_leaf(const struct shape *s, const struct facet *f)
{
	struct str rest = str_from(f->path);

	for (;;) {
		struct str head = str_cut(rest, '.', &rest);
		if (!rest.p) {
			int leaf = shape_leaf(s, head);
			return leaf < 0 ? NULL : &s->leaves[leaf];
		}
		int k = shape_kid(s, head);
		if (k < 0)
			return NULL;
		s = s->kids[k].shape;
	}
}

bool facet_visible(const struct view *v, const struct shape *root, const struct facet *f)
{
	const struct leaf *l = facet_leaf(root, f);

	return l && (l->f->cls <= shape_sight(v, root)->fields || l->open_if >= 0);
}

static enum err compute(struct ctx *x, const struct shape *s, const struct record *r, enum field_class floor, struct rows *out)
{
	const struct resource *res = s->resource;
	int sort_leaf = res->facet_sort ? shape_leaf(s, str_from(res->facet_sort)) : -1;
	struct work w = { .x = x, .floor = floor, .out = out };

	if (sort_leaf >= 0 && r->v[sort_leaf].set)
		w.sort_lo = r->v[sort_leaf].bounds.lo;
	const char *last = "";
	for (const struct facet *f = res->facets; f && f->name; f++) {
		/* rows of one facet stand together, so its name is made once */
		if (strcmp(f->name, last) != 0) {
			struct str name = arena_printf(x->arena, "%s.%s", res->name, f->name);
			if (!name.p)
				return ERR_NOMEM;
			w.name = name.p;
			last = f->name;
		}
		w.f = f;
		enum err e = walk(&w, s, r, str_from(f->path));
		if (e)
			return e;
	}
	return ERR_OK;
}

/* What stands only in a merged record that is no public one is for those who see such records. */
static enum err compute_all(struct ctx *x, const struct shape *s, const struct records *all, struct rows *out)
{
	enum err e = ERR_OK;

	for (size_t i = 0; !e && i < all->n; i++)
		e = compute(x, s, &all->item[i], i == 0 || record_published(&all->item[i]) ? CLASS_PUBLIC : CLASS_RESTRICTED, out);
	return e;
}

static enum err facet_range(struct ctx *x, const struct shape *s, struct db_value range[2])
{
	struct str lo = arena_printf(x->arena, "%s.", s->resource->name);
	struct str hi = arena_printf(x->arena, "%s/", s->resource->name); /* '/' follows '.' */

	range[0] = db_text(lo);
	range[1] = db_text(hi);
	return lo.p && hi.p ? ERR_OK : ERR_NOMEM;
}

static enum err remove_row(struct ctx *x, const struct uuid *id, const struct db_value *c)
{
	struct db_value v[] = { c[0], c[1], c[2], db_uuid(id) };

	x->kept++;
	return db_query(x->db, x->arena, "DELETE FROM facet WHERE facet = ? AND value = ? AND sort_lo = ? AND id = ?", v, 4, NULL);
}

static enum err insert_row(struct ctx *x, const struct uuid *id, const struct row *r)
{
	struct db_value v[] = { db_text(str_from(r->facet)), db_text(r->value), db_int(r->sort_lo), db_uuid(id),
				db_int(r->cls) };

	x->kept++;
	enum err e = db_query(x->db, x->arena, "INSERT INTO facet (facet, value, sort_lo, id, cls) VALUES (?, ?, ?, ?, ?)", v, 5, NULL);
	/* somebody else renews the same record at this moment */
	return e == ERR_CONFLICT ? ERR_RETRY : e;
}

enum err facet_write(struct ctx *x, const struct shape *s, const struct records *all)
{
	const struct record *r = &all->item[0];
	struct rows want = { 0 };
	struct db_rows have;
	struct db_value key[3] = { db_uuid(&r->id) };

	if (!s->resource->facets)
		return ERR_OK;
	enum err e = compute_all(x, s, all, &want);
	if (!e)
		e = facet_range(x, s, key + 1);
	if (!e)
		e = db_query(x->db, x->arena,
			     "SELECT facet, value, sort_lo, cls FROM facet WHERE id = ? AND facet > ? AND facet < ?", key, 3, &have);
	for (size_t i = 0; !e && i < have.rows; i++) {
		const struct db_value *c = db_cell(&have, i, 0);
		bool keep = false;
		for (size_t j = 0; j < want.n && !keep; j++) {
			struct row *w = &want.item[j];
			keep = str_is(c[0].s, w->facet) && str_eq(c[1].s, w->value) && c[2].i == w->sort_lo && c[3].i == w->cls;
			w->stored |= keep;
		}
		if (!keep)
			e = remove_row(x, &r->id, c);
	}
	for (size_t i = 0; !e && i < want.n; i++)
		if (!want.item[i].stored)
			e = insert_row(x, &r->id, &want.item[i]);
	return e;
}

enum err facet_delete(struct ctx *x, const struct shape *s, struct uuid id)
{
	struct db_value key[3] = { db_uuid(&id) };
	enum err e = facet_range(x, s, key + 1);

	return e ? e : db_query(x->db, x->arena, "DELETE FROM facet WHERE id = ? AND facet > ? AND facet < ?", key, 3, NULL);
}

static enum err renew(struct ctx *x, const struct shape *s, const struct db_rows *ids)
{
	for (size_t i = 0; i < ids->rows; i++) {
		struct uuid id;
		struct records one = { .n = 1, .cap = 1, .item = arena_array(x->arena, 1, sizeof(struct record)) };
		if (!one.item || db_cell(ids, i, 0)->s.n != sizeof(id.b))
			return ERR_NOMEM;
		memcpy(id.b, db_cell(ids, i, 0)->s.p, sizeof(id.b));
		enum err e = load_root(x, s, id, true, one.item);
		if (e == ERR_NOT_FOUND)
			continue; /* deleted meanwhile, its facets with it */
		if (!e)
			e = load_kids(x, s, &one, LOAD_ALL_KIDS);
		if (!e)
			e = facet_write(x, s, &one);
		if (e)
			return e;
	}
	return ERR_OK;
}

enum err facet_ancestry_changed(struct ctx *x, const struct shape *s, struct uuid id, const char *leaf)
{
	for (size_t i = 0; i < shape_served_count(); i++) {
		const struct served *v = shape_served(i);
		for (const struct facet *f = v->kid < 0 ? v->resource->facets : NULL; f && f->name; f++) {
			const struct leaf *l = facet_leaf(v->shape, f);
			if (!f->closure || strcmp(f->closure, leaf) != 0 || !l || l->target != s)
				continue;
			struct str name = arena_printf(x->arena, "%s.%s", v->resource->name, f->name);
			struct db_value key[] = { db_text(name), db_uuid(&id) };
			struct db_rows ids;
			if (!name.p)
				return ERR_NOMEM;
			enum err e = db_query(x->db, x->arena, "SELECT id FROM facet WHERE facet = ? AND value = ? FOR UPDATE", key, 2, &ids);
			if (!e)
				e = renew(x, v->shape, &ids);
			if (e)
				return e;
		}
	}
	return ERR_OK;
}

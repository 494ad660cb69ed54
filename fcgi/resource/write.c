/* SPDX-License-Identifier: Apache-2.0
 * Whole records into tables: insert, difference, delete. */
#include "resource/write.h"

#include "resource/alias.h"
#include "resource/document.h"
#include "resource/facet.h"
#include "resource/likeness.h"
#include "resource/load.h"
#include "resource/resolve.h"
#include "resource/token.h"
#include "resource/write_internal.h"

enum { PARAMS_MAX = SHAPE_LEAVES_MAX * 3 + 4 };

/* --- binding ---------------------------------------------------------------------------- */

static enum err bind_time(struct ctx *x, const struct value *v, struct db_value *out)
{
	uint64_t ms;
	char text[CLOCK_SQL_LEN + 1];

	if (!clock_parse_rfc3339(v->s, &ms))
		return ERR_INTERNAL;
	clock_format_sql(ms, text);
	*out = db_text(arena_dup(x->arena, str_from(text)));
	return out->type == DB_TEXT ? ERR_OK : ERR_NOMEM;
}

static enum err bind_leaf(struct ctx *x, const struct field *f, const struct value *v, struct db_value *out, size_t *n)
{
	struct edtf bounds = v->set ? v->bounds : (struct edtf){ EDTF_UNKNOWN, EDTF_UNKNOWN };

	if (f->type == F_TIME && v->set)
		return bind_time(x, v, &out[(*n)++]);
	if (!v->set)
		out[(*n)++] = db_null();
	else if (f->type == F_INT || f->type == F_BOOL)
		out[(*n)++] = db_int(v->i);
	else if (f->type == F_REF)
		out[(*n)++] = db_uuid(&v->id);
	else
		out[(*n)++] = db_text(v->s);
	if (f->type == F_EDTF) {
		out[(*n)++] = db_int(bounds.lo);
		out[(*n)++] = db_int(bounds.hi);
	}
	return ERR_OK;
}

static enum err bind_leaves(struct ctx *x, const struct shape *s, const struct record *r, struct db_value *out, size_t *n)
{
	for (size_t i = 0; i < s->n_leaves; i++) {
		if (!s->leaves[i].f->col)
			continue;
		enum err e = bind_leaf(x, s->leaves[i].f, &r->v[i], out, n);
		if (e)
			return e;
	}
	return ERR_OK;
}

/* --- rows ------------------------------------------------------------------------------- */

/* What the database refuses becomes a problem at the item it came from. */
static enum err explain(struct ctx *x, const struct shape *s, const struct record *r, enum err e)
{
	const char *at = r->pointer ? r->pointer : "";
	struct problem *p = x->problem;

	switch (e) {
	case ERR_CONFLICT:
		if (!s->parent)
			return ERR_RETRY; /* made by somebody else since we looked: look again */
		if (s->has_unique && strcmp(db_error_key(x->db), "PRIMARY") != 0)
			problem_at_pointer(p, at, "duplicate", "Another %s has this value already.", s->resource->name);
		else
			problem_at_pointer(p, at, "duplicate_id", "This id is taken; leave id out to get a new one.");
		return problem_set(p, 409, "duplicate", "A value that must be unique is taken.");
	case ERR_REFERENCED:
		problem_at_pointer(p, at, "not_found", "Something this refers to was deleted meanwhile; read it again.");
		return problem_set(p, 409, "reference", "A record referred to is gone.");
	case ERR_INVALID:
		problem_at_pointer(p, at, "refused", "The database refuses a value here.");
		return problem_set(p, 422, "invalid", "The content is refused.");
	default:
		return e;
	}
}

static enum err insert_row(struct ctx *x, const struct shape *s, const struct record *r)
{
	struct db_value v[PARAMS_MAX];
	size_t n = 0;

	v[n++] = db_uuid(&r->id);
	if (s->parent) {
		v[n++] = db_uuid(&r->parent);
		v[n++] = db_int(r->pos);
	}
	enum err e = bind_leaves(x, s, r, v, &n);
	return e ? e : explain(x, s, r, db_query(x->db, x->arena, s->insert, v, n, NULL));
}

/* `guard`: the parent of an item, or the version of a root that the change starts from. */
static enum err update_row(struct ctx *x, const struct shape *s, const struct record *r, struct db_value guard)
{
	struct db_value v[PARAMS_MAX];
	struct db_rows rows;
	size_t n = 0;

	if (s->parent)
		v[n++] = db_int(r->pos);
	enum err e = bind_leaves(x, s, r, v, &n);
	v[n++] = db_uuid(&r->id);
	v[n++] = guard;
	if (!e)
		e = explain(x, s, r, db_query(x->db, x->arena, s->update, v, n, &rows));
	/* The row is locked by us, so a miss means somebody writes past the engine. */
	return !e && rows.affected != 1 ? ERR_INTERNAL : e;
}

static enum err delete_row(struct ctx *x, const struct shape *s, const struct record *r)
{
	struct db_value v = db_uuid(&r->id);
	enum err e = db_query(x->db, x->arena, s->delete_row, &v, 1, NULL);

	if (e == ERR_REFERENCED)
		return problem_set(x->problem, 409, "referenced", "Another record has just begun to refer to this one; try again.");
	return e;
}

/* --- children --------------------------------------------------------------------------- */

static const struct records none;

static const struct records *kids_of(const struct record *r, size_t slot)
{
	return r ? &r->kids[slot] : &none;
}

static bool replaced(const struct shape *k, const struct record *was, const struct record *now)
{
	return k->has_unique && k->n_kids == 0 && !record_same_row(k, was, now);
}

/* Rows that go, from the leaves of the tree upwards: first, so that their unique values are free. */
static enum err remove_kids(struct ctx *x, const struct shape *s, const struct record *before, const struct record *after,
			    bool *changed)
{
	for (size_t i = 0; i < s->n_kids; i++) {
		const struct shape *k = s->kids[i].shape;
		const struct records *was = kids_of(before, i), *now = kids_of(after, i);
		for (size_t j = 0; j < was->n; j++) {
			const struct record *old = &was->item[j], *kept = records_find(now, old->id);
			enum err e = remove_kids(x, k, old, kept, changed);
			if (!e && !kept && k->referred)
				e = write_check_unreferenced(x, k, old);
			if (!e && (!kept || replaced(k, old, kept))) {
				*changed = true;
				e = delete_row(x, k, old);
			}
			if (e)
				return e;
		}
	}
	return ERR_OK;
}

/* Rows that come or change, from the root downwards. */
static enum err put_kids(struct ctx *x, const struct shape *s, const struct record *before, struct record *after,
			 bool *changed)
{
	for (size_t i = 0; i < s->n_kids; i++) {
		const struct shape *k = s->kids[i].shape;
		const struct records *was = kids_of(before, i);
		for (size_t j = 0; j < after->kids[i].n; j++) {
			struct record *now = &after->kids[i].item[j];
			const struct record *old = records_find(was, now->id);
			enum err e = ERR_OK;
			now->parent = after->id;
			if (!old || replaced(k, old, now)) {
				*changed = true;
				e = insert_row(x, k, now);
			} else if (!record_same_row(k, old, now)) {
				*changed = true;
				e = update_row(x, k, now, db_uuid(&now->parent));
			}
			if (!e)
				e = put_kids(x, k, old, now, changed);
			if (e)
				return e;
		}
	}
	return ERR_OK;
}

/* --- roots ------------------------------------------------------------------------------ */

enum err write_stamp(struct ctx *x, struct record *r, bool created)
{
	char text[CLOCK_RFC3339_LEN + 1];

	clock_format_rfc3339(x->now_ms, text);
	struct str now = arena_dup(x->arena, str_from(text));
	if (!now.p)
		return ERR_NOMEM;
	r->v[ROOT_UPDATED] = (struct value){ .set = true, .s = now };
	if (created)
		r->v[ROOT_CREATED] = r->v[ROOT_UPDATED];
	r->v[ROOT_LAST_REQUEST] = (struct value){ .set = x->nginx_id.n > 0 && x->nginx_id.n <= 64, .s = x->nginx_id };
	return ERR_OK;
}

static size_t count_items(const struct shape *s, const struct record *r)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n_kids; i++)
		for (size_t j = 0; j < r->kids[i].n; j++)
			n += 1 + count_items(s->kids[i].shape, &r->kids[i].item[j]);
	return n;
}

static enum err check_size(struct ctx *x, const struct shape *s, const struct record *r)
{
	size_t n = count_items(s, r);

	if (n <= WRITE_ITEMS_MAX)
		return ERR_OK;
	problem_at_pointer(x->problem, r->pointer ? r->pointer : "", "too_many", "%zu items in all arrays; at most %d are kept in one %s.",
			   n, WRITE_ITEMS_MAX, s->resource->name);
	return problem_set(x->problem, 422, "invalid", "The content is refused.");
}

static enum err check_cycles(struct ctx *x, const struct shape *s, const struct record *r)
{
	for (size_t i = 0; i < s->n_leaves; i++) {
		if (s->leaves[i].target != s || !r->v[i].set)
			continue;
		enum err e = write_check_cycle(x, s, r, i);
		if (e)
			return e;
	}
	return ERR_OK;
}

enum err write_kept(struct ctx *x, const struct shape *s, const struct record *before, const struct record *r)
{
	struct records all;

	if (r->merged) {
		enum err gone = facet_delete(x, s, r->id);
		if (!gone)
			gone = token_delete(x, s, r->id);
		return gone ? gone : likeness_delete(x, s, r->id);
	}
	enum err e = alias_all(x, s, r, &all);
	if (!e)
		e = facet_write(x, s, &all);
	if (!e && !(before && token_same(s, before, r)))
		e = token_write(x, s, &all);
	return e ? e : likeness_write(x, s, before, &all);
}

enum err write_create(struct ctx *x, const struct shape *s, struct record *r)
{
	bool changed = false;

	r->v[ROOT_VERSION] = (struct value){ .set = true, .i = 1 };
	if (!r->v[ROOT_STATE].set)
		r->v[ROOT_STATE] = (struct value){ .set = true, .s = STR("draft") };
	enum err e = check_size(x, s, r);
	if (!e)
		e = write_stamp(x, r, true);
	if (!e)
		e = check_cycles(x, s, r);
	if (!e)
		e = insert_row(x, s, r);
	if (!e)
		e = put_kids(x, s, NULL, r, &changed);
	if (!e)
		e = write_kept(x, s, NULL, r);
	return e ? e : write_change_row(x, s, r, 0, "create");
}

enum err write_raise_epoch(struct ctx *x)
{
	uint64_t read_at = x->epoch;
	enum err e = db_query(x->db, x->arena, "UPDATE label_epoch SET epoch = epoch + 1", NULL, 0, NULL);

	if (!e)
		e = load_epoch(x);
	/* When others raised it too, the labels of this answer may be older than theirs: under the old
	 * epoch the answer is out of date at once, which is the truth. */
	if (!e && x->epoch != read_at + 1)
		x->epoch = read_at;
	return e;
}

/* Items that others refer to are embedded there with their labels. */
static bool referred_differs(const struct shape *s, const struct record *a, const struct record *b)
{
	for (size_t i = 0; i < s->n_kids; i++) {
		const struct shape *k = s->kids[i].shape;
		for (size_t j = 0; k->referred && j < a->kids[i].n; j++) {
			const struct record *now = records_find(&b->kids[i], a->kids[i].item[j].id);
			if (now && !str_eq(a->kids[i].item[j].v[k->label_leaf].s, now->v[k->label_leaf].s))
				return true;
		}
	}
	return false;
}

static bool embedded_differs(const struct shape *s, const struct record *a, const struct record *b)
{
	return !str_eq(a->v[s->label_leaf].s, b->v[s->label_leaf].s) || !str_eq(a->v[ROOT_STATE].s, b->v[ROOT_STATE].s) ||
	       referred_differs(s, a, b) || resolve_differs(s, a, b);
}

static enum err ancestry(struct ctx *x, const struct shape *s, const struct record *before, const struct record *after)
{
	for (size_t i = 0; i < s->n_leaves; i++) {
		const struct value *a = &before->v[i], *b = &after->v[i];
		if (s->leaves[i].target != s || (a->set == b->set && (!a->set || uuid_eq(a->id, b->id))))
			continue;
		enum err e = facet_ancestry_changed(x, s, after->id, s->leaves[i].f->name);
		if (e)
			return e;
	}
	return ERR_OK;
}

enum err write_update(struct ctx *x, const struct shape *s, const struct record *before, struct record *after, bool *changed)
{
	if (!after->v[ROOT_STATE].set)
		after->v[ROOT_STATE] = before->v[ROOT_STATE];
	*changed = !record_same_row(s, before, after);
	enum err e = check_size(x, s, after);
	if (!e)
		e = check_cycles(x, s, after);
	if (!e)
		e = write_check_stays_public(x, s, before, after);
	if (!e)
		e = remove_kids(x, s, before, after, changed);
	if (!e)
		e = put_kids(x, s, before, after, changed);
	if (e || !*changed)
		return e;
	after->v[ROOT_VERSION].i = before->v[ROOT_VERSION].i + 1;
	e = write_stamp(x, after, false);
	if (!e)
		e = update_row(x, s, after, db_int(before->v[ROOT_VERSION].i));
	if (!e && s->n_kids)
		e = document_forget(x, s, after->id);
	if (!e)
		e = write_kept(x, s, before, after);
	if (!e)
		e = ancestry(x, s, before, after);
	if (!e && embedded_differs(s, before, after))
		e = write_raise_epoch(x);
	return e ? e : write_change_row(x, s, after, record_version(before), "update");
}

enum err write_delete(struct ctx *x, const struct shape *s, const struct record *before)
{
	bool changed = false;
	enum err e = write_check_unreferenced(x, s, before);

	if (!e)
		e = remove_kids(x, s, before, NULL, &changed);
	if (!e)
		e = delete_row(x, s, before);
	if (!e)
		e = facet_delete(x, s, before->id);
	if (!e)
		e = token_delete(x, s, before->id);
	if (!e)
		e = likeness_delete(x, s, before->id);
	if (!e && s->n_kids)
		e = document_forget(x, s, before->id);
	return e ? e : write_bury(x, s, before);
}

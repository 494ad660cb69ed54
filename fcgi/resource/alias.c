/* SPDX-License-Identifier: Apache-2.0
 * From the id of a merged record to the one that answers for it, and to all the others. */
#include "resource/alias.h"

struct alias_ref {
	const struct shape *target;
	struct value *v;
	struct alias_ref *next;
};

struct str alias_known(struct ctx *x, const struct shape *root)
{
	if (!shape_merges(root) || shape_sight(&x->view, root)->writes)
		return STR("");
	return arena_printf(x->arena, " AND (t.merged_into IS NULL OR t.state = 'published' OR EXISTS (SELECT 1 FROM change_log h WHERE h.type ="
			    " '%s' AND h.id = t.id AND JSON_VALUE(h.snapshot, '$.state') = 'published'))", root->resource->name);
}

/* Rows: id asked for, survivor, its label, its state, one id merged into it (or NULL); `ids` has room for LOAD_IN_MAX. */
static enum err query(struct ctx *x, const struct shape *s, struct db_value *ids, size_t n, struct db_rows *rows)
{
	const char *label = s->leaves[s->label_leaf].f->col;
	struct str before, known = alias_known(x, s);

	if (!known.p)
		return ERR_NOMEM;
	known = arena_printf(x->arena, "%.*s ORDER BY t.id, 5", STR_ARG(known));
	if (shape_merges(s))
		before = arena_printf(x->arena, "SELECT t.id, s.id, s.%s, s.state, o.id FROM %s t JOIN %s s ON s.id = COALESCE(t.merged_into, t.id)"
				      " LEFT JOIN %s o ON o.merged_into = s.id WHERE t.id", label, s->table, s->table, s->table);
	else
		before = arena_printf(x->arena, "SELECT t.id, t.id, t.%s, t.state, NULL FROM %s t WHERE t.id", label, s->table);
	return before.p && known.p ? load_in(x, before.p, ids, n, known.p, rows) : ERR_NOMEM;
}

enum err alias_of(struct ctx *x, const struct shape *root, struct uuid id, struct alias *out)
{
	struct db_value key[LOAD_IN_MAX] = { db_uuid(&id) };
	struct db_rows rows;
	enum err e = query(x, root, key, 1, &rows);

	if (e)
		return e;
	if (rows.rows == 0)
		return ERR_NOT_FOUND;
	load_uuid(db_cell(&rows, 0, 1), &out->survivor);
	out->label = db_cell(&rows, 0, 2)->s;
	out->state = db_cell(&rows, 0, 3)->s;
	out->all[0] = out->survivor;
	out->n = 1;
	for (size_t i = 0; i < rows.rows; i++) {
		if (out->n == ALIAS_MAX)
			return ERR_INTERNAL; /* merging sees to it */
		if (load_uuid(db_cell(&rows, i, 4), &out->all[out->n]))
			out->n++;
	}
	return ERR_OK;
}

static enum err add_id(struct db_value *ids, size_t *n, size_t max, const struct db_value *id)
{
	if (id->type != DB_TEXT)
		return ERR_OK;
	for (size_t i = 0; i < *n; i++)
		if (str_eq(ids[i].s, id->s))
			return ERR_OK;
	if (*n == max)
		return ERR_LIMIT;
	ids[(*n)++] = *id;
	return ERR_OK;
}

/* Ids of which no row tells: they must find nothing, also where something still holds them. */
static void forget_unknown(struct db_value *ids, size_t n, const struct db_rows *rows)
{
	static const struct uuid nil = { { 0 } };

	for (size_t i = 0; i < n; i++) {
		bool known = false;
		for (size_t j = 0; j < rows->rows && !known; j++)
			known = str_eq(db_cell(rows, j, 0)->s, ids[i].s);
		if (!known)
			ids[i] = db_uuid(&nil);
	}
}

enum err alias_expand(struct ctx *x, const struct shape *root, struct db_value *ids, size_t *n, size_t max)
{
	struct db_value asked[LOAD_IN_MAX];
	struct db_rows rows;

	if (!shape_merges(root) || *n == 0)
		return ERR_OK;
	if (*n > LOAD_IN_MAX)
		return ERR_LIMIT;
	memcpy(asked, ids, *n * sizeof(*ids));
	enum err e = query(x, root, asked, *n, &rows);
	if (!e)
		forget_unknown(ids, *n, &rows);
	for (size_t i = 0; !e && i < rows.rows; i++) {
		e = add_id(ids, n, max, db_cell(&rows, i, 1));
		if (!e)
			e = add_id(ids, n, max, db_cell(&rows, i, 4));
	}
	return e;
}

enum err alias_others(struct ctx *x, const struct shape *root, struct uuid survivor, struct records *out)
{
	struct str sql = arena_printf(x->arena, "SELECT id FROM %s WHERE merged_into = ? ORDER BY id", root->table);
	struct db_value key = db_uuid(&survivor);
	struct db_rows rows;
	uint64_t epoch = x->epoch;

	*out = (struct records){ 0 };
	if (!shape_merges(root))
		return ERR_OK;
	if (!sql.p)
		return ERR_NOMEM;
	enum err e = db_query(x->db, x->arena, sql.p, &key, 1, &rows);
	for (size_t i = 0; !e && i < rows.rows; i++) {
		struct uuid id;
		struct record *r = records_add(x->arena, root, out);
		if (!r)
			return ERR_NOMEM;
		load_uuid(db_cell(&rows, i, 0), &id);
		e = load_root(x, root, id, false, r);
		if (e == ERR_NOT_FOUND)
			e = ERR_RETRY; /* undone and deleted meanwhile */
	}
	x->epoch = epoch; /* of what is being read or written */
	return e ? e : load_kids(x, root, out, LOAD_ALL_KIDS);
}

enum err alias_all(struct ctx *x, const struct shape *root, const struct record *r, struct records *out)
{
	struct records others = { 0 };
	/* nothing was ever merged into a record of the first version: merging raises it */
	enum err e = record_version(r) > 1 ? alias_others(x, root, r->id, &others) : ERR_OK;

	if (e)
		return e;
	*out = (struct records){ .n = 1 + others.n, .cap = 1 + others.n, .item = arena_array(x->arena, 1 + others.n, sizeof(*out->item)) };
	if (!out->item)
		return ERR_NOMEM;
	out->item[0] = *r;
	if (others.n)
		memcpy(out->item + 1, others.item, others.n * sizeof(*others.item));
	return ERR_OK;
}

enum err alias_met(struct ctx *x, const struct shape *target, const struct db_value *merged_into, struct value *v)
{
	v->merged = load_uuid(merged_into, &v->survivor);
	if (!v->merged)
		return ERR_OK;
	struct alias_ref *r = arena_alloc(x->arena, sizeof(*r));
	if (!r)
		return ERR_NOMEM;
	*r = (struct alias_ref){ target, v, x->merged };
	x->merged = r;
	return ERR_OK;
}

/* One round: references to one resource, as many as fit into a statement.  Those of others stay. */
static enum err settle_some(struct ctx *x)
{
	const struct shape *s = x->merged->target;
	struct alias_ref *taken = NULL, *left = NULL, *next;
	struct db_value ids[LOAD_IN_MAX];
	struct db_rows rows;
	size_t n = 0;

	for (struct alias_ref *r = x->merged; r; r = next) {
		next = r->next;
		bool mine = r->target == s && n < LOAD_IN_MAX;
		if (mine)
			ids[n++] = db_uuid(&r->v->survivor);
		r->next = mine ? taken : left;
		*(mine ? &taken : &left) = r;
	}
	x->merged = left;
	enum err e = query(x, s, ids, n, &rows);
	for (struct alias_ref *r = taken; !e && r; r = r->next) {
		r->v->hidden = true; /* unless it is found */
		for (size_t i = 0; i < rows.rows; i++) {
			const struct db_value *c = db_cell(&rows, i, 0);
			struct uuid id;
			if (!load_uuid(&c[0], &id) || !uuid_eq(id, r->v->survivor))
				continue;
			r->v->label = c[2].s;
			r->v->hidden = !load_state_visible(&x->view, s, c[3].s);
			break;
		}
	}
	return e;
}

enum err alias_settle(struct ctx *x)
{
	enum err e = ERR_OK;

	while (!e && x->merged)
		e = settle_some(x);
	return e;
}

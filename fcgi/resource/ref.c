/* SPDX-License-Identifier: Apache-2.0
 * References in bodies: an id, an identifier, or a name with leave to create. */
#include "resource/load.h"
#include "resource/parse.h"

#include "base/text.h"

static enum err ref_from_row(struct ctx *x, const struct db_rows *rows, struct value *out)
{
	const struct db_value *c = db_cell(rows, 0, 0);

	if (c[0].s.n != sizeof(out->id.b))
		return ERR_INTERNAL;
	memcpy(out->id.b, c[0].s.p, sizeof(out->id.b));
	out->label = c[1].s;
	out->hidden = !load_state_visible(&x->view, c[2].s);
	return ERR_OK;
}

static enum err by_id(const struct parse *p, const struct shape *g, struct json id, const char *pointer, struct value *out)
{
	struct ctx *x = p->x;
	struct uuid key;
	struct db_rows rows;

	if (json_type_of(id) != JSON_T_STRING || !uuid_parse(json_string(id), &key)) {
		problem_at_pointer(x->problem, pointer, "format", "Expected a UUID.");
		return ERR_OK;
	}
	struct str sql = arena_printf(x->arena, "SELECT id, %s, state FROM %s WHERE id = ?",
				      g->leaves[g->label_leaf].f->col, g->table);
	if (!sql.p)
		return ERR_NOMEM;
	struct db_value v = db_uuid(&key);
	enum err e = db_query(x->db, x->arena, sql.p, &v, 1, &rows);
	if (e)
		return e;
	if (rows.rows == 0) {
		problem_at_pointer(x->problem, pointer, "not_found", "There is no %s with this id.", g->resource->name);
		return ERR_OK;
	}
	return ref_from_row(x, &rows, out);
}

static bool has_identifiers(const struct shape *g)
{
	for (const struct facet *f = g->resource->facets; f && f->name; f++)
		if (strcmp(f->name, "identifier") == 0)
			return true;
	return false;
}

static enum err by_identifier(const struct parse *p, const struct shape *g, struct json text, const char *pointer,
			      struct value *out)
{
	struct ctx *x = p->x;
	struct db_rows rows;

	if (!has_identifiers(g)) {
		problem_at_pointer(x->problem, pointer, "unknown", "A %s has no identifiers to be found by; give its id.",
				   g->resource->name);
		return ERR_OK;
	}
	if (json_type_of(text) != JSON_T_STRING) {
		problem_at_pointer(x->problem, pointer, "wrong_type",
				   "Expected a string: scheme and value with a hyphen between, such as \"XM-DAC-47066\".");
		return ERR_OK;
	}
	struct str sql = arena_printf(x->arena, "SELECT t.id, t.%s, t.state FROM facet f JOIN %s t ON t.id = f.id"
				      " WHERE f.facet = ? AND f.value = ? LIMIT 2",
				      g->leaves[g->label_leaf].f->col, g->table);
	struct str facet = arena_printf(x->arena, "%s.identifier", g->resource->name);
	if (!sql.p || !facet.p)
		return ERR_NOMEM;
	struct db_value v[] = { db_text(facet), db_text(json_string(text)) };
	enum err e = db_query(x->db, x->arena, sql.p, v, 2, &rows);
	if (e)
		return e;
	if (rows.rows == 1)
		return ref_from_row(x, &rows, out);
	problem_at_pointer(x->problem, pointer, rows.rows ? "ambiguous" : "not_found",
			   rows.rows ? "More than one %s has this identifier; give the id."
				     : "No %s has this identifier; give its id, or its name with \"create\": true.",
			   g->resource->name);
	return ERR_OK;
}

/* A record equal in its match fields (as far as the body gives them) serves; a resource without
 * match fields always makes a new one, since two people may share a name. */
static enum err find_match(struct ctx *x, const struct shape *g, const struct record *r, struct db_rows *rows)
{
	struct db_value v[8];
	size_t n = 0;
	struct str sql = arena_printf(x->arena, "SELECT id, %s, state FROM %s WHERE TRUE",
				      g->leaves[g->label_leaf].f->col, g->table);

	for (size_t i = 0; sql.p && i < g->n_leaves && n < sizeof(v) / sizeof(*v); i++) {
		if (!(g->leaves[i].f->flags & FIELD_MATCH) || !r->v[i].set)
			continue;
		sql = arena_printf(x->arena, "%.*s AND %s = ?", STR_ARG(sql), g->leaves[i].f->col);
		v[n++] = db_text(r->v[i].s);
	}
	*rows = (struct db_rows){ 0 };
	if (!sql.p)
		return ERR_NOMEM;
	if (n == 0)
		return ERR_OK;
	sql = arena_printf(x->arena, "%.*s LIMIT 2", STR_ARG(sql));
	return sql.p ? db_query(x->db, x->arena, sql.p, v, n, rows) : ERR_NOMEM;
}

/* The members of the reference without "create" are the body of the new record. */
static enum err parse_new(const struct parse *p, const struct shape *g, struct json v, const char *pointer,
			  struct record *r)
{
	struct parse inner = *p;

	inner.patch = false;
	inner.ids_allowed = true;
	inner.reference = true;
	enum err e = record_init(p->x->arena, g, r);
	return e ? e : parse_record(&inner, g, v, pointer, NULL, r);
}

static enum err by_name(const struct parse *p, const struct shape *g, struct json v, const char *pointer,
			struct value *out)
{
	struct ctx *x = p->x;
	size_t faults = x->problem->n_faults;
	struct record r;
	struct db_rows rows;

	enum err e = parse_new(p, g, v, pointer, &r);
	if (e || x->problem->n_faults != faults)
		return e;
	e = find_match(x, g, &r, &rows);
	if (e)
		return e;
	if (rows.rows == 1)
		return ref_from_row(x, &rows, out);
	if (rows.rows > 1) {
		problem_at_pointer(x->problem, pointer, "ambiguous", "More than one %s fits this; give the id.",
				   g->resource->name);
		return ERR_OK;
	}
	e = p->create(x, g, &r);
	out->id = r.id;
	out->label = r.v[g->label_leaf].s;
	return e;
}

enum err parse_ref(const struct parse *p, const struct leaf *l, struct json v, const char *pointer, struct value *out)
{
	const struct shape *g = l->target;
	struct problem *problem = p->x->problem;

	if (json_type_of(v) != JSON_T_OBJECT) {
		problem_at_pointer(problem, pointer, "wrong_type",
				   "Expected an object that names a %s, such as {\"id\": \"…\"}, not %s.", g->resource->name,
				   json_type_name(json_type_of(v)));
		return ERR_OK;
	}
	struct json id = json_member(v, "id"), identifier = json_member(v, "identifier"), create = json_member(v, "create");
	const char *at = json_pointer(p->x->arena, pointer, id.j ? STR("id") : identifier.j ? STR("identifier") : STR("create"));
	if (!at)
		return ERR_NOMEM;
	if (create.j && (id.j || identifier.j)) {
		problem_at_pointer(problem, pointer, "contradiction",
				   "Give an id, an identifier, or a name with \"create\": true: one of the three.");
		return ERR_OK;
	}
	if (id.j)
		return by_id(p, g, id, at, out);
	if (identifier.j)
		return by_identifier(p, g, identifier, at, out);
	if (create.j && json_type_of(create) == JSON_T_BOOL && json_boolean(create))
		return by_name(p, g, v, pointer, out);
	problem_at_pointer(problem, create.j ? at : pointer, create.j ? "wrong_type" : "required",
			   "Give an id, an identifier, or \"%s\" with \"create\": true.", g->resource->label);
	return ERR_OK;
}

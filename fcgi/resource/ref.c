/* SPDX-License-Identifier: Apache-2.0
 * References in bodies: an id, an identifier, or a name with leave to create. */
#include "resource/alias.h"
#include "resource/load.h"
#include "resource/parse.h"
#include "resource/render.h"

#include "base/text.h"

enum { MATCH_MAX = 8 };

/* A caller finds what it sees, and nothing else. */
static const char *visible_states(const struct ctx *x, const struct shape *g)
{
	if (shape_sight(&x->view, g)->writes)
		return "";
	return shape_merges(g) ? " AND t.state = 'published' AND s.state = 'published'" : " AND s.state = 'published'";
}

/* Selects the record found, t, and the one that answers for it, s: its id, label and state, and the id of t. */
static struct str select_ref(struct ctx *x, const struct shape *g)
{
	const char *label = g->leaves[g->label_leaf].f->col;

	if (g->parent) /* a child is seen as its root is */
		return arena_printf(x->arena, "SELECT s.id, s.%s, p.state, s.id FROM %s s JOIN %s p ON p.id = s.parent", label, g->table,
				    g->parent->table);
	if (!shape_merges(g))
		return arena_printf(x->arena, "SELECT s.id, s.%s, s.state, s.id FROM %s s", label, g->table);
	return arena_printf(x->arena, "SELECT s.id, s.%s, s.state, t.id FROM %s t JOIN %s s ON s.id = COALESCE(t.merged_into, t.id)",
			    label, g->table, g->table);
}

static const char *found_as(const struct shape *g)
{
	return shape_merges(g) ? "t" : "s";
}

/* The reference is to the record that answers, or to the one named (`as_named`), which it answers for. */
static enum err ref_from_row(struct ctx *x, const struct shape *g, const struct db_rows *rows, bool as_named, struct value *out)
{
	const struct db_value *c = db_cell(rows, 0, 0);
	struct uuid named;

	if (!load_uuid(&c[0], &out->survivor) || !load_uuid(&c[3], &named))
		return ERR_INTERNAL;
	out->id = as_named ? named : out->survivor;
	out->merged = !uuid_eq(out->id, out->survivor);
	out->label = g->parent ? text_brief(x->arena, c[1].s, RESOURCE_BRIEF_MAX) : c[1].s;
	out->hidden = !load_state_visible(&x->view, g, c[2].s);
	return out->label.p ? ERR_OK : ERR_NOMEM;
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
	struct str sql = select_ref(x, g), known = alias_known(x, g);
	sql = sql.p && known.p ? arena_printf(x->arena, "%.*s WHERE %s.id = ?%.*s", STR_ARG(sql), found_as(g), STR_ARG(known)) : (struct str){ NULL, 0 };
	if (!sql.p)
		return ERR_NOMEM;
	struct db_value v = db_uuid(&key);
	enum err e = db_query(x->db, x->arena, sql.p, &v, 1, &rows);
	if (e)
		return e;
	e = rows.rows ? ref_from_row(x, g, &rows, true, out) : ERR_OK;
	if (rows.rows == 0 || out->hidden)
		problem_at_pointer(x->problem, pointer, "not_found", "There is no %s with this id.", g->served_as->name);
	return e;
}

static bool has_identifiers(const struct shape *g)
{
	for (const struct facet *f = g->parent ? NULL : g->resource->facets; f && f->name; f++)
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
				   g->served_as->name);
		return ERR_OK;
	}
	if (json_type_of(text) != JSON_T_STRING) {
		problem_at_pointer(x->problem, pointer, "wrong_type",
				   "Expected a string: scheme and value with a hyphen between, such as \"XM-DAC-47066\".");
		return ERR_OK;
	}
	/* the facet is the survivor's, with what was merged into it */
	struct str sql = arena_printf(x->arena, "SELECT s.id, s.%s, s.state, s.id FROM facet f JOIN %s s ON s.id = f.id"
				      " WHERE f.facet = ? AND f.value = ? AND f.cls <= ?%s LIMIT 2", g->leaves[g->label_leaf].f->col,
				      g->table, shape_sight(&x->view, g)->writes ? "" : " AND s.state = 'published'");
	struct str facet = arena_printf(x->arena, "%s.identifier", g->resource->name);
	if (!sql.p || !facet.p)
		return ERR_NOMEM;
	struct str nfc;
	enum err e = text_nfc(x->arena, json_string(text), &nfc);
	if (e)
		return e;
	struct db_value v[] = { db_text(facet), db_text(nfc), db_int(shape_sight(&x->view, g)->fields) };
	e = db_query(x->db, x->arena, sql.p, v, 3, &rows);
	if (e)
		return e;
	if (rows.rows == 1)
		return ref_from_row(x, g, &rows, false, out);
	problem_at_pointer(x->problem, pointer, rows.rows ? "ambiguous" : "not_found",
			   rows.rows ? "More than one %s has this identifier; give the id."
				     : "No %s has this identifier; give its id, or its name with \"create\": true.",
			   g->resource->name);
	return ERR_OK;
}

/* Values of the match fields that the reference gives, in NFC.  False: none is given, or the
 * resource has none, since two people may share a name. */
static enum err match_values(struct ctx *x, const struct shape *g, struct json v, struct db_value *values,
			     struct str *where, size_t *n)
{
	*n = 0;
	*where = STR("");
	for (size_t i = 0; i < g->n_leaves && *n + 1 < MATCH_MAX; i++) {
		const struct field *f = g->leaves[i].f;
		struct json member = json_member(v, f->name);
		struct str text;
		if (!(f->flags & FIELD_MATCH) || !member.j || json_type_of(member) != JSON_T_STRING)
			continue;
		enum err e = text_nfc(x->arena, json_string(member), &text);
		if (e)
			return e;
		/* the index finds what is alike, the second condition what is equal */
		*where = arena_printf(x->arena, "%.*s AND %s.%s = ? AND BINARY %s.%s = ?", STR_ARG(*where), found_as(g), f->col,
				      found_as(g), f->col);
		if (!where->p)
			return ERR_NOMEM;
		values[(*n)++] = db_text(text);
		values[(*n)++] = db_text(text);
	}
	return ERR_OK;
}

static enum err find_match(struct ctx *x, const struct shape *g, struct json v, struct db_rows *rows)
{
	struct db_value values[MATCH_MAX];
	struct str where;
	size_t n;

	*rows = (struct db_rows){ 0 };
	enum err e = match_values(x, g, v, values, &where, &n);
	if (e || n == 0)
		return e;
	struct str sql = select_ref(x, g);
	/* records that were merged and the one that answers may all have the name: it comes first */
	sql = sql.p ? arena_printf(x->arena, "%.*s WHERE TRUE%.*s%s ORDER BY %s.id <> s.id LIMIT %d", STR_ARG(sql), STR_ARG(where),
				   visible_states(x, g), found_as(g), ALIAS_MAX + 1) : sql;
	return sql.p ? db_query(x->db, x->arena, sql.p, values, n, rows) : ERR_NOMEM;
}

static bool several_answer(const struct db_rows *rows)
{
	for (size_t i = 1; i < rows->rows; i++)
		if (!str_eq(db_cell(rows, i, 0)->s, db_cell(rows, 0, 0)->s))
			return true;
	return false;
}

/* Whoever finds nothing looks again alone: held until the transaction ends. */
static enum err find_match_locked(struct ctx *x, const struct shape *g, struct json v, struct db_rows *rows)
{
	struct db_value type = db_text(str_from(g->resource->name));
	enum err e = find_match(x, g, v, rows);

	if (e || rows->rows || !shape_sight(&x->view, g)->writes)
		return e;
	e = db_query(x->db, x->arena, "SELECT type FROM name_lock WHERE type = ? FOR UPDATE", &type, 1, rows);
	return e ? e : find_match(x, g, v, rows);
}

/* `a` is stored, `b` what is said of it.  What the caller cannot see in it is not compared: that would tell. */
static bool same_content(const struct view *view, const struct shape *s, const struct record *a, struct record *b)
{
	struct record aligned = *b;

	aligned.pos = a->pos;
	for (size_t i = 0; i < s->n_leaves; i++)
		if (!render_visible(view, s, a, i))
			aligned.v[i] = a->v[i];
	if (!record_same_row(s, a, &aligned))
		return false;
	for (size_t i = 0; i < s->n_kids; i++) {
		if (a->kids[i].n != b->kids[i].n)
			return false;
		for (size_t j = 0; j < a->kids[i].n; j++)
			if (!same_content(view, s->kids[i].shape, &a->kids[i].item[j], &b->kids[i].item[j]))
				return false;
	}
	return true;
}

/* The record is there: what else the reference says of it must be so, or somebody would believe it
 * stored.  A fault ends the transaction, and with it whatever an inner reference made. */
static enum err check_same(const struct parse *p, const struct shape *g, struct json v, const char *pointer, struct uuid id)
{
	struct ctx *x = p->x;
	struct records one = { .n = 1, .cap = 1, .item = arena_alloc(x->arena, sizeof(struct record)) };
	struct record said;
	struct parse inner = *p;
	size_t faults = x->problem->n_faults;
	uint64_t epoch = x->epoch;
	char text[UUID_TEXT_LEN + 1];

	if (!one.item)
		return ERR_NOMEM;
	enum err e = load_root(x, g, id, false, one.item);
	x->epoch = epoch; /* of the record being written */
	if (!e)
		e = load_kids(x, g, &one, LOAD_ALL_KIDS);
	if (!e)
		e = record_init(x->arena, g, &said);
	if (e)
		return e == ERR_NOT_FOUND ? ERR_RETRY : e;
	inner.patch = true;
	inner.child = false;
	inner.ids_allowed = true;
	inner.reference = true;
	e = parse_record(&inner, g, v, pointer, one.item, &said);
	if (e || x->problem->n_faults != faults || same_content(&x->view, g, one.item, &said))
		return e;
	uuid_format(id, text);
	problem_at_pointer(x->problem, pointer, "differs", "This %s is there already (%s) with other values; give its id, or leave out "
			   "what differs.", g->resource->name, text);
	return ERR_OK;
}

/* The members of the reference without "create" are the body of the new record. */
static enum err create_new(const struct parse *p, const struct shape *g, struct json v, const char *pointer, struct value *out)
{
	struct ctx *x = p->x;
	size_t faults = x->problem->n_faults;
	struct parse inner = *p;
	struct record r;

	if (!shape_sight(&x->view, g)->writes)
		return ctx_refuse_scope(x, view_write_scope(g->resource->group));
	inner.patch = false;
	inner.child = false;
	inner.ids_allowed = true;
	inner.reference = true;
	enum err e = record_init(x->arena, g, &r);
	if (!e)
		e = parse_record(&inner, g, v, pointer, NULL, &r);
	if (e || x->problem->n_faults != faults)
		return e;
	if (!r.v[ROOT_STATE].set && p->state.n)
		r.v[ROOT_STATE] = (struct value){ .set = true, .s = p->state };
	e = p->create(x, g, &r);
	out->id = r.id;
	out->label = r.v[g->label_leaf].s;
	return e;
}

static enum err by_name(const struct parse *p, const struct shape *g, struct json v, const char *pointer,
			struct value *out)
{
	struct ctx *x = p->x;
	struct db_rows rows;
	enum err e = find_match_locked(x, g, v, &rows);

	if (e)
		return e;
	if (several_answer(&rows)) {
		problem_at_pointer(x->problem, pointer, "ambiguous", "More than one %s fits this; give the id.", g->resource->name);
		return ERR_OK;
	}
	if (rows.rows == 0)
		return create_new(p, g, v, pointer, out);
	e = ref_from_row(x, g, &rows, false, out);
	struct uuid found;
	load_uuid(db_cell(&rows, 0, 3), &found);
	return e ? e : check_same(p, g, v, pointer, found);
}

/* Beside id or identifier only what answers carry may stand. */
static enum err only_known(const struct parse *p, const struct shape *g, struct json v, const char *pointer, const char *key)
{
	for (struct json_iter it = json_first(v); it.value.j; it = json_next(v, it)) {
		if (str_is(it.key, key) || str_is(it.key, g->served_as->label) || (g->resource->chronicled && str_is(it.key, "now")))
			continue;
		const char *at = it.key.n > 200 ? pointer : json_pointer(p->x->arena, pointer, it.key);
		if (!at)
			return ERR_NOMEM;
		problem_at_pointer(p->x->problem, at, "unknown", "A reference by %s has no other members.", key);
	}
	return ERR_OK;
}

enum err parse_ref(const struct parse *p, const struct leaf *l, struct json v, const char *pointer, struct value *out)
{
	const struct shape *g = l->target;
	struct problem *problem = p->x->problem;

	if (json_type_of(v) != JSON_T_OBJECT) {
		problem_at_pointer(problem, pointer, "wrong_type",
				   "Expected an object that names a %s, such as {\"id\": \"…\"}, not %s.", g->served_as->name,
				   json_type_name(json_type_of(v)));
		return ERR_OK;
	}
	struct json id = json_member(v, "id"), identifier = json_member(v, "identifier"), create = json_member(v, "create");
	const char *at = json_pointer(p->x->arena, pointer, id.j ? STR("id") : identifier.j ? STR("identifier") : STR("create"));
	if (!at)
		return ERR_NOMEM;
	if (!!create.j + !!id.j + !!identifier.j > 1) {
		problem_at_pointer(problem, pointer, "contradiction",
				   "Give an id, an identifier, or a name with \"create\": true: one of the three.");
		return ERR_OK;
	}
	if (id.j || identifier.j) {
		enum err e = only_known(p, g, v, pointer, id.j ? "id" : "identifier");
		if (e)
			return e;
		return id.j ? by_id(p, g, id, at, out) : by_identifier(p, g, identifier, at, out);
	}
	if (g->parent) {
		problem_at_pointer(problem, pointer, "required", "Give the id of a %s; one is made in its %s only.", g->served_as->name,
				   g->resource->name);
		return ERR_OK;
	}
	if (create.j && json_type_of(create) == JSON_T_BOOL && json_boolean(create))
		return by_name(p, g, v, pointer, out);
	problem_at_pointer(problem, create.j ? at : pointer, create.j ? "wrong_type" : "required",
			   "Give an id, an identifier, or \"%s\" with \"create\": true.", g->resource->label);
	return ERR_OK;
}

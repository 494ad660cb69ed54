/* SPDX-License-Identifier: Apache-2.0
 * dry_run of a merge: what would lead to another record, and what answers for it from then on. */
#include "app/merge.h"

#include "resource/render.h"

static void write_ref(struct json_writer *w, const struct shape *s, const char *key, const struct record *r)
{
	json_key(w, key);
	json_object(w);
	json_key(w, "id");
	json_uuid(w, r->id);
	json_key(w, s->resource->label);
	json_str(w, r->v[s->label_leaf].s);
	json_end_object(w);
}

/* --- references --------------------------------------------------------------------------- */

/* One field of some table that refers to records of this kind. */
struct place {
	const struct shape *holder, *root;
	const struct leaf *leaf;
	int role;              /* leaf that says in which role; -1: none */
	struct str path;       /* "meetings.seats.person" */
};

static struct str path_of(struct arena *a, const struct shape *s, struct str tail)
{
	const struct shape *up = s->parent;

	for (size_t i = 0; up && i < up->n_kids; i++)
		if (up->kids[i].shape == s)
			return path_of(a, up, arena_printf(a, "%s.%.*s", up->kids[i].f->name, STR_ARG(tail)));
	return tail;
}

static enum err place_of(struct arena *a, const struct shape *s, size_t leaf, struct place *p)
{
	const struct leaf *l = &s->leaves[leaf];

	*p = (struct place){ .holder = s, .root = s, .leaf = l, .role = shape_leaf(s, STR("role")) };
	while (p->root->parent)
		p->root = p->root->parent;
	struct str name = l->group ? arena_printf(a, "%s.%s", l->group->name, l->f->name) : str_from(l->f->name);
	p->path = name.p ? path_of(a, s, name) : name;
	return p->path.p ? ERR_OK : ERR_NOMEM;
}

/* Only what the caller sees is counted: published records where it writes none, and of a field above its class
 * the rows that open it. */
static struct str count_sql(const struct ctx *x, const struct place *p, const struct sight *sight, size_t ids)
{
	struct arena *a = x->arena;
	struct str from = arena_printf(a, "%s c0", p->holder->table), in = STR("?"), where = STR("");
	int depth = 0;

	for (const struct shape *s = p->holder; from.p && s->parent; s = s->parent, depth++)
		from = arena_printf(a, "%.*s JOIN %s c%d ON c%d.id = c%d.parent", STR_ARG(from), s->parent->table, depth + 1, depth + 1, depth);
	for (size_t i = 1; in.p && i < ids; i++)
		in = arena_printf(a, "%.*s, ?", STR_ARG(in));
	if (!sight->writes)
		where = arena_printf(a, " AND c%d.state = 'published'", depth);
	if (where.p && p->leaf->f->cls > sight->fields)
		where = arena_printf(a, "%.*s AND c0.%s", STR_ARG(where), p->holder->leaves[p->leaf->open_if].f->col);
	const char *role = p->role < 0 ? "NULL" : p->holder->leaves[p->role].f->col;
	if (!from.p || !in.p || !where.p)
		return (struct str){ NULL, 0 };
	return arena_printf(a, "SELECT %s%s, COUNT(*), COUNT(DISTINCT c%d.id) FROM %.*s WHERE c0.%s IN (%.*s)%.*s GROUP BY 1 ORDER BY 1",
			    p->role < 0 ? "" : "c0.", role, depth, STR_ARG(from), p->leaf->f->col, STR_ARG(in), STR_ARG(where));
}

static enum err write_place(struct ctx *x, struct json_writer *w, const struct place *p, const struct db_value *ids, size_t n)
{
	const struct sight *sight = shape_sight(&x->view, p->root);
	bool opened = p->leaf->open_if >= 0 && p->holder->leaves[p->leaf->open_if].f->type == F_BOOL;
	struct db_rows rows;

	if (p->leaf->f->cls > sight->fields && !opened)
		return ERR_OK;
	struct str sql = count_sql(x, p, sight, n);
	enum err e = sql.p ? db_query(x->db, x->arena, sql.p, ids, n, &rows) : ERR_NOMEM;
	for (size_t i = 0; !e && i < rows.rows; i++) {
		const struct db_value *c = db_cell(&rows, i, 0);
		if (c[1].i == 0)
			continue;
		json_object(w);
		json_key(w, "in");
		json_z(w, p->root->resource->path);
		json_key(w, "at");
		json_str(w, p->path);
		if (c[0].type == DB_TEXT) {
			json_key(w, "role");
			json_str(w, c[0].s);
		}
		json_key(w, "items");
		json_int(w, c[1].i);
		json_key(w, "records");
		json_int(w, c[2].i);
		json_end_object(w);
	}
	return e;
}

static enum err write_references(struct ctx *x, struct json_writer *w, const struct merge *m)
{
	struct db_value ids[ALIAS_MAX];
	size_t n = 0;
	enum err e = ERR_OK;

	ids[n++] = db_uuid(&m->from);
	for (size_t i = 0; i < m->others.n && n < ALIAS_MAX; i++)
		ids[n++] = db_uuid(&m->others.item[i].id);
	json_key(w, "references");
	json_array(w);
	for (size_t i = 0; !e && i < shape_count(); i++) {
		const struct shape *s = shape_at(i);
		for (size_t j = 0; !e && j < s->n_leaves; j++) {
			struct place p;
			if (s->leaves[j].target != m->s)
				continue;
			e = place_of(x->arena, s, j, &p);
			if (!e)
				e = write_place(x, w, &p, ids, n);
		}
	}
	json_end_array(w);
	return e;
}

/* --- what answers ------------------------------------------------------------------------- */

static void write_names_of(struct json_writer *w, const struct shape *s, const struct record *r)
{
	int k = shape_kid(s, STR("names"));
	int name = k < 0 ? -1 : shape_leaf(s->kids[k].shape, STR("name"));

	json_str(w, r->v[s->label_leaf].s);
	for (size_t i = 0; name >= 0 && i < r->kids[k].n; i++)
		json_str(w, r->kids[k].item[i].v[name].s);
}

static enum err write_identifiers_of(struct ctx *x, struct json_writer *w, const struct shape *s, const struct record *r)
{
	int k = shape_kid(s, STR("identifiers"));
	int scheme = k < 0 ? -1 : shape_leaf(s->kids[k].shape, STR("scheme")), value = k < 0 ? -1 : shape_leaf(s->kids[k].shape, STR("value"));

	for (size_t i = 0; scheme >= 0 && value >= 0 && i < r->kids[k].n; i++) {
		const struct record *item = &r->kids[k].item[i];
		struct str text = arena_printf(x->arena, "%.*s-%.*s", STR_ARG(item->v[scheme].s), STR_ARG(item->v[value].s));
		if (!text.p)
			return ERR_NOMEM;
		json_str(w, text);
	}
	return ERR_OK;
}

static enum err write_answering(struct ctx *x, struct json_writer *w, const struct merge *m)
{
	enum err e;

	json_key(w, "names");
	json_array(w);
	write_names_of(w, m->s, &m->merged);
	for (size_t i = 0; i < m->others.n; i++)
		write_names_of(w, m->s, &m->others.item[i]);
	json_end_array(w);
	json_key(w, "identifiers");
	json_array(w);
	e = write_identifiers_of(x, w, m->s, &m->merged);
	for (size_t i = 0; !e && i < m->others.n; i++)
		e = write_identifiers_of(x, w, m->s, &m->others.item[i]);
	json_end_array(w);
	return e;
}

/* What else the record and those it answers for hold: posts, contacts, relations.  They stay with their record. */
static void write_items(struct json_writer *w, const struct merge *m)
{
	json_key(w, "holds");
	json_array(w);
	for (size_t k = 0; k < m->s->n_kids; k++) {
		size_t n = m->merged.kids[k].n;
		for (size_t i = 0; i < m->others.n; i++)
			n += m->others.item[i].kids[k].n;
		if (n == 0)
			continue;
		json_object(w);
		json_key(w, "at");
		json_z(w, m->s->kids[k].f->name);
		json_key(w, "items");
		json_int(w, (int64_t)n);
		json_end_object(w);
	}
	json_end_array(w);
}

static void write_problems(const struct ctx *x, struct json_writer *w)
{
	json_key(w, "problems");
	json_array(w);
	for (size_t i = 0; i < x->problem->n_faults && i < FAULTS_MAX; i++) {
		json_object(w);
		json_key(w, "code");
		json_z(w, x->problem->faults[i].code);
		json_key(w, "detail");
		json_z(w, x->problem->faults[i].detail);
		json_end_object(w);
	}
	json_end_array(w);
}

enum err merge_plan(struct call *c, const struct merge *m)
{
	struct json_writer w;
	enum err e;

	c->res->status = 200;
	c->res->content_type = "application/json";
	http_header(c->res, "Cache-Control", "private, no-store");
	json_begin(&w, c->res->body);
	json_object(&w);
	write_ref(&w, m->s, "merges", &m->merged);
	if (m->survivor.known)
		write_ref(&w, m->s, "into", &m->survivor);
	json_key(&w, "done");
	json_bool(&w, m->done);
	e = write_references(c->x, &w, m);
	if (!e)
		e = write_answering(c->x, &w, m);
	write_items(&w, m);
	write_problems(c->x, &w);
	json_end_object(&w);
	buf_char(c->res->body, '\n');
	return e ? e : c->res->body->err;
}

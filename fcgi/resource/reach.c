/* SPDX-License-Identifier: Apache-2.0
 * Values of filters by what other resources say of a record. */
#include "resource/reach.h"

#include "base/text.h"
#include "resource/alias.h"
#include "resource/parse.h"

enum err reach_below(struct ctx *x, const struct shape *g, const char *closure, const struct http_param *p, struct db_value *list,
		      size_t *n)
{
	bool all = shape_sight(&x->view, g)->writes;
	struct str sql = arena_printf(x->arena, "SELECT id FROM %s WHERE %s = ?%s LIMIT %d", g->table, closure,
				      all ? "" : " AND state = 'published'", LIST_BELOW_MAX + 1);

	if (!sql.p)
		return ERR_NOMEM;
	for (size_t at = 0; at < *n; at++) {
		struct db_rows rows;
		enum err e = db_query(x->db, x->arena, sql.p, &list[at], 1, &rows);
		if (e)
			return e;
		for (size_t i = 0; i < rows.rows; i++) {
			if (*n == LIST_BELOW_MAX) {
				problem_at_parameter(x->problem, p->name.p, "too_many", "More than %d records are part of it; name a narrower one.", LIST_BELOW_MAX);
				return ERR_OK;
			}
			list[(*n)++] = *db_cell(&rows, i, 0);
		}
	}
	return ERR_OK;
}

static const struct shape *root_named(const char *name)
{
	for (size_t i = 0; i < shape_served_count(); i++)
		if (shape_served(i)->kid < 0 && strcmp(shape_served(i)->resource->name, name) == 0)
			return shape_served(i)->shape;
	return NULL;
}

const char *reach_fault(const struct resource *r)
{
	size_t n = 0;

	for (const struct reach *f = r->reaches; f && f->name; f++) {
		if (++n > SHAPE_REACHES_MAX || r->within || !r->reach_sql)
			return "too many filters by what others say, or no statement for them";
		if (!f->any || strncmp(f->any, "any_", 4) != 0 || strcmp(f->any + 4, f->name) != 0)
			return "beside a filter by what others say stands its name with any_ before it";
		if ((f->ref != NULL) == (f->lists[0] != NULL) || (f->ref && !root_named(f->ref)))
			return "a filter by what others say takes codes of lists or a record of a known resource";
		if (!f->doc)
			return "a filter by what others say has no documentation";
	}
	return NULL;
}

/* A record, if the view may know of it, all that was merged into it, and what is below; else none. */
static enum err record(struct ctx *x, const struct reach *f, const struct http_param *p, struct db_value *v, size_t *n)
{
	const struct shape *g = root_named(f->ref);
	struct alias *all = arena_alloc(x->arena, sizeof(*all));
	struct uuid id;

	if (!all)
		return ERR_NOMEM;
	if (!uuid_parse(p->value, &id)) {
		problem_at_parameter(x->problem, p->name.p, "format", "Expected a UUID.");
		return ERR_OK;
	}
	enum err e = g ? alias_of(x, g, id, all) : ERR_INTERNAL;
	if (e == ERR_NOT_FOUND || (!e && !load_state_visible(&x->view, g, all->state)))
		return ERR_OK;
	for (size_t i = 0; !e && i < all->n; i++)
		v[(*n)++] = db_uuid(&all->all[i]);
	return e || !f->closure ? e : reach_below(x, g, f->closure, p, v, n);
}

static enum err code(struct ctx *x, const struct reach *f, const struct http_param *p, struct db_value *v)
{
	const char *near = NULL;
	enum err e = load_epoch(x); /* the copy may be old */

	if (!e)
		e = parse_codes_ready(x);
	if (e)
		return e;
	*v = db_text(p->value);
	for (size_t i = 0; i < 2 && f->lists[i]; i++) {
		if (codes_find(x->codes, f->lists[i], p->value))
			return ERR_OK;
		if (!near)
			near = text_nearest(p->value, codes_spellings(x->codes, x->arena, f->lists[i]));
	}
	problem_at_parameter(x->problem, p->name.p, "unknown_code", "%.*s is no code of the list %s%s%s%s%s%s", STR_ARG(p->value), f->lists[0], f->lists[1] ? " or of " : "",
	    f->lists[1] ? f->lists[1] : "", TEXT_HINT(near));
	return ERR_OK;
}

enum err reach_term(struct ctx *x, struct list_query *q, const struct reach *f, const struct http_param *p)
{
	size_t at = (size_t)(f - q->served->resource->reaches);
	bool first = true;

	for (size_t i = 0; i < q->n_terms; i++)
		first &= q->terms[i].kind != TERM_REACH;
	if (first)
		q->terms[q->n_terms++] = (struct term){ .kind = TERM_REACH, .op = OP_EQ };
	q->reach[at] = arena_array(x->arena, LIST_BELOW_MAX, sizeof(*q->reach[at]));
	if (!q->reach[at])
		return ERR_NOMEM;
	q->n_reach[at] = !f->ref;
	return f->ref ? record(x, f, p, q->reach[at], &q->n_reach[at]) : code(x, f, p, q->reach[at]);
}

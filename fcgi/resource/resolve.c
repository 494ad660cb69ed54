/* SPDX-License-Identifier: Apache-2.0
 * Names of another time and bodies of today, looked up for all references of a page together. */
#include "resource/resolve.h"

#include "resource/load.h"

#include <stdlib.h>

/* A reference and the time it is of. */
struct spot {
	struct value *v;
	struct edtf when;
};

/* A name that has come to an end. */
struct period {
	struct uuid body;
	struct str name;
	struct edtf from, to;
};

struct step {
	struct uuid body, next;
	struct str name;
};

struct work {
	struct ctx *x;
	const struct shape *target;
	struct spot *spots;
	size_t n_spots;
	struct uuid *bodies; /* distinct, in order */
	size_t n_bodies;
	struct period *periods;
	size_t n_periods;
	struct step *steps;
	size_t n_steps, cap_steps;
};

/* --- time --------------------------------------------------------------------------------- */

struct edtf resolve_first_day(struct str edtf)
{
	struct str rest;
	struct edtf first;

	if (edtf_parse(str_cut(edtf, '/', &rest), &first) || first.lo <= EDTF_OPEN_LO)
		return (struct edtf){ EDTF_UNKNOWN, EDTF_UNKNOWN };
	return first;
}

uint64_t resolve_leaves(const struct shape *s)
{
	uint64_t leaves = 0;

	for (size_t i = 0; i < RESOURCE_DATED_MAX && s->dated[i] >= 0; i++)
		leaves |= UINT64_C(1) << s->dated[i];
	return leaves;
}

struct edtf resolve_when(const struct shape *s, const struct record *r)
{
	for (size_t i = 0; i < RESOURCE_DATED_MAX && s->dated[i] >= 0; i++)
		if (r->v[s->dated[i]].set)
			return resolve_first_day(r->v[s->dated[i]].s);
	return (struct edtf){ EDTF_UNKNOWN, EDTF_UNKNOWN };
}

/* --- gathering ---------------------------------------------------------------------------- */

/* How many references there are; puts them into `out` when that is not NULL. */
static size_t walk(const struct shape *target, const struct shape *s, struct record *r, struct edtf when, struct spot *out)
{
	size_t n = 0;

	for (uint64_t rest = s->bodies; rest; rest &= rest - 1) {
		size_t i = (size_t)__builtin_ctzll(rest);
		struct value *v = &r->v[i];
		if (s->leaves[i].target != target || !v->set)
			continue;
		v->standing = NULL;
		if (v->hidden)
			continue;
		if (out)
			out[n] = (struct spot){ v, when };
		n++;
	}
	for (size_t i = 0; i < s->n_kids; i++)
		for (size_t j = 0; j < r->kids[i].n; j++)
			n += walk(target, s->kids[i].shape, &r->kids[i].item[j], when, out ? out + n : NULL);
	return n;
}

static size_t walk_all(const struct shape *target, const struct shape *s, struct records *list, struct spot *out)
{
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++) {
		struct record *r = &list->item[i];
		n += walk(target, s, r, s->parent ? r->when : resolve_when(s, r), out ? out + n : NULL);
	}
	return n;
}

static int by_id(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct uuid));
}

/* Sorts ids and drops repetitions. */
static size_t distinct(struct uuid *ids, size_t n)
{
	size_t kept = 0;

	if (n == 0)
		return 0;
	qsort(ids, n, sizeof(*ids), by_id);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || !uuid_eq(ids[i], ids[kept - 1]))
			ids[kept++] = ids[i];
	return kept;
}

/* --- names -------------------------------------------------------------------------------- */

static struct edtf bounds(const struct db_value *c)
{
	return (struct edtf){ (int32_t)c[0].i, (int32_t)c[1].i };
}

static enum err add_periods(struct work *w, const struct db_rows *rows)
{
	struct period *more = arena_array(w->x->arena, w->n_periods + rows->rows, sizeof(*more));

	if (!more)
		return ERR_NOMEM;
	if (w->n_periods)
		memcpy(more, w->periods, w->n_periods * sizeof(*more));
	w->periods = more;
	for (size_t i = 0; i < rows->rows; i++) {
		const struct db_value *c = db_cell(rows, i, 0);
		struct period *p = &w->periods[w->n_periods++];
		*p = (struct period){ .name = c[1].s, .from = bounds(c + 2), .to = bounds(c + 4) };
		memcpy(p->body.b, c[0].s.p, sizeof(p->body.b));
	}
	return ERR_OK;
}

static enum err load_periods(struct work *w)
{
	const struct shape *k = w->target->kids[shape_kid(w->target, STR("names"))].shape;
	/* of a draft that was merged nothing shows */
	struct str seen = shape_sight(&w->x->view, w->target)->writes ? STR("") :
			  arena_printf(w->x->arena, " AND EXISTS (SELECT 1 FROM %s o WHERE o.id = t.parent AND o.state = 'published')", w->target->table);
	struct str before = arena_printf(w->x->arena, "SELECT t.parent, t.name, t.valid_from_lo, t.valid_from_hi, t.valid_to_lo, t.valid_to_hi"
					 " FROM %s t WHERE t.valid_to_hi > 0 AND t.kind IN ('former', 'official')%.*s AND t.parent", k->table, STR_ARG(seen));
	struct db_value ids[LOAD_IN_MAX];
	bool asked = false;

	if (!seen.p || !before.p)
		return ERR_NOMEM;
	for (size_t i = 0; i < w->n_spots; i++)
		asked |= w->spots[i].when.hi > 0;
	for (size_t from = 0; asked && from < w->n_bodies; from += LOAD_IN_MAX) {
		size_t n = w->n_bodies - from < LOAD_IN_MAX ? w->n_bodies - from : LOAD_IN_MAX;
		struct db_rows rows;
		for (size_t i = 0; i < n; i++)
			ids[i] = db_uuid(&w->bodies[from + i]);
		enum err e = load_in(w->x, before.p, ids, n, " ORDER BY t.parent, t.pos", &rows);
		if (!e)
			e = add_periods(w, &rows);
		if (e)
			return e;
	}
	return ERR_OK;
}

/* The n names of one body: was this one certainly in use? */
static bool in_use(const struct period *p, size_t n, size_t i, struct edtf when)
{
	if (p[i].to.lo < when.hi)
		return false;
	if (p[i].from.hi)
		return p[i].from.hi <= when.lo;
	for (size_t j = 0; j < n; j++)
		if (p[j].to.lo < p[i].to.lo && p[j].to.hi >= when.lo)
			return false;
	return true;
}

static struct str name_at(const struct work *w, struct uuid body, struct edtf when)
{
	size_t lo = 0, hi = w->n_periods, n = 0;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (by_id(&w->periods[mid].body, &body) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	while (lo + n < w->n_periods && uuid_eq(w->periods[lo + n].body, body))
		n++;
	for (size_t i = 0; when.hi && i < n; i++)
		if (in_use(w->periods + lo, n, i, when))
			return w->periods[lo + i].name;
	return (struct str){ NULL, 0 };
}

/* --- successions -------------------------------------------------------------------------- */

static int by_body(const void *a, const void *b)
{
	const struct step *s = a, *t = b;
	int order = by_id(&s->body, &t->body);

	return order ? order : by_id(&s->next, &t->next);
}

/* Steps to bodies that the view sees; their ids are where the next ones begin. */
static enum err add_steps(struct work *w, const struct db_rows *rows, struct uuid *next, size_t *n_next)
{
	if (w->n_steps + rows->rows > w->cap_steps) {
		size_t cap = (w->n_steps + rows->rows) * 2;
		struct step *more = arena_array(w->x->arena, cap, sizeof(*more));
		if (!more)
			return ERR_NOMEM;
		if (w->n_steps)
			memcpy(more, w->steps, w->n_steps * sizeof(*more));
		w->steps = more;
		w->cap_steps = cap;
	}
	for (size_t i = 0; i < rows->rows; i++) {
		const struct db_value *c = db_cell(rows, i, 0);
		if (!load_state_visible(&w->x->view, w->target, c[3].s))
			continue;
		struct step *s = &w->steps[w->n_steps++];
		s->name = c[2].s;
		memcpy(s->body.b, c[0].s.p, sizeof(s->body.b));
		memcpy(s->next.b, c[1].s.p, sizeof(s->next.b));
		next[(*n_next)++] = s->next;
	}
	return ERR_OK;
}

/* One link of all chains: `ids` become those that the links lead to. */
static enum err load_steps(struct work *w, const char *before, struct uuid **ids, size_t *n_ids)
{
	struct db_value values[LOAD_IN_MAX];
	struct uuid *next = NULL;
	size_t n_next = 0;

	for (size_t from = 0; from < *n_ids; from += LOAD_IN_MAX) {
		size_t n = *n_ids - from < LOAD_IN_MAX ? *n_ids - from : LOAD_IN_MAX;
		struct db_rows rows;
		for (size_t i = 0; i < n; i++)
			values[i] = db_uuid(&(*ids)[from + i]);
		enum err e = load_in(w->x, before, values, n, "", &rows);
		if (e)
			return e;
		struct uuid *more = arena_array(w->x->arena, n_next + rows.rows, sizeof(*more));
		if (!more)
			return ERR_NOMEM;
		if (n_next)
			memcpy(more, next, n_next * sizeof(*more));
		next = more;
		e = add_steps(w, &rows, next, &n_next);
		if (e)
			return e;
	}
	*ids = next;
	*n_ids = distinct(next, n_next);
	return ERR_OK;
}

static enum err load_chains(struct work *w)
{
	const struct shape *g = w->target, *k = g->kids[shape_kid(g, STR("successions"))].shape;
	/* r answers for what the item names, which may have been merged into it */
	struct str before = arena_printf(w->x->arena, "SELECT t.parent, r.id, r.%s, r.state FROM %s t JOIN %s m ON m.id = t.%s"
					 " JOIN %s r ON r.id = COALESCE(m.merged_into, m.id)"
					 " WHERE t.kind <> 'split' AND COALESCE(t.partial, 0) = 0 AND t.parent",
					 g->leaves[g->label_leaf].f->col, k->table, g->table, g->resource->name, g->table);
	struct uuid *ids = w->bodies;
	size_t n = w->n_bodies;

	if (!before.p)
		return ERR_NOMEM;
	for (int i = 0; n && i < SHAPE_CLIMB_MAX; i++) {
		enum err e = load_steps(w, before.p, &ids, &n);
		if (e)
			return e;
	}
	if (w->n_steps)
		qsort(w->steps, w->n_steps, sizeof(*w->steps), by_body);
	return ERR_OK;
}

static const struct step *step_from(const struct work *w, struct uuid body)
{
	size_t lo = 0, hi = w->n_steps;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (by_id(&w->steps[mid].body, &body) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < w->n_steps && uuid_eq(w->steps[lo].body, body) ? &w->steps[lo] : NULL;
}

static const struct step *last_step(const struct work *w, struct uuid body)
{
	const struct step *last = NULL;

	for (int i = 0; i < SHAPE_CLIMB_MAX; i++) {
		const struct step *s = step_from(w, last ? last->next : body);
		if (!s)
			break;
		last = s;
	}
	return last;
}

/* --- the whole ---------------------------------------------------------------------------- */

static enum err fill(struct work *w)
{
	for (size_t i = 0; i < w->n_spots; i++) {
		struct value *v = w->spots[i].v;
		/* the record that was named knows its former names, also when another answers for it */
		struct standing found = { .name = name_at(w, v->id, w->spots[i].when) };
		if (!found.name.p)
			found.name = name_at(w, value_answers(v), w->spots[i].when);
		const struct step *last = last_step(w, value_answers(v));
		if (last) {
			found.now = last->next;
			found.now_name = last->name;
		}
		if (!found.name.p && !last)
			continue;
		struct standing *kept = arena_alloc(w->x->arena, sizeof(*kept));
		if (!kept)
			return ERR_NOMEM;
		*kept = found;
		v->standing = kept;
	}
	return ERR_OK;
}

static enum err resolve(struct work *w)
{
	if (w->n_spots == 0)
		return ERR_OK;
	w->bodies = arena_array(w->x->arena, 2 * w->n_spots, sizeof(*w->bodies));
	if (!w->bodies)
		return ERR_NOMEM;
	for (size_t i = 0; i < w->n_spots; i++) {
		w->bodies[2 * i] = w->spots[i].v->id;
		w->bodies[2 * i + 1] = value_answers(w->spots[i].v);
	}
	w->n_bodies = distinct(w->bodies, 2 * w->n_spots);
	enum err e = load_periods(w);
	if (!e)
		e = load_chains(w);
	return e ? e : fill(w);
}

enum err resolve_references(struct ctx *x, const struct shape *s, struct records *list)
{
	for (size_t i = 0; i < shape_count(); i++) {
		const struct shape *g = shape_at(i);
		struct work w = { .x = x, .target = g };
		if (g->parent || !g->resource->chronicled)
			continue;
		w.n_spots = walk_all(g, s, list, NULL);
		w.spots = arena_array(x->arena, w.n_spots, sizeof(*w.spots));
		if (!w.spots)
			return ERR_NOMEM;
		walk_all(g, s, list, w.spots);
		enum err e = resolve(&w);
		if (e)
			return e;
	}
	return ERR_OK;
}

enum err resolve_values(struct ctx *x, const struct shape *target, struct value *v, size_t n, struct edtf when)
{
	struct work w = { .x = x, .target = target, .n_spots = n, .spots = arena_array(x->arena, n, sizeof(struct spot)) };

	if (!w.spots)
		return ERR_NOMEM;
	w.n_spots = 0;
	for (size_t i = 0; i < n; i++)
		if (v[i].set)
			w.spots[w.n_spots++] = (struct spot){ &v[i], when };
	return resolve(&w);
}

/* --- changes ------------------------------------------------------------------------------ */

static const struct value *field(const struct shape *k, const struct record *r, const char *name)
{
	return &r->v[shape_leaf(k, str_from(name))];
}

static bool ended_name(const struct shape *k, const struct record *r)
{
	struct str kind = field(k, r, "kind")->s;

	return field(k, r, "to")->set && (str_is(kind, "former") || str_is(kind, "official"));
}

static bool full_succession(const struct shape *k, const struct record *r)
{
	const struct value *partial = field(k, r, "partial");

	return !(partial->set && partial->i) && !str_is(field(k, r, "kind")->s, "split");
}

/* The next item that counts. */
static const struct record *next(const struct shape *k, const struct records *list, size_t *at,
				 bool (*counts)(const struct shape *k, const struct record *r))
{
	while (*at < list->n) {
		const struct record *r = &list->item[(*at)++];
		if (counts(k, r))
			return r;
	}
	return NULL;
}

static bool items_differ(const struct shape *k, const struct records *a, const struct records *b,
			 bool (*counts)(const struct shape *k, const struct record *r), const char *const *fields)
{
	size_t i = 0, j = 0;

	for (;;) {
		const struct record *r = next(k, a, &i, counts), *s = next(k, b, &j, counts);
		if (!r || !s)
			return r || s;
		for (const char *const *f = fields; *f; f++) {
			int leaf = shape_leaf(k, str_from(*f));
			if (!record_same_value(k->leaves[leaf].f, &r->v[leaf], &s->v[leaf]))
				return true;
		}
	}
}

bool resolve_differs(const struct shape *s, const struct record *before, const struct record *after)
{
	static const char *const name_fields[] = { "name", "from", "to", NULL };

	if (s->parent || !s->resource->chronicled)
		return false;
	const char *const succession_fields[] = { s->resource->name, NULL };
	int names = shape_kid(s, STR("names")), successions = shape_kid(s, STR("successions"));
	return items_differ(s->kids[names].shape, &before->kids[names], &after->kids[names], ended_name, name_fields) ||
	       items_differ(s->kids[successions].shape, &before->kids[successions], &after->kids[successions], full_succession,
			    succession_fields);
}

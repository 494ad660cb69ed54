/* SPDX-License-Identifier: Apache-2.0
 * Names of another time and bodies of today, looked up for all references of a page together. */
#include "resource/resolve.h"

#include "resource/known.h"
#include "resource/resolve_parts.h"

/* A reference and the time it is of. */
struct spot {
	struct value *v;
	struct edtf when;
};

struct work {
	struct ctx *x;
	const struct shape *target;
	struct spot *spots;
	size_t n_spots;
	struct uuid *bodies; /* distinct, in order */
	size_t n_bodies;
	struct resolve_names names;
	struct resolve_chains chains;
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

/* --- the whole ---------------------------------------------------------------------------- */

static enum err fill(struct work *w)
{
	for (size_t i = 0; i < w->n_spots; i++) {
		struct value *v = w->spots[i].v;
		/* the record that was named knows its former names, also when another answers for it */
		struct standing found = { .name = resolve_names_at(&w->names, v->id, w->spots[i].when) };
		if (!found.name.p)
			found.name = resolve_names_at(&w->names, value_answers(v), w->spots[i].when);
		const struct resolve_step *last = resolve_chains_last(&w->chains, value_answers(v));
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

static void chain_key(const struct work *w, const struct uuid *body, struct known_key *k)
{
	known_begin(k, KNOWN_NO_CHAIN, w->x->now_ms);
	known_add(k, str_from(w->target->resource->name));
	known_add(k, (struct str){ &w->x->view.letter, 1 });
	known_add(k, (struct str){ (const char *)body->b, sizeof(body->b) });
}

/* Hardly any body has a successor, and the label epoch moves when one gets or loses it: those of which that is known are not
 * looked up again.  What is read after the epoch may be newer than it, never older. */
static enum err load_chains(struct work *w)
{
	struct ctx *x = w->x;
	struct uuid *asked = arena_array(x->arena, w->n_bodies, sizeof(*asked));
	struct known_key k;
	struct str none;
	size_t n = 0;

	if (!asked)
		return ERR_NOMEM;
	for (size_t i = 0; i < w->n_bodies; i++) {
		if (x->chains_at) {
			chain_key(w, &w->bodies[i], &k);
			if (known_get(x->arena, &k, x->chains_at, &none))
				continue;
		}
		asked[n++] = w->bodies[i];
	}
	enum err e = resolve_chains_load(x, w->target, asked, n, &w->chains);
	for (size_t i = 0; !e && x->chains_at && i < n; i++)
		if (!resolve_chains_last(&w->chains, asked[i])) {
			chain_key(w, &asked[i], &k);
			known_put(&k, x->chains_at, STR(""));
		}
	return e;
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
	w->n_bodies = resolve_distinct(w->bodies, 2 * w->n_spots);
	bool dated = false;
	for (size_t i = 0; i < w->n_spots; i++)
		dated |= w->spots[i].when.hi > 0;
	enum err e = dated ? resolve_names_load(w->x, w->target, w->bodies, w->n_bodies, &w->names) : ERR_OK;
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

enum err resolve_values(struct ctx *x, const struct shape *target, struct value *v, const struct edtf *when, size_t n)
{
	struct work w = { .x = x, .target = target, .n_spots = n, .spots = arena_array(x->arena, n, sizeof(struct spot)) };

	if (!w.spots)
		return ERR_NOMEM;
	w.n_spots = 0;
	for (size_t i = 0; i < n; i++)
		if (v[i].set)
			w.spots[w.n_spots++] = (struct spot){ &v[i], when[i] };
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

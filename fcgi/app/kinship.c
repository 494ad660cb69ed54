/* SPDX-License-Identifier: Apache-2.0
 * Circles of relations and successions, sought level by level. */
#include "app/kinship.h"

#include "app/period.h"
#include "resource/load.h"

enum { BODIES_MAX = LOAD_IN_MAX }; /* met on one way up */

struct kinship {
	const char *kid;
	const char *kind;   /* only items of this kind; NULL: all */
	bool dated;
	/* One level, without its ids (load_in_twice): body, the one that answers for it, next, and bounds of from and to;
	 * of what that one has itself, and of what the records have that were merged into it. */
	const char *own, *others;
	const char *fault;
};

#define ANSWERS "FROM organisation m JOIN organisation o ON o.id = COALESCE(m.merged_into, m.id)"
#define LOCKED " LOCK IN SHARE MODE"

/* The body's own row is locked before its items are read: who changes them holds it, and who merges it. */
static const struct kinship kinships[] = {
	{ "relations", "part_of", true,
	  "(SELECT m.id, o.id, t.organisation, t.valid_from_lo, t.valid_to_hi " ANSWERS " LEFT JOIN organisation_relation t"
	  " ON t.parent = o.id AND t.kind = 'part_of' AND t.organisation IS NOT NULL WHERE m.id",
	  LOCKED ") UNION ALL (SELECT m.id, o.id, t.organisation, t.valid_from_lo, t.valid_to_hi " ANSWERS
	  " JOIN organisation a ON a.merged_into = o.id JOIN organisation_relation t ON t.parent = a.id AND t.kind = 'part_of'"
	  " AND t.organisation IS NOT NULL WHERE m.id",
	  "This would make the body part of itself." },
	{ "successions", NULL, false,
	  "(SELECT m.id, o.id, t.organisation, 0, 0 " ANSWERS " LEFT JOIN organisation_succession t ON t.parent = o.id"
	  " AND t.organisation IS NOT NULL WHERE m.id",
	  LOCKED ") UNION ALL (SELECT m.id, o.id, t.organisation, 0, 0 " ANSWERS " JOIN organisation a ON a.merged_into = o.id"
	  " JOIN organisation_succession t ON t.parent = a.id AND t.organisation IS NOT NULL WHERE m.id",
	  "This would make the body its own successor." },
};

/* A body met on the way, the time for which the way holds, and the item it began with. */
struct node {
	struct uuid id;
	struct edtf span;
	const char *pointer;
};

struct climb {
	struct ctx *x;
	const struct kinship *k;
	struct uuid start;
	struct node node[BODIES_MAX];
	size_t n, level; /* node[level..n) is the level being looked at */
};

static enum err too_far(struct ctx *x, const struct kinship *k)
{
	return problem_set(x->problem, 422, "invalid", "More than %d bodies hang together by %s.", BODIES_MAX, k->kid);
}

/* *closed: this is where the climb began. */
static enum err meet(struct climb *c, struct node node, bool *closed)
{
	*closed = uuid_eq(node.id, c->start);
	if (*closed) {
		problem_at_pointer(c->x->problem, node.pointer, "cycle", "%s", c->k->fault);
		return ERR_OK;
	}
	for (size_t i = 0; i < c->n; i++)
		if (uuid_eq(c->node[i].id, node.id) && c->node[i].span.lo <= node.span.lo && c->node[i].span.hi >= node.span.hi)
			return ERR_OK;
	if (c->n == BODIES_MAX)
		return too_far(c->x, c->k);
	c->node[c->n++] = node;
	return ERR_OK;
}

static struct edtf both(struct edtf a, struct edtf b)
{
	return (struct edtf){ a.lo > b.lo ? a.lo : b.lo, a.hi < b.hi ? a.hi : b.hi };
}

/* One row of a level leads on from every way that came to its body. */
static enum err follow(struct climb *c, const struct db_value *row, size_t from, size_t to, bool *closed)
{
	struct uuid body, answers, next;
	struct edtf span = { EDTF_OPEN_LO, EDTF_OPEN_HI };
	bool leads = load_uuid(&row[2], &next);

	load_uuid(&row[0], &body);
	load_uuid(&row[1], &answers);
	if (c->k->dated && row[3].i)
		span.lo = (int32_t)row[3].i;
	if (c->k->dated && row[4].i)
		span.hi = (int32_t)row[4].i;
	for (size_t i = from; i < to && !*closed; i++) {
		struct node node = { next, both(c->node[i].span, span), c->node[i].pointer };
		if (!uuid_eq(c->node[i].id, body))
			continue;
		if (uuid_eq(answers, c->start)) /* a body that was merged into this one */
			node = (struct node){ answers, c->node[i].span, c->node[i].pointer };
		else if (!leads || node.span.lo > node.span.hi)
			continue;
		enum err e = meet(c, node, closed);
		if (e)
			return e;
	}
	return ERR_OK;
}

static enum err climb(struct climb *c)
{
	bool closed = false;

	for (int depth = 0; c->level < c->n && !closed; depth++) {
		struct db_value ids[LOAD_IN_MAX];
		struct db_rows rows;
		size_t from = c->level, to = c->n;
		if (depth == SHAPE_CLIMB_MAX)
			return too_far(c->x, c->k);
		for (size_t i = from; i < to; i++)
			ids[i - from] = db_uuid(&c->node[i].id);
		enum err e = load_in_twice(c->x, c->k->own, c->k->others, ids, to - from, LOCKED ")", &rows);
		c->level = to;
		for (size_t i = 0; !e && i < rows.rows && !closed; i++)
			e = follow(c, db_cell(&rows, i, 0), from, to, &closed);
		if (e)
			return e;
	}
	return ERR_OK;
}

static enum err check_one(struct ctx *x, const struct kinship *kin, const struct shape *s, const struct record *before,
			  const struct record *after)
{
	int slot = shape_kid(s, str_from(kin->kid));
	const struct shape *k = s->kids[slot].shape;
	int other = shape_leaf(k, STR("organisation")), kind = shape_leaf(k, STR("kind"));
	struct climb *c = arena_alloc(x->arena, sizeof(*c));
	bool closed = false;

	if (!c)
		return ERR_NOMEM;
	*c = (struct climb){ .x = x, .k = kin, .start = after->merged ? after->survivor : after->id };
	for (size_t i = 0; i < after->kids[slot].n && !closed; i++) {
		const struct record *item = &after->kids[slot].item[i];
		const struct record *old = before ? records_find(&before->kids[slot], item->id) : NULL;
		if (!item->v[other].set || (kin->kind && !str_is(item->v[kind].s, kin->kind)) || (old && record_same_row(k, old, item)))
			continue;
		struct str at = arena_printf(x->arena, "%s/organisation", item->pointer ? item->pointer : "");
		struct node node = { item->v[other].id, { EDTF_OPEN_LO, EDTF_OPEN_HI }, at.p };
		if (!at.p)
			return ERR_NOMEM;
		if (kin->dated)
			node.span = period_span(k, item);
		enum err e = meet(c, node, &closed);
		if (e)
			return e;
	}
	return closed ? ERR_OK : climb(c);
}

enum err kinship_check(struct ctx *x, const struct shape *s, const struct record *before, const struct record *after)
{
	for (size_t i = 0; i < sizeof(kinships) / sizeof(*kinships); i++) {
		enum err e = check_one(x, &kinships[i], s, before, after);
		if (e)
			return e;
	}
	return ERR_OK;
}

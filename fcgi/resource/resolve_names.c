/* SPDX-License-Identifier: Apache-2.0
 * Names of bodies that have come to an end, and which of them was in use. */
#include "resource/load.h"
#include "resource/resolve_parts.h"

#include <stdlib.h>

struct resolve_period {
	struct uuid body, of;    /* the name is of the body itself, or of what was merged into it */
	int64_t pos;
	struct str name;
	struct edtf from, to;
};

static int compare(const struct uuid *a, const struct uuid *b)
{
	return memcmp(a->b, b->b, sizeof(a->b));
}

/* By body: its own names first, then those of each that was merged into it. */
static int by_body(const void *a, const void *b)
{
	const struct resolve_period *p = a, *q = b;
	int order = compare(&p->body, &q->body);

	if (!order)
		order = (compare(&p->of, &p->body) != 0) - (compare(&q->of, &q->body) != 0);
	if (!order)
		order = compare(&p->of, &q->of);
	return order ? order : (p->pos > q->pos) - (p->pos < q->pos);
}

static struct edtf bounds(const struct db_value *c)
{
	return (struct edtf){ (int32_t)c[0].i, (int32_t)c[1].i };
}

static enum err add(struct ctx *x, struct resolve_names *out, const struct db_rows *rows)
{
	struct resolve_period *more = arena_array(x->arena, out->n + rows->rows, sizeof(*more));

	if (!more)
		return ERR_NOMEM;
	if (out->n)
		memcpy(more, out->item, out->n * sizeof(*more));
	out->item = more;
	for (size_t i = 0; i < rows->rows; i++) {
		const struct db_value *c = db_cell(rows, i, 0);
		struct resolve_period *p = &out->item[out->n++];
		*p = (struct resolve_period){ .pos = c[2].i, .name = c[3].s, .from = bounds(c + 4), .to = bounds(c + 6) };
		if (!load_uuid(&c[0], &p->body) || !load_uuid(&c[1], &p->of))
			return ERR_INTERNAL;
	}
	return ERR_OK;
}

enum err resolve_names_load(struct ctx *x, const struct shape *target, const struct uuid *bodies, size_t n, struct resolve_names *out)
{
	static const char columns[] = "t.pos, t.name, t.valid_from_lo, t.valid_from_hi, t.valid_to_lo, t.valid_to_hi";
	static const char ended[] = "t.valid_to_hi > 0 AND t.kind IN ('former', 'official')";
	const char *names = target->kids[shape_kid(target, STR("names"))].shape->table;
	bool drafts = shape_sight(&x->view, target)->writes;
	struct str seen = drafts ? STR("") : arena_printf(x->arena, " AND EXISTS (SELECT 1 FROM %s o WHERE o.id = t.parent AND"
							  " o.state = 'published')", target->table);
	struct str own = arena_printf(x->arena, "SELECT t.parent, t.parent, %s FROM %s t WHERE %s%.*s AND t.parent", columns, names, ended,
				      STR_ARG(seen));
	struct str others = arena_printf(x->arena, " UNION ALL SELECT p.merged_into, p.id, %s FROM %s p JOIN %s t ON t.parent = p.id WHERE %s%s"
					 " AND p.merged_into", columns, target->table, names, ended, drafts ? "" : " AND p.state = 'published'");
	struct db_value ids[LOAD_IN_MAX];

	if (!seen.p || !own.p || !others.p)
		return ERR_NOMEM;
	for (size_t from = 0; from < n; from += LOAD_IN_MAX) {
		size_t some = n - from < LOAD_IN_MAX ? n - from : LOAD_IN_MAX;
		struct db_rows rows;
		for (size_t i = 0; i < some; i++)
			ids[i] = db_uuid(&bodies[from + i]);
		enum err e = load_in_twice(x, own.p, others.p, ids, some, "", &rows);
		if (!e)
			e = add(x, out, &rows);
		if (e)
			return e;
	}
	if (out->n)
		qsort(out->item, out->n, sizeof(*out->item), by_body);
	return ERR_OK;
}

/* The n names of one record: was this one certainly in use? */
static bool in_use(const struct resolve_period *p, size_t n, size_t i, struct edtf when)
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

static size_t first_of(const struct resolve_names *names, const struct uuid *body)
{
	size_t lo = 0, hi = names->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (compare(&names->item[mid].body, body) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

struct str resolve_names_at(const struct resolve_names *names, struct uuid body, struct edtf when)
{
	size_t at = first_of(names, &body), n;

	for (; when.hi && at < names->n && uuid_eq(names->item[at].body, body); at += n) {
		const struct resolve_period *p = &names->item[at];
		for (n = 1; at + n < names->n && uuid_eq(p[n].body, body) && uuid_eq(p[n].of, p->of); n++)
			;
		for (size_t i = 0; i < n; i++)
			if (in_use(p, n, i, when))
				return p[i].name;
	}
	return (struct str){ NULL, 0 };
}

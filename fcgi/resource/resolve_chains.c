/* SPDX-License-Identifier: Apache-2.0
 * Chains of successions, link by link, for many bodies at once. */
#include "resource/load.h"
#include "resource/resolve_parts.h"

#include <stdlib.h>

static int compare(const struct uuid *a, const struct uuid *b)
{
	return memcmp(a->b, b->b, sizeof(a->b));
}

static int by_id(const void *a, const void *b)
{
	return compare(a, b);
}

size_t resolve_distinct(struct uuid *ids, size_t n)
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

/* By body: its own successions first. */
static int by_body(const void *a, const void *b)
{
	const struct resolve_step *s = a, *t = b;
	int order = compare(&s->body, &t->body);

	if (!order)
		order = (compare(&s->of, &s->body) != 0) - (compare(&t->of, &t->body) != 0);
	if (!order)
		order = compare(&s->of, &t->of);
	return order ? order : compare(&s->next, &t->next);
}

/* Steps to bodies that the view sees; their ids are where the next ones begin. */
static enum err add(struct ctx *x, const struct shape *target, struct resolve_chains *out, const struct db_rows *rows, struct uuid *next,
		    size_t *n_next)
{
	struct resolve_step *more = arena_room(x->arena, out->item, out->n, &out->cap, rows->rows, sizeof(*more));
	if (!more)
		return ERR_NOMEM;
	out->item = more;
	for (size_t i = 0; i < rows->rows; i++) {
		const struct db_value *c = db_cell(rows, i, 0);
		struct resolve_step s = { .name = c[3].s };
		if (!load_state_visible(&x->view, target, c[4].s))
			continue;
		if (!load_uuid(&c[0], &s.body) || !load_uuid(&c[1], &s.of) || !load_uuid(&c[2], &s.next))
			return ERR_INTERNAL;
		out->item[out->n++] = s;
		next[(*n_next)++] = s.next;
	}
	return ERR_OK;
}

struct texts {
	const char *own, *others;
};

/* One link of all chains: `ids` become those that the links lead to. */
static enum err load_link(struct ctx *x, const struct shape *target, const struct texts *sql, struct resolve_chains *out,
			  const struct uuid **ids, size_t *n_ids)
{
	struct db_value values[LOAD_IN_MAX];
	struct uuid *next = NULL;
	size_t n_next = 0;

	for (size_t from = 0; from < *n_ids; from += LOAD_IN_MAX) {
		size_t n = *n_ids - from < LOAD_IN_MAX ? *n_ids - from : LOAD_IN_MAX;
		struct db_rows rows;
		for (size_t i = 0; i < n; i++)
			values[i] = db_uuid(&(*ids)[from + i]);
		enum err e = load_in_twice(x, sql->own, sql->others, values, n, "", &rows);
		if (e)
			return e;
		struct uuid *more = arena_array(x->arena, n_next + rows.rows, sizeof(*more));
		if (!more)
			return ERR_NOMEM;
		if (n_next)
			memcpy(more, next, n_next * sizeof(*more));
		next = more;
		e = add(x, target, out, &rows, next, &n_next);
		if (e)
			return e;
	}
	*n_ids = resolve_distinct(next, n_next);
	*ids = next;
	return ERR_OK;
}

enum err resolve_chains_load(struct ctx *x, const struct shape *target, const struct uuid *bodies, size_t n, struct resolve_chains *out)
{
	const char *table = target->table, *label = target->leaves[target->label_leaf].f->col, *key = target->resource->name;
	const char *successions = target->kids[shape_kid(target, STR("successions"))].shape->table;
	static const char full[] = "t.kind <> 'split' AND COALESCE(t.partial, 0) = 0";
	/* r answers for what the item names, which may have been merged into it */
	struct str own = arena_printf(x->arena, "SELECT t.parent, t.parent, r.id, r.%s, r.state FROM %s t JOIN %s m ON m.id = t.%s"
				      " JOIN %s r ON r.id = COALESCE(m.merged_into, m.id) WHERE %s AND t.parent", label, successions, table, key,
				      table, full);
	struct str others = arena_printf(x->arena, " UNION ALL SELECT p.merged_into, p.id, r.id, r.%s, r.state FROM %s p JOIN %s t ON t.parent ="
					 " p.id JOIN %s m ON m.id = t.%s JOIN %s r ON r.id = COALESCE(m.merged_into, m.id) WHERE %s AND r.id <>"
					 " p.merged_into%s AND p.merged_into", label, table, successions, table, key, table, full,
					 shape_sight(&x->view, target)->writes ? "" : " AND p.state = 'published'");
	struct texts sql = { own.p, others.p };

	if (!own.p || !others.p)
		return ERR_NOMEM;
	for (int i = 0; n && i < SHAPE_CLIMB_MAX; i++) {
		enum err e = load_link(x, target, &sql, out, &bodies, &n);
		if (e)
			return e;
	}
	if (out->n)
		qsort(out->item, out->n, sizeof(*out->item), by_body);
	return ERR_OK;
}

static const struct resolve_step *step_from(const struct resolve_chains *chains, struct uuid body)
{
	size_t lo = 0, hi = chains->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (compare(&chains->item[mid].body, &body) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < chains->n && uuid_eq(chains->item[lo].body, body) ? &chains->item[lo] : NULL;
}

const struct resolve_step *resolve_chains_last(const struct resolve_chains *chains, struct uuid body)
{
	const struct resolve_step *last = NULL;

	for (int i = 0; i < SHAPE_CLIMB_MAX; i++) {
		const struct resolve_step *s = step_from(chains, last ? last->next : body);
		if (!s)
			break;
		last = s;
	}
	return last;
}

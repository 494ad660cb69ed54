/* SPDX-License-Identifier: Apache-2.0
 * Tells cheap lists from dear ones by the same tables that the tests of indexes go by. */
#include "resource/cost.h"

static bool escaped(struct str s)
{
	return s.n && (memchr(s.p, '%', s.n) || memchr(s.p, '+', s.n));
}

static struct str value_of(struct str query, const char *wanted)
{
	while (query.n) {
		struct str value, name = str_cut(str_cut(query, '&', &query), '=', &value);
		if (str_is(name, wanted))
			return value;
	}
	return (struct str){ NULL, 0 };
}

static struct str without_sign(struct str order)
{
	return order.n && order.p[0] == '-' ? (struct str){ order.p + 1, order.n - 1 } : order;
}

/* "kind -dates": an index gives either direction. */
static bool declared(const struct resource *r, struct str field, struct str order)
{
	for (const char *const *pair = r->indexed; pair && *pair; pair++) {
		struct str of, name = str_cut(str_from(*pair), ' ', &of);
		if (str_eq(name, field) && str_eq(without_sign(of), order))
			return true;
	}
	return false;
}

static bool facet_is_cheap(const struct served *v, struct str name, struct str value, struct str order)
{
	const struct resource *r = v->resource;

	/* one value only: a list of them gives no order */
	if (v->kid >= 0 || !r->facet_sort || !str_is(order, r->facet_sort) || escaped(value) ||
	    (value.n && memchr(value.p, ',', value.n)))
		return false;
	for (const struct facet *f = r->facets; f && f->name; f++)
		if (str_is(name, f->name))
			return true;
	return false;
}

/* A part of the very index that gives the order. */
static bool is_range_of(struct str name, struct str order)
{
	static const char *const ops[] = { "", ".eq", ".gt", ".gte", ".lt", ".lte" };

	if (!str_starts(name, order))
		return false;
	struct str op = { name.p + order.n, name.n - order.n };
	for (size_t i = 0; i < sizeof(ops) / sizeof(*ops); i++)
		if (str_is(op, ops[i]))
			return true;
	return false;
}

/* Words (q) are never among them: "ministry" stands in the names of thousands. */
static bool filter_is_cheap(const struct served *v, struct str name, struct str value, struct str order)
{
	static const char *const no_filters[] = { "sort", "limit", "cursor", "fields", "include", "labels", "id" };

	for (size_t i = 0; i < sizeof(no_filters) / sizeof(*no_filters); i++)
		if (str_is(name, no_filters[i]))
			return true;
	return (v->kid >= 0 && str_is(name, v->root->resource->name)) || declared(v->resource, name, order) ||
	       facet_is_cheap(v, name, value, order) || is_range_of(name, order);
}

bool cost_is_slow(const struct served *v, struct str query)
{
	struct str order = value_of(query, "sort");

	if (!order.p)
		order = str_from(v->resource->default_sort);
	if (escaped(order) || (order.n && memchr(order.p, ',', order.n)))
		return true;
	order = without_sign(order);
	while (query.n) {
		struct str value, name = str_cut(str_cut(query, '&', &query), '=', &value);
		if (name.n && (escaped(name) || !filter_is_cheap(v, name, value, order)))
			return true;
	}
	return false;
}

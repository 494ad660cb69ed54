/* SPDX-License-Identifier: Apache-2.0
 * Single dates, and the first and last day of a name, relation or post. */
#include "app/period.h"

static const struct value *value_of(const struct shape *k, const struct record *item, const char *field)
{
	return &item->v[shape_leaf(k, str_from(field))];
}

static const char *pointer(struct ctx *x, const struct record *item, const char *field)
{
	struct str at = arena_printf(x->arena, "%s/%s", item->pointer ? item->pointer : "", field);

	return at.p ? at.p : "";
}

void period_date(struct ctx *x, const struct shape *k, const struct record *item, const char *field)
{
	const struct value *v = value_of(k, item, field);

	if (v->set && v->s.n && memchr(v->s.p, '/', v->s.n))
		problem_at_pointer(x->problem, pointer(x, item, field), "format", "Expected one date, such as 2018 or 2018-07-28, no interval.");
}

void period_check(struct ctx *x, const struct shape *k, const struct record *item)
{
	const struct value *from = value_of(k, item, "from"), *to = value_of(k, item, "to");

	period_date(x, k, item, "from");
	period_date(x, k, item, "to");
	if (from->set && to->set && from->bounds.lo > to->bounds.hi)
		problem_at_pointer(x->problem, pointer(x, item, "to"), "contradiction", "It ends before it begins.");
}

struct edtf period_span(const struct shape *k, const struct record *item)
{
	const struct value *from = value_of(k, item, "from"), *to = value_of(k, item, "to");

	return (struct edtf){ from->set ? from->bounds.lo : EDTF_OPEN_LO, to->set ? to->bounds.hi : EDTF_OPEN_HI };
}

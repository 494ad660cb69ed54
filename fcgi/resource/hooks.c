/* SPDX-License-Identifier: Apache-2.0
 * Registered hooks, by resource. */
#include "resource/hooks.h"

static struct {
	const char *resource;
	const struct hooks *hooks;
} table[RESOURCES_MAX];
static size_t n_table;

void hooks_register(const char *resource, const struct hooks *h)
{
	for (size_t i = 0; i < n_table; i++)
		if (strcmp(table[i].resource, resource) == 0) {
			table[i].hooks = h;
			return;
		}
	if (n_table < RESOURCES_MAX) {
		table[n_table].resource = resource;
		table[n_table++].hooks = h;
	}
}

static const struct hooks *hooks_of(const struct shape *s)
{
	for (size_t i = 0; !s->parent && i < n_table; i++)
		if (strcmp(table[i].resource, s->resource->name) == 0)
			return table[i].hooks;
	return NULL;
}

uint32_t hooks_needs(const struct shape *s)
{
	const struct hooks *h = hooks_of(s);
	uint32_t bits = 0;

	for (size_t i = 0; h && h->computed && i < SHAPE_KIDS_MAX && h->needs[i]; i++) {
		int k = shape_kid(s, str_from(h->needs[i]));
		if (k >= 0)
			bits |= 1u << k;
	}
	return bits;
}

int hooks_computed_leaf(const struct shape *s)
{
	for (size_t i = 0; i < s->n_leaves; i++)
		if (s->leaves[i].f->type == F_COMPUTED)
			return (int)i;
	return -1;
}

void hooks_compute(const struct ctx *x, const struct shape *s, struct records *list, uint32_t loaded)
{
	const struct hooks *h = hooks_of(s);
	uint32_t needs = hooks_needs(s);

	if (!h || !h->computed || (needs & loaded) != needs)
		return;
	for (size_t i = 0; i < list->n; i++)
		list->item[i].computed = h->computed(x, s, &list->item[i]);
}

enum err hooks_check(struct ctx *x, const struct shape *s, const struct record *before, struct record *after)
{
	const struct hooks *h = hooks_of(s);
	enum err e = ERR_OK;

	if (h && h->derive && x->problem->n_faults == 0)
		e = h->derive(x, s, after);
	return !e && h && h->check ? h->check(x, s, before, after) : e;
}

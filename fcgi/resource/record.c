/* SPDX-License-Identifier: Apache-2.0
 * Records and lists of them. */
#include "resource/record.h"

enum err record_init(struct arena *a, const struct shape *s, struct record *r)
{
	*r = (struct record){ 0 };
	r->v = arena_array(a, s->n_leaves, sizeof(*r->v));
	r->kids = arena_array(a, s->n_kids, sizeof(*r->kids));
	return r->v && r->kids ? ERR_OK : ERR_NOMEM;
}

enum err record_init_row(struct arena *a, const struct shape *s, struct record *r)
{
	*r = (struct record){ 0 };
	r->v = arena_raw(a, s->n_leaves * sizeof(*r->v));
	r->kids = arena_array(a, s->n_kids, sizeof(*r->kids));
	for (size_t i = 0; r->v && i < s->n_leaves; i++)
		r->v[i].set = r->v[i].hidden = false;
	return r->v && r->kids ? ERR_OK : ERR_NOMEM;
}

struct record *records_add(struct arena *a, const struct shape *s, struct records *list)
{
	struct record *more = arena_room(a, list->item, list->n, &list->cap, 1, sizeof(*more));

	if (!more)
		return NULL;
	list->item = more;
	struct record *r = &list->item[list->n];
	if (record_init(a, s, r))
		return NULL;
	list->n++;
	return r;
}

struct record *records_find(const struct records *list, struct uuid id)
{
	for (size_t i = 0; i < list->n; i++)
		if (uuid_eq(list->item[i].id, id))
			return &list->item[i];
	return NULL;
}

bool record_same_value(const struct field *f, const struct value *a, const struct value *b)
{
	if (a->set != b->set)
		return false;
	if (!a->set)
		return true;
	switch (f->type) {
	case F_INT:
	case F_BOOL:
		return a->i == b->i;
	case F_REF:
		return uuid_eq(value_answers(a), value_answers(b));
	default:
		return str_eq(a->s, b->s);
	}
}

bool record_same_row(const struct shape *s, const struct record *a, const struct record *b)
{
	if (s->parent && a->pos != b->pos)
		return false;
	for (size_t i = 0; i < s->n_leaves; i++) {
		const struct field *f = s->leaves[i].f;
		if (f->col && !(f->flags & FIELD_READ_ONLY) && !record_same_value(f, &a->v[i], &b->v[i]))
			return false;
	}
	return true;
}

/* SPDX-License-Identifier: Apache-2.0
 * Objects and nested arrays of a body, member by member. */
#include "resource/parse.h"

#include "base/text.h"
#include "resource/render.h"

enum { SPELLINGS_MAX = SHAPE_LEAVES_MAX + SHAPE_KIDS_MAX + 4, MEMBER_NAME_MAX = 200 };

enum err parse_codes_ready(struct ctx *x)
{
	return codes_refresh(x->codes, x->db, x->epoch);
}

/* Members that answers carry and bodies may bring back without effect. */
static bool ignorable(const struct parse *p, const struct shape *s, struct str key)
{
	if (str_is(key, "create"))
		return p->reference;
	if (!s->parent && (str_is(key, "self") || (s->resource->chronicled && str_is(key, "at"))))
		return true;
	if (p->child && (str_is(key, "self") || str_is(key, s->resource->name)))
		return true;
	/* labels: "<code field>_label" */
	if (key.n > 6 && memcmp(key.p + key.n - 6, "_label", 6) == 0) {
		int i = shape_leaf(s, (struct str){ key.p, key.n - 6 });
		return i >= 0 && s->leaves[i].f->list;
	}
	return false;
}

static void unknown_member(const struct parse *p, const struct shape *s, const struct field *group, struct str key,
			   const char *pointer)
{
	const char *names[SPELLINGS_MAX];
	size_t n = 0;

	for (size_t i = 0; i < s->n_leaves && n < SPELLINGS_MAX - 1; i++) {
		const struct leaf *l = &s->leaves[i];
		if (l->group == group && !(l->f->flags & FIELD_INTERNAL))
			names[n++] = l->f->name;
		else if (!group && l->group && (n == 0 || names[n - 1] != l->group->name))
			names[n++] = l->group->name;
	}
	for (size_t i = 0; !group && i < s->n_kids && n < SPELLINGS_MAX - 1; i++)
		names[n++] = s->kids[i].f->name;
	names[n] = NULL;
	const char *near = text_nearest(key, names);
	problem_at_pointer(p->x->problem, pointer, "unknown", "No such member%s%s%s", TEXT_HINT(near));
}

static enum err parse_items(const struct parse *p, const struct kid *k, struct json v, const char *pointer,
			    const struct records *before, struct records *out);

/* Index of the leaf with this name within a group (NULL: outside groups), or -1. */
static int leaf_in(const struct shape *s, const struct field *group, struct str name)
{
	for (size_t i = 0; i < s->n_leaves; i++)
		if (s->leaves[i].group == group && str_is(name, s->leaves[i].f->name))
			return (int)i;
	return -1;
}

static const struct field *group_named(const struct shape *s, struct str name)
{
	for (size_t i = 0; i < s->n_leaves; i++)
		if (s->leaves[i].group && str_is(name, s->leaves[i].group->name))
			return s->leaves[i].group;
	return NULL;
}

static enum err parse_leaf(const struct parse *p, const struct shape *s, int i, struct json v, const char *pointer,
			   struct record *out)
{
	const struct leaf *l = &s->leaves[i];

	if (l->f->flags & FIELD_READ_ONLY || l->f->type == F_COMPUTED)
		return ERR_OK;
	if (json_type_of(v) == JSON_T_NULL) {
		out->v[i] = (struct value){ 0 };
		return ERR_OK;
	}
	return parse_value(p, l, v, pointer, &out->v[i]);
}

static enum err parse_group(const struct parse *p, const struct shape *s, const struct field *group, struct json v,
			    const char *pointer, struct record *out)
{
	if (json_type_of(v) == JSON_T_NULL) {
		for (size_t i = 0; i < s->n_leaves; i++)
			if (s->leaves[i].group == group)
				out->v[i] = (struct value){ 0 };
		return ERR_OK;
	}
	if (json_type_of(v) != JSON_T_OBJECT) {
		problem_at_pointer(p->x->problem, pointer, "wrong_type", "Expected an object, not %s.",
				   json_type_name(json_type_of(v)));
		return ERR_OK;
	}
	for (struct json_iter it = json_first(v); it.value.j; it = json_next(v, it)) {
		if (it.key.n > MEMBER_NAME_MAX) {
			problem_at_pointer(p->x->problem, pointer, "unknown", "No member has a name of %zu bytes.", it.key.n);
			continue;
		}
		const char *at = json_pointer(p->x->arena, pointer, it.key);
		if (!at)
			return ERR_NOMEM;
		int i = leaf_in(s, group, it.key);
		if (i < 0) {
			struct str base = { it.key.p, it.key.n > 6 ? it.key.n - 6 : 0 };
			int labelled = str_eq((struct str){ it.key.p + base.n, it.key.n - base.n }, STR("_label"))
				? leaf_in(s, group, base) : -1;
			if (labelled < 0 || !s->leaves[labelled].f->list)
				unknown_member(p, s, group, it.key, at);
			continue;
		}
		enum err e = parse_leaf(p, s, i, it.value, at, out);
		if (e)
			return e;
	}
	return ERR_OK;
}

/* The id of a nested item: known to `before`, free to choose on create, or a fault. */
static void parse_item_id(const struct parse *p, struct json item, const char *pointer, const struct records *before,
			  struct records *out, struct record *r)
{
	struct problem *problem = p->x->problem;
	struct json id = json_member(item, "id");
	const char *at = json_pointer(p->x->arena, pointer, STR("id"));

	if (!id.j || json_type_of(id) == JSON_T_NULL) {
		r->id = uuid_v7(p->x->now_ms);
		return;
	}
	if (!at || json_type_of(id) != JSON_T_STRING || !uuid_parse(json_string(id), &r->id)) {
		problem_at_pointer(problem, at ? at : pointer, "format", "Expected a UUID; leave id out to add an item.");
		return;
	}
	for (size_t i = 0; i + 1 < out->n; i++)
		if (uuid_eq(out->item[i].id, r->id)) {
			problem_at_pointer(problem, at, "repeated", "Another item of this array has the same id.");
			return;
		}
	r->known = before && records_find(before, r->id);
	if (!r->known && !p->ids_allowed)
		problem_at_pointer(problem, at, "unknown_item",
				   "No item here has this id; leave id out to add an item.");
}

static enum err parse_item(const struct parse *p, const struct kid *k, struct json item, const char *pointer, size_t pos,
			   const struct records *before, struct records *out)
{
	if (json_type_of(item) != JSON_T_OBJECT) {
		problem_at_pointer(p->x->problem, pointer, "wrong_type", "Expected an object, not %s.",
				   json_type_name(json_type_of(item)));
		return ERR_OK;
	}
	struct record *r = records_add(p->x->arena, k->shape, out);
	if (!r)
		return ERR_NOMEM;
	r->pos = (int64_t)pos;
	r->pointer = pointer;
	parse_item_id(p, item, pointer, before, out, r);
	struct parse whole = *p;
	whole.reference = false;
	whole.child = false;
	whole.patch = false; /* RFC 7396: arrays are replaced, never merged */
	return parse_record(&whole, k->shape, item, pointer, r->known ? records_find(before, r->id) : NULL, r);
}

static enum err parse_items(const struct parse *p, const struct kid *k, struct json v, const char *pointer,
			    const struct records *before, struct records *out)
{
	*out = (struct records){ 0 };
	if (json_type_of(v) == JSON_T_NULL)
		return ERR_OK;
	if (json_type_of(v) != JSON_T_ARRAY) {
		problem_at_pointer(p->x->problem, pointer, "wrong_type", "Expected an array of objects, not %s.",
				   json_type_name(json_type_of(v)));
		return ERR_OK;
	}
	size_t n = json_array_length(v);
	if (n > k->f->len.max) {
		problem_at_pointer(p->x->problem, pointer, "too_many", "%zu items; at most %u are kept.", n, k->f->len.max);
		return ERR_OK;
	}
	for (size_t i = 0; i < n; i++) {
		const char *at = json_pointer_index(p->x->arena, pointer, i);
		enum err e = at ? parse_item(p, k, json_item(v, i), at, i, before, out) : ERR_NOMEM;
		if (e)
			return e;
	}
	return ERR_OK;
}

static enum err parse_member(const struct parse *p, const struct shape *s, struct str key, struct json v, const char *at,
			     const struct record *before, struct record *out)
{
	int i = leaf_in(s, NULL, key);
	if (i >= 0 && !(s->leaves[i].f->flags & FIELD_INTERNAL))
		return parse_leaf(p, s, i, v, at, out);
	int k = shape_kid(s, key);
	if (k >= 0 && s->kids[k].f->flags & FIELD_READ_ONLY)
		return ERR_OK;
	if (k >= 0)
		return parse_items(p, &s->kids[k], v, at, before ? &before->kids[k] : NULL, &out->kids[k]);
	const struct field *group = group_named(s, key);
	if (group)
		return parse_group(p, s, group, v, at, out);
	if (!str_is(key, "id") && !ignorable(p, s, key))
		unknown_member(p, s, NULL, key, at);
	return ERR_OK;
}

static enum err check_required(const struct parse *p, const struct shape *s, const char *pointer, const struct record *r,
			       size_t faults_before)
{
	for (size_t i = 0; i < s->n_leaves; i++) {
		const struct leaf *l = &s->leaves[i];
		if (!(l->f->flags & FIELD_REQUIRED) || r->v[i].set)
			continue;
		const char *at = json_pointer(p->x->arena, pointer, str_from(l->f->name));
		if (!at)
			return ERR_NOMEM;
		bool told = false;
		for (size_t j = faults_before; j < p->x->problem->n_faults && j < FAULTS_MAX; j++)
			told |= p->x->problem->faults[j].pointer && strcmp(p->x->problem->faults[j].pointer, at) == 0;
		if (!told)
			problem_at_pointer(p->x->problem, at, "required", "This member is needed: %s", l->f->doc);
	}
	return ERR_OK;
}

/* What the body does not decide comes from the record as it is. */
static void inherit(const struct parse *p, const struct shape *s, const struct record *before, struct record *out)
{
	if (!before)
		return;
	for (size_t i = 0; i < s->n_leaves; i++)
		if (p->patch || s->leaves[i].f->flags & FIELD_READ_ONLY)
			out->v[i] = before->v[i];
	for (size_t i = 0; i < s->n_kids; i++)
		if (p->patch || s->kids[i].f->flags & FIELD_READ_ONLY)
			out->kids[i] = before->kids[i];
}

/* A reference to a record that was merged shows the one that answers.  Sent back like that, it stays as it is
 * stored, so that undoing the merge gives it back. */
static void keep_merged(const struct shape *s, const struct record *before, struct record *out)
{
	for (size_t i = 0; before && i < s->n_leaves; i++)
		if (s->leaves[i].target && before->v[i].set && out->v[i].set &&
		    uuid_eq(value_answers(&before->v[i]), value_answers(&out->v[i])))
			out->v[i] = before->v[i];
}

/* An item at its old place again. */
static enum err put_back(struct ctx *x, const struct shape *k, const struct record *item, size_t place, struct records *list)
{
	if (!records_add(x->arena, k, list))
		return ERR_NOMEM;
	size_t last = list->n - 1;
	if (place > last)
		place = last;
	memmove(list->item + place + 1, list->item + place, (last - place) * sizeof(*list->item));
	list->item[place] = *item;
	for (size_t i = place; i < list->n; i++)
		list->item[i].pos = (int64_t)i;
	return ERR_OK;
}

/* What the caller cannot see, and so cannot send back, stays. */
static enum err keep_hidden(const struct parse *p, const struct shape *s, const struct record *before, struct record *out)
{
	if (!before)
		return ERR_OK;
	for (size_t i = 0; i < s->n_leaves; i++)
		if (before->v[i].set && before->v[i].hidden && !out->v[i].set)
			out->v[i] = before->v[i];
	for (size_t i = 0; i < s->n_kids; i++) {
		const struct shape *k = s->kids[i].shape;
		for (size_t j = 0; j < before->kids[i].n; j++) {
			const struct record *item = &before->kids[i].item[j];
			if (render_item_shown(&p->x->view, k, item) || records_find(&out->kids[i], item->id))
				continue;
			enum err e = put_back(p->x, k, item, j, &out->kids[i]);
			if (e)
				return e;
		}
	}
	return ERR_OK;
}

enum err parse_record(const struct parse *p, const struct shape *s, struct json body, const char *pointer,
		      const struct record *before, struct record *out)
{
	size_t faults = p->x->problem->n_faults;

	if (json_type_of(body) != JSON_T_OBJECT) {
		problem_at_pointer(p->x->problem, pointer, "wrong_type", "Expected an object, not %s.",
				   json_type_name(json_type_of(body)));
		return ERR_OK;
	}
	inherit(p, s, before, out);
	for (struct json_iter it = json_first(body); it.value.j; it = json_next(body, it)) {
		if (it.key.n > MEMBER_NAME_MAX) {
			problem_at_pointer(p->x->problem, pointer, "unknown", "No member has a name of %zu bytes.", it.key.n);
			continue;
		}
		const char *at = json_pointer(p->x->arena, pointer, it.key);
		enum err e = at ? parse_member(p, s, it.key, it.value, at, before, out) : ERR_NOMEM;
		if (e)
			return e;
	}
	keep_merged(s, before, out);
	enum err e = keep_hidden(p, s, before, out);
	return e ? e : check_required(p, s, pointer, out, faults);
}

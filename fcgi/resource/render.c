/* SPDX-License-Identifier: Apache-2.0
 * The one writer of record JSON: absent values are left out, arrays are always there. */
#include "resource/render.h"

#include <stdio.h>

enum field_class render_class(const struct shape *s, const struct record *r, size_t leaf)
{
	const struct leaf *l = &s->leaves[leaf];
	const struct value *open = l->open_if >= 0 ? &r->v[l->open_if] : NULL;

	if (!open || !open->set)
		return l->f->cls;
	if (s->leaves[l->open_if].f->type == F_CODE)
		return view_class(open->s);
	return open->i ? CLASS_PUBLIC : l->f->cls;
}

bool render_visible(const struct view *v, const struct shape *s, const struct record *r, size_t leaf)
{
	return render_class(s, r, leaf) <= shape_sight(v, s)->fields;
}

static void write_label(struct json_writer *w, const struct render *o, const char *list, struct str code)
{
	const struct code *c = codes_find(o->codes, list, code);

	if (c)
		json_str(w, codes_label(c, o->lang));
	else
		json_str(w, code);
}

/* A stored array of codes is canonical: ["a","b"] with codes free of quotes and escapes. */
static void write_labels(struct json_writer *w, const struct render *o, const char *list, struct str array)
{
	struct str rest = array;

	json_array(w);
	while (rest.p) {
		struct str before = str_cut(rest, '"', &rest);
		(void)before;
		if (!rest.p)
			break;
		struct str code = str_cut(rest, '"', &rest);
		write_label(w, o, list, code);
	}
	json_end_array(w);
}

static void write_ref(struct json_writer *w, const struct render *o, const struct leaf *l, const struct value *v)
{
	json_object(w);
	json_key(w, "id");
	json_uuid(w, o->ids_only ? v->id : value_answers(v));
	if (!o->ids_only) {
		json_key(w, l->target->served_as->label);
		json_str(w, v->standing && v->standing->name.p ? v->standing->name : v->label);
	}
	if (!o->ids_only && v->standing && v->standing->now_name.p) {
		json_key(w, "now");
		json_object(w);
		json_key(w, "id");
		json_uuid(w, v->standing->now);
		json_key(w, l->target->served_as->label);
		json_str(w, v->standing->now_name);
		json_end_object(w);
	}
	json_end_object(w);
}

static void write_leaf(struct json_writer *w, const struct render *o, const struct leaf *l, const struct value *v)
{
	const struct field *f = l->f;

	json_key(w, f->name);
	switch (f->type) {
	case F_INT:
		json_int(w, v->i);
		break;
	case F_BOOL:
		json_bool(w, v->i != 0);
		break;
	case F_TEXTS:
	case F_CODES:
		json_raw(w, v->set ? v->s : STR("[]"));
		break;
	case F_REF:
		write_ref(w, o, l, v);
		break;
	case F_CODE:
	case F_EDTF:
	case F_TIME:
	case F_DECIMAL:
		json_plain(w, v->s);
		break;
	default:
		json_str(w, v->s);
	}
	if (!o->labels || !f->list || (!v->set && f->type != F_CODES))
		return;
	char key[80];
	snprintf(key, sizeof(key), "%s_label", f->name);
	json_key(w, key);
	if (f->type == F_CODES)
		write_labels(w, o, f->list, v->s);
	else
		write_label(w, o, f->list, v->s);
}

static bool shown(const struct view *view, const struct shape *s, const struct record *r, size_t i)
{
	const struct field *f = s->leaves[i].f;
	const struct value *v = &r->v[i];

	if (f->flags & FIELD_INTERNAL || !render_visible(view, s, r, i))
		return false;
	if (f->type == F_COMPUTED)
		return r->computed != NULL;
	if (f->type == F_TEXTS || f->type == F_CODES)
		return true;
	return v->set && !(f->type == F_REF && v->hidden);
}

static void write_leaves(struct json_writer *w, const struct render *o, const struct shape *s, const struct record *r)
{
	const struct field *group = NULL;

	for (size_t i = 0; i < s->n_leaves; i++) {
		const struct leaf *l = &s->leaves[i];
		if (!(o->leaves & UINT64_C(1) << i) || !shown(o->view, s, r, i))
			continue;
		if (l->group != group) {
			if (group)
				json_end_object(w);
			group = l->group;
			if (group) {
				json_key(w, group->name);
				json_object(w);
			}
		}
		if (l->f->type == F_COMPUTED) {
			json_key(w, l->f->name);
			json_z(w, r->computed);
		} else {
			write_leaf(w, o, l, &r->v[i]);
		}
	}
	if (group)
		json_end_object(w);
}

/* A link to a draft policy, or a party that is a hidden body and nothing else, would betray it. */
bool render_item_shown(const struct view *view, const struct shape *s, const struct record *r)
{
	bool hidden = false;

	for (size_t i = 0; i < s->n_leaves; i++) {
		if (!(s->leaves[i].f->flags & FIELD_SUBJECT) || !r->v[i].set)
			continue;
		if (shown(view, s, r, i))
			return true;
		hidden = true;
	}
	return !hidden;
}

static void write_kids(struct json_writer *w, const struct render *o, const struct shape *s, const struct record *r)
{
	struct render inner = *o;

	inner.leaves = UINT64_MAX;
	inner.kids = UINT32_MAX;
	inner.self_prefix = (struct str){ NULL, 0 };
	inner.served = NULL;
	inner.more = NULL;
	for (size_t i = 0; i < s->n_kids; i++) {
		if (!(o->kids & 1u << i))
			continue;
		json_key(w, s->kids[i].f->name);
		json_array(w);
		for (size_t j = 0; j < r->kids[i].n; j++)
			if (render_item_shown(o->view, s->kids[i].shape, &r->kids[i].item[j]))
				render_record(w, &inner, s->kids[i].shape, &r->kids[i].item[j]);
		json_end_array(w);
	}
}

/* Children served across roots name theirs: "visit": {"id": …, "title": …}. */
static void write_root(struct json_writer *w, const struct render *o, const struct record *r)
{
	const struct resource *root = o->served->root->resource;

	json_key(w, root->name);
	json_object(w);
	json_key(w, "id");
	json_uuid(w, r->root);
	json_key(w, root->label);
	json_str(w, r->root_label);
	json_end_object(w);
}

void render_record(struct json_writer *w, const struct render *o, const struct shape *s, const struct record *r)
{
	json_object(w);
	json_key(w, "id");
	json_uuid(w, r->id);
	if (o->self_prefix.n) {
		json_key(w, "self");
		json_str_uuid(w, o->self_prefix, r->id);
	}
	if (o->served && o->served->kid >= 0)
		write_root(w, o, r);
	if (o->ids_only && r->merged) {
		json_key(w, "merged_into");
		json_uuid(w, r->survivor);
	}
	write_leaves(w, o, s, r);
	write_kids(w, o, s, r);
	if (o->more) {
		json_key(w, o->more);
		json_raw(w, o->more_json);
	}
	json_end_object(w);
}

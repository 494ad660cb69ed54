/* SPDX-License-Identifier: Apache-2.0
 * From descriptor tables to shapes: the self-check at start and the fixed SQL texts. */
#include "resource/shape.h"

#include "base/buf.h"
#include "base/hash.h"
#include "resource/facet.h"
#include "resource/posting.h"
#include "resource/reach.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { SHAPES_MAX = 64, SQL_MAX = 16384 };

static const struct field root_fields[] = {
	[ROOT_VERSION] = { "version", F_INT, .col = "version", .len = { 1, UINT32_MAX }, .flags = FIELD_READ_ONLY,
			   .doc = "Raised by every change inside the record; the first part of its ETag." },
	[ROOT_STATE] = { "state", F_CODE, .col = "state", .list = "record_state", .ops = OP_EQ | OP_NE | OP_IN,
			 .doc = "draft, published or withdrawn; draft when a new record does not say." },
	[ROOT_EMBARGO] = { "embargo_until", F_TIME, .col = "embargo_until", .cls = CLASS_RESTRICTED, .ops = OPS_RANGE,
			   .doc = "When a draft is to be published by itself." },
	[ROOT_CREATED] = { "created_at", F_TIME, .col = "created_at", .flags = FIELD_READ_ONLY, .ops = OPS_RANGE & ~OP_NULL,
			   .doc = "When the record was made." },
	[ROOT_UPDATED] = { "updated_at", F_TIME, .col = "updated_at", .flags = FIELD_READ_ONLY, .ops = OPS_RANGE & ~OP_NULL,
			   .doc = "When it last changed." },
	[ROOT_LAST_REQUEST] = { "last_request", F_TEXT, .col = "last_request", .len = { 1, 64 },
				.flags = FIELD_READ_ONLY | FIELD_INTERNAL, .doc = "Request that made the latest change." },
	[ROOT_LEAVES] = { 0 },
};

static struct shape shapes[SHAPES_MAX];
static size_t n_shapes;
static struct served served[RESOURCES_MAX];
static size_t n_served;
static char fingerprint[9];

struct builder {
	char *message;
	size_t message_size;
	bool failed;
};

__attribute__((format(printf, 2, 3)))
static void complain(struct builder *b, const char *fmt, ...)
{
	va_list ap;

	if (b->failed)
		return;
	b->failed = true;
	va_start(ap, fmt);
	vsnprintf(b->message, b->message_size, fmt, ap);
	va_end(ap);
}

/* --- flattening ----------------------------------------------------------------------- */

static bool name_taken(const struct shape *s, const struct field *f, const struct field *group)
{
	for (size_t i = 0; i < s->n_leaves; i++)
		if (s->leaves[i].group == group && strcmp(s->leaves[i].f->name, f->name) == 0)
			return true;
	for (size_t i = 0; i < s->n_kids; i++)
		if (!group && strcmp(s->kids[i].f->name, f->name) == 0)
			return true;
	return false;
}

static void check_field(struct builder *b, const struct shape *s, const struct field *f, const struct field *group)
{
	bool column = f->type != F_COMPUTED && f->type != F_GROUP && f->type != F_CHILD;

	if (name_taken(s, f, group))
		complain(b, "%s: field %s is named twice", s->table, f->name);
	if (column != (f->col != NULL))
		complain(b, "%s.%s: a stored field has a column, others have none", s->table, f->name);
	if ((f->type == F_CODE || f->type == F_CODES) != (f->list != NULL))
		complain(b, "%s.%s: a code has a list, others have none", s->table, f->name);
	if ((f->type == F_REF) != (f->ref != NULL))
		complain(b, "%s.%s: a reference has a target, others have none", s->table, f->name);
	if (f->ops & ~field_ops(f->type))
		complain(b, "%s.%s: an operator does not fit the type", s->table, f->name);
	if ((f->type == F_TEXT || f->type == F_URL) && (f->len.max == 0 || f->len.min > f->len.max))
		complain(b, "%s.%s: a text has a length", s->table, f->name);
	if (f->flags & FIELD_SEARCH && f->type != F_TEXT)
		complain(b, "%s.%s: only the words of a text are searched", s->table, f->name);
	if (!f->doc)
		complain(b, "%s.%s: no documentation", s->table, f->name);
}

static struct shape *add_shape(struct builder *b, const char *table, const struct resource *r, struct shape *parent)
{
	if (n_shapes == SHAPES_MAX) {
		complain(b, "more than %d tables", SHAPES_MAX);
		return NULL;
	}
	struct shape *s = &shapes[n_shapes];
	*s = (struct shape){ .table = table, .resource = r, .served_as = parent ? NULL : r, .parent = parent, .label_leaf = -1,
			     .order = (int)n_shapes };
	n_shapes++;
	return s;
}

static void add_fields(struct builder *b, struct shape *s, const struct field *fields, const struct field *group);

static void add_kid(struct builder *b, struct shape *s, const struct field *f)
{
	bool too_deep = s->parent && s->parent->parent;

	if (s->n_kids == SHAPE_KIDS_MAX || !f->table || !f->sub || too_deep) {
		complain(b, "%s.%s: too many child tables, or too deep", s->table, f->name);
		return;
	}
	struct shape *k = add_shape(b, f->table, s->resource, s);
	if (!k)
		return;
	s->kids[s->n_kids++] = (struct kid){ f, k };
	add_fields(b, k, f->sub, NULL);
}

static void add_fields(struct builder *b, struct shape *s, const struct field *fields, const struct field *group)
{
	for (const struct field *f = fields; f->type != F_END && !b->failed; f++) {
		check_field(b, s, f, group);
		if (f->type == F_GROUP) {
			if (group)
				complain(b, "%s.%s: a group within a group", s->table, f->name);
			add_fields(b, s, f->sub, f);
		} else if (f->type == F_CHILD) {
			add_kid(b, s, f);
		} else if (s->n_leaves == SHAPE_LEAVES_MAX) {
			complain(b, "%s: more than %d fields", s->table, SHAPE_LEAVES_MAX);
		} else {
			s->leaves[s->n_leaves++] = (struct leaf){ .f = f, .group = group, .open_if = -1 };
			s->has_unique |= (f->flags & FIELD_UNIQUE) != 0;
		}
	}
}

/* A root, or a child that is served and has a label. */
static struct shape *target_by_name(const char *name)
{
	for (size_t i = 0; i < n_shapes; i++)
		if (shapes[i].served_as && shapes[i].served_as->label && strcmp(shapes[i].served_as->name, name) == 0)
			return &shapes[i];
	return NULL;
}

static void resolve_time(struct builder *b, struct shape *s)
{
	const struct resource *r = s->resource;

	for (size_t i = 0; i < RESOURCE_DATED_MAX; i++) {
		s->dated[i] = r->dated[i] ? shape_leaf(s, str_from(r->dated[i])) : -1;
		if (r->dated[i] && (s->dated[i] < 0 || s->leaves[s->dated[i]].f->type != F_EDTF))
			complain(b, "%s: no date %s says when it was", s->table, r->dated[i]);
	}
	if (r->chronicled && (shape_kid(s, STR("names")) < 0 || shape_kid(s, STR("successions")) < 0))
		complain(b, "%s: a history needs the children names and successions", s->table);
}

static void resolve(struct builder *b, struct shape *s)
{
	for (size_t i = 0; i < s->n_leaves; i++) {
		struct leaf *l = &s->leaves[i];
		struct shape *target = l->f->ref ? target_by_name(l->f->ref) : NULL;
		if (l->f->ref && !(l->target = target))
			complain(b, "%s.%s: unknown resource %s", s->table, l->f->name, l->f->ref);
		if (target && target->parent && !s->parent)
			complain(b, "%s.%s: only items refer to a child", s->table, l->f->name);
		if (target)
			target->referred = true;
		if (target && !target->parent && target->resource->chronicled)
			s->bodies |= UINT64_C(1) << i;
		if (l->f->open_if && (l->open_if = shape_leaf(s, str_from(l->f->open_if))) < 0)
			complain(b, "%s.%s: no field %s beside it", s->table, l->f->name, l->f->open_if);
		const struct field *open = l->open_if >= 0 ? s->leaves[l->open_if].f : NULL;
		if (open && open->type != F_BOOL && (open->type != F_CODE || strcmp(open->list, "field_class") != 0))
			complain(b, "%s.%s: %s neither opens it nor names a class", s->table, l->f->name, l->f->open_if);
	}
	if (s->served_as && s->served_as->label && (s->label_leaf = shape_leaf(s, str_from(s->served_as->label))) < 0)
		complain(b, "%s: label field %s is missing", s->table, s->served_as->label);
	if (!s->parent)
		resolve_time(b, s);
	if (s->resource->group <= GROUP_NONE || s->resource->group >= GROUPS)
		complain(b, "%s: no group says which scope writes it", s->table);
}

/* Whoever climbs through a self-reference (facet.c) follows what is stored. */
static void check_closures(struct builder *b, const struct shape *s)
{
	for (const struct facet *f = s->parent ? NULL : s->resource->facets; f && f->name && !b->failed; f++) {
		const struct leaf *l = f->closure ? facet_leaf(s, f) : NULL;
		if (l && l->target && shape_merges(l->target))
			complain(b, "%s: facet %s climbs through records that can be merged", s->table, f->name);
	}
}

/* Words of an item that is left out for its hidden subjects would betray it. */
static void check_search(struct builder *b, struct shape *s)
{
	unsigned subjects = 0, others = 0;

	for (size_t i = 0; i < s->n_leaves; i++) {
		unsigned flags = s->leaves[i].f->flags;
		subjects |= flags & FIELD_SUBJECT;
		others |= flags & FIELD_SUBJECT ? 0 : flags & FIELD_SEARCH;
		s->searchable |= (flags & FIELD_SEARCH) != 0;
	}
	if (subjects && others)
		complain(b, "%s: in items that have subjects, only these are searched", s->table);
	if (s->parent)
		s->parent->searchable |= s->searchable;
}

static void check_sorts(struct builder *b, const struct resource *r)
{
	const char *d = r->default_sort;
	bool known = false;

	for (const struct sort *o = r->sorts; o && o->name; o++)
		known |= strcmp(o->name, d && *d == '-' ? d + 1 : d ? d : "") == 0;
	if (!known)
		complain(b, "%s: the default order is not among its orders", r->name);
}

/* --- SQL texts ------------------------------------------------------------------------ */

static const char *keep(struct builder *b, struct buf *out)
{
	buf_char(out, '\0');
	char *z = out->err ? NULL : strdup(out->p);
	if (!z)
		complain(b, "memory is out while SQL is written");
	buf_clear(out);
	return z;
}

static void write_select(struct builder *b, struct shape *s, struct buf *out)
{
	s->n_columns = shape_columns(s, SHAPE_ALL, out);
	s->columns = keep(b, out);
	buf_printf(out, "%s t", s->table);
	shape_joins(s, SHAPE_ALL, out);
	s->from = keep(b, out);
}

static void write_changes(struct builder *b, struct shape *s, struct buf *out)
{
	size_t n = s->parent ? 3 : 1;

	buf_printf(out, "INSERT INTO %s (%s", s->table, s->parent ? "id, parent, pos" : "id");
	for (size_t i = 0; i < s->n_leaves; i++) {
		const struct field *f = s->leaves[i].f;
		if (!f->col)
			continue;
		buf_printf(out, ", %s", f->col);
		n++;
		if (f->type == F_EDTF) {
			buf_printf(out, ", %s_lo, %s_hi", f->col, f->col);
			n += 2;
		}
	}
	bool marked = !s->parent && s->resource->posted; /* posting.h */
	buf_z(out, marked ? ", postings_due) VALUES (?" : ") VALUES (?");
	for (size_t i = 1; i < n; i++)
		buf_z(out, ", ?");
	buf_z(out, marked ? ", NULL)" : ")");
	s->insert = keep(b, out);

	buf_printf(out, "UPDATE %s SET %s", s->table, s->parent ? "pos = ?" : "");
	bool comma = s->parent != NULL;
	for (size_t i = 0; i < s->n_leaves; i++) {
		const struct field *f = s->leaves[i].f;
		if (!f->col)
			continue;
		buf_printf(out, "%s%s = ?", comma ? ", " : "", f->col);
		comma = true;
		if (f->type == F_EDTF)
			buf_printf(out, ", %s_lo = ?, %s_hi = ?", f->col, f->col);
	}
	if (marked)
		buf_z(out, ", postings_due = postings_due"); /* else it would be set */
	buf_z(out, s->parent ? " WHERE id = ? AND parent = ?" : " WHERE id = ? AND version = ?");
	s->update = keep(b, out);
	buf_printf(out, "DELETE FROM %s WHERE id = ?", s->table);
	s->delete_row = keep(b, out);
}

/* --- fingerprint ---------------------------------------------------------------------- */

static void describe(const struct shape *s, struct buf *out)
{
	buf_printf(out, "[%s:%d:%d:%s:%s]", s->table, (int)s->resource->group, s->resource->chronicled,
		   s->resource->dated[0] ? s->resource->dated[0] : "", s->resource->dated[1] ? s->resource->dated[1] : "");
	for (size_t i = 0; i < s->n_leaves; i++) {
		const struct field *f = s->leaves[i].f;
		buf_printf(out, "%s.%s:%d:%s:%d:%s:%s;", s->leaves[i].group ? s->leaves[i].group->name : "", f->name,
			   (int)f->type, f->list ? f->list : "", (int)f->cls, f->open_if ? f->open_if : "",
			   f->ref ? f->ref : "");
	}
	for (size_t i = 0; i < s->n_kids; i++)
		buf_printf(out, "%s>%s;", s->kids[i].f->name, s->kids[i].shape->table);
}

/* --- building ------------------------------------------------------------------------- */

static void serve_roots(struct builder *b, const struct resource *const *resources)
{
	for (size_t i = 0; resources[i] && !b->failed; i++) {
		const struct resource *r = resources[i];
		if (n_served == RESOURCES_MAX) {
			complain(b, "more than %d resources", RESOURCES_MAX);
			return;
		}
		served[n_served++] = (struct served){ .resource = r, .kid = -1 };
		if (!r->within) {
			struct shape *s = add_shape(b, r->table, r, NULL);
			if (!s)
				return;
			served[n_served - 1].shape = served[n_served - 1].root = s;
			add_fields(b, s, root_fields, NULL);
			add_fields(b, s, r->fields, NULL);
		}
		check_sorts(b, r);
	}
}

static void serve_children(struct builder *b)
{
	for (size_t i = 0; i < n_served && !b->failed; i++) {
		struct served *v = &served[i];
		if (!v->resource->within)
			continue;
		struct str kid, root = str_cut(str_from(v->resource->within), '.', &kid);
		for (size_t j = 0; j < n_shapes; j++)
			if (!shapes[j].parent && str_is(root, shapes[j].resource->name))
				v->root = &shapes[j];
		v->kid = v->root ? shape_kid(v->root, kid) : -1;
		if (v->kid < 0) {
			complain(b, "%s: no children %s", v->resource->name, v->resource->within);
			return;
		}
		v->shape = v->root->kids[v->kid].shape;
		v->shape->served_as = v->resource;
	}
}

static void write_root_columns(struct builder *b, struct buf *out)
{
	for (size_t i = 0; i < n_served && !b->failed; i++) {
		struct served *v = &served[i];
		if (v->kid < 0)
			continue;
		buf_printf(out, "rt.%s, rt.version", v->root->leaves[v->root->label_leaf].f->col);
		v->n_root_columns = 2;
		for (size_t j = 0; j < RESOURCE_DATED_MAX && v->root->dated[j] >= 0; j++, v->n_root_columns++)
			buf_printf(out, ", rt.%s", v->root->leaves[v->root->dated[j]].f->col);
		v->root_columns = keep(b, out);
	}
}

bool shape_init(const struct resource *const *resources, char *message, size_t message_size)
{
	struct builder b = { message, message_size, false };
	struct buf out;

	shape_end();
	serve_roots(&b, resources);
	if (!b.failed)
		serve_children(&b);
	for (size_t i = 0; i < n_shapes && !b.failed; i++)
		resolve(&b, &shapes[i]);
	for (size_t i = 0; resources[i] && !b.failed; i++)
		if (reach_fault(resources[i]))
			complain(&b, "%s: %s", resources[i]->name, reach_fault(resources[i]));
	for (size_t i = 0; i < n_shapes && !b.failed; i++)
		check_closures(&b, &shapes[i]);
	/* children stand behind what holds them */
	for (size_t i = n_shapes; i > 0 && !b.failed; i--)
		check_search(&b, &shapes[i - 1]);
	buf_init(&out, SQL_MAX);
	for (size_t i = 0; i < n_shapes && !b.failed; i++) {
		if (posting_fault(&shapes[i]))
			complain(&b, "%s: %s", shapes[i].table, posting_fault(&shapes[i]));
		write_select(&b, &shapes[i], &out);
		write_changes(&b, &shapes[i], &out);
	}
	write_root_columns(&b, &out);
	buf_free(&out);
	buf_init(&out, SQL_MAX * 8);
	buf_z(&out, ZIARA_VERSION);
	for (size_t i = 0; i < n_shapes; i++)
		describe(&shapes[i], &out);
	if (out.err)
		complain(&b, "memory is out while descriptors are fingerprinted");
	snprintf(fingerprint, sizeof(fingerprint), "%08" PRIx32, (uint32_t)hash_64(buf_view(&out)));
	buf_free(&out);
	return !b.failed;
}

void shape_end(void)
{
	for (size_t i = 0; i < n_shapes; i++) {
		free((void *)shapes[i].columns);
		free((void *)shapes[i].from);
		free((void *)shapes[i].insert);
		free((void *)shapes[i].update);
		free((void *)shapes[i].delete_row);
	}
	for (size_t i = 0; i < n_served; i++)
		free((void *)served[i].root_columns);
	n_shapes = n_served = 0;
}

/* --- looking up ----------------------------------------------------------------------- */

size_t shape_served_count(void)
{
	return n_served;
}

const struct served *shape_served(size_t i)
{
	return &served[i];
}

const struct served *shape_by_path(struct str path)
{
	for (size_t i = 0; i < n_served; i++)
		if (str_is(path, served[i].resource->path))
			return &served[i];
	return NULL;
}

size_t shape_count(void)
{
	return n_shapes;
}

const struct shape *shape_at(size_t i)
{
	return &shapes[i];
}

int shape_leaf(const struct shape *s, struct str name)
{
	struct str member, group = str_cut(name, '.', &member);

	for (size_t i = 0; i < s->n_leaves; i++) {
		const struct leaf *l = &s->leaves[i];
		if (l->group ? member.p && str_is(group, l->group->name) && str_is(member, l->f->name) : str_is(name, l->f->name))
			return (int)i;
	}
	return -1;
}

int shape_kid(const struct shape *s, struct str name)
{
	for (size_t i = 0; i < s->n_kids; i++)
		if (str_is(name, s->kids[i].f->name))
			return (int)i;
	return -1;
}

const char *shape_fingerprint(void)
{
	return fingerprint;
}

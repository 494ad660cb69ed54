/* SPDX-License-Identifier: Apache-2.0
 * Query parameters of lists and single reads. */
#include "resource/list.h"

#include "base/hash.h"
#include "base/text.h"
#include "resource/facet.h"
#include "resource/parse.h"
#include "resource/reach.h"
#include "resource/term.h"
#include "resource/token.h"

static const char *const controls[] = { "sort", "limit", "cursor", "count", "fields", "include", "labels" };
enum { CONTROLS = sizeof(controls) / sizeof(*controls), NAMES_MAX = SHAPE_LEAVES_MAX + 64 };

static bool is_control(struct str name)
{
	for (size_t i = 0; i < CONTROLS; i++)
		if (str_is(name, controls[i]))
			return true;
	return false;
}

/* --- fields, include, labels -------------------------------------------------------------- */

static void suggest(struct ctx *x, const char *parameter, struct str word, const char *const *names, const char *what)
{
	const char *near = text_nearest(word, names);

	problem_at_parameter(x->problem, parameter, "unknown", "%.*s is no %s here%s%s%s", STR_ARG(word), what,
			     TEXT_HINT(near));
}

static void visible_names(const struct view *v, const struct shape *s, bool leaves, const char **names)
{
	size_t n = 0;

	for (size_t i = 0; leaves && i < s->n_leaves && n < NAMES_MAX - 1; i++) {
		const struct leaf *l = &s->leaves[i];
		const char *name = l->group ? l->group->name : l->f->name;
		bool hidden = l->f->flags & FIELD_INTERNAL || (l->f->cls > shape_sight(v, s)->fields && l->open_if < 0);
		if (!hidden && (n == 0 || strcmp(names[n - 1], name) != 0))
			names[n++] = name;
	}
	for (size_t i = 0; i < s->n_kids && n < NAMES_MAX - 1; i++)
		names[n++] = s->kids[i].f->name;
	names[n] = NULL;
}

static bool known_name(const char *const *names, struct str word)
{
	for (; *names; names++)
		if (str_is(word, *names))
			return true;
	return false;
}

static void parse_fields(struct ctx *x, const struct shape *s, struct str value, struct render *o)
{
	const char *names[NAMES_MAX];

	visible_names(&x->view, s, true, names);
	o->leaves = 0;
	o->kids = 0;
	for (struct str rest = value; rest.p;) {
		struct str word = str_trim(str_cut(rest, ',', &rest));
		if (str_is(word, "id"))
			continue;
		if (!known_name(names, word)) {
			suggest(x, "fields", word, names, "field");
			continue;
		}
		for (size_t i = 0; i < s->n_leaves; i++) {
			const struct leaf *l = &s->leaves[i];
			if (str_is(word, l->group ? l->group->name : l->f->name))
				o->leaves |= UINT64_C(1) << i;
		}
		int k = shape_kid(s, word);
		if (k >= 0)
			o->kids |= 1u << k;
	}
}

static void parse_include(struct ctx *x, const struct shape *s, struct str value, struct render *o)
{
	const char *names[NAMES_MAX];

	visible_names(&x->view, s, false, names);
	for (struct str rest = value; rest.p;) {
		struct str word = str_trim(str_cut(rest, ',', &rest));
		int k = shape_kid(s, word);
		if (k < 0)
			suggest(x, "include", word, names, "array");
		else
			o->kids |= 1u << k;
	}
}

void list_parse_labels(struct ctx *x, struct str value, struct render *o)
{
	static const char *const languages[] = { [CODE_EN] = "en", [CODE_FR] = "fr", [CODE_SW] = "sw", NULL };

	for (int i = 0; languages[i]; i++)
		if (str_is(value, languages[i])) {
			o->labels = true;
			o->lang = (enum code_label)i;
			return;
		}
	problem_at_parameter(x->problem, "labels", "unknown", "Labels come in en, fr or sw.");
}

enum err list_parse_item(struct ctx *x, const struct served *served, struct http_request *r, struct render *o)
{
	*o = (struct render){ .view = &x->view, .codes = x->codes, .leaves = UINT64_MAX, .kids = UINT32_MAX };
	if (served->kid >= 0)
		o->served = served;
	struct str fields = http_query(r, "fields"), labels = http_query(r, "labels");
	if (fields.p)
		parse_fields(x, served->shape, fields, o);
	if (labels.p)
		list_parse_labels(x, labels, o);
	bool at = served->kid < 0 && served->resource->chronicled; /* taken by whoever asks for the past */
	const char *const names[] = { "fields", "labels", at ? "at" : NULL, NULL };
	for (size_t i = 0; i < r->n_query; i++)
		if (!r->query[i].used) {
			const char *near = text_nearest(r->query[i].name, names);
			problem_at_parameter(x->problem, r->query[i].name.p, "unknown", "A single read takes fields%s only%s%s%s",
					     at ? ", labels and at" : " and labels", TEXT_HINT(near));
		}
	return x->problem->n_faults ? problem_set(x->problem, 400, "parameter", "The query has faults.") : ERR_OK;
}

/* --- sort, limit -------------------------------------------------------------------------- */

static bool sort_visible(const struct view *view, const struct served *v, const struct sort *o)
{
	int leaf = shape_leaf(v->shape, str_from(o->name));

	return leaf < 0 || v->shape->leaves[leaf].f->cls <= shape_sight(view, v->shape)->fields;
}

static void parse_sort(struct ctx *x, struct list_query *q, struct str value, const char *parameter)
{
	const struct resource *r = q->served->resource;

	for (struct str rest = value; rest.p;) {
		struct str word = str_trim(str_cut(rest, ',', &rest));
		bool desc = word.n && word.p[0] == '-';
		if (desc)
			word = (struct str){ word.p + 1, word.n - 1 };
		const char *names[NAMES_MAX] = { NULL };
		const struct sort *found = NULL;
		size_t n = 0;
		for (const struct sort *o = r->sorts; o->name; o++) {
			if (!sort_visible(&x->view, q->served, o))
				continue;
			names[n++] = o->name;
			if (str_is(word, o->name))
				found = o;
		}
		bool twice = q->n_sorts && found == q->sorts[0].sort;
		if (!found)
			suggest(x, parameter, word, names, "order");
		else if (q->n_sorts == LIST_SORTS_MAX || twice)
			problem_at_parameter(x->problem, parameter, twice ? "repeated" : "too_many",
					     "At most two keys, each named once.");
		else
			q->sorts[q->n_sorts++] = (struct ordering){ found, desc };
		if (x->problem->n_faults)
			return;
	}
}

void list_parse_limit(struct ctx *x, struct list_query *q, struct str value)
{
	unsigned n = 0;

	for (size_t i = 0; i < value.n; i++) {
		if (value.p[i] < '0' || value.p[i] > '9' || n > LIST_LIMIT_MAX) {
			n = 0;
			break;
		}
		n = n * 10 + (unsigned)(value.p[i] - '0');
	}
	if (n < 1 || n > LIST_LIMIT_MAX)
		problem_at_parameter(x->problem, "limit", "out_of_range", "Expected a whole number from 1 to %d.", LIST_LIMIT_MAX);
	q->limit = n;
}

static void parse_controls(struct ctx *x, struct list_query *q, struct http_request *r)
{
	struct str sort = http_query(r, "sort"), limit = http_query(r, "limit"), count = http_query(r, "count");
	struct str fields = http_query(r, "fields"), include = http_query(r, "include"), labels = http_query(r, "labels");

	parse_sort(x, q, sort.p ? sort : str_from(q->served->resource->default_sort), "sort");
	if (limit.p)
		list_parse_limit(x, q, limit);
	if (count.p && !str_is(count, "exact"))
		problem_at_parameter(x->problem, "count", "unknown", "Only count=exact is known.");
	q->count = count.p != NULL;
	if (fields.p)
		parse_fields(x, q->served->shape, fields, &q->render);
	if (include.p)
		parse_include(x, q->served->shape, include, &q->render);
	if (labels.p)
		list_parse_labels(x, labels, &q->render);
}

/* --- filters ------------------------------------------------------------------------------ */

static const char *const op_names[] = { "eq", "ne", "in", "lt", "lte", "gt", "gte", "prefix", "contains", "null", "overlaps" };

static unsigned op_named(struct str word)
{
	for (size_t i = 0; i < sizeof(op_names) / sizeof(*op_names); i++)
		if (str_is(word, op_names[i]))
			return 1u << i;
	return 0;
}

static bool filterable(const struct view *v, const struct shape *s, const struct leaf *l)
{
	return l->f->ops && l->f->cls <= shape_sight(v, s)->fields && !(l->f->flags & FIELD_INTERNAL);
}

static const struct facet *facet_named(const struct view *view, const struct shape *root, struct str name)
{
	for (const struct facet *f = root->resource->facets; f && f->name; f++)
		if (str_is(name, f->name) && facet_visible(view, root, f))
			return f;
	return NULL;
}

/* The parameter whose words are looked for in names. */
#define WORDS "q"

static bool searched(const struct served *v)
{
	return v->kid < 0 && v->shape->searchable;
}

static const struct reach *reach_named(const struct resource *r, struct str name)
{
	for (const struct reach *f = r->reaches; f && f->name; f++)
		if (str_is(name, f->name))
			return f;
	return NULL;
}

static void unknown_parameter(struct ctx *x, const struct list_query *q, const struct http_param *p)
{
	const struct shape *s = q->served->shape;
	const char *names[NAMES_MAX];
	size_t n = 0;

	for (size_t i = 0; i < CONTROLS; i++)
		names[n++] = controls[i];
	if (searched(q->served))
		names[n++] = WORDS;
	for (const struct facet *f = q->served->root->resource->facets; f && f->name && n < NAMES_MAX - 1; f++)
		if (facet_visible(&x->view, q->served->root, f))
			names[n++] = f->name;
	for (const struct reach *f = q->served->resource->reaches; f && f->name && n < NAMES_MAX - 1; f++)
		names[n++] = f->name;
	for (size_t i = 0; i < s->n_leaves && n < NAMES_MAX - 1; i++) {
		const struct leaf *l = &s->leaves[i];
		struct str full = l->group ? arena_printf(x->arena, "%s.%s", l->group->name, l->f->name) : str_from(l->f->name);
		if (filterable(&x->view, s, l) && full.p)
			names[n++] = full.p;
	}
	names[n] = NULL;
	struct str rest, head = str_cut(p->name, '.', &rest);
	const char *near = text_nearest(p->name, names);
	if (!near && rest.p)
		near = text_nearest(head, names);
	problem_at_parameter(x->problem, p->name.p, "unknown", "No such parameter%s%s%s", TEXT_HINT(near));
}

static void refuse_op(struct ctx *x, const struct http_param *p, unsigned ops)
{
	struct str list = { NULL, 0 };

	for (size_t i = 0; i < sizeof(op_names) / sizeof(*op_names); i++)
		if (ops & 1u << i)
			list = list.p ? arena_printf(x->arena, "%.*s, %s", STR_ARG(list), op_names[i])
				      : str_from(op_names[i]);
	problem_at_parameter(x->problem, p->name.p, "operator", "This field takes the operators %.*s.", STR_ARG(list));
}

/* What a parameter's name means here. */
struct meaning {
	int leaf;
	const struct facet *facet;
	const struct reach *reach;
	bool id, root;
	unsigned ops;
};

/* Facets come first: where a field and a facet share a name ("programme"), the facet answers = and
 * in, the field the rest. */
static bool mean(const struct ctx *x, const struct served *v, struct str name, unsigned op, struct meaning *m)
{
	int leaf = shape_leaf(v->shape, name);
	unsigned leaf_ops = leaf >= 0 && filterable(&x->view, v->shape, &v->shape->leaves[leaf]) ? v->shape->leaves[leaf].f->ops : 0;

	*m = (struct meaning){ .leaf = -1, .facet = facet_named(&x->view, v->root, name) };
	m->id = str_is(name, "id");
	m->root = v->kid >= 0 && str_is(name, v->root->resource->name);
	m->reach = v->kid < 0 ? reach_named(v->resource, name) : NULL;
	if (m->reach)
		m->ops = OP_EQ;
	else if (m->facet)
		m->ops = m->facet->with ? OP_EQ : OP_EQ | OP_IN;
	else if (m->id || m->root)
		m->ops = OP_EQ | OP_IN;
	if (leaf_ops && !(m->ops & op)) {
		*m = (struct meaning){ .leaf = leaf, .ops = leaf_ops | m->ops };
	}
	return m->ops != 0;
}

/* "field", or "field.op" where the last segment is an operator. */
static bool split(const struct ctx *x, const struct served *v, struct str name, unsigned *op, struct meaning *m)
{
	*op = OP_EQ;
	if (mean(x, v, name, OP_EQ, m))
		return true;
	const char *dot = name.n ? memrchr(name.p, '.', name.n) : NULL;
	if (!dot)
		return false;
	size_t head = (size_t)(dot - name.p);
	*op = op_named((struct str){ dot + 1, name.n - head - 1 });
	return mean(x, v, (struct str){ name.p, head }, *op, m);
}

static enum err parse_filter(struct ctx *x, struct list_query *q, struct http_request *r, struct http_param *p)
{
	const struct served *v = q->served;
	bool words = str_is(p->name, WORDS) && searched(v);
	struct meaning m = { .leaf = -1 };
	unsigned op = OP_EQ;

	if (!words && !split(x, v, p->name, &op, &m)) {
		unknown_parameter(x, q, p);
		return ERR_OK;
	}
	if (!words && !(m.ops & op)) {
		refuse_op(x, p, m.ops);
		return ERR_OK;
	}
	if (q->n_terms == LIST_TERMS_MAX) {
		problem_at_parameter(x->problem, p->name.p, "too_many", "At most %d filters.", LIST_TERMS_MAX);
		return ERR_OK;
	}
	if (m.reach)
		return reach_term(x, q, m.reach, p);
	struct term *t = &q->terms[q->n_terms];
	*t = (struct term){ .op = op };
	if (words) {
		q->n_terms++;
		return token_term(x, p, t);
	}
	if (m.facet)
		return term_facet(x, q, r, m.facet, p, t);
	t->kind = m.leaf >= 0 ? TERM_LEAF : m.id ? TERM_ID : TERM_ROOT;
	t->leaf = m.leaf >= 0 ? (size_t)m.leaf : 0;
	q->n_terms++;
	return term_values(x, m.leaf >= 0 ? &v->shape->leaves[m.leaf] : NULL, p, t);
}

/* The same filters and order in any sequence give the same check. */
static void bind_check(const struct ctx *x, struct list_query *q, const struct http_request *r)
{
	struct str sort = STR("");

	for (size_t i = 0; i < r->n_query; i++) {
		const struct http_param *p = &r->query[i];
		if (str_is(p->name, "sort"))
			sort = p->value;
		if (!is_control(p->name))
			q->check ^= hash_64(p->name) * 31 + hash_64(p->value);
	}
	q->check ^= hash_64(sort) * 7 + hash_64(str_from(q->served->resource->path)) * 5 + (unsigned char)x->view.letter;
}

enum err list_parse(struct ctx *x, const struct served *served, struct http_request *r, struct list_query *q)
{
	*q = (struct list_query){ .served = served, .limit = LIST_LIMIT_DEFAULT };
	q->render = (struct render){ .view = &x->view, .codes = x->codes, .leaves = UINT64_MAX };
	if (served->kid >= 0) {
		q->render.served = served;
		q->render.kids = UINT32_MAX;
	}
	parse_controls(x, q, r);
	for (size_t i = 0; i < r->n_query; i++) {
		struct http_param *p = &r->query[i];
		if (p->used || is_control(p->name))
			continue;
		p->used = true;
		enum err e = parse_filter(x, q, r, p);
		if (e)
			return e;
	}
	bind_check(x, q, r);
	struct str cursor = http_query(r, "cursor");
	if (cursor.p && !x->problem->n_faults && !list_cursor_read(x->arena, q, cursor))
		problem_at_parameter(x->problem, "cursor", "cursor",
				     "This cursor is damaged or belongs to another filter or order; begin again without it.");
	return x->problem->n_faults ? problem_set(x->problem, 400, "parameter", "The query has faults.") : ERR_OK;
}

/* SPDX-License-Identifier: Apache-2.0
 * Filter values: what the address bar says, as what the statement binds. */
#include "resource/term.h"

#include "base/text.h"
#include "resource/alias.h"
#include "resource/facet.h"
#include "resource/load.h"
#include "resource/parse.h"
#include "resource/reach.h"

#include <stdarg.h>
#include <stdio.h>

__attribute__((format(printf, 4, 5)))
static void bad(struct ctx *x, const struct http_param *p, const char *code, const char *fmt, ...)
{
	char text[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	problem_at_parameter(x->problem, p->name.p, code, "%s", text);
}

static enum err code_value(struct ctx *x, const char *list, const struct http_param *p, struct str word, struct db_value *out)
{
	enum err e = ERR_OK;

	if (!codes_find(x->codes, list, word)) { /* the copy may be old */
		e = load_epoch(x);
		if (!e)
			e = parse_codes_ready(x);
	}
	if (e)
		return e;
	if (!codes_find(x->codes, list, word)) {
		const char *near = text_nearest(word, codes_spellings(x->codes, x->arena, list));
		bad(x, p, "unknown_code", "%.*s is no code of the list %s%s%s%s", STR_ARG(word), list, TEXT_HINT(near));
	}
	*out = db_text(word);
	return ERR_OK;
}

static enum err uuid_value(struct ctx *x, const struct http_param *p, struct str word, struct db_value *out)
{
	struct uuid *id = arena_alloc(x->arena, sizeof(*id));

	if (!id)
		return ERR_NOMEM;
	if (!uuid_parse(word, id))
		bad(x, p, "format", "Expected a UUID.");
	*out = db_uuid(id);
	return ERR_OK;
}

static void int_value(struct ctx *x, const struct field *f, const struct http_param *p, struct str word, struct db_value *out)
{
	int64_t n = 0;

	for (size_t i = 0; i < word.n && n >= 0; i++)
		n = word.p[i] < '0' || word.p[i] > '9' || n > UINT32_MAX ? -1 : n * 10 + (word.p[i] - '0');
	if (word.n == 0 || n < 0)
		bad(x, p, "format", "Expected a whole number from %u to %u.", f->len.min, f->len.max);
	*out = db_int(n);
}

static void bool_value(struct ctx *x, const struct http_param *p, struct str word, struct db_value *out)
{
	if (!str_is(word, "true") && !str_is(word, "false"))
		bad(x, p, "format", "Expected true or false.");
	*out = db_int(str_is(word, "true"));
}

/* LIKE pattern with its own wildcards taken literally. */
static enum err like_value(struct ctx *x, struct str word, bool anywhere, struct db_value *out)
{
	char *p = arena_alloc(x->arena, word.n * 2 + 3);
	size_t n = 0;

	if (!p)
		return ERR_NOMEM;
	if (anywhere)
		p[n++] = '%';
	for (size_t i = 0; i < word.n; i++) {
		if (word.p[i] == '%' || word.p[i] == '_' || word.p[i] == '\\')
			p[n++] = '\\';
		p[n++] = word.p[i];
	}
	p[n++] = '%';
	*out = db_text((struct str){ p, n });
	return ERR_OK;
}

static enum err text_value(struct ctx *x, const struct http_param *p, struct str word, unsigned op, struct db_value *out)
{
	struct str nfc;
	enum err e = text_nfc(x->arena, word, &nfc);

	if (e)
		return e;
	if (nfc.n == 0)
		bad(x, p, "too_short", "A value is needed.");
	if (op == OP_PREFIX || op == OP_CONTAINS)
		return like_value(x, nfc, op == OP_CONTAINS, out);
	*out = db_text(nfc);
	return ERR_OK;
}

/* A moment, or a date that stands for its first or last millisecond as the operator needs. */
static enum err time_value(struct ctx *x, const struct http_param *p, struct str word, unsigned op, struct db_value *out)
{
	char text[64];
	struct edtf d;
	uint64_t ms;
	/* "+03:00" typed without escaping arrives with a space */
	struct str sent = arena_dup(x->arena, word);
	if (!sent.p)
		return ERR_NOMEM;
	for (size_t i = 11; i < sent.n; i++)
		if (sent.p[i] == ' ')
			((char *)sent.p)[i] = '+';
	if (clock_parse_rfc3339(sent, &ms)) {
		clock_format_sql(ms, text);
	} else if (!edtf_parse(word, &d) && d.lo > EDTF_OPEN_LO && d.hi < EDTF_OPEN_HI && op != OP_EQ) {
		bool late = op == OP_LTE || op == OP_GT;
		int32_t day = late ? d.hi : d.lo;
		snprintf(text, sizeof(text), "%04d-%02d-%02d %s", day / 10000 % 10000, day / 100 % 100, day % 100,
			 late ? "23:59:59.999" : "00:00:00.000");
	} else {
		bad(x, p, "format", "Expected a date such as 2018-07 with an operator, or a date-time such as 2018-07-28T09:30:00Z.");
		return ERR_OK;
	}
	*out = db_text(arena_dup(x->arena, str_from(text)));
	return out->type == DB_TEXT ? ERR_OK : ERR_NOMEM;
}

static enum err one_value(struct ctx *x, const struct leaf *l, const struct http_param *p, struct str word, struct term *t,
			  struct db_value *out)
{
	const char *fault;

	switch (l->f->type) {
	case F_CODE:
	case F_CODES:
		return code_value(x, l->f->list, p, word, out);
	case F_REF:
		return uuid_value(x, p, word, out);
	case F_INT:
		int_value(x, l->f, p, word, out);
		return ERR_OK;
	case F_BOOL:
		bool_value(x, p, word, out);
		return ERR_OK;
	case F_TIME:
		return time_value(x, p, word, t->op, out);
	case F_EDTF:
		fault = edtf_parse(word, &t->bounds);
		if (fault)
			bad(x, p, "format", "%s", fault);
		*out = db_text(word);
		return ERR_OK;
	case F_DECIMAL:
		fault = parse_decimal_fault(word);
		if (fault)
			bad(x, p, "format", "%s", fault);
		*out = db_text(word);
		return ERR_OK;
	default:
		return text_value(x, p, word, t->op, out);
	}
}

static enum err each_word(struct ctx *x, const struct leaf *l, const struct http_param *p, struct term *t)
{
	struct str rest = p->value;

	t->v = arena_array(x->arena, LIST_VALUES_MAX, sizeof(*t->v));
	if (!t->v)
		return ERR_NOMEM;
	while (rest.p) {
		struct str word = t->op == OP_IN ? str_trim(str_cut(rest, ',', &rest)) : rest;
		if (t->op != OP_IN)
			rest.p = NULL;
		if (t->n == LIST_VALUES_MAX) {
			bad(x, p, "too_many", "At most %d values.", LIST_VALUES_MAX);
			return ERR_OK;
		}
		enum err e = l ? one_value(x, l, p, word, t, &t->v[t->n]) : uuid_value(x, p, word, &t->v[t->n]);
		if (e)
			return e;
		t->n++;
	}
	return ERR_OK;
}

enum err term_values(struct ctx *x, const struct leaf *l, const struct http_param *p, struct term *t)
{
	if (t->op == OP_NULL) {
		t->v = arena_alloc(x->arena, sizeof(*t->v));
		if (!t->v)
			return ERR_NOMEM;
		bool_value(x, p, p->value, t->v);
		t->n = 1;
		return ERR_OK;
	}
	return each_word(x, l, p, t);
}

/* The parameter that stands for both of a pair: organisation_role binds organisation's id and the role. */
static enum err pair_value(struct ctx *x, struct http_request *r, const struct shape *root, const struct facet *f,
			   const struct http_param *p, struct term *t)
{
	const struct leaf *l = facet_leaf(root, f);
	struct str needed = { NULL, 0 }; /* looked at, not taken: it is a filter of its own */
	struct uuid id;
	const struct shape *item = root;
	struct str rest = str_from(f->path);

	for (size_t i = 0; i < r->n_query; i++)
		if (str_is(r->query[i].name, f->needs))
			needed = r->query[i].value;
	for (struct str head = str_cut(rest, '.', &rest); rest.p; head = str_cut(rest, '.', &rest))
		item = item->kids[shape_kid(item, head)].shape;
	int with = shape_leaf(item, str_from(f->with));
	if (!needed.p) {
		bad(x, p, "incomplete", "Give %s too: whose role is meant?", f->needs);
		return ERR_OK;
	}
	if (!uuid_parse(needed, &id))
		return ERR_OK; /* told at the other parameter */
	enum err e = code_value(x, item->leaves[with].f->list, p, p->value, t->v);
	if (e)
		return e;
	char *joined = arena_alloc(x->arena, sizeof(id.b) + p->value.n);
	if (!joined)
		return ERR_NOMEM;
	memcpy(joined, id.b, sizeof(id.b));
	memcpy(joined + sizeof(id.b), p->value.p, p->value.n);
	t->v[0] = db_text((struct str){ joined, sizeof(id.b) + p->value.n });
	t->target = l->target;
	t->target_id = id;
	return ERR_OK;
}

/* The facet climbs through hidden records too; a view that may not know of them descends on its own,
 * through published ones only. */
static enum err published_below(struct ctx *x, const struct leaf *l, const struct facet *f, const struct http_param *p,
				struct term *t)
{
	t->own = l;
	t->below = arena_array(x->arena, LIST_BELOW_MAX + LIST_VALUES_MAX, sizeof(*t->below));
	if (!t->below)
		return ERR_NOMEM;
	for (size_t i = 0; i < t->n; i++)
		t->below[t->n_below++] = t->v[i];
	return reach_below(x, l->target, f->closure, p, t->below, &t->n_below);
}

enum err term_facet(struct ctx *x, struct list_query *q, struct http_request *r, const struct facet *f,
		    const struct http_param *p, struct term *t)
{
	const struct shape *root = q->served->root;
	const struct leaf *l = facet_leaf(root, f);
	struct str name = arena_printf(x->arena, "%s.%s", root->resource->name, f->name);
	enum err e;

	t->kind = TERM_FACET;
	t->facet = name.p;
	if (!name.p || !l)
		return l ? ERR_NOMEM : ERR_INTERNAL;
	q->n_terms++;
	if (f->with && f->needs) {
		t->v = arena_alloc(x->arena, sizeof(*t->v));
		t->n = 1;
		return t->v ? pair_value(x, r, root, f, p, t) : ERR_NOMEM;
	}
	if (f->with) { /* text pair, as one value: XM-DAC-47066 */
		t->v = arena_alloc(x->arena, sizeof(*t->v));
		t->n = 1;
		return t->v ? text_value(x, p, p->value, OP_EQ, t->v) : ERR_NOMEM;
	}
	e = each_word(x, l, p, t);
	t->target = l->target;
	if (!e && l->target && t->n == 1 && t->v[0].s.n == sizeof(t->target_id.b))
		memcpy(t->target_id.b, t->v[0].s.p, sizeof(t->target_id.b));
	if (!e && f->closure && !shape_sight(&x->view, l->target)->writes && !x->problem->n_faults)
		e = published_below(x, l, f, p, t);
	return e;
}

/* One value: everything that comes to the same record, each with what was joined to the id (a role). */
static enum err add_merged(struct ctx *x, const struct shape *target, struct term *t)
{
	struct str tail = { t->v[0].s.p + sizeof(t->target_id.b), t->v[0].s.n - sizeof(t->target_id.b) };
	struct alias *all = arena_alloc(x->arena, sizeof(*all));
	struct uuid id;

	if (!all)
		return ERR_NOMEM;
	memcpy(id.b, t->v[0].s.p, sizeof(id.b));
	enum err e = alias_of(x, target, id, all);
	if (e || all->n == 1)
		return e == ERR_NOT_FOUND ? ERR_OK : e; /* what is not there is found nowhere */
	t->v = arena_array(x->arena, all->n, sizeof(*t->v));
	if (!t->v)
		return ERR_NOMEM;
	for (size_t i = 0; i < all->n; i++) {
		char *joined = arena_alloc(x->arena, sizeof(id.b) + tail.n);
		if (!joined)
			return ERR_NOMEM;
		memcpy(joined, all->all[i].b, sizeof(id.b));
		if (tail.n)
			memcpy(joined + sizeof(id.b), tail.p, tail.n);
		t->v[i] = db_text((struct str){ joined, sizeof(id.b) + tail.n });
	}
	t->target_id = all->survivor;
	t->n = all->n;
	t->merged = all->n - 1;
	return ERR_OK;
}

static enum err add_merged_of_many(struct ctx *x, const struct shape *target, struct term *t)
{
	struct db_value *v = arena_array(x->arena, LIST_BELOW_MAX, sizeof(*v));
	size_t n = t->n;

	if (!v)
		return ERR_NOMEM;
	memcpy(v, t->v, n * sizeof(*v));
	enum err e = alias_expand(x, target, v, &n, LIST_BELOW_MAX);
	t->v = v;
	t->merged = n - t->n;
	t->n = n;
	return e;
}

enum err term_aliases(struct ctx *x, struct list_query *q)
{
	for (size_t i = 0; i < q->n_terms; i++) {
		struct term *t = &q->terms[i];
		const struct shape *target = t->kind == TERM_ID ? q->served->shape : t->target;
		if (t->kind == TERM_LEAF)
			target = t->op == OP_NULL ? NULL : q->served->shape->leaves[t->leaf].target;
		if (!target || !shape_merges(target) || t->merged)
			continue;
		enum err e = t->n == 1 ? add_merged(x, target, t) : add_merged_of_many(x, target, t);
		if (e)
			return e;
	}
	return ERR_OK;
}

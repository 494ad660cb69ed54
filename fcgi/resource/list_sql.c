/* SPDX-License-Identifier: Apache-2.0
 * The text of list statements.  Only const tables lend identifiers; every value is bound. */
#include "resource/list_posted.h"
#include "resource/list_words.h"

#include "db/named.h"

#include <stdio.h>

/* Where a page's order comes from: the table itself, or the facet that drives it. */
struct plan {
	const struct list_query *q;
	const struct term *driver;  /* a single-valued facet term that gives the order, or NULL */
	const struct term *words;   /* the words that the page begins with, or NULL */
	const char *root;           /* alias of the root table: "t", or "rt" for children */
	const char *sorted;         /* alias of the table with the sort columns */
	bool restricted;            /* the view sees published records only */
	int64_t cls;                /* facet rows up to this class */
	struct list_sql *out;
	struct arena *arena;
};

void list_bind(struct list_sql *out, struct db_value v)
{
	if (out->n == sizeof(out->params) / sizeof(*out->params)) {
		out->text.err = ERR_LIMIT;
		return;
	}
	out->params[out->n++] = v;
}

static void bind(struct plan *p, struct db_value v)
{
	list_bind(p->out, v);
}

static void placeholders(struct plan *p, const struct db_value *v, size_t n)
{
	static const size_t lengths[] = { 1, 4, 16, LIST_VALUES_MAX, LIST_BELOW_MAX };
	size_t wide = LIST_BELOW_MAX;

	for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++)
		if (n <= lengths[i]) {
			wide = lengths[i];
			break;
		}
	for (size_t i = 0; i < wide; i++) {
		buf_z(&p->out->text, i ? ", ?" : "(?");
		bind(p, v[i < n ? i : n - 1]);
	}
	buf_char(&p->out->text, ')');
}

/* --- conditions ------------------------------------------------------------------------- */

static void edtf_term(struct plan *p, const char *col, const struct term *t)
{
	struct buf *b = &p->out->text;
	int lo = t->bounds.lo, hi = t->bounds.hi;

	switch (t->op) {
	case OP_GTE:
		buf_printf(b, "t.%s_lo >= ? AND t.%s_hi > 0", col, col);
		bind(p, db_int(lo));
		break;
	case OP_GT:
		buf_printf(b, "t.%s_lo > ? AND t.%s_hi > 0", col, col);
		bind(p, db_int(hi));
		break;
	case OP_LTE:
		buf_printf(b, "t.%s_hi <= ? AND t.%s_hi > 0", col, col);
		bind(p, db_int(hi));
		break;
	case OP_LT:
		buf_printf(b, "t.%s_hi < ? AND t.%s_hi > 0", col, col);
		bind(p, db_int(lo));
		break;
	case OP_OVERLAPS:
		buf_printf(b, "t.%s_lo <= ? AND t.%s_hi >= ?", col, col);
		bind(p, db_int(hi));
		bind(p, db_int(lo));
		break;
	default:
		buf_printf(b, "t.%s = ?", col);
		bind(p, t->v[0]);
	}
}

/* Of these records the view sees the published ones only. */
static bool hides(const struct plan *p, const struct shape *target)
{
	return target && !shape_sight(p->q->render.view, target)->writes;
}

static size_t asked(const struct term *t)
{
	return t->n - t->merged;
}

/* The state of the record that answers for row `alias` of the table of `g`, which may have been merged. */
static void answering_state(struct plan *p, const struct shape *g, const char *alias)
{
	buf_printf(&p->out->text, "COALESCE((SELECT w.state FROM %s w WHERE w.id = %s.merged_into), %s.state)", g->table, alias, alias);
}

/* A reference to a record this view may not know of counts as none. */
static void ref_term(struct plan *p, const struct leaf *l, const struct term *t)
{
	struct buf *b = &p->out->text;
	const char *col = l->f->col;
	char alias[24];

	snprintf(alias, sizeof(alias), "r%zu", t->leaf);
	if (t->op == OP_NULL && hides(p, l->target)) {
		buf_printf(b, t->v[0].i ? "(t.%s IS NULL OR " : "(t.%s IS NOT NULL AND ", col);
		if (shape_merges(l->target))
			answering_state(p, l->target, alias);
		else
			buf_printf(b, "%s.state", alias);
		buf_z(b, t->v[0].i ? " <> 'published')" : " = 'published')");
		return;
	}
	if (t->op == OP_NULL) {
		buf_printf(b, "t.%s IS %sNULL", col, t->v[0].i ? "" : "NOT ");
		return;
	}
	buf_printf(b, "t.%s IN ", col);
	placeholders(p, t->v, t->n);
	if (!hides(p, l->target))
		return;
	buf_z(b, " AND ");
	if (t->merged)
		answering_state(p, l->target, alias);
	else
		buf_printf(b, "%s.state", alias);
	buf_z(b, " = 'published'");
}

static void leaf_term(struct plan *p, const struct term *t)
{
	static const struct { enum field_op op; const char *sql; } simple[] = {
		{ OP_EQ, "=" }, { OP_NE, "<>" }, { OP_LT, "<" }, { OP_LTE, "<=" }, { OP_GT, ">" }, { OP_GTE, ">=" },
		{ OP_PREFIX, "LIKE" }, { OP_CONTAINS, "LIKE" },
	};
	const struct leaf *l = &p->q->served->shape->leaves[t->leaf];
	struct buf *b = &p->out->text;

	if (l->f->type == F_REF) {
		ref_term(p, l, t);
	} else if (t->op == OP_NULL) {
		buf_printf(b, "t.%s IS %sNULL", l->f->col, t->v[0].i ? "" : "NOT ");
	} else if (l->f->type == F_EDTF) {
		edtf_term(p, l->f->col, t);
	} else if (t->op == OP_IN) {
		buf_printf(b, "t.%s IN ", l->f->col);
		placeholders(p, t->v, t->n);
	} else {
		for (size_t i = 0; i < sizeof(simple) / sizeof(*simple); i++)
			if (simple[i].op == t->op) {
				/* NE means "known and other": SQL's own NULL logic */
				buf_printf(b, "t.%s %s ?", l->f->col, simple[i].sql);
				bind(p, t->v[0]);
			}
	}
}

/* Begins a question for a published record, v; of a child it is its root.  What follows is the id. */
static void published(struct buf *b, const struct shape *g)
{
	if (g->parent)
		buf_printf(b, " AND EXISTS (SELECT 1 FROM %s k JOIN %s v ON v.id = k.parent WHERE k.id = ", g->table, g->parent->table);
	else
		buf_printf(b, " AND EXISTS (SELECT 1 FROM %s v WHERE v.id = ", g->table);
}

static void target_visible(struct plan *p, const struct term *t)
{
	if (!hides(p, t->target))
		return;
	if (t->n_below) {
		buf_printf(&p->out->text, " AND %s.%s IN ", p->root, t->own->f->col);
		placeholders(p, t->below, t->n_below);
		published(&p->out->text, t->target);
		buf_printf(&p->out->text, "%s.%s AND v.state = 'published')", p->root, t->own->f->col);
	}
	if (asked(t) > 1)
		return; /* a list of values is checked where it is met */
	published(&p->out->text, t->target);
	buf_z(&p->out->text, "? AND v.state = 'published')");
	bind(p, (struct db_value){ DB_TEXT, 0, { (const char *)t->target_id.b, sizeof(t->target_id.b) } });
}

static void facet_sort_column(const struct plan *p, char *out, size_t size)
{
	const struct resource *r = p->q->served->root->resource;

	if (r->facet_sort)
		snprintf(out, size, "%s.%s_lo", p->root, r->facet_sort);
	else
		snprintf(out, size, "0");
}

/* Whether something else is read before the table itself. */
static bool is_led(const struct plan *p)
{
	return p->driver || p->words;
}

static void facet_term(struct plan *p, const struct term *t)
{
	struct buf *b = &p->out->text;
	char order[80];

	if (t == p->driver) {
		buf_z(b, "f0.facet = ? AND f0.value = ? AND f0.cls <= ?");
		bind(p, db_text(str_from(t->facet)));
		bind(p, t->v[0]);
		bind(p, db_int(p->cls));
		target_visible(p, t);
		return;
	}
	facet_sort_column(p, order, sizeof(order));
	/* Behind a driver it must stay a look-up for each row: as EXISTS the server may turn it into a join,
	 * begin with it, and sort.  Without one, beginning with it may be the best there is. */
	buf_z(b, is_led(p) ? "(SELECT 1 FROM facet f WHERE f.facet = ? AND f.value IN "
			   : "EXISTS (SELECT 1 FROM facet f WHERE f.facet = ? AND f.value IN ");
	bind(p, db_text(str_from(t->facet)));
	placeholders(p, t->v, t->n);
	buf_printf(b, " AND f.sort_lo = %s AND f.id = %s.id AND f.cls <= ?", order, p->root);
	bind(p, db_int(p->cls));
	if (hides(p, t->target) && asked(t) > 1) {
		published(b, t->target);
		buf_z(b, "f.value AND ");
		if (t->merged)
			answering_state(p, t->target, "v");
		else
			buf_z(b, "v.state");
		buf_z(b, " = 'published')");
	}
	buf_z(b, is_led(p) ? " LIMIT 1) IS NOT NULL" : ")");
	if (asked(t) == 1 || t->n_below)
		target_visible(p, t);
}

static void reached_term(struct plan *p)
{
	static const struct { const char *name; enum access_group group; } sees[] = {
		{ "sees_visits", GROUP_VISITS }, { "sees_directory", GROUP_DIRECTORY }, { "sees_policies", GROUP_POLICIES },
	};
	const struct list_query *q = p->q;
	const struct resource *r = q->served->resource;
	struct named values[2 * SHAPE_REACHES_MAX + sizeof(sees) / sizeof(*sees) + 2];
	struct named_sql out = { p->out->params, p->out->n, sizeof(p->out->params) / sizeof(*p->out->params) };
	size_t n = 0;

	for (size_t i = 0; r->reaches[i].name; i++) {
		values[n++] = named_list(r->reaches[i].name, q->reach[i], q->n_reach[i]);
		values[n++] = named_int(r->reaches[i].any, !q->reach[i]);
	}
	for (size_t i = 0; i < sizeof(sees) / sizeof(*sees); i++)
		values[n++] = named_int(sees[i].name, q->render.view->of[sees[i].group].writes);
	values[n++] = named_int("sees_names", q->render.view->of[GROUP_VISITS].fields >= CLASS_RESTRICTED);
	values[n] = (struct named){ .name = NULL };
	buf_z(&p->out->text, "t.id IN (SELECT found FROM (");
	named_write(&p->out->text, &out, r->reach_sql, values);
	buf_z(&p->out->text, ") reached)");
	p->out->n = out.n;
}

static void conditions(struct plan *p)
{
	struct buf *b = &p->out->text;
	const struct list_query *q = p->q;

	buf_z(b, " WHERE TRUE");
	if (p->restricted)
		buf_printf(b, " AND %s.state = 'published'", p->root);
	if (q->served->kid < 0 && shape_merges(q->served->root))
		buf_z(b, " AND t.merged_into IS NULL");
	for (size_t i = 0; i < q->n_terms; i++) {
		const struct term *t = &q->terms[i];
		if (t == p->words)
			continue;
		buf_z(b, " AND ");
		if (t->kind == TERM_WORDS) {
			list_words_condition(p->out, q, t, p->cls, p->driver);
		} else if (t->kind == TERM_FACET) {
			facet_term(p, t);
		} else if (t->kind == TERM_REACH) {
			reached_term(p);
		} else if (t->kind == TERM_LEAF) {
			leaf_term(p, t);
		} else {
			buf_z(b, t->kind == TERM_ID ? "t.id IN " : "t.parent IN ");
			placeholders(p, t->v, t->n);
		}
	}
}

/* --- order ------------------------------------------------------------------------------ */

static void sort_column(const struct plan *p, size_t i, char *out, size_t size)
{
	if (p->driver)
		snprintf(out, size, "f0.sort_lo");
	else
		snprintf(out, size, "%s.%s", p->sorted, p->q->sorts[i].sort->col);
}

static bool ends_in_id(const struct list_query *q)
{
	return q->sorts[q->n_sorts - 1].sort->key == KEY_ID;
}

/* Rows after the cursor: (k1 > ? OR (k1 = ? AND (k2 > ? OR (k2 = ? AND id > ?)))), and once more
 * k1 >= ? so that the index range is seen. */
static void keyset(struct plan *p)
{
	const struct list_query *q = p->q;
	struct buf *b = &p->out->text;
	size_t keys = ends_in_id(q) ? q->n_sorts - 1 : q->n_sorts;
	const char *id = p->driver ? "f0.id" : "t.id";
	char col[80];

	if (!q->after)
		return;
	if (keys) {
		sort_column(p, 0, col, sizeof(col));
		buf_printf(b, " AND %s %s ?", col, q->sorts[0].desc ? "<=" : ">=");
		bind(p, q->after_key[0]);
	}
	buf_z(b, " AND (");
	for (size_t i = 0; i < keys; i++) {
		sort_column(p, i, col, sizeof(col));
		buf_printf(b, "%s %s ? OR (%s = ? AND (", col, q->sorts[i].desc ? "<" : ">", col);
		bind(p, q->after_key[i]);
		bind(p, q->after_key[i]);
	}
	buf_printf(b, "%s %s ?", id, q->sorts[q->n_sorts - 1].desc ? "<" : ">");
	bind(p, db_uuid(&q->after_id));
	for (size_t i = 0; i < keys; i++)
		buf_z(b, "))");
	buf_char(b, ')');
}

static void order(struct plan *p)
{
	const struct list_query *q = p->q;
	struct buf *b = &p->out->text;
	char col[80];

	buf_z(b, " ORDER BY ");
	for (size_t i = 0; i < q->n_sorts; i++) {
		sort_column(p, i, col, sizeof(col));
		buf_printf(b, "%s%s%s", i ? ", " : "", col, q->sorts[i].desc ? " DESC" : "");
	}
	if (!ends_in_id(q))
		buf_printf(b, ", %s.id%s", p->driver ? "f0" : p->sorted, q->sorts[q->n_sorts - 1].desc ? " DESC" : "");
}

static void order_and_limit(struct plan *p)
{
	keyset(p);
	order(p);
	buf_z(&p->out->text, " LIMIT ?");
	bind(p, db_int((int64_t)p->q->limit + 1));
}

/* --- the whole -------------------------------------------------------------------------- */

/* A facet gives the order when the page is asked for in the facet's own order. */
static const struct term *driver_of(const struct list_query *q)
{
	const char *by = q->served->root->resource->facet_sort;

	if (q->served->kid >= 0 || !by || q->n_sorts != 1 || strcmp(q->sorts[0].sort->name, by) != 0)
		return NULL;
	for (size_t i = 0; i < q->n_terms; i++)
		if (q->terms[i].kind == TERM_FACET && q->terms[i].n == 1)
			return &q->terms[i];
	return NULL;
}

static void sort_columns(struct plan *p)
{
	for (size_t i = 0; i < p->q->n_sorts; i++)
		buf_printf(&p->out->text, ", t.%s", p->q->sorts[i].sort->col);
}

void list_epoch(struct list_sql *out, const struct list_query *q)
{
	if (list_names_bodies(q))
		buf_z(&out->text, " JOIN label_epoch e ON e.only_row = 1");
}

static void select_list(struct plan *p)
{
	const struct served *v = p->q->served;
	struct buf *b = &p->out->text;

	buf_z(b, "SELECT ");
	shape_columns(v->shape, list_leaves(p->q), b);
	if (v->kid >= 0)
		buf_printf(b, ", %s", v->root_columns);
	sort_columns(p);
	if (list_names_bodies(p->q))
		buf_z(b, ", e.epoch");
}

/* References are joined for what is shown, and for the state of what is asked for: opening a table costs
 * also where the server then finds that it needs nothing of it. */
static uint64_t asked_leaves(const struct plan *p)
{
	uint64_t leaves = 0;

	for (size_t i = 0; i < p->q->n_terms; i++)
		if (p->q->terms[i].kind == TERM_LEAF)
			leaves |= UINT64_C(1) << p->q->terms[i].leaf;
	return leaves;
}

/* `leaves`: those whose references are joined. */
static void from(struct plan *p, uint64_t leaves)
{
	const struct served *v = p->q->served;
	struct buf *b = &p->out->text;

	buf_z(b, p->driver ? " FROM facet f0 STRAIGHT_JOIN " : " FROM ");
	buf_z(b, v->shape->table);
	buf_z(b, p->driver ? " t ON t.id = f0.id" : " t");
	shape_joins(v->shape, leaves, b);
	if (v->kid >= 0)
		buf_printf(b, " JOIN %s rt ON rt.id = t.parent", v->root->table);
}

static void from_words(struct plan *p)
{
	struct buf *b = &p->out->text;

	buf_z(b, " FROM ");
	list_words_found(p->out, p->arena, p->q, p->words, p->cls);
	buf_printf(b, " STRAIGHT_JOIN %s t ON t.id = d.id", p->q->served->shape->table);
	shape_joins(p->q->served->shape, asked_leaves(p), b);
}

/* What words lead to is sorted by its keys alone; whole rows, which would make a large table of their own, are
 * read for the page. */
static void page_of_words(struct plan *p)
{
	const struct shape *s = p->q->served->shape;
	struct buf *b = &p->out->text;

	select_list(p);
	buf_z(b, " FROM (SELECT t.id");
	sort_columns(p);
	from_words(p);
	conditions(p);
	order_and_limit(p);
	buf_printf(b, ") p STRAIGHT_JOIN %s t ON t.id = p.id", s->table);
	shape_joins(s, list_leaves(p->q), b);
	list_epoch(p->out, p->q);
	p->sorted = "p";
	order(p);
}

enum err list_sql(struct ctx *x, const struct list_query *q, bool count, struct list_sql *out)
{
	const struct sight *sight = shape_sight(&x->view, q->served->root);
	struct plan p = { .q = q, .out = out, .arena = x->arena, .root = q->served->kid >= 0 ? "rt" : "t", .sorted = "t", .restricted = !sight->writes,
			  .cls = sight->fields };

	p.words = list_words(q);
	p.driver = p.words ? NULL : driver_of(q);
	out->n = 0;
	buf_init(&out->text, 65536);
	if (count) {
		buf_z(&out->text, "SELECT COUNT(*)");
		if (p.words)
			from_words(&p);
		else
			from(&p, asked_leaves(&p));
		conditions(&p);
	} else if (p.words && p.words->n_posted) {
		list_posted(out, x->arena, q, p.words, p.cls);
	} else if (p.words) {
		page_of_words(&p);
	} else {
		select_list(&p);
		from(&p, list_leaves(q) | asked_leaves(&p));
		list_epoch(out, q);
		conditions(&p);
		order_and_limit(&p);
	}
	buf_char(&out->text, '\0');
	return out->text.err;
}

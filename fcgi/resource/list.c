/* SPDX-License-Identifier: Apache-2.0
 * Pages: cursors, running the statement, writing the items. */
#include "resource/list.h"

#include "base/text.h"
#include "resource/alias.h"
#include "resource/hooks.h"
#include "resource/list_posted.h"
#include "resource/list_words.h"
#include "resource/load.h"
#include "resource/resolve.h"
#include "resource/term.h"

enum { CURSOR_VERSION = 1, CURSOR_MAX = 4096 };

/* --- cursors ---------------------------------------------------------------------------- */

static void put_u64(struct buf *b, uint64_t v)
{
	for (int i = 56; i >= 0; i -= 8)
		buf_char(b, (char)(v >> i));
}

struct str list_cursor(struct arena *a, const struct list_query *q, const struct db_value *keys, struct uuid id)
{
	struct buf b;

	buf_init(&b, CURSOR_MAX);
	buf_char(&b, CURSOR_VERSION);
	put_u64(&b, q->check);
	for (size_t i = 0; i < q->n_sorts; i++) {
		struct str s = keys[i].s;
		if (keys[i].type == DB_INT)
			s = arena_printf(a, "%lld", (long long)keys[i].i);
		if (!s.p)
			b.err = ERR_NOMEM;
		buf_char(&b, (char)(s.n >> 8));
		buf_char(&b, (char)s.n);
		buf_str(&b, s);
	}
	buf_add(&b, id.b, sizeof(id.b));
	struct str text = b.err ? (struct str){ NULL, 0 } : text_base64url(a, buf_view(&b));
	buf_free(&b);
	return text;
}

static bool read_key(struct str *rest, enum sort_key kind, struct db_value *out)
{
	if (rest->n < 2)
		return false;
	size_t n = (size_t)(unsigned char)rest->p[0] << 8 | (unsigned char)rest->p[1];
	if (rest->n - 2 < n)
		return false;
	struct str s = { rest->p + 2, n };
	*rest = (struct str){ rest->p + 2 + n, rest->n - 2 - n };
	if (kind == KEY_INT) {
		int64_t v = 0;
		for (size_t i = 0; i < s.n; i++) {
			if (s.p[i] < '0' || s.p[i] > '9' || v > 1000000000)
				return false;
			v = v * 10 + (s.p[i] - '0');
		}
		*out = db_int(v);
		return s.n > 0;
	}
	if (kind == KEY_ID && s.n != sizeof(struct uuid))
		return false;
	if (kind == KEY_TIME) {
		uint64_t ms;
		if (!clock_parse_sql(s, &ms))
			return false;
	}
	*out = db_text(s);
	return kind != KEY_TEXT || text_utf8_valid(s);
}

bool list_cursor_read(struct arena *a, struct list_query *q, struct str text)
{
	struct str rest;
	uint64_t check = 0;

	if (text.n > CURSOR_MAX || !text_unbase64url(a, text, &rest) || rest.n < 9 || rest.p[0] != CURSOR_VERSION)
		return false;
	for (int i = 1; i <= 8; i++)
		check = check << 8 | (unsigned char)rest.p[i];
	if (check != q->check)
		return false;
	rest = (struct str){ rest.p + 9, rest.n - 9 };
	for (size_t i = 0; i < q->n_sorts; i++)
		if (!read_key(&rest, q->sorts[i].sort->key, &q->after_key[i]))
			return false;
	if (rest.n != sizeof(q->after_id.b))
		return false;
	memcpy(q->after_id.b, rest.p, rest.n);
	q->after = true;
	return true;
}

/* --- running ---------------------------------------------------------------------------- */

/* What the page shows, and what a computed field needs when it is asked for by name. */
static uint32_t kids_wanted(const struct list_query *q)
{
	int leaf = hooks_computed_leaf(q->served->shape);
	bool asked = leaf >= 0 && q->render.leaves != UINT64_MAX && q->render.leaves & UINT64_C(1) << leaf;

	return q->render.kids | (asked ? hooks_needs(q->served->shape) : 0);
}

uint64_t list_leaves(const struct list_query *q)
{
	const struct shape *s = q->served->shape;
	const struct sight *sight = shape_sight(q->render.view, q->served->root);
	int computed = hooks_computed_leaf(s);
	uint64_t leaves = 0;
	bool named = q->render.kids != 0; /* references there need the time of the record */

	/* what a computed field looks at is its own affair */
	if (q->served->kid >= 0 || (computed >= 0 && kids_wanted(q)))
		return SHAPE_ALL;
	for (size_t i = 0; i < s->n_leaves; i++) {
		const struct leaf *l = &s->leaves[i];
		if (!(q->render.leaves & UINT64_C(1) << i) || l->f->flags & FIELD_INTERNAL ||
		    (l->f->cls > sight->fields && l->open_if < 0))
			continue;
		leaves |= UINT64_C(1) << i;
		if (l->open_if >= 0)
			leaves |= UINT64_C(1) << l->open_if;
		named |= (s->bodies >> i & 1) != 0;
	}
	return leaves | (named ? resolve_leaves(s) : 0);
}

/* From the root's columns: label, version, and when it was. */
static void set_root(const struct served *v, const struct db_value *c, struct record *r)
{
	r->root = r->parent;
	r->root_label = c[0].s;
	r->when = (struct edtf){ EDTF_UNKNOWN, EDTF_UNKNOWN };
	for (size_t i = 2; i < v->n_root_columns; i++)
		if (c[i].type != DB_NULL) {
			r->when = resolve_first_day(c[i].s);
			break;
		}
}

bool list_names_bodies(const struct list_query *q)
{
	return q->served->kid < 0 && (q->served->shape->bodies & list_leaves(q) || q->render.kids);
}

static enum err fill(struct ctx *x, const struct list_query *q, const struct db_rows *rows, struct page *out)
{
	const struct served *v = q->served;
	bool bodies = list_names_bodies(q);
	size_t cols = rows->cols - list_posted_checks(q), keys = cols - bodies - q->n_sorts, own = keys - v->n_root_columns;
	uint64_t leaves = list_leaves(q);
	size_t n = rows->rows > q->limit ? q->limit : rows->rows;

	out->rows.cap = n;
	out->rows.item = arena_array(x->arena, n, sizeof(*out->rows.item));
	if (!out->rows.item)
		return ERR_NOMEM;
	if (n && bodies)
		x->chains_at = (uint64_t)db_cell(rows, 0, cols - 1)->i;
	for (size_t i = 0; i < n; i++) {
		struct record *r = &out->rows.item[out->rows.n++];
		enum err e = record_init_row(x->arena, v->shape, r);
		if (!e)
			e = load_row(x, v->shape, leaves, rows, i, 0, r);
		if (e)
			return e;
		if (v->kid >= 0)
			set_root(v, db_cell(rows, i, own), r);
	}
	enum err e = alias_settle(x);
	if (e)
		return e;
	if (rows->rows <= q->limit)
		return ERR_OK;
	out->next_cursor = list_cursor(x->arena, q, db_cell(rows, n - 1, keys), out->rows.item[n - 1].id);
	return out->next_cursor.p ? ERR_OK : ERR_NOMEM;
}

struct run {
	struct ctx *x;
	struct list_query *q;
	struct page *out;
};

static enum err run_sql(struct ctx *x, const struct list_query *q, bool count, struct db_rows *rows)
{
	struct list_sql sql;
	enum err e = list_sql(x, q, count, &sql);

	if (!e)
		e = db_query(x->db, x->arena, sql.text.p, sql.params, sql.n, rows);
	buf_free(&sql.text);
	return e;
}

/* The rows of the page; once more where what was remembered of its words holds no longer. */
static enum err read_page(struct ctx *x, struct list_query *q, struct db_rows *rows)
{
	bool again = false;
	enum err e = run_sql(x, q, false, rows);

	if (!e)
		e = list_posted_again(x, q, rows, &again);
	return e || !again ? e : run_sql(x, q, false, rows);
}

static enum err run(struct db *d, void *arg)
{
	struct run *r = arg;
	struct ctx *x = r->x;
	struct db_rows rows;

	(void)d;
	*r->out = (struct page){ .total = -1 };
	enum err e = read_page(x, r->q, &rows);
	if (!e)
		e = fill(x, r->q, &rows, r->out);
	uint32_t kids = kids_wanted(r->q);
	if (!e)
		e = load_kids(x, r->q->served->shape, &r->out->rows, kids);
	if (!e)
		e = resolve_references(x, r->q->served->shape, &r->out->rows);
	if (!e)
		hooks_compute(x, r->q->served->shape, &r->out->rows, kids);
	if (!e && r->q->count) {
		e = run_sql(x, r->q, true, &rows);
		if (!e)
			r->out->total = db_cell(&rows, 0, 0)->i;
	}
	return e;
}

enum err list_run(struct ctx *x, struct list_query *q, struct page *out)
{
	struct run r = { x, q, out };
	bool several = q->count || kids_wanted(q) != 0;
	enum err e = term_aliases(x, q);

	if (!e)
		e = list_words_lead(x, q);
	if (e)
		return e;
	return several ? db_tx(x->db, DB_SNAPSHOT, run, &r) : run(x->db, &r);
}

void list_render(struct json_writer *w, const struct list_query *q, const struct page *p, struct str next_url)
{
	json_object(w);
	json_key(w, "items");
	json_array(w);
	for (size_t i = 0; i < p->rows.n; i++)
		render_record(w, &q->render, q->served->shape, &p->rows.item[i]);
	json_end_array(w);
	json_key(w, "next");
	if (next_url.n)
		json_str(w, next_url);
	else
		json_null(w);
	if (p->total >= 0) {
		json_key(w, "total");
		json_int(w, p->total);
	}
	json_end_object(w);
}

enum err list_child(struct ctx *x, const struct served *served, struct uuid id, struct record *out, uint32_t *root_version)
{
	const struct shape *s = served->shape, *root = served->root;
	struct str sql = arena_printf(x->arena,
				      "SELECT %s, e.epoch, %s FROM %s JOIN %s rt ON rt.id = t.parent"
				      " JOIN label_epoch e ON e.only_row = 1 WHERE t.id = ?%s", s->columns, served->root_columns, s->from, root->table,
				      shape_sight(&x->view, root)->writes ? "" : " AND rt.state = 'published'");
	struct db_value key = db_uuid(&id);
	struct db_rows rows;
	struct records one = { .n = 1, .cap = 1, .item = out };

	if (!sql.p)
		return ERR_NOMEM;
	enum err e = db_query(x->db, x->arena, sql.p, &key, 1, &rows);
	if (!e && rows.rows == 0)
		e = ERR_NOT_FOUND;
	if (!e)
		e = record_init(x->arena, s, out);
	if (!e)
		e = load_row(x, s, SHAPE_ALL, &rows, 0, 0, out);
	if (e)
		return e;
	x->epoch = (uint64_t)db_cell(&rows, 0, s->n_columns)->i;
	set_root(served, db_cell(&rows, 0, s->n_columns + 1), out);
	*root_version = (uint32_t)db_cell(&rows, 0, s->n_columns + 2)->i;
	e = load_kids(x, s, &one, LOAD_ALL_KIDS);
	return e ? e : resolve_references(x, s, &one);
}

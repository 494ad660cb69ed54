/* SPDX-License-Identifier: Apache-2.0
 * Words are computed from whole records and compared with what is stored; both are sorted. */
#include "resource/token.h"

#include "base/text.h"
#include "base/words.h"
#include "resource/posting.h"
#include "resource/render.h"
#include "resource/token_rows.h"

#include <stdlib.h>

/* --- what is wanted --------------------------------------------------------------------- */

static enum err add_row(struct arena *a, struct token_rows *out, struct token_row row)
{
	struct token_row *more = arena_room(a, out->item, out->n, &out->cap, 1, sizeof(*more));
	if (!more)
		return ERR_NOMEM;
	out->item = more;
	out->item[out->n++] = row;
	return ERR_OK;
}

static bool searched(const struct leaf *l)
{
	return (l->f->flags & FIELD_SEARCH) != 0;
}

static enum err gather(struct arena *a, const struct shape *s, const struct record *r, enum field_class floor, struct token_rows *out)
{
	for (size_t i = 0; i < s->n_leaves; i++) {
		struct words w;
		if (!searched(&s->leaves[i]) || !r->v[i].set)
			continue;
		enum field_class cls = render_class(s, r, i);
		enum err e = words_of(a, r->v[i].s, WORDS_STORED, &w);
		for (size_t j = 0; !e && j < w.n; j++)
			e = add_row(a, out, (struct token_row){ w.item[j], cls < floor ? floor : cls });
		if (e)
			return e;
	}
	for (size_t i = 0; i < s->n_kids; i++) {
		const struct shape *k = s->kids[i].shape;
		for (size_t j = 0; k->searchable && j < r->kids[i].n; j++) {
			enum err e = gather(a, k, &r->kids[i].item[j], floor, out);
			if (e)
				return e;
		}
	}
	return ERR_OK;
}

static int compare(struct str a, struct str b)
{
	int c = memcmp(a.p, b.p, a.n < b.n ? a.n : b.n);

	return c ? c : (a.n > b.n) - (a.n < b.n);
}

static int by_token(const void *left, const void *right)
{
	const struct token_row *a = left, *b = right;
	int c = compare(a->token, b->token);

	return c ? c : (a->cls > b->cls) - (a->cls < b->cls);
}

/* Each word once, under the lowest of its classes. */
static void settle(struct token_rows *r)
{
	size_t n = 0;

	if (r->n)
		qsort(r->item, r->n, sizeof(*r->item), by_token);
	for (size_t i = 0; i < r->n; i++)
		if (n == 0 || compare(r->item[n - 1].token, r->item[i].token) != 0)
			r->item[n++] = r->item[i];
	r->n = n;
}

bool token_same(const struct shape *s, const struct record *a, const struct record *b)
{
	for (size_t i = 0; i < s->n_leaves; i++)
		if (searched(&s->leaves[i]) && (a->v[i].set != b->v[i].set || (a->v[i].set && (!str_eq(a->v[i].s, b->v[i].s) ||
		    render_class(s, a, i) != render_class(s, b, i)))))
			return false;
	for (size_t i = 0; i < s->n_kids; i++) {
		const struct shape *k = s->kids[i].shape;
		if (!k->searchable)
			continue;
		if (a->kids[i].n != b->kids[i].n)
			return false;
		for (size_t j = 0; j < a->kids[i].n; j++)
			if (!token_same(k, &a->kids[i].item[j], &b->kids[i].item[j]))
				return false;
	}
	return true;
}

/* --- what is stored --------------------------------------------------------------------- */

/* Rows go in groups of a few sizes, so that statements stay few; the last of a group is repeated. */
static size_t group_size(size_t n)
{
	return n >= 64 ? 64 : n > 16 ? 64 : n > 4 ? 16 : n > 1 ? 4 : 1;
}

enum { GROUP_MAX = 64, INSERT_COLUMNS_MAX = 6 };

/* Null when they do not fit. */
static enum err beside(struct arena *a, const struct token_rows *all, struct db_value *out)
{
	size_t n = 1;

	*out = db_null();
	for (size_t i = 0; i < all->n; i++)
		n += all->item[i].token.n + 2;
	if (n > TOKEN_BESIDE_MAX)
		return ERR_OK;
	char *text = arena_raw(a, n), *at = text;
	if (!text)
		return ERR_NOMEM;
	*at++ = ' ';
	for (size_t i = 0; i < all->n; i++) {
		struct str word = all->item[i].token;
		*at++ = (char)('0' + all->item[i].cls);
		memcpy(at, word.p, word.n);
		at += word.n;
		*at++ = ' ';
	}
	*out = db_text((struct str){ text, n });
	return ERR_OK;
}

enum err token_insert(struct ctx *x, const char *resource, const struct uuid *id, const struct token_rows *rows,
		      const struct db_value *beside, const struct db_value *sort)
{
	size_t columns = sort ? 6 : 5;

	for (size_t from = 0; from < rows->n; from += GROUP_MAX) {
		struct db_value v[GROUP_MAX * INSERT_COLUMNS_MAX];
		size_t n = rows->n - from < GROUP_MAX ? rows->n - from : GROUP_MAX, wide = group_size(n);
		struct buf sql;

		buf_init(&sql, 4096);
		buf_z(&sql, sort ? "INSERT INTO posting (resource, token, id, cls, beside, sort) VALUES "
				 : "INSERT INTO token (resource, token, id, cls, beside) VALUES ");
		for (size_t i = 0; i < wide; i++) {
			const struct token_row *r = &rows->item[from + (i < n ? i : n - 1)];
			struct db_value *at = &v[i * columns];
			buf_printf(&sql, "%s(?, ?, ?, ?, ?%s)", i ? ", " : "", sort ? ", ?" : "");
			at[0] = db_text(str_from(resource));
			at[1] = db_text(r->token);
			at[2] = db_uuid(id);
			at[3] = db_int(r->cls);
			at[4] = *beside;
			if (sort)
				at[5] = *sort;
		}
		buf_z(&sql, " ON DUPLICATE KEY UPDATE cls = VALUES(cls), beside = VALUES(beside)");
		buf_char(&sql, '\0');
		enum err e = sql.err ? sql.err : db_query(x->db, x->arena, sql.p, v, wide * columns, NULL);
		buf_free(&sql);
		if (e)
			return e;
	}
	return ERR_OK;
}

static enum err remove_rows(struct ctx *x, const char *resource, const struct uuid *id, const struct token_rows *rows)
{
	for (size_t from = 0; from < rows->n; from += GROUP_MAX) {
		struct db_value v[GROUP_MAX + 2] = { db_uuid(id), db_text(str_from(resource)) };
		size_t n = rows->n - from < GROUP_MAX ? rows->n - from : GROUP_MAX, wide = group_size(n);
		struct buf sql;

		buf_init(&sql, 4096);
		buf_z(&sql, "DELETE FROM token WHERE id = ? AND resource = ? AND token IN ");
		for (size_t i = 0; i < wide; i++) {
			buf_z(&sql, i ? ", ?" : "(?");
			v[i + 2] = db_text(rows->item[from + (i < n ? i : n - 1)].token);
		}
		buf_z(&sql, ")");
		buf_char(&sql, '\0');
		enum err e = sql.err ? sql.err : db_query(x->db, x->arena, sql.p, v, wide + 2, NULL);
		buf_free(&sql);
		if (e)
			return e;
	}
	return ERR_OK;
}

/* What must go and what must come (whatever has changed of it), by walking both in order. */
static enum err differ(struct arena *a, const struct db_rows *have, const struct token_rows *want, const struct db_value *beside,
		       struct token_rows *gone, struct token_rows *come)
{
	size_t i = 0, j = 0;
	enum err e = ERR_OK;

	while (!e && (i < have->rows || j < want->n)) {
		const struct db_value *c = i < have->rows ? db_cell(have, i, 0) : NULL;
		int order = !c ? 1 : j == want->n ? -1 : compare(c[0].s, want->item[j].token);
		if (order < 0)
			e = add_row(a, gone, (struct token_row){ c[0].s, 0 });
		else if (order > 0 || c[1].i != want->item[j].cls || !token_same_value(&c[2], beside))
			e = add_row(a, come, want->item[j]);
		i += order <= 0;
		j += order >= 0;
	}
	return e;
}

enum err token_write(struct ctx *x, const struct shape *s, const struct records *all)
{
	const struct uuid *id = &all->item[0].id;
	struct token_rows want = { 0 }, gone = { 0 }, come = { 0 };
	struct db_rows have;
	struct db_value key[] = { db_uuid(id), db_text(str_from(s->resource->name)) }, others;
	enum err e = ERR_OK;

	if (!s->searchable)
		return ERR_OK;
	for (size_t i = 0; i < all->n && !e; i++) {
		bool open = i == 0 || record_published(&all->item[i]);
		e = gather(x->arena, s, &all->item[i], open ? CLASS_PUBLIC : CLASS_RESTRICTED, &want);
	}
	if (!e)
		e = db_query(x->db, x->arena, "SELECT token, cls, beside FROM token WHERE id = ? AND resource = ? ORDER BY token", key, 2, &have);
	if (e)
		return e;
	settle(&want);
	e = beside(x->arena, &want, &others);
	if (!e)
		e = differ(x->arena, &have, &want, &others, &gone, &come);
	x->kept += gone.n + come.n;
	if (!e)
		e = remove_rows(x, s->resource->name, id, &gone);
	if (!e)
		e = token_insert(x, s->resource->name, id, &come, &others, NULL);
	return e ? e : posting_write(x, s, &all->item[0], &want, &others);
}

enum err token_delete(struct ctx *x, const struct shape *s, struct uuid id)
{
	struct db_value key[] = { db_uuid(&id), db_text(str_from(s->resource->name)) };

	if (!s->searchable)
		return ERR_OK;
	enum err e = db_query(x->db, x->arena, "DELETE FROM token WHERE id = ? AND resource = ?", key, 2, NULL);
	return e ? e : posting_delete(x, s, &id);
}

/* --- what is asked ---------------------------------------------------------------------- */

/* A word that another one of the query begins with says nothing more; nor does one said twice. */
static bool is_said(const struct words *w, size_t i)
{
	for (size_t j = 0; j < w->n; j++) {
		bool longer = w->item[j].n > w->item[i].n && text_length(w->item[i]) > 1;
		if (str_eq(w->item[j], w->item[i]) ? j < i : longer && str_starts(w->item[j], w->item[i]))
			return true;
	}
	return false;
}

/* The first text behind all that begin with `word`: its last byte is no 0xff, as it is UTF-8. */
static struct str behind(struct arena *a, struct str word)
{
	struct str out = arena_dup(a, word);

	if (out.p)
		((char *)out.p)[out.n - 1]++;
	return out;
}

static size_t shortest(const struct term *t)
{
	size_t found = 0;

	for (size_t i = 1; i < t->n; i++)
		if (t->v[2 * i].s.n < t->v[2 * found].s.n)
			found = i;
	return found;
}

enum err token_term(struct ctx *x, const struct http_param *p, struct term *t)
{
	struct words w;
	enum err e = words_of(x->arena, p->value, WORDS_ASKED, &w);

	if (e)
		return e;
	t->kind = TERM_WORDS;
	t->v = arena_array(x->arena, 2 * TOKEN_ASKED_MAX, sizeof(*t->v));
	if (!t->v)
		return ERR_NOMEM;
	if (w.n == 0)
		problem_at_parameter(x->problem, p->name.p, "too_short", "No word to look for: give words of a name, or their beginnings.");
	for (size_t i = 0; i < w.n; i++) {
		if (is_said(&w, i))
			continue;
		size_t at = t->n < TOKEN_ASKED_MAX ? t->n : shortest(t);
		if (at < t->n && t->v[2 * at].s.n >= w.item[i].n)
			continue;
		struct str end = text_length(w.item[i]) > 1 ? behind(x->arena, w.item[i]) : (struct str){ NULL, 0 };
		if (!end.p && text_length(w.item[i]) > 1)
			return ERR_NOMEM;
		t->v[2 * at] = db_text(w.item[i]);
		t->v[2 * at + 1] = db_text(end);
		t->n += at == t->n;
	}
	return ERR_OK;
}

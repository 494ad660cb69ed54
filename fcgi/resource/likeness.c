/* SPDX-License-Identifier: Apache-2.0
 * Keys and pairs of one record are computed anew and compared with what is stored. */
#include "resource/likeness.h"

#include "base/buf.h"
#include "resource/likeness_find.h"
#include "resource/load.h"

enum { ROWS_A_STATEMENT = 16, SQL_MAX = 4096, LINKS_MAX = 512 };

static struct db_value type_of(const struct shape *s)
{
	return db_text(str_from(s->resource->name));
}

/* "head (?, …), (?, …) tail" */
static enum err insert_rows(struct ctx *x, const char *head, const char *row, const char *tail, size_t rows, const struct db_value *v,
			    size_t n)
{
	struct buf b;

	buf_init(&b, SQL_MAX);
	buf_z(&b, head);
	for (size_t i = 0; i < rows; i++)
		buf_printf(&b, "%s%s", i ? ", " : " ", row);
	buf_z(&b, tail);
	buf_char(&b, '\0');
	enum err e = b.err ? b.err : db_query(x->db, x->arena, b.p, v, n, NULL);
	buf_free(&b);
	x->kept += rows;
	return e;
}

/* --- keys --------------------------------------------------------------------------------- */

struct stored_key {
	const char *reason;
	struct str text;
	bool stored;
};

static enum err insert_keys(struct ctx *x, const struct shape *s, const struct uuid *id, const struct stored_key *k, size_t n)
{
	struct db_value v[ROWS_A_STATEMENT * 4];
	enum err e = ERR_OK;
	size_t rows = 0;

	for (size_t i = 0; !e && i <= n; i++) {
		if (rows && (i == n || rows == ROWS_A_STATEMENT)) {
			e = insert_rows(x, "INSERT INTO likeness (resource, reason, likeness, id) VALUES", "(?, ?, ?, ?)", "", rows, v, rows * 4);
			rows = 0;
		}
		if (i == n || k[i].stored)
			continue;
		struct db_value *to = v + rows++ * 4;
		to[0] = type_of(s);
		to[1] = db_text(str_from(k[i].reason));
		to[2] = db_text(k[i].text);
		to[3] = db_uuid(id);
	}
	return e == ERR_CONFLICT ? ERR_RETRY : e; /* somebody else renews the same record at this moment */
}

static enum err remove_stale(struct ctx *x, const struct shape *s, const struct uuid *id, struct stored_key *want, size_t n)
{
	struct db_value key[] = { db_uuid(id), type_of(s) };
	struct db_rows have;
	enum err e = db_query(x->db, x->arena, "SELECT reason, likeness FROM likeness WHERE id = ? AND resource = ?", key, 2, &have);

	for (size_t i = 0; !e && i < have.rows; i++) {
		const struct db_value *c = db_cell(&have, i, 0);
		bool keep = false;
		for (size_t j = 0; j < n && !keep; j++) {
			keep = str_is(c[0].s, want[j].reason) && str_eq(c[1].s, want[j].text);
			want[j].stored |= keep;
		}
		struct db_value v[] = { type_of(s), c[0], c[1], db_uuid(id) };
		x->kept += !keep;
		if (!keep)
			e = db_query(x->db, x->arena, "DELETE FROM likeness WHERE resource = ? AND reason = ? AND likeness = ? AND id = ?",
				     v, 4, NULL);
	}
	return e;
}

static enum err write_keys(struct ctx *x, const struct shape *s, const struct uuid *id, const struct likeness_keys *keys, bool created)
{
	struct stored_key *want = arena_array(x->arena, keys->n + 1, sizeof(*want));

	if (!want)
		return ERR_NOMEM;
	for (size_t i = 0; i < keys->n; i++) {
		want[i].reason = likeness_key_name(keys->item[i].kind);
		want[i].text = likeness_key_stored(x->arena, &keys->item[i], keys->country);
		if (!want[i].text.p)
			return ERR_NOMEM;
	}
	enum err e = created ? ERR_OK : remove_stale(x, s, id, want, keys->n);
	return e ? e : insert_keys(x, s, id, want, keys->n);
}

/* --- pairs -------------------------------------------------------------------------------- */

struct pair {
	struct uuid first, second;
	int score;
	const char *reasons;
	bool stored;
};

static enum err insert_pairs(struct ctx *x, const struct shape *s, const struct pair *p, size_t n)
{
	struct db_value v[ROWS_A_STATEMENT * 5];
	enum err e = ERR_OK;
	size_t rows = 0;

	for (size_t i = 0; !e && i <= n; i++) {
		if (rows && (i == n || rows == ROWS_A_STATEMENT)) {
			e = insert_rows(x, "INSERT INTO likely_pair (resource, first, second, score, reasons) VALUES", "(?, ?, ?, ?, ?)",
					" ON DUPLICATE KEY UPDATE score = VALUES(score), reasons = VALUES(reasons)", rows, v, rows * 5);
			rows = 0;
		}
		if (i == n || p[i].stored)
			continue;
		struct db_value *to = v + rows++ * 5;
		to[0] = type_of(s);
		to[1] = db_uuid(&p[i].first);
		to[2] = db_uuid(&p[i].second);
		to[3] = db_int(p[i].score);
		to[4] = db_text(str_from(p[i].reasons));
	}
	return e;
}

static bool is_cell(const struct uuid *id, const struct db_value *c)
{
	return c->s.n == sizeof(id->b) && memcmp(id->b, c->s.p, sizeof(id->b)) == 0;
}

static enum err remove_stale_pairs(struct ctx *x, const struct shape *s, const struct uuid *id, struct pair *want, size_t n)
{
	struct db_value key[] = { type_of(s), db_uuid(id), db_uuid(id), type_of(s) };
	struct db_rows have;
	enum err e = db_query(x->db, x->arena, "SELECT first, second, score, reasons FROM likely_pair WHERE resource = ? AND first = ?"
			      " UNION ALL SELECT first, second, score, reasons FROM likely_pair WHERE second = ? AND resource = ?",
			      key, 4, &have);

	for (size_t i = 0; !e && i < have.rows; i++) {
		const struct db_value *c = db_cell(&have, i, 0);
		bool keep = false;
		for (size_t j = 0; j < n && !keep; j++) {
			keep = is_cell(&want[j].first, &c[0]) && is_cell(&want[j].second, &c[1]);
			want[j].stored |= keep && c[2].i == want[j].score && str_is(c[3].s, want[j].reasons);
		}
		struct db_value v[] = { type_of(s), c[0], c[1] };
		x->kept += !keep;
		if (!keep)
			e = db_query(x->db, x->arena, "DELETE FROM likely_pair WHERE resource = ? AND first = ? AND second = ?", v, 3, NULL);
	}
	return e;
}

static enum err pairs_of(struct ctx *x, const struct uuid *id, const struct likeness_matches *m, struct pair **out, size_t *n)
{
	*n = 0;
	*out = arena_array(x->arena, m->n + 1, sizeof(**out));
	if (!*out)
		return ERR_NOMEM;
	for (size_t i = 0; i < m->n; i++) {
		if (m->item[i].apart)
			continue;
		struct pair *p = &(*out)[(*n)++];
		bool lower = memcmp(id->b, m->item[i].id.b, sizeof(id->b)) < 0;
		p->first = lower ? *id : m->item[i].id;
		p->second = lower ? m->item[i].id : *id;
		p->reasons = likeness_find_reasons(x->arena, &m->item[i], &p->score);
		if (!p->reasons)
			return ERR_NOMEM;
	}
	return ERR_OK;
}

/* --- records ------------------------------------------------------------------------------ */

static enum err keys_of(struct ctx *x, const struct shape *s, const struct records *list, struct likeness_keys **out)
{
	enum err e = ERR_OK;

	*out = arena_alloc(x->arena, sizeof(**out));
	for (size_t i = 0; *out && !e && i < list->n; i++)
		if (i == 0 || record_published(&list->item[i]))
			e = likeness_key_add(x->arena, s, &list->item[i], *out);
	return *out ? e : ERR_NOMEM;
}

static enum err renew(struct ctx *x, const struct shape *s, const struct records *list, bool created, struct likeness_matches *m)
{
	const struct uuid *id = &list->item[0].id;
	struct likeness_keys *keys;
	struct pair *pairs;
	size_t n;
	enum err e = keys_of(x, s, list, &keys);

	if (!e)
		e = write_keys(x, s, id, keys, created);
	if (!e)
		e = likeness_find(x, s, list, keys, created, m);
	if (!e)
		e = pairs_of(x, id, m, &pairs, &n);
	if (!e && !created)
		e = remove_stale_pairs(x, s, id, pairs, n);
	return e ? e : insert_pairs(x, s, pairs, n);
}

/* In its place, if it has one among the best. */
static void rank(struct likely_list *list, const struct likely *l)
{
	size_t at = list->n;

	while (at && list->item[at - 1].score < l->score)
		at--;
	if (at == LIKELY_MAX)
		return;
	size_t behind = (list->n < LIKELY_MAX ? list->n : LIKELY_MAX - 1) - at;
	memmove(&list->item[at + 1], &list->item[at], behind * sizeof(*list->item));
	list->item[at] = *l;
	list->n = at + behind + 1;
}

static enum err tell(struct ctx *x, const struct shape *s, const struct likeness_matches *m)
{
	for (size_t i = 0; i < m->n; i++) {
		struct likely l = { .shape = s, .id = m->item[i].id, .name = m->item[i].name };
		l.reasons = likeness_find_reasons(x->arena, &m->item[i], &l.score);
		if (!l.reasons)
			return ERR_NOMEM;
		if (m->item[i].apart || l.score < LIKENESS_CLOSE || !load_state_visible(&x->view, s, m->item[i].state))
			continue;
		if (!x->likely && !(x->likely = arena_alloc(x->arena, sizeof(*x->likely))))
			return ERR_NOMEM;
		rank(x->likely, &l);
	}
	return ERR_OK;
}

struct links {
	struct uuid id[LINKS_MAX];
	size_t n;
};

static void add_link(void *arg, struct uuid id)
{
	struct links *l = arg;

	if (l->n < LINKS_MAX)
		l->id[l->n] = id;
	l->n++;
}

/* In the same order; another order costs only the work. */
static bool same_links(const struct links *a, const struct links *b)
{
	return a->n == b->n && a->n <= LINKS_MAX && memcmp(a->id, b->id, a->n * sizeof(*a->id)) == 0;
}

static bool same_keys(const struct likeness_keys *a, const struct likeness_keys *b)
{
	if (a->n != b->n || !str_eq(a->country, b->country))
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (a->item[i].kind != b->item[i].kind || !str_eq(a->item[i].body, b->item[i].body))
			return false;
	return true;
}

static enum err differs(struct ctx *x, const struct shape *s, const struct record *before, const struct record *after, bool *out)
{
	struct likeness_keys *keys = arena_array(x->arena, 2, sizeof(*keys));
	struct links *links = arena_array(x->arena, 2, sizeof(*links));

	if (!keys || !links)
		return ERR_NOMEM;
	enum err e = likeness_key_add(x->arena, s, before, &keys[0]);
	if (!e)
		e = likeness_key_add(x->arena, s, after, &keys[1]);
	likeness_key_links(s, before, add_link, &links[0]);
	likeness_key_links(s, after, add_link, &links[1]);
	*out = !same_keys(&keys[0], &keys[1]) || !same_links(&links[0], &links[1]);
	return e;
}

enum err likeness_write(struct ctx *x, const struct shape *s, const struct record *before, const struct records *list)
{
	bool changed = true, created = !before && !list->item[0].known;
	struct likeness_matches m;

	if (!s->resource->likeness)
		return ERR_OK;
	enum err e = before ? differs(x, s, before, &list->item[0], &changed) : ERR_OK;
	if (!e && changed)
		e = renew(x, s, list, created, &m);
	return e || !created ? e : tell(x, s, &m);
}

enum err likeness_delete(struct ctx *x, const struct shape *s, struct uuid id)
{
	struct db_value v[] = { type_of(s), db_uuid(&id), type_of(s) };

	if (!s->resource->likeness)
		return ERR_OK;
	enum err e = db_query(x->db, x->arena, "DELETE FROM likeness WHERE id = ? AND resource = ?", v + 1, 2, NULL);
	if (!e)
		e = db_query(x->db, x->arena, "DELETE FROM likely_pair WHERE resource = ? AND first = ?", v, 2, NULL);
	return e ? e : db_query(x->db, x->arena, "DELETE FROM likely_pair WHERE second = ? AND resource = ?", v + 1, 2, NULL);
}

/* SPDX-License-Identifier: Apache-2.0
 * Keys are looked up in ranges of the table's own key, each with a limit: the work of one write is bounded. */
#include "resource/likeness_find.h"

#include "base/buf.h"

enum { BRANCHES_MAX = 16, IDS_MAX = 25, SQL_MAX = 8192, ROWS_MAX = LIKENESS_COMMON + 1 };

/* In the order in which they are told. */
enum reason { BY_IDENTIFIER, BY_NAME, BY_TRANSLITERATION, BY_WORDS, BY_SPELLING, BY_ACRONYM, REASONS };
static const char *const reason_names[REASONS] = { "identifier", "name", "transliteration", "words", "spelling", "acronym" };

static const struct look {
	enum likeness_kind own, other;
	enum reason reason;
	int score;
} looks[] = {
	{ LIKENESS_IDENTIFIER, LIKENESS_IDENTIFIER, BY_IDENTIFIER, 95 },
	{ LIKENESS_NAME, LIKENESS_NAME, BY_NAME, 90 },
	{ LIKENESS_TRANSLITERATION, LIKENESS_TRANSLITERATION, BY_TRANSLITERATION, 80 },
	{ LIKENESS_WORDS, LIKENESS_WORDS, BY_WORDS, 75 },
	{ LIKENESS_NAME, LIKENESS_ACRONYM, BY_ACRONYM, 65 },
	{ LIKENESS_ACRONYM, LIKENESS_NAME, BY_ACRONYM, 65 },
	{ LIKENESS_SPELLING, LIKENESS_SPELLING, BY_SPELLING, 60 },
	{ LIKENESS_NAME, LIKENESS_INITIALS, BY_ACRONYM, 45 },
	{ LIKENESS_INITIALS, LIKENESS_NAME, BY_ACRONYM, 45 },
	{ LIKENESS_ACRONYM, LIKENESS_ACRONYM, BY_ACRONYM, 40 },
	{ LIKENESS_ACRONYM, LIKENESS_INITIALS, BY_ACRONYM, 30 },
	{ LIKENESS_INITIALS, LIKENESS_ACRONYM, BY_ACRONYM, 30 },
};
enum { LOOKS = sizeof(looks) / sizeof(*looks), SECOND_REASON = 2, ONE_COUNTRY = 15 };

struct hit {
	struct uuid id;
	struct str country;
};

/* The records that share one key: everywhere, or in one country. */
struct range {
	struct likeness_key key;
	struct str lo, hi;       /* both included */
	struct hit hits[ROWS_MAX + 1];
	size_t n;
};

struct search {
	struct ctx *x;
	const struct shape *s;
	const struct likeness_keys *keys;
	struct range *range;     /* everywhere, then in the own country */
	size_t n_ranges, n_everywhere;
	struct uuid self;
	struct likeness_matches *out;
};

/* --- ranges ------------------------------------------------------------------------------- */

static struct range *range_of(struct search *f, size_t from, size_t to, enum likeness_kind kind, struct str body)
{
	for (size_t i = from; i < to; i++)
		if (f->range[i].key.kind == kind && str_eq(f->range[i].key.body, body))
			return &f->range[i];
	return NULL;
}

/* A name of several words is no acronym. */
static bool looks_up(const struct look *l, const struct likeness_key *k)
{
	return l->own == k->kind && (l->own != LIKENESS_NAME || l->other == LIKENESS_NAME || !memchr(k->body.p, ' ', k->body.n));
}

static enum err plan_range(struct search *f, enum likeness_kind kind, struct str body)
{
	if (range_of(f, 0, f->n_ranges, kind, body))
		return ERR_OK;
	struct range *r = &f->range[f->n_ranges++];
	r->key = (struct likeness_key){ kind, body };
	r->lo = arena_printf(f->x->arena, "%.*s|", STR_ARG(body));
	r->hi = arena_printf(f->x->arena, "%.*s|~", STR_ARG(body));
	return r->lo.p && r->hi.p ? ERR_OK : ERR_NOMEM;
}

static enum err plan(struct search *f)
{
	enum err e = ERR_OK;

	for (size_t i = 0; !e && i < f->keys->n; i++) {
		const struct likeness_key *own = &f->keys->item[i];
		e = plan_range(f, own->kind, own->body); /* is it rare? */
		for (size_t j = 0; !e && j < LOOKS; j++)
			if (looks_up(&looks[j], own))
				e = plan_range(f, looks[j].other, own->body);
	}
	f->n_everywhere = f->n_ranges;
	return e;
}

/* Too many share it everywhere: how many in this country? */
static enum err plan_home(struct search *f)
{
	for (size_t i = 0; i < f->n_everywhere; i++) {
		if (f->range[i].n <= ROWS_MAX)
			continue;
		struct range *r = &f->range[f->n_ranges++];
		r->key = f->range[i].key;
		r->lo = r->hi = likeness_key_stored(f->x->arena, &r->key, f->keys->country);
		if (!r->lo.p)
			return ERR_NOMEM;
	}
	return ERR_OK;
}

static enum err take_rows(struct search *f, size_t from, size_t to, const struct db_rows *rows)
{
	for (size_t i = 0; i < rows->rows; i++) {
		const struct db_value *c = db_cell(rows, i, 0);
		struct str country, body = str_cut(c[1].s, '|', &country);
		struct range *r = NULL;
		for (size_t j = from; j < to && !r; j++)
			if (str_is(c[0].s, likeness_key_name(f->range[j].key.kind)) && str_eq(f->range[j].key.body, body))
				r = &f->range[j];
		if (!r || r->n > ROWS_MAX || c[2].s.n != sizeof(struct uuid))
			return ERR_INTERNAL;
		struct hit *h = &r->hits[r->n++];
		h->country = country;
		memcpy(h->id.b, c[2].s.p, sizeof(h->id.b));
	}
	return ERR_OK;
}

static enum err read_batch(struct search *f, size_t from, size_t to)
{
	struct db_value v[BRANCHES_MAX * 4];
	size_t n = 0, branches = to - from <= BRANCHES_MAX / 4 ? BRANCHES_MAX / 4 : BRANCHES_MAX;
	struct db_rows rows;
	struct buf b;

	buf_init(&b, SQL_MAX);
	for (size_t i = 0; i < branches; i++) {
		const struct range *r = from + i < to ? &f->range[from + i] : NULL; /* few texts: the rest finds nothing */
		buf_printf(&b, "%s(SELECT reason, likeness, id FROM likeness WHERE resource = ? AND reason = ? AND likeness >= ?"
			   " AND likeness <= ? ORDER BY likeness, id LIMIT %d LOCK IN SHARE MODE)", i ? " UNION ALL " : "", ROWS_MAX + 1);
		v[n++] = db_text(r ? str_from(f->s->resource->name) : STR(""));
		v[n++] = db_text(str_from(r ? likeness_key_name(r->key.kind) : ""));
		v[n++] = db_text(r ? r->lo : STR(""));
		v[n++] = db_text(r ? r->hi : STR(""));
	}
	buf_char(&b, '\0');
	enum err e = b.err ? b.err : db_query(f->x->db, f->x->arena, b.p, v, n, &rows);
	buf_free(&b);
	return e ? e : take_rows(f, from, to, &rows);
}

static enum err read_ranges(struct search *f, size_t from, size_t to)
{
	enum err e = ERR_OK;

	for (; !e && from < to; from += BRANCHES_MAX)
		e = read_batch(f, from, to - from < BRANCHES_MAX ? to : from + BRANCHES_MAX);
	return e;
}

/* --- matches ------------------------------------------------------------------------------ */

static enum err match(struct search *f, const struct look *l, const struct hit *h)
{
	struct likeness_matches *out = f->out;
	struct str home = likeness_key_country(l->own, f->keys->country);
	int score = l->score - (!h->country.n != !home.n ? ONE_COUNTRY : 0);
	struct likeness_match *m = NULL;

	if (uuid_eq(h->id, f->self) || (h->country.n && home.n && !str_eq(h->country, home)))
		return ERR_OK;
	for (size_t i = 0; i < out->n && !m; i++)
		if (uuid_eq(out->item[i].id, h->id))
			m = &out->item[i];
	if (!m) {
		struct likeness_match *more = arena_room(f->x->arena, out->item, out->n, &out->cap, 1, sizeof(*more));
		if (!more)
			return ERR_NOMEM;
		out->item = more;
		m = &out->item[out->n++];
		m->id = h->id;
	}
	m->reasons |= 1u << l->reason;
	if (score > m->best)
		m->best = score;
	return ERR_OK;
}

/* Both ends of a look must be rare enough, so that it is the same from either side. */
static enum err follow(struct search *f, const struct look *l, const struct likeness_key *own)
{
	struct range *theirs = range_of(f, 0, f->n_everywhere, l->other, own->body);
	struct range *ours = range_of(f, 0, f->n_everywhere, l->own, own->body);
	bool everywhere = theirs && ours && theirs->n <= ROWS_MAX && ours->n <= ROWS_MAX;
	enum err e = ERR_OK;

	if (!everywhere && theirs && theirs->n > ROWS_MAX)
		theirs = range_of(f, f->n_everywhere, f->n_ranges, l->other, own->body);
	if (!everywhere && ours && ours->n > ROWS_MAX)
		ours = range_of(f, f->n_everywhere, f->n_ranges, l->own, own->body);
	if (!theirs || !ours || theirs->n > ROWS_MAX || ours->n > ROWS_MAX)
		return ERR_OK;
	struct str home = likeness_key_country(own->kind, f->keys->country);
	for (size_t i = 0; !e && i < theirs->n; i++)
		if (everywhere || str_eq(theirs->hits[i].country, home))
			e = match(f, l, &theirs->hits[i]);
	return e;
}

/* --- what is known of them ---------------------------------------------------------------- */

static struct likeness_match *match_of(struct likeness_matches *list, struct str id)
{
	for (size_t i = 0; i < list->n; i++)
		if (id.n == sizeof(struct uuid) && memcmp(list->item[i].id.b, id.p, id.n) == 0)
			return &list->item[i];
	return NULL;
}

/* Those from `from` on, the last one repeated: few texts. */
static void bind_ids(const struct likeness_matches *list, size_t from, struct db_value *v)
{
	for (size_t i = 0; i < IDS_MAX; i++)
		v[i] = db_uuid(&list->item[from + i < list->n ? from + i : list->n - 1].id);
}

static void ids(struct buf *b)
{
	for (int i = 0; i < IDS_MAX; i++)
		buf_z(b, i ? ", ?" : "?");
	buf_char(b, ')');
}

/* A change of theirs that is under way is waited for: it may say that they are others. */
static enum err describe(struct search *f, size_t from)
{
	struct db_value v[IDS_MAX];
	struct db_rows rows;
	struct buf b;

	buf_init(&b, SQL_MAX);
	buf_printf(&b, "SELECT id, %s, state FROM %s WHERE id IN (", f->s->leaves[f->s->label_leaf].f->col, f->s->table);
	ids(&b);
	buf_z(&b, " LOCK IN SHARE MODE");
	buf_char(&b, '\0');
	bind_ids(f->out, from, v);
	enum err e = b.err ? b.err : db_query(f->x->db, f->x->arena, b.p, v, IDS_MAX, &rows);
	buf_free(&b);
	for (size_t i = 0; !e && i < rows.rows; i++) {
		struct likeness_match *m = match_of(f->out, db_cell(&rows, i, 0)->s);
		if (m) {
			m->name = db_cell(&rows, i, 1)->s;
			m->state = db_cell(&rows, i, 2)->s;
		}
	}
	return e;
}

static void part(void *arg, struct uuid id)
{
	struct search *f = arg;
	struct likeness_match *m = match_of(f->out, (struct str){ (const char *)id.b, sizeof(id.b) });

	if (m)
		m->apart = true;
}

/* Those of them that say that the record is another. */
static enum err part_by_theirs(struct search *f, const struct shape *k, const char *column, const struct uuid *self, size_t from)
{
	struct db_value v[IDS_MAX + 1] = { db_uuid(self) };
	struct db_rows rows;
	struct buf b;

	buf_init(&b, SQL_MAX);
	buf_printf(&b, "SELECT %s FROM %s WHERE %s = ? AND %s IN (", k->parent ? "parent" : "id", k->table, column,
		   k->parent ? "parent" : "id");
	ids(&b);
	buf_char(&b, '\0');
	bind_ids(f->out, from, v + 1);
	enum err e = b.err ? b.err : db_query(f->x->db, f->x->arena, b.p, v, IDS_MAX + 1, &rows);
	buf_free(&b);
	for (size_t i = 0; !e && i < rows.rows; i++) {
		struct likeness_match *m = match_of(f->out, db_cell(&rows, i, 0)->s);
		if (m)
			m->apart = true;
	}
	return e;
}

static enum err learn(struct search *f, const struct records *list, bool created)
{
	enum err e = ERR_OK;

	for (size_t from = 0; !e && from < f->out->n; from += IDS_MAX) {
		e = describe(f, from);
		/* nothing refers to a record that has just been made */
		for (const struct likeness *l = f->s->resource->likeness; !e && !created && l->by; l++) {
			const char *column;
			const struct shape *k = l->by == LIKE_LINK ? likeness_key_place(f->s, l, &column) : NULL;
			for (size_t i = 0; k && !e && i < list->n; i++)
				e = part_by_theirs(f, k, column, &list->item[i].id, from);
		}
	}
	for (size_t i = 0; !e && i < list->n; i++)
		likeness_key_links(f->s, &list->item[i], part, f);
	return e;
}

enum err likeness_find(struct ctx *x, const struct shape *s, const struct records *list, const struct likeness_keys *keys,
		       bool created, struct likeness_matches *out)
{
	struct search f = { .x = x, .s = s, .keys = keys, .self = list->item[0].id, .out = out };

	*out = (struct likeness_matches){ 0 };
	f.range = arena_array(x->arena, keys->n * 6 + 1, sizeof(*f.range)); /* at most three looks a key, twice */
	if (!f.range)
		return ERR_NOMEM;
	enum err e = plan(&f);
	if (!e)
		e = read_ranges(&f, 0, f.n_everywhere);
	if (!e)
		e = plan_home(&f);
	if (!e)
		e = read_ranges(&f, f.n_everywhere, f.n_ranges);
	for (size_t i = 0; !e && i < keys->n; i++)
		for (size_t j = 0; !e && j < LOOKS; j++)
			if (looks_up(&looks[j], &keys->item[i]))
				e = follow(&f, &looks[j], &keys->item[i]);
	return e ? e : learn(&f, list, created);
}

const char *likeness_find_reasons(struct arena *a, const struct likeness_match *m, int *score)
{
	unsigned told = m->reasons, n = 0;
	struct str text = { "", 0 };

	/* what follows from another is not told */
	if (told & 1u << BY_NAME)
		told &= ~(1u << BY_TRANSLITERATION | 1u << BY_WORDS | 1u << BY_SPELLING);
	if (told & (1u << BY_TRANSLITERATION | 1u << BY_WORDS))
		told &= ~(1u << BY_SPELLING);
	for (enum reason r = 0; r < REASONS; r++)
		if (told & 1u << r) {
			text = arena_printf(a, "%.*s%s%s", STR_ARG(text), n ? " " : "", reason_names[r]);
			if (!text.p)
				return NULL;
			n++;
		}
	*score = m->best + SECOND_REASON * (int)(n ? n - 1 : 0);
	return text.p;
}

/* SPDX-License-Identifier: Apache-2.0
 * A body as it stood at a date, from its names, relations and successions. */
#include "app/history.h"

#include "json/writer.h"
#include "resource/alias.h"
#include "resource/resolve.h"

enum { JSON_MAX = 1 << 20 };

/* The self, the parent, and the successors in the order of the record. */
enum { SELF, PARENT, SUCCESSORS };

struct telling {
	struct ctx *x;
	const struct shape *s;
	const struct record *r;
	struct records all;           /* the record, and behind it what it answers for, as far as the caller sees that */
	struct edtf when;
	struct value *v;              /* references to be named; set: known by id */
	const struct record **from;   /* items that the successors are of */
	size_t n;
	struct str parent_as_written;
};

void history_parse(struct ctx *x, const struct served *v, struct http_request *r, struct history *h)
{
	*h = (struct history){ 0 };
	if (v->kid >= 0 || !v->resource->chronicled)
		return;
	h->date = http_query(r, "at");
	h->asked = h->date.p != NULL;
	if (!h->asked)
		return;
	const char *why = edtf_parse(h->date, &h->when);
	if (!why && memchr(h->date.p, '/', h->date.n))
		why = "Expected one date, such as 2008, 2008-05 or 2008-05-17, no interval.";
	if (why)
		problem_at_parameter(x->problem, "at", "format", "%s", why);
}

static const struct value *value_of(const struct shape *k, const struct record *item, const char *field)
{
	return &item->v[shape_leaf(k, str_from(field))];
}

/* All items of one array: the record's own first. */
struct items {
	const struct telling *t;
	const struct shape *k;
	int slot;
	size_t record, item;
};

static struct items items_of(const struct telling *t, const char *name)
{
	int slot = shape_kid(t->s, str_from(name));

	return (struct items){ .t = t, .k = t->s->kids[slot].shape, .slot = slot };
}

static const struct record *next(struct items *i)
{
	for (; i->record < i->t->all.n; i->record++, i->item = 0) {
		const struct records *list = &i->t->all.item[i->record].kids[i->slot];
		if (i->item < list->n)
			return &list->item[i->item++];
	}
	return NULL;
}

/* What the caller may know of: a body it sees, or a name as written. */
static bool tells(const struct shape *k, const struct record *item)
{
	const struct value *body = value_of(k, item, "organisation");

	return (body->set && !body->hidden) || (!body->set && value_of(k, item, "name_as_written")->set);
}

/* --- parent ------------------------------------------------------------------------------- */

static bool surely(struct edtf from, struct edtf to, struct edtf when)
{
	return from.hi <= when.lo && to.lo >= when.hi;
}

static bool maybe(struct edtf from, struct edtf to, struct edtf when)
{
	return from.lo <= when.hi && to.hi >= when.lo;
}

static struct edtf bounds_or(const struct value *v, int32_t open)
{
	return v->set ? v->bounds : (struct edtf){ open, open };
}

/* A relation with dates comes first; one that may have held makes the rest uncertain. */
static void find_parent(struct telling *t)
{
	struct items relations = items_of(t, "relations");
	const struct shape *k = relations.k;
	const struct value *today = value_of(t->s, t->r, "parent");
	bool unsure = false;

	for (const struct record *item; (item = next(&relations));) {
		const struct value *from = value_of(k, item, "from"), *to = value_of(k, item, "to");
		struct edtf begins = bounds_or(from, EDTF_OPEN_LO), ends = bounds_or(to, EDTF_OPEN_HI);
		if (!str_is(value_of(k, item, "kind")->s, "part_of") || !tells(k, item) || !(from->set || to->set))
			continue;
		if (surely(begins, ends, t->when)) {
			t->v[PARENT] = *value_of(k, item, "organisation");
			t->parent_as_written = value_of(k, item, "name_as_written")->s;
			return;
		}
		unsure |= maybe(begins, ends, t->when);
	}
	if (!unsure && today->set && !today->hidden)
		t->v[PARENT] = *today;
}

/* --- successors, existence ---------------------------------------------------------------- */

/* Two records of one body may both tell of it. */
static bool told(const struct telling *t, const struct shape *k, const struct record *item)
{
	const struct value *body = value_of(k, item, "organisation");

	for (size_t i = SUCCESSORS; i < t->n; i++)
		if (str_eq(value_of(k, t->from[i], "kind")->s, value_of(k, item, "kind")->s) && t->v[i].set == body->set &&
		    (body->set ? uuid_eq(value_answers(&t->v[i]), value_answers(body))
			       : str_eq(value_of(k, t->from[i], "name_as_written")->s, value_of(k, item, "name_as_written")->s)))
			return true;
	return false;
}

static void find_successors(struct telling *t)
{
	struct items all = items_of(t, "successions");
	const struct shape *k = all.k;

	for (const struct record *item; (item = next(&all));) {
		const struct value *date = value_of(k, item, "date");
		if (!date->set || date->bounds.hi > t->when.hi || !tells(k, item) || (all.record && told(t, k, item)))
			continue;
		t->from[t->n] = item;
		t->v[t->n++] = *value_of(k, item, "organisation");
	}
}

/* The day after which it was wholly another body; open when there is none. */
static struct edtf end_of(const struct telling *t)
{
	struct items all = items_of(t, "successions");
	const struct shape *k = all.k;

	for (const struct record *item; (item = next(&all));) {
		const struct value *partial = value_of(k, item, "partial"), *date = value_of(k, item, "date");
		if (date->set && tells(k, item) && !(partial->set && partial->i) && !str_is(value_of(k, item, "kind")->s, "split"))
			return date->bounds;
	}
	return (struct edtf){ EDTF_OPEN_HI, EDTF_OPEN_HI };
}

static void write_exists(struct json_writer *w, const struct telling *t)
{
	const struct value *active = value_of(t->s, t->r, "active");
	struct edtf first, last;
	struct str end, begin;

	for (size_t i = 1; i < t->all.n && !active->set; i++)
		active = value_of(t->s, &t->all.item[i], "active");
	begin = str_cut(active->s, '/', &end);

	if (end_of(t).hi < t->when.lo) {
		json_bool(w, false);
		return;
	}
	if (!active->set || (!str_is(begin, "..") && edtf_parse(begin, &first))) {
		json_null(w);
		return;
	}
	if (str_is(begin, ".."))
		first = (struct edtf){ EDTF_OPEN_LO, EDTF_OPEN_LO };
	last = first;
	if (end.p && (str_is(end, "..") || edtf_parse(end, &last)))
		last = (struct edtf){ EDTF_OPEN_HI, EDTF_OPEN_HI };
	if (surely(first, last, t->when))
		json_bool(w, true);
	else if (!maybe(first, last, t->when))
		json_bool(w, false);
	else
		json_null(w);
}

/* --- writing ------------------------------------------------------------------------------ */

static void write_body(struct json_writer *w, const struct telling *t, size_t i, struct str as_written)
{
	const struct value *v = &t->v[i];

	if (v->set) {
		json_key(w, "id");
		json_uuid(w, value_answers(v));
	}
	json_key(w, t->s->resource->label);
	if (!v->set)
		json_str(w, as_written);
	else
		json_str(w, v->standing && v->standing->name.p ? v->standing->name : v->label);
}

static void write_successor(struct json_writer *w, const struct telling *t, size_t i)
{
	const struct shape *k = items_of(t, "successions").k;
	const struct record *item = t->from[i];
	const struct value *partial = value_of(k, item, "partial");

	json_object(w);
	write_body(w, t, i, value_of(k, item, "name_as_written")->s);
	json_key(w, "kind");
	json_str(w, value_of(k, item, "kind")->s);
	json_key(w, "date");
	json_str(w, value_of(k, item, "date")->s);
	if (partial->set) {
		json_key(w, "partial");
		json_bool(w, partial->i != 0);
	}
	json_end_object(w);
}

static void write_all(struct json_writer *w, const struct telling *t, struct str date)
{
	json_object(w);
	json_key(w, "date");
	json_str(w, date);
	json_key(w, "name");
	json_str(w, t->v[SELF].standing && t->v[SELF].standing->name.p ? t->v[SELF].standing->name : t->v[SELF].label);
	json_key(w, "parent");
	if (t->v[PARENT].set || t->parent_as_written.n) {
		json_object(w);
		write_body(w, t, PARENT, t->parent_as_written);
		json_end_object(w);
	} else {
		json_null(w);
	}
	json_key(w, "successors");
	json_array(w);
	for (size_t i = SUCCESSORS; i < t->n; i++)
		write_successor(w, t, i);
	json_end_array(w);
	json_key(w, "exists");
	write_exists(w, t);
	json_end_object(w);
}

/* What it answers for is the same body, with what was known of it there. */
static enum err gather(struct telling *t)
{
	struct records all;
	enum err e = alias_all(t->x, t->s, t->r, &all);

	for (size_t i = 0; !e && i < all.n; i++)
		if (i == 0 || load_state_visible(&t->x->view, t->s, all.item[i].v[ROOT_STATE].s))
			all.item[t->all.n++] = all.item[i];
	t->all.item = all.item;
	return e;
}

enum err history_write(struct ctx *x, const struct shape *s, const struct record *r, const struct history *h, struct str *json)
{
	struct telling t = { .x = x, .s = s, .r = r, .when = h->when, .n = SUCCESSORS };
	struct json_writer w;
	struct buf out;
	enum err e = gather(&t);
	if (e)
		return e;
	struct items successions = items_of(&t, "successions");
	size_t cap = SUCCESSORS;
	while (next(&successions))
		cap++;
	t.v = arena_array(x->arena, cap, sizeof(*t.v));
	t.from = arena_array(x->arena, cap, sizeof(*t.from));
	if (!t.v || !t.from)
		return ERR_NOMEM;
	t.v[SELF] = (struct value){ .set = true, .id = r->id, .label = r->v[s->label_leaf].s };
	find_parent(&t);
	find_successors(&t);
	struct edtf *when = arena_array(x->arena, t.n, sizeof(*when));
	if (!when)
		return ERR_NOMEM;
	for (size_t i = 0; i < t.n; i++)
		when[i] = h->when;
	e = resolve_values(x, s, t.v, when, t.n);
	if (e)
		return e;
	buf_init(&out, JSON_MAX);
	json_begin(&w, &out);
	write_all(&w, &t, h->date);
	e = out.err;
	if (!e) {
		*json = arena_dup(x->arena, buf_view(&out));
		e = json->p ? ERR_OK : ERR_NOMEM;
	}
	buf_free(&out);
	return e;
}

/* SPDX-License-Identifier: Apache-2.0
 * Pairs come out of one statement, best first; both records must be for the caller's eyes. */
#include "app/duplicates.h"

#include "app/records.h"
#include "base/hash.h"
#include "base/text.h"
#include "resource/likeness.h"
#include "resource/list.h"
#include "resource/load.h"

enum { SQL_MAX = 4096, SHOWN_MAX = 4, PARAMS_MAX = 10 };

/* Pairs of one score: the youngest first, so that one index gives the whole order backwards. */
static const struct sort page_sorts[] = { { "score", "score", KEY_INT }, { "first", "first", KEY_ID } };

struct pairs {
	struct call *c;
	const struct served *v;
	struct list_query *q;
	const struct field *shown[SHOWN_MAX];  /* of each record, beside its id and state */
	size_t n_shown;
	struct db_rows rows;
	int64_t total;
};

/* --- asking ------------------------------------------------------------------------------- */

static enum err parse(struct pairs *p)
{
	static const char *const names[] = { "limit", "cursor", "count", NULL };
	struct http_request *r = p->c->request;
	struct ctx *x = p->c->x;
	struct str limit = http_query(r, "limit"), count = http_query(r, "count"), cursor = http_query(r, "cursor");

	p->q->limit = LIST_LIMIT_DEFAULT;
	p->q->n_sorts = 2;
	p->q->sorts[0] = (struct ordering){ &page_sorts[0], true };
	p->q->sorts[1] = (struct ordering){ &page_sorts[1], true };
	p->q->check = hash_64(str_from(p->v->resource->path)) * 11 + (unsigned char)x->view.letter;
	if (limit.p)
		list_parse_limit(x, p->q, limit);
	if (count.p && !str_is(count, "exact"))
		problem_at_parameter(x->problem, "count", "unknown", "Only count=exact is known.");
	p->q->count = count.p != NULL;
	if (cursor.p && !list_cursor_read(x->arena, p->q, cursor))
		problem_at_parameter(x->problem, "cursor", "cursor", "This cursor is damaged or belongs to another list; begin again without it.");
	for (size_t i = 0; i < r->n_query; i++)
		if (!r->query[i].used) {
			const char *near = text_nearest(r->query[i].name, names);
			problem_at_parameter(x->problem, r->query[i].name.p, "unknown", "No such parameter%s%s%s", TEXT_HINT(near));
		}
	return x->problem->n_faults ? problem_set(x->problem, 400, "parameter", "The query has faults.") : ERR_OK;
}

/* The fields of the record itself that the comparison looks at. */
static void choose(struct pairs *p)
{
	for (const struct likeness *l = p->v->resource->likeness; l->by && p->n_shown < SHOWN_MAX; l++) {
		int leaf = shape_leaf(p->v->shape, str_from(l->path));
		if (leaf >= 0 && !p->v->shape->leaves[leaf].target)
			p->shown[p->n_shown++] = p->v->shape->leaves[leaf].f;
	}
}

/* --- reading ------------------------------------------------------------------------------ */

static void columns(struct buf *b, const struct pairs *p, const char *record)
{
	buf_printf(b, ", %s.id, %s.state", record, record);
	for (size_t i = 0; i < p->n_shown; i++)
		buf_printf(b, ", %s.%s", record, p->shown[i]->col);
}

/* Without a look at the records where every state is for the caller. */
static void source(struct buf *b, const struct pairs *p, bool records)
{
	const char *table = p->v->shape->table;
	bool all = shape_sight(&p->c->x->view, p->v->shape)->writes;

	buf_z(b, " FROM likely_pair p");
	if (records || !all)
		buf_printf(b, " JOIN %s a ON a.id = p.first JOIN %s b ON b.id = p.second", table, table);
	buf_z(b, " WHERE p.resource = ?");
	if (!all)
		buf_z(b, " AND a.state = 'published' AND b.state = 'published'");
}

static enum err read_page(struct pairs *p)
{
	const struct list_query *q = p->q;
	struct db_value v[PARAMS_MAX] = { db_text(str_from(p->v->resource->name)) };
	size_t n = 1;
	struct buf b;

	buf_init(&b, SQL_MAX);
	buf_z(&b, "SELECT p.score, p.reasons");
	columns(&b, p, "a");
	columns(&b, p, "b");
	source(&b, p, true);
	if (q->after) {
		buf_z(&b, " AND p.score <= ? AND (p.score < ? OR (p.score = ? AND (p.first < ? OR (p.first = ? AND p.second < ?))))");
		for (int i = 0; i < 3; i++)
			v[n++] = q->after_key[0];
		for (int i = 0; i < 2; i++)
			v[n++] = q->after_key[1];
		v[n++] = db_uuid(&q->after_id);
	}
	buf_z(&b, " ORDER BY p.score DESC, p.first DESC, p.second DESC LIMIT ?");
	v[n++] = db_int((int64_t)q->limit + 1);
	buf_char(&b, '\0');
	enum err e = b.err ? b.err : db_query(p->c->x->db, p->c->x->arena, b.p, v, n, &p->rows);
	buf_free(&b);
	return e;
}

static enum err read_total(struct pairs *p)
{
	struct db_value v = db_text(str_from(p->v->resource->name));
	struct db_rows rows;
	struct buf b;

	buf_init(&b, SQL_MAX);
	buf_z(&b, "SELECT COUNT(*)");
	source(&b, p, false);
	buf_char(&b, '\0');
	enum err e = b.err ? b.err : db_query(p->c->x->db, p->c->x->arena, b.p, &v, 1, &rows);
	buf_free(&b);
	if (!e)
		p->total = db_cell(&rows, 0, 0)->i;
	return e;
}

static enum err read(struct db *d, void *arg)
{
	struct pairs *p = arg;

	(void)d;
	enum err e = read_page(p);
	return e || !p->q->count ? e : read_total(p);
}

/* --- writing ------------------------------------------------------------------------------ */

static void write_record(struct json_writer *w, const struct pairs *p, struct str prefix, const struct db_value *c)
{
	struct uuid id = { { 0 } };

	if (c[0].s.n == sizeof(id.b))
		memcpy(id.b, c[0].s.p, sizeof(id.b));
	json_object(w);
	json_key(w, "id");
	json_uuid(w, id);
	json_key(w, "self");
	json_str_uuid(w, prefix, id);
	json_key(w, "state");
	json_str(w, c[1].s);
	for (size_t i = 0; i < p->n_shown; i++) {
		if (c[2 + i].type == DB_NULL)
			continue;
		json_key(w, p->shown[i]->name);
		json_str(w, c[2 + i].s);
	}
	json_end_object(w);
}

/* "name acronym" as an array. */
static void write_reasons(struct json_writer *w, struct str reasons)
{
	json_key(w, "reasons");
	json_array(w);
	while (reasons.p)
		json_str(w, str_cut(reasons, ' ', &reasons));
	json_end_array(w);
}

static enum err cursor_behind(struct pairs *p, size_t shown, struct str *out)
{
	const struct db_value *last = db_cell(&p->rows, shown - 1, 0);
	struct db_value keys[2] = { last[0], last[2] };
	struct uuid second;

	if (last[4 + p->n_shown].s.n != sizeof(second.b))
		return ERR_INTERNAL;
	memcpy(second.b, last[4 + p->n_shown].s.p, sizeof(second.b));
	struct str cursor = list_cursor(p->c->x->arena, p->q, keys, second);
	struct str path = arena_printf(p->c->x->arena, "%s/duplicates", p->v->resource->path);
	if (!cursor.p || !path.p)
		return ERR_NOMEM;
	*out = records_url(p->c, path.p, cursor);
	return out->p ? ERR_OK : ERR_NOMEM;
}

static void write_items(struct json_writer *w, const struct pairs *p, size_t n, struct str prefix)
{
	json_key(w, "items");
	json_array(w);
	for (size_t i = 0; i < n; i++) {
		const struct db_value *c = db_cell(&p->rows, i, 0);
		json_object(w);
		json_key(w, "first");
		write_record(w, p, prefix, c + 2);
		json_key(w, "second");
		write_record(w, p, prefix, c + 4 + p->n_shown);
		json_key(w, "score");
		json_int(w, c[0].i);
		write_reasons(w, c[1].s);
		json_end_object(w);
	}
	json_end_array(w);
}

static enum err answer(struct pairs *p)
{
	struct http_response *res = p->c->res;
	size_t n = p->rows.rows > p->q->limit ? p->q->limit : p->rows.rows;
	struct str next = { NULL, 0 }, prefix;
	struct json_writer w;
	enum err e = records_self(p->c->x, p->v, &prefix);

	if (!e && p->rows.rows > n)
		e = cursor_behind(p, n, &next);
	if (e)
		return e;
	res->status = 200;
	res->content_type = "application/json";
	app_cache_headers(p->c, records_personal(p->c, p->v));
	if (next.n)
		http_header(res, "Link", "<%.*s>; rel=\"next\"", STR_ARG(next));
	json_begin(&w, res->body);
	json_object(&w);
	write_items(&w, p, n, prefix);
	json_key(&w, "next");
	if (next.n)
		json_str(&w, next);
	else
		json_null(&w);
	if (p->q->count) {
		json_key(&w, "total");
		json_int(&w, p->total);
	}
	json_end_object(&w);
	buf_char(res->body, '\n');
	return res->body->err;
}

enum err app_duplicates(struct call *c)
{
	struct pairs p = { .c = c, .v = shape_by_path(c->request->segments[0]), .q = arena_alloc(c->x->arena, sizeof(*p.q)) };

	if (!p.q)
		return ERR_NOMEM;
	enum err e = parse(&p);
	choose(&p);
	if (!e)
		e = p.q->count ? db_tx(c->x->db, DB_SNAPSHOT, read, &p) : read(c->x->db, &p);
	return e ? e : answer(&p);
}

/* --- making one --------------------------------------------------------------------------- */

/* RFC 7234, 5.5: code, agent, and a quoted string, which the paths are plain enough for. */
static enum err warn(struct call *c, struct str *warning)
{
	const struct likely_list *list = c->x->likely;
	struct str text = STR("299 - \"Perhaps the same as");
	char id[UUID_TEXT_LEN + 1];

	for (size_t i = 0; i < list->n; i++) {
		uuid_format(list->item[i].id, id);
		text = arena_printf(c->x->arena, "%.*s%s %.*s/%s/%s", STR_ARG(text), i ? "," : "", STR_ARG(c->request->prefix),
				    list->item[i].shape->resource->path, id);
		if (!text.p)
			return ERR_NOMEM;
	}
	*warning = arena_printf(c->x->arena, "%.*s\"", STR_ARG(text));
	if (!warning->p)
		return ERR_NOMEM;
	http_header(c->res, "Warning", "%s", warning->p);
	return ERR_OK;
}

static enum err candidates(struct call *c)
{
	const struct likely_list *list = c->x->likely;
	struct problem *p = c->x->problem;
	struct json_writer w;
	struct buf b;

	buf_init(&b, SQL_MAX * 4);
	json_begin(&w, &b);
	json_array(&w);
	for (size_t i = 0; i < list->n; i++) {
		const struct likely *l = &list->item[i];
		struct str prefix = arena_printf(c->x->arena, "%.*s/%s/", STR_ARG(c->x->base_url), l->shape->resource->path);
		if (!prefix.p)
			b.err = ERR_NOMEM;
		json_object(&w);
		json_key(&w, "id");
		json_uuid(&w, l->id);
		json_key(&w, "self");
		json_str_uuid(&w, prefix, l->id);
		json_key(&w, "name");
		json_str(&w, l->name);
		json_key(&w, "score");
		json_int(&w, l->score);
		write_reasons(&w, str_from(l->reasons));
		json_end_object(&w);
	}
	json_end_array(&w);
	enum err e = b.err;
	p->member = "candidates";
	p->value = e ? (struct str){ NULL, 0 } : arena_dup(c->x->arena, buf_view(&b));
	buf_free(&b);
	if (!p->value.p) {
		p->member = NULL;
		return e ? e : ERR_NOMEM;
	}
	return problem_set(p, 409, "duplicate", "This may be there already, and strict handling was asked for: use one of the candidates,"
			   " or send it without \"Prefer: handling=strict\".");
}

enum err duplicates_tell(struct call *c, struct str *warning)
{
	bool strict = http_prefers_value(c->request->prefer, "handling", "strict");

	*warning = (struct str){ NULL, 0 };
	if (strict)
		http_header(c->res, "Preference-Applied", "handling=strict");
	if (!c->x->likely)
		return ERR_OK;
	return strict ? candidates(c) : warn(c, warning);
}

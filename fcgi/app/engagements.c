/* SPDX-License-Identifier: Apache-2.0
 * What a body or a person takes part in, across all visits, programmes, policies and actions, newest first. */
#include "app/engagements.h"

#include "app/records.h"
#include "base/hash.h"
#include "base/text.h"
#include "resource/list.h"
#include "resource/load.h"
#include "resource/parse.h"
#include "resource/resolve.h"

#include <stdio.h>
#include <stdlib.h>

enum { SQL_MAX = 262144, PATH_MAX_BYTES = 80 };

static const char *const role_lists[] = { "party_role", "programme_party_role", "action_party_role", "seat_capacity", "engagement_role" };
enum { ROLE_LISTS = sizeof(role_lists) / sizeof(*role_lists) };

/* The order of a page, as cursors keep it: the second key is source and role, "10 funding". */
static const struct sort page_sorts[] = { { "dates", "lo", KEY_INT }, { "place", "n", KEY_TEXT }, { 0 } };

/* Columns of engagements_page.sql. */
enum column {
	COL_N, COL_ID, COL_TIE, COL_LO, COL_ROLE, COL_BODY, COL_TITLE, COL_DATES, COL_VISIT, COL_VISIT_TITLE, COL_NUMBER, COL_DUE,
	COL_POST, COL_ORGANISATION, COL_ORGANISATION_NAME, COL_ORGANISATION_STATE, COL_NAME_AS_WRITTEN, COL_FROM, COL_TO,
	COL_STATUS, COL_ORGANISATION_STORED, COL_TIME,
};

struct ask {
	struct call *c;
	const struct engagement_kind *kind;
	const struct served *v;
	struct uuid id;
	struct engagement_filter filter;
	struct list_query *q;
	bool predecessors;
	/* found */
	struct engagement_bodies *bodies;
	struct db_rows rows;
	struct value *named;  /* of each row the body that it names */
	int64_t total;
};

/* --- asking ------------------------------------------------------------------------------- */

static enum err check_role(struct ctx *x, struct str role)
{
	bool known = false;

	for (int again = 0; again < 2 && !known; again++) {
		enum err e = again ? load_epoch(x) : ERR_OK; /* the copy may be old */
		if (!e && again)
			e = parse_codes_ready(x);
		if (e)
			return e;
		for (size_t i = 0; i < ROLE_LISTS; i++)
			known |= codes_find(x->codes, role_lists[i], role) != NULL;
	}
	const char *near = NULL;
	for (size_t i = 0; i < ROLE_LISTS && !known && !near; i++)
		near = text_nearest(role, codes_spellings(x->codes, x->arena, role_lists[i]));
	if (!known)
		problem_at_parameter(x->problem, "role", "unknown_code", "%.*s is no code of the lists party_role, programme_party_role,"
				     " action_party_role, seat_capacity and engagement_role%s%s%s", STR_ARG(role), TEXT_HINT(near));
	return ERR_OK;
}

static void check_type(struct ask *k, struct str type)
{
	const char *names[ENGAGEMENT_SOURCES_MAX + 1] = { NULL };
	size_t n = 0;

	for (size_t i = 0; i < k->kind->n; i++) {
		if (str_is(type, k->kind->sources[i].type))
			return;
		names[n++] = k->kind->sources[i].type;
	}
	const char *near = text_nearest(type, names);
	problem_at_parameter(k->c->x->problem, "type", "unknown", "%.*s is no type of engagement here%s%s%s", STR_ARG(type), TEXT_HINT(near));
}

/* The second key of a cursor. */
static bool read_place(struct ask *k)
{
	struct str role, n = str_cut(k->q->after_key[1].s, ' ', &role);

	k->filter.after_n = n.n ? strtol(n.p, NULL, 10) : 0;
	k->filter.after_role = role;
	return role.p && k->filter.after_n > 0;
}

static void parse_rest(struct ask *k, struct http_request *r)
{
	static const char *const names[] = { "type", "role", "include", "labels", "limit", "cursor", "count", NULL };
	struct ctx *x = k->c->x;
	struct str include = http_query(r, "include"), labels = http_query(r, "labels"), limit = http_query(r, "limit");
	struct str count = http_query(r, "count"), cursor = http_query(r, "cursor");

	k->predecessors = include.p && !k->kind->people && str_is(include, "predecessors");
	if (include.p && !k->predecessors)
		problem_at_parameter(x->problem, "include", "unknown", k->kind->people ? "Nothing can be included here." :
				     "Only include=predecessors is known.");
	if (labels.p)
		list_parse_labels(x, labels, &k->q->render);
	if (limit.p)
		list_parse_limit(x, k->q, limit);
	if (count.p && !str_is(count, "exact"))
		problem_at_parameter(x->problem, "count", "unknown", "Only count=exact is known.");
	k->q->count = count.p != NULL;
	for (size_t i = 0; i < r->n_query; i++) {
		const char *near = r->query[i].used ? NULL : text_nearest(r->query[i].name, names);
		if (!r->query[i].used)
			problem_at_parameter(x->problem, r->query[i].name.p, "unknown", "No such parameter%s%s%s", TEXT_HINT(near));
	}
	k->q->check = hash_64((struct str){ (const char *)k->id.b, sizeof(k->id.b) }) * 31 + hash_64(k->filter.type) * 7 +
		hash_64(k->filter.role) * 5 + (k->predecessors ? 3 : 0) + (unsigned char)x->view.letter;
	if (cursor.p && !x->problem->n_faults && (!list_cursor_read(x->arena, k->q, cursor) || !read_place(k)))
		problem_at_parameter(x->problem, "cursor", "cursor",
				     "This cursor is damaged or belongs to another question; begin again without it.");
}

static enum err parse(struct ask *k)
{
	struct ctx *x = k->c->x;
	struct http_request *r = k->c->request;
	struct str type = http_query(r, "type"), role = http_query(r, "role");

	*k->q = (struct list_query){ .served = k->v, .limit = LIST_LIMIT_DEFAULT, .n_sorts = 2 };
	k->q->sorts[0] = (struct ordering){ &page_sorts[0], true };
	k->q->sorts[1] = (struct ordering){ &page_sorts[1], false };
	k->filter = (struct engagement_filter){ .type = type, .role = role };
	enum err e = role.p ? check_role(x, role) : ERR_OK;
	if (e)
		return e;
	if (type.p)
		check_type(k, type);
	parse_rest(k, r);
	return x->problem->n_faults ? problem_set(x->problem, 400, "parameter", "The query has faults.") : ERR_OK;
}

/* --- finding ------------------------------------------------------------------------------ */

static enum err run_sql(struct ask *k, int64_t limit, struct db_rows *rows)
{
	struct ctx *x = k->c->x;
	struct named_sql sql = { arena_array(x->arena, ENGAGEMENT_PARAMS_MAX, sizeof(*sql.params)), 0, ENGAGEMENT_PARAMS_MAX };
	struct db_value *ids = arena_array(x->arena, k->bodies->n, sizeof(*ids));
	struct buf text;

	if (!sql.params || !ids)
		return ERR_NOMEM;
	for (size_t i = 0; i < k->bodies->n; i++)
		ids[i] = db_uuid(&k->bodies->item[i].id);
	buf_init(&text, SQL_MAX);
	engagements_sql(&x->view, k->kind, &k->filter, ids, k->bodies->n, k->bodies->n_own, limit, &text, &sql);
	enum err e = text.err ? text.err : db_query(x->db, x->arena, text.p, sql.params, sql.n, rows);
	buf_free(&text);
	return e;
}

static struct uuid uuid_of(const struct db_value *c)
{
	struct uuid id = { { 0 } };

	if (c->type == DB_TEXT && c->s.n == sizeof(id.b))
		memcpy(id.b, c->s.p, sizeof(id.b));
	return id;
}

/* The body that a row names: one that became the body asked for, or that of a person's seat or post. */
static struct value body_of(const struct ask *k, const struct db_value *c)
{
	const struct view *v = &k->c->x->view;
	const struct engagement_body *b = c[COL_BODY].type == DB_NULL ? NULL : engagements_body_of(k->bodies, uuid_of(&c[COL_BODY]));
	struct value out = { 0 };

	if (b && b->name.p)
		out = (struct value){ .set = true, .id = b->id, .survivor = b->as, .label = b->name };
	else if (c[COL_ORGANISATION].type == DB_TEXT && (v->of[GROUP_DIRECTORY].writes || str_is(c[COL_ORGANISATION_STATE].s, "published")))
		out = (struct value){ .set = true, .id = uuid_of(&c[COL_ORGANISATION_STORED]), .survivor = uuid_of(&c[COL_ORGANISATION]),
				      .label = c[COL_ORGANISATION_NAME].s };
	out.merged = !uuid_eq(out.id, out.survivor);
	return out;
}

/* Named as the records themselves name them. */
static enum err name_bodies(struct ask *k)
{
	struct ctx *x = k->c->x;
	const struct served *bodies = shape_by_path(STR("organisations"));
	struct edtf *when = arena_array(x->arena, k->rows.rows + 1, sizeof(*when));

	k->named = arena_array(x->arena, k->rows.rows + 1, sizeof(*k->named));
	if (!k->named || !when)
		return ERR_NOMEM;
	for (size_t i = 0; i < k->rows.rows; i++) {
		const struct db_value *c = db_cell(&k->rows, i, 0);
		k->named[i] = body_of(k, c);
		when[i] = resolve_first_day(c[COL_TIME].type == DB_TEXT ? c[COL_TIME].s : STR(""));
	}
	return resolve_values(x, bodies->shape, k->named, when, k->rows.rows);
}

static enum err find(struct db *d, void *arg)
{
	struct ask *k = arg;
	struct db_rows count;

	(void)d;
	k->total = -1;
	enum err e = engagements_bodies(k->c->x, k->v->root, k->id, k->predecessors, k->bodies);
	if (e || k->bodies->moved)
		return e;
	e = run_sql(k, (int64_t)k->q->limit + 1, &k->rows);
	if (!e)
		e = name_bodies(k);
	if (!e && k->q->count)
		e = run_sql(k, 0, &count);
	if (!e && k->q->count)
		k->total = db_cell(&count, 0, 0)->i;
	if (!e && k->q->render.labels)
		e = load_epoch(k->c->x);
	return e;
}

/* --- answering ---------------------------------------------------------------------------- */

static void text_member(struct json_writer *w, const char *key, const struct db_value *c)
{
	if (c->type != DB_TEXT)
		return;
	json_key(w, key);
	json_str(w, c->s);
}

static void reference(struct json_writer *w, const char *key, struct uuid id, const char *label, struct str text)
{
	json_key(w, key);
	json_object(w);
	json_key(w, "id");
	json_uuid(w, id);
	json_key(w, label);
	json_str(w, text);
	json_end_object(w);
}

static void self(struct json_writer *w, const struct ctx *x, const char *type, struct uuid id)
{
	char text[UUID_TEXT_LEN + 1];

	uuid_format(id, text);
	for (size_t i = 0; i < shape_served_count(); i++) {
		const struct resource *r = shape_served(i)->resource;
		if (strcmp(r->name, type) != 0)
			continue;
		struct str url = arena_printf(x->arena, "%.*s/%s/%s", STR_ARG(x->base_url), r->path, text);
		json_key(w, "self");
		json_str(w, url);
		if (!url.p)
			w->out->err = ERR_NOMEM;
	}
}

/* A recommendation has a text and no title: its first words stand for one. */
static void title(struct json_writer *w, const struct ctx *x, const char *type, const struct db_value *c)
{
	if (c->type != DB_TEXT)
		return;
	struct str s = strcmp(type, "recommendation") == 0 ? text_brief(x->arena, c->s, RESOURCE_BRIEF_MAX) : c->s;
	json_key(w, "title");
	json_str(w, s);
	if (!s.p)
		w->out->err = ERR_NOMEM;
}

static void body(struct json_writer *w, const struct value *v)
{
	const struct standing *then = v->standing;

	if (!v->set)
		return;
	json_key(w, "organisation");
	json_object(w);
	json_key(w, "id");
	json_uuid(w, value_answers(v));
	json_key(w, "name");
	json_str(w, then && then->name.p ? then->name : v->label);
	if (then && then->now_name.p)
		reference(w, "now", then->now, "name", then->now_name);
	json_end_object(w);
}

static void persons(struct json_writer *w, const struct db_value *c, const struct value *organisation)
{
	text_member(w, "post", &c[COL_POST]);
	body(w, organisation);
	text_member(w, "name_as_written", &c[COL_NAME_AS_WRITTEN]);
	text_member(w, "from", &c[COL_FROM]);
	text_member(w, "to", &c[COL_TO]);
}

static void item(struct json_writer *w, const struct ask *k, const struct db_value *c, const struct value *organisation)
{
	const struct ctx *x = k->c->x;
	const struct engagement_source *s = &k->kind->sources[c[COL_N].i - 1];
	struct uuid id = uuid_of(&c[COL_ID]);

	json_object(w);
	json_key(w, "type");
	json_z(w, s->type);
	json_key(w, "id");
	json_uuid(w, id);
	self(w, x, s->type, id);
	text_member(w, "number", &c[COL_NUMBER]);
	title(w, x, s->type, &c[COL_TITLE]);
	json_key(w, "role");
	json_str(w, c[COL_ROLE].s);
	const struct code *code = k->q->render.labels ? codes_find(x->codes, s->list, c[COL_ROLE].s) : NULL;
	if (code) {
		json_key(w, "role_label");
		json_str(w, codes_label(code, k->q->render.lang));
	}
	json_key(w, "field");
	json_z(w, s->field);
	text_member(w, "dates", &c[COL_DATES]);
	text_member(w, "due", &c[COL_DUE]);
	text_member(w, "status", &c[COL_STATUS]);
	if (c[COL_VISIT].type == DB_TEXT)
		reference(w, "visit", uuid_of(&c[COL_VISIT]), "title", c[COL_VISIT_TITLE].s);
	persons(w, c, organisation);
	json_end_object(w);
}

static enum err next_page(struct ask *k, const char *path, struct str *url)
{
	struct ctx *x = k->c->x;
	const struct db_value *last = db_cell(&k->rows, k->q->limit - 1, 0);
	struct str place = arena_printf(x->arena, "%lld %.*s", (long long)last[COL_N].i, STR_ARG(last[COL_ROLE].s));
	struct db_value keys[] = { db_int(last[COL_LO].i), db_text(place) };
	struct str cursor = place.p ? list_cursor(x->arena, k->q, keys, uuid_of(&last[COL_TIE])) : place;

	*url = cursor.p ? records_url(k->c, path, cursor) : cursor;
	return url->p ? ERR_OK : ERR_NOMEM;
}

static bool personal(const struct ask *k)
{
	const struct view *v = &k->c->x->view;

	return k->kind->people && (v->of[GROUP_VISITS].fields > CLASS_PUBLIC || v->of[GROUP_DIRECTORY].fields > CLASS_PUBLIC);
}

static void path_of(const struct ask *k, struct uuid id, char out[PATH_MAX_BYTES])
{
	char text[UUID_TEXT_LEN + 1];

	uuid_format(id, text);
	snprintf(out, PATH_MAX_BYTES, "%s/%s/engagements", k->kind->path, text);
}

/* 308: for ever those of the record it was merged into. */
static enum err redirect(struct ask *k)
{
	struct call *c = k->c;
	char path[PATH_MAX_BYTES];
	struct json_writer w;

	path_of(k, k->bodies->survivor, path);
	struct str url = records_url(c, path, (struct str){ NULL, 0 });
	if (!url.p)
		return ERR_NOMEM;
	c->res->status = 308;
	c->res->content_type = "application/json";
	app_cache_headers(c, personal(k));
	http_header(c->res, "Location", "%.*s", STR_ARG(url));
	json_begin(&w, c->res->body);
	json_object(&w);
	reference(&w, "merged_into", k->bodies->survivor, k->v->resource->label, k->bodies->survivor_label);
	json_end_object(&w);
	buf_char(c->res->body, '\n');
	return c->res->body->err;
}

static enum err answer(struct ask *k)
{
	struct call *c = k->c;
	char path[PATH_MAX_BYTES];
	bool more = k->rows.rows > k->q->limit;
	struct str next = { NULL, 0 };
	struct json_writer w;

	path_of(k, k->id, path);
	enum err e = more ? next_page(k, path, &next) : ERR_OK;
	if (e)
		return e;
	c->res->status = 200;
	c->res->content_type = "application/json";
	app_cache_headers(c, personal(k));
	if (more)
		http_header(c->res, "Link", "<%.*s>; rel=\"next\"", STR_ARG(next));
	json_begin(&w, c->res->body);
	json_object(&w);
	json_key(&w, "items");
	json_array(&w);
	for (size_t i = 0; i < k->rows.rows && i < k->q->limit; i++)
		item(&w, k, db_cell(&k->rows, i, 0), &k->named[i]);
	json_end_array(&w);
	json_key(&w, "next");
	if (more)
		json_str(&w, next);
	else
		json_null(&w);
	if (k->total >= 0) {
		json_key(&w, "total");
		json_int(&w, k->total);
	}
	json_end_object(&w);
	buf_char(c->res->body, '\n');
	return c->res->body->err;
}

static enum err engagements(struct call *c, const struct engagement_kind *kind)
{
	struct ctx *x = c->x;
	struct ask *k = arena_alloc(x->arena, sizeof(*k));
	enum err e;

	if (!k || !(k->q = arena_alloc(x->arena, sizeof(*k->q))) || !(k->bodies = arena_alloc(x->arena, sizeof(*k->bodies))))
		return ERR_NOMEM;
	k->c = c;
	k->kind = kind;
	k->v = shape_by_path(str_from(kind->path));
	if (!uuid_parse(c->match->vars[0], &k->id))
		return problem_set(x->problem, 404, "not_found", "The id is no UUID.");
	e = parse(k);
	if (!e && k->q->after) {
		k->filter.after_lo = k->q->after_key[0];
		k->filter.after_tie = k->q->after_id;
	}
	if (!e)
		e = db_tx(x->db, DB_SNAPSHOT, find, k);
	if (e == ERR_NOT_FOUND)
		return records_absent(c, k->v, k->id);
	if (!e && k->bodies->moved)
		return redirect(k);
	if (!e && k->q->render.labels)
		e = codes_refresh(x->codes, x->db, x->epoch);
	return e ? e : answer(k);
}

enum err app_organisation_engagements(struct call *c)
{
	return engagements(c, &engagements_of_organisation);
}

enum err app_person_engagements(struct call *c)
{
	return engagements(c, &engagements_of_person);
}

/* SPDX-License-Identifier: Apache-2.0
 * Updates of an action: read, and added; there is no way to change or remove one. */
#include "app/records.h"

#include "app/idempotency.h"
#include "resource/hooks.h"
#include "resource/list.h"
#include "resource/load.h"
#include "resource/parse.h"
#include "resource/write.h"

struct updates {
	struct call *c;
	const struct served *v;     /* actions */
	size_t kid;
	const struct shape *k;      /* of an update */
	struct uuid id, one;        /* the action; the update asked for or added */
	struct record action;
	struct render render;
	/* adding */
	struct json body;
	struct idempotency idem;
	bool replayed;
};

static enum err begin(struct updates *u, struct call *c)
{
	u->c = c;
	u->v = shape_by_path(STR("actions"));
	u->kid = (size_t)shape_kid(u->v->shape, STR("updates"));
	u->k = u->v->shape->kids[u->kid].shape;
	u->render = records_whole(c, u->v);
	return uuid_parse(c->match->vars[0], &u->id) ? ERR_OK : problem_set(c->x->problem, 404, "not_found", "The id is no UUID.");
}

/* --- answers ------------------------------------------------------------------------------ */

static enum err answer_one(struct updates *u, const struct record *item, int status, char tag[ETAG_MAX])
{
	struct call *c = u->c;
	struct json_writer w;

	records_etag(c->x, record_version(&u->action), tag);
	app_cache_headers(c, false);
	http_header(c->res, "ETag", "%s", tag);
	if (status == 200 && c->request->if_none_match.p && etag_none_match_hits(c->request->if_none_match, tag)) {
		c->res->status = 304;
		c->res->no_body = true;
		return ERR_OK;
	}
	c->res->status = status;
	c->res->content_type = "application/json";
	json_begin(&w, c->res->body);
	render_record(&w, &u->render, u->k, item);
	buf_char(c->res->body, '\n');
	return c->res->body->err;
}

static enum err answer_all(struct updates *u)
{
	struct call *c = u->c;
	const struct records *all = &u->action.kids[u->kid];
	struct json_writer w;

	c->res->status = 200;
	c->res->content_type = "application/json";
	app_cache_headers(c, false);
	json_begin(&w, c->res->body);
	json_object(&w);
	json_key(&w, "items");
	json_array(&w);
	for (size_t i = 0; i < all->n; i++)
		render_record(&w, &u->render, u->k, &all->item[i]);
	json_end_array(&w);
	json_key(&w, "next");
	json_null(&w);
	json_end_object(&w);
	buf_char(c->res->body, '\n');
	return c->res->body->err;
}

/* --- reading ------------------------------------------------------------------------------ */

static enum err read_tx(struct db *d, void *arg)
{
	struct updates *u = arg;
	struct ctx *x = u->c->x;
	struct records one = { .item = &u->action, .n = 1, .cap = 1 };

	(void)d;
	enum err e = load_root(x, u->v->shape, u->id, false, &u->action);
	if (!e && !load_state_visible(&x->view, u->v->shape, u->action.v[ROOT_STATE].s))
		e = ERR_NOT_FOUND;
	return e ? e : load_kids(x, u->v->shape, &one, 1u << u->kid);
}

static enum err parse_query(struct updates *u)
{
	struct http_request *r = u->c->request;
	struct problem *p = u->c->x->problem;
	struct str labels = http_query(r, "labels");

	if (labels.p)
		list_parse_labels(u->c->x, labels, &u->render);
	for (size_t i = 0; i < r->n_query; i++)
		if (!r->query[i].used)
			problem_at_parameter(p, r->query[i].name.p, "unknown", "Only labels is known here.");
	return p->n_faults ? problem_set(p, 400, "parameter", "The query has faults.") : ERR_OK;
}

static enum err read_action(struct updates *u)
{
	struct ctx *x = u->c->x;
	enum err e = parse_query(u);

	if (!e)
		e = db_tx(x->db, DB_SNAPSHOT, read_tx, u);
	if (e == ERR_NOT_FOUND)
		return records_absent(u->c, u->v, u->id);
	return !e && u->render.labels ? codes_refresh(x->codes, x->db, x->epoch) : e;
}

enum err app_action_update(struct call *c)
{
	struct updates u = { 0 };
	char tag[ETAG_MAX];
	enum err e = begin(&u, c);

	if (!e)
		e = read_action(&u);
	if (e)
		return e;
	const struct record *item = uuid_parse(c->match->vars[1], &u.one) ? records_find(&u.action.kids[u.kid], u.one) : NULL;
	return item ? answer_one(&u, item, 200, tag)
		    : problem_set(c->x->problem, 404, "not_found", "The action has no update with this id.");
}

/* --- adding ------------------------------------------------------------------------------- */

static enum err add_item(struct updates *u, const struct record *before, struct record *after)
{
	struct ctx *x = u->c->x;
	const struct shape *s = u->v->shape;
	char now[CLOCK_RFC3339_LEN + 1];
	struct parse p = { .x = x };
	enum err e = record_init(x->arena, s, after);

	if (e)
		return e;
	if (before->kids[u->kid].n >= s->kids[u->kid].f->len.max)
		return problem_set(x->problem, 422, "too_many", "The action has %u updates already, and more are not kept: begin another one.",
				   s->kids[u->kid].f->len.max);
	after->id = before->id;
	memcpy(after->v, before->v, s->n_leaves * sizeof(*after->v));
	memcpy(after->kids, before->kids, s->n_kids * sizeof(*after->kids));
	struct record *item = records_add(x->arena, u->k, &after->kids[u->kid]);
	if (!item)
		return ERR_NOMEM;
	item->id = u->one;
	item->pos = (int64_t)before->kids[u->kid].n;
	item->pointer = "";
	clock_format_rfc3339(x->now_ms, now);
	e = parse_record(&p, u->k, u->body, "", NULL, item);
	struct value *at = &item->v[shape_leaf(u->k, STR("recorded_at"))];
	*at = (struct value){ .set = true, .s = arena_dup(x->arena, str_from(now)) };
	return !e && !at->s.p ? ERR_NOMEM : e;
}

static enum err added(struct updates *u)
{
	char action[UUID_TEXT_LEN + 1], update[UUID_TEXT_LEN + 1], tag[ETAG_MAX];
	const struct record *item = records_find(&u->action.kids[u->kid], u->one);
	enum err e = item ? answer_one(u, item, 201, tag) : ERR_INTERNAL;
	struct str prefix;

	if (!e)
		e = records_self(u->c->x, u->v, &prefix);
	if (e)
		return e;
	uuid_format(u->id, action);
	uuid_format(u->one, update);
	struct str where = arena_printf(u->c->x->arena, "%.*s%s/updates/%s", STR_ARG(prefix), action, update);
	if (!where.p)
		return ERR_NOMEM;
	http_header(u->c->res, "Location", "%.*s", STR_ARG(where));
	return idempotency_store(u->c, &u->idem, where, tag, (struct str){ NULL, 0 });
}

static enum err add_tx(struct db *d, void *arg)
{
	struct updates *u = arg;
	struct ctx *x = u->c->x;
	struct record before;
	struct records one = { .item = &before, .n = 1, .cap = 1 };
	bool changed;

	(void)d;
	problem_reset(x->problem, x->arena);
	http_response_reset(u->c->res);
	u->replayed = false;
	enum err e = idempotency_claim(u->c, &u->idem, &u->replayed);
	if (e || u->replayed)
		return e;
	e = load_root(x, u->v->shape, u->id, true, &before);
	if (!e && u->c->request->if_match.p)
		e = records_precondition(u->c, record_version(&before));
	if (!e)
		e = load_kids(x, u->v->shape, &one, LOAD_ALL_KIDS);
	if (!e)
		e = parse_codes_ready(x);
	if (!e)
		e = add_item(u, &before, &u->action);
	if (!e)
		e = hooks_check(x, u->v->shape, &before, &u->action);
	if (!e && x->problem->n_faults)
		e = problem_set(x->problem, 422, "invalid", "The content is refused; every fault is listed.");
	if (!e)
		e = write_update(x, u->v->shape, &before, &u->action, &changed);
	return e ? e : added(u);
}

static enum err add(struct updates *u)
{
	struct call *c = u->c;
	enum err e = records_may_write(c, u->v, &u->id);

	if (!e)
		e = app_no_query(c);
	if (!e)
		e = records_body(c, "application/json", "Accept-Post", &u->body);
	if (!e)
		e = idempotency_read(c, &u->idem);
	if (!e && json_member(u->body, "id").j) {
		problem_at_pointer(c->x->problem, "/id", "read_only", "POST makes the id; leave it out.");
		e = problem_set(c->x->problem, 422, "invalid", "The content is refused.");
	}
	u->one = uuid_v7(c->x->now_ms);
	if (!e)
		e = db_tx(c->x->db, DB_WRITE, add_tx, u);
	if (!e && u->idem.key.n && !u->replayed)
		idempotency_expire(c);
	return e == ERR_NOT_FOUND ? records_absent(c, u->v, u->id) : e;
}

enum err app_action_updates(struct call *c)
{
	struct updates u = { 0 };
	enum err e = begin(&u, c);

	if (e)
		return e;
	if (c->request->method == HTTP_POST)
		return add(&u);
	e = read_action(&u);
	return e ? e : answer_all(&u);
}

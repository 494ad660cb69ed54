/* SPDX-License-Identifier: Apache-2.0
 * /{type}/{id}/merge: merging a record into another, undoing that, and what a record answers for. */
#include "app/merge.h"

#include "app/idempotency.h"
#include "app/records.h"
#include "http/etag.h"
#include "resource/hooks.h"
#include "resource/resolve.h"

struct change {
	struct call *c;
	const struct served *v;
	bool dry, replayed;
	struct idempotency idem;
	struct merge m;
};

unsigned app_merge_methods(struct str type)
{
	const struct served *v = shape_by_path(type);

	return v && v->kid < 0 && shape_merges(v->shape) ? HTTP_GET | HTTP_POST | HTTP_DELETE : 0;
}

/* --- the request -------------------------------------------------------------------------- */

static enum err read_dry_run(struct call *c, bool *dry)
{
	struct str value = http_query(c->request, "dry_run");

	*dry = str_is(value, "true");
	if (value.p && !*dry && !str_is(value, "false"))
		problem_at_parameter(c->x->problem, "dry_run", "format", "Expected true or false.");
	for (size_t i = 0; i < c->request->n_query; i++)
		if (!c->request->query[i].used)
			problem_at_parameter(c->x->problem, c->request->query[i].name.p, "unknown", "This request takes dry_run only.");
	return c->x->problem->n_faults ? problem_set(c->x->problem, 400, "parameter", "The query has faults.") : ERR_OK;
}

static enum err read_into(struct call *c, struct uuid *into)
{
	struct problem *p = c->x->problem;
	struct json body;
	enum err e = records_body(c, "application/json", "Accept-Post", &body);

	if (e)
		return e;
	struct json id = json_member(body, "into");
	for (struct json_iter it = json_first(body); it.value.j; it = json_next(body, it)) {
		const char *at = str_is(it.key, "into") ? NULL : it.key.n > 200 ? "" : json_pointer(c->x->arena, "", it.key);
		if (at)
			problem_at_pointer(p, at, "unknown", "No such member; into is the only one.");
	}
	if (!id.j)
		problem_at_pointer(p, "/into", "required", "The id of the record that is to answer for both.");
	else if (json_type_of(id) != JSON_T_STRING || !uuid_parse(json_string(id), into))
		problem_at_pointer(p, "/into", "format", "Expected a UUID.");
	return p->n_faults ? problem_set(p, 422, "invalid", "The content is refused; every fault is listed.") : ERR_OK;
}

/* Each run of a transaction begins with nothing collected. */
static void begin(struct change *w)
{
	problem_reset(w->c->x->problem, w->c->x->arena);
	http_response_reset(w->c->res);
}

static enum err answer(struct change *w, struct record *r)
{
	struct records one = { .item = r, .n = 1, .cap = 1 };
	struct render o = records_whole(w->c, w->v);

	enum err e = resolve_references(w->c->x, w->v->shape, &one);
	hooks_compute(w->c->x, w->v->shape, &one, LOAD_ALL_KIDS);
	return e ? e : records_answer(w->c, w->v, &o, r, 200, record_version(r));
}

/* --- merge -------------------------------------------------------------------------------- */

static enum err merge_tx(struct db *d, void *arg)
{
	struct change *w = arg;
	struct ctx *x = w->c->x;

	(void)d;
	begin(w);
	w->m = (struct merge){ .s = w->m.s, .from = w->m.from, .into = w->m.into };
	enum err e = w->dry ? ERR_OK : idempotency_claim(w->c, &w->idem, &w->replayed);
	if (e || w->replayed)
		return e;
	e = merge_read(x, &w->m);
	/* nothing of either is overwritten, so a condition is welcome and not needed */
	if (!e && !w->m.done && w->c->request->if_match.p)
		e = records_precondition(w->c, record_version(&w->m.merged));
	if (e)
		return e;
	if (!w->m.done && !w->m.status)
		e = merge_set(x, &w->m);
	if (!e && w->dry)
		e = merge_plan(w->c, &w->m);
	if (e || w->dry)
		return e ? e : ERR_REFUSED; /* all of it is taken back */
	if (w->m.status)
		return problem_set(x->problem, w->m.status, w->m.status == 422 ? "invalid" : x->problem->faults[0].code,
				   "The two cannot be merged; every reason is listed.");
	char tag[ETAG_MAX];
	e = w->m.done ? ERR_OK : merge_finish(x, &w->m);
	if (!e)
		e = answer(w, &w->m.survivor);
	records_etag(x, record_version(&w->m.survivor), tag);
	return e ? e : idempotency_store(w->c, &w->idem, (struct str){ NULL, 0 }, tag, (struct str){ NULL, 0 });
}

static enum err merge(struct change *w)
{
	enum err e = read_dry_run(w->c, &w->dry);

	if (!e)
		e = read_into(w->c, &w->m.into);
	if (!e)
		e = idempotency_read(w->c, &w->idem);
	if (e)
		return e;
	e = db_tx(w->c->x->db, DB_WRITE, merge_tx, w);
	if (!e && w->idem.key.n && !w->replayed)
		idempotency_expire(w->c);
	if (e != ERR_REFUSED || !w->dry || w->c->x->problem->status)
		return e;
	problem_reset(w->c->x->problem, w->c->x->arena); /* its faults are in the plan */
	return ERR_OK;
}

/* --- undo --------------------------------------------------------------------------------- */

static enum err undo_tx(struct db *d, void *arg)
{
	struct change *w = arg;

	(void)d;
	begin(w);
	w->m = (struct merge){ .s = w->m.s, .from = w->m.from };
	enum err e = merge_undo(w->c->x, &w->m);
	return e ? e : answer(w, &w->m.merged);
}

static enum err undo(struct change *w)
{
	enum err e = app_no_query(w->c);

	return e ? e : db_tx(w->c->x->db, DB_WRITE, undo_tx, w);
}

/* --- read --------------------------------------------------------------------------------- */

/* Members: the record that answers, and each that was merged into it, whole, as far as the caller may see it. */
static enum err read_tx(struct db *d, void *arg)
{
	struct change *w = arg;
	struct ctx *x = w->c->x;
	struct alias *all = arena_alloc(x->arena, sizeof(*all));
	struct render o = records_whole(w->c, w->v);
	struct records others;
	struct json_writer out;

	(void)d;
	begin(w);
	enum err e = all ? alias_of(x, w->m.s, w->m.from, all) : ERR_NOMEM;
	if (!e && !load_state_visible(&x->view, w->m.s, all->state))
		e = ERR_NOT_FOUND;
	if (!e)
		e = alias_others(x, w->m.s, all->survivor, &others);
	if (!e)
		e = resolve_references(x, w->m.s, &others);
	if (e)
		return e;
	json_begin(&out, w->c->res->body);
	json_object(&out);
	json_key(&out, "into");
	json_object(&out);
	json_key(&out, "id");
	json_uuid(&out, all->survivor);
	json_key(&out, w->v->resource->label);
	json_str(&out, all->label);
	json_end_object(&out);
	json_key(&out, "merged");
	json_array(&out);
	for (size_t i = 0; i < others.n; i++)
		if (load_state_visible(&x->view, w->m.s, others.item[i].v[ROOT_STATE].s))
			render_record(&out, &o, w->m.s, &others.item[i]);
	json_end_array(&out);
	json_end_object(&out);
	buf_char(w->c->res->body, '\n');
	return w->c->res->body->err;
}

static enum err read(struct change *w)
{
	enum err e = app_no_query(w->c);

	if (!e)
		e = db_tx(w->c->x->db, DB_SNAPSHOT, read_tx, w);
	if (e)
		return e;
	w->c->res->status = 200;
	w->c->res->content_type = "application/json";
	app_cache_headers(w->c, records_personal(w->c, w->v));
	return ERR_OK;
}

enum err app_merge(struct call *c)
{
	struct change w = { .c = c, .v = shape_by_path(c->match->vars[0]) };
	enum err e = ERR_OK;

	w.m.s = w.v->shape;
	if (!uuid_parse(c->match->vars[1], &w.m.from))
		return problem_set(c->x->problem, 404, "not_found", "The id is no UUID.");
	if (c->request->method & (HTTP_POST | HTTP_DELETE))
		e = records_may_write(c, w.v, &w.m.from);
	if (!e)
		e = c->request->method == HTTP_POST ? merge(&w) : c->request->method == HTTP_DELETE ? undo(&w) : read(&w);
	return e == ERR_NOT_FOUND ? records_absent(c, w.v, w.m.from) : e;
}

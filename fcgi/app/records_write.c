/* SPDX-License-Identifier: Apache-2.0
 * Writing records: create, replace, merge-patch, delete; each one transaction that can run again. */
#include "app/records.h"

#include "app/duplicates.h"
#include "app/idempotency.h"
#include "json/reader.h"
#include "resource/hooks.h"
#include "resource/load.h"
#include "resource/parse.h"
#include "resource/resolve.h"
#include "resource/write.h"

enum { BODY_TREE_MAX = 24 << 20 };

struct change {
	struct call *c;
	const struct served *v;
	struct uuid id;
	struct json body;
	struct idempotency idem;
	bool replayed;
	struct str warning;     /* of likely duplicates; p == NULL: none */
};

/* --- before the transaction --------------------------------------------------------------- */

enum err records_body(struct call *c, const char *type, const char *accept_header, struct json *out)
{
	struct problem *p = c->x->problem;

	if (!http_content_type_is(c->request->content_type, type)) {
		if (accept_header)
			http_header(c->res, accept_header, "%s", type);
		return problem_set(p, 415, "media_type", "Send the body as %s (Content-Type).", type);
	}
	if (c->request->body.n == 0)
		return problem_set(p, 400, "syntax", "The body is empty; send a JSON object.");
	enum err e = json_parse(c->x->arena, c->request->body, BODY_TREE_MAX, p, out);
	if (!e && json_type_of(*out) != JSON_T_OBJECT) {
		problem_at_pointer(p, "", "wrong_type", "Expected an object, not %s.", json_type_name(json_type_of(*out)));
		e = problem_set(p, 422, "invalid", "The body is no JSON object.");
	}
	return e;
}

enum err app_no_query(struct call *c)
{
	for (size_t i = 0; i < c->request->n_query; i++)
		problem_at_parameter(c->x->problem, c->request->query[i].name.p, "unknown", "This request takes no query parameters.");
	return c->x->problem->n_faults ? problem_set(c->x->problem, 400, "parameter", "The query has faults.") : ERR_OK;
}

/* Each run of the transaction begins with nothing collected. */
static void begin(struct change *w)
{
	problem_reset(w->c->x->problem, w->c->x->arena);
	http_response_reset(w->c->res);
	w->replayed = false;
	w->c->x->likely = NULL;
}

static enum err refused_if_faults(struct ctx *x)
{
	return x->problem->n_faults ? problem_set(x->problem, 422, "invalid", "The content is refused; every fault is listed.") : ERR_OK;
}

struct render records_whole(const struct call *c, const struct served *v)
{
	return (struct render){ .view = &c->x->view, .codes = c->x->codes, .leaves = UINT64_MAX, .kids = UINT32_MAX,
				.served = v->kid >= 0 ? v : NULL };
}

static enum err answer_root(struct change *w, struct record *r, int status)
{
	struct records one = { .item = r, .n = 1, .cap = 1 };
	struct render o = records_whole(w->c, w->v);
	enum err e = resolve_references(w->c->x, w->v->shape, &one);

	hooks_compute(w->c->x, w->v->shape, &one, LOAD_ALL_KIDS);
	return e ? e : records_answer(w->c, w->v, &o, r, status, record_version(r));
}

static enum err location(struct change *w, struct uuid id, struct str *out)
{
	char text[UUID_TEXT_LEN + 1];
	struct str prefix;
	enum err e = records_self(w->c->x, w->v, &prefix);

	if (e)
		return e;
	uuid_format(id, text);
	*out = arena_printf(w->c->x->arena, "%.*s%s", STR_ARG(prefix), text);
	if (!out->p)
		return ERR_NOMEM;
	http_header(w->c->res, "Location", "%.*s", STR_ARG(*out));
	return ERR_OK;
}

/* What is made on the way is as public as what it is made for. */
static struct str state_of(const struct change *w, const struct record *before)
{
	struct json said = json_member(w->body, "state");

	if (said.j && json_type_of(said) == JSON_T_STRING)
		return json_string(said);
	return before ? before->v[ROOT_STATE].s : (struct str){ NULL, 0 };
}

/* --- create ------------------------------------------------------------------------------- */

/* A record made on the way to another: {name, create: true}. */
static enum err create_referenced(struct ctx *x, const struct shape *s, struct record *r)
{
	r->id = uuid_v7(x->now_ms);
	enum err e = hooks_check(x, s, NULL, r);
	return e ? e : write_create(x, s, r);
}

static enum err make(struct change *w, struct uuid id, struct record *r)
{
	struct ctx *x = w->c->x;
	struct parse p = { .x = x, .ids_allowed = true, .create = create_referenced, .state = state_of(w, NULL) };
	enum err e = load_epoch(x);

	if (!e)
		e = parse_codes_ready(x);
	if (!e)
		e = record_init(x->arena, w->v->shape, r);
	if (e)
		return e;
	r->id = id;
	e = parse_record(&p, w->v->shape, w->body, "", NULL, r);
	if (!e)
		e = hooks_check(x, w->v->shape, NULL, r);
	if (!e)
		e = refused_if_faults(x);
	if (!e)
		e = write_create(x, w->v->shape, r);
	return e ? e : duplicates_tell(w->c, &w->warning);
}

static enum err created(struct change *w, struct record *r)
{
	struct str where;
	char tag[ETAG_MAX];
	enum err e = location(w, r->id, &where);

	if (!e)
		e = answer_root(w, r, 201);
	records_etag(w->c->x, record_version(r), tag);
	return e ? e : idempotency_store(w->c, &w->idem, where, tag, w->warning);
}

static enum err create_tx(struct db *d, void *arg)
{
	struct change *w = arg;
	struct record r;

	(void)d;
	begin(w);
	enum err e = idempotency_claim(w->c, &w->idem, &w->replayed);
	if (e || w->replayed)
		return e;
	e = make(w, w->id, &r);
	return e ? e : created(w, &r);
}

enum err records_create(struct call *c, const struct served *v)
{
	struct change w = { .c = c, .v = v, .id = uuid_v7(c->x->now_ms) };
	enum err e = app_no_query(c);

	if (!e)
		e = records_body(c, "application/json", "Accept-Post", &w.body);
	if (!e)
		e = idempotency_read(c, &w.idem);
	struct json id = e ? (struct json){ NULL } : json_member(w.body, "id");
	if (!e && id.j) {
		problem_at_pointer(c->x->problem, "/id", "read_only", "POST makes the id; to choose one, PUT to its address.");
		e = problem_set(c->x->problem, 422, "invalid", "The content is refused.");
	}
	if (!e)
		e = db_tx(c->x->db, DB_WRITE, create_tx, &w);
	if (!e && w.idem.key.n && !w.replayed)
		idempotency_expire(c);
	return e;
}

/* --- conditions --------------------------------------------------------------------------- */

enum err records_precondition(struct call *c, uint32_t version)
{
	struct problem *p = c->x->problem;
	char tag[ETAG_MAX];

	records_etag(c->x, version, tag);
	switch (etag_match_version(c->request->if_match, version)) {
	case ETAG_ANY:
	case ETAG_HIT:
		return ERR_OK;
	case ETAG_ABSENT:
		return problem_set(p, 428, "if_match_required",
				   "Send If-Match with the ETag of the record as you read it, so that nobody's change is lost.");
	case ETAG_MALFORMED:
		problem_at_parameter(p, "If-Match", "format", "Expected the ETag as it was sent, quotes included.");
		return problem_set(p, 400, "parameter", "A header has a fault.");
	default:
		http_header(c->res, "ETag", "%s", tag);
		return problem_set(p, 412, "stale", "The record has changed since you read it; its ETag is now %s.", tag);
	}
}

/* nginx repeats a PUT or DELETE whose answer it did not get: the same request id. */
static bool repeated(const struct change *w, const struct record *r)
{
	const struct value *last = &r->v[ROOT_LAST_REQUEST];

	return w->c->x->nginx_id.n && last->set && str_eq(last->s, w->c->x->nginx_id);
}

/* Locks and reads the root whole; `version` checked unless this is a repetition. */
static enum err open_root(struct change *w, const struct shape *root, struct uuid id, struct record *r)
{
	struct records one = { .item = r, .n = 1, .cap = 1 };
	enum err e = load_root(w->c->x, root, id, true, r);

	if (!e)
		e = load_kids(w->c->x, root, &one, LOAD_ALL_KIDS);
	if (!e && r->merged)
		e = records_refuse_merged(w->c->x, root, r);
	return e ? e : parse_codes_ready(w->c->x);
}

/* --- replace ------------------------------------------------------------------------------ */

static enum err check_body_id(struct change *w)
{
	struct json id = json_member(w->body, "id");
	struct uuid said;

	if (!id.j)
		return ERR_OK;
	if (json_type_of(id) != JSON_T_STRING || !uuid_parse(json_string(id), &said) || !uuid_eq(said, w->id)) {
		problem_at_pointer(w->c->x->problem, "/id", "contradiction", "The id differs from that of the address; leave it out.");
		return problem_set(w->c->x->problem, 422, "invalid", "The content is refused.");
	}
	return ERR_OK;
}

static enum err put_new(struct change *w)
{
	struct ctx *x = w->c->x;
	struct tombstone t;
	struct record r;
	struct str where;
	enum err e = write_tombstone(x, w->v->shape, w->id, &t);

	if (!e && t.found)
		return problem_set(x->problem, 410, "gone", "A %s with this id was deleted; ids are never used again.", w->v->resource->name);
	if (!e && w->c->request->if_match.p)
		return problem_set(x->problem, 412, "stale", "There is no %s with this id to be changed.", w->v->resource->name);
	if (!e)
		e = make(w, w->id, &r);
	if (!e)
		e = location(w, r.id, &where);
	return e ? e : answer_root(w, &r, 201);
}

static enum err put_again(struct change *w, struct record *r)
{
	bool made = record_version(r) == 1;
	struct str where;
	enum err e = made ? location(w, r->id, &where) : ERR_OK;

	return e ? e : answer_root(w, r, made ? 201 : 200);
}

static enum err put_tx(struct db *d, void *arg)
{
	struct change *w = arg;
	struct ctx *x = w->c->x;
	struct record before, after;
	bool changed;

	(void)d;
	begin(w);
	enum err e = open_root(w, w->v->shape, w->id, &before);
	if (e == ERR_NOT_FOUND)
		return put_new(w);
	if (e)
		return e;
	if (repeated(w, &before))
		return put_again(w, &before);
	if (str_is(str_trim(w->c->request->if_none_match), "*")) {
		char tag[ETAG_MAX];
		records_etag(x, record_version(&before), tag);
		http_header(w->c->res, "ETag", "%s", tag);
		return problem_set(x->problem, 412, "exists", "A %s with this id is there already.", w->v->resource->name);
	}
	e = records_precondition(w->c, record_version(&before));
	if (!e)
		e = record_init(x->arena, w->v->shape, &after);
	if (e)
		return e;
	after.id = before.id;
	struct parse p = { .x = x, .create = create_referenced, .state = state_of(w, &before) };
	e = parse_record(&p, w->v->shape, w->body, "", &before, &after);
	if (!e)
		e = hooks_check(x, w->v->shape, &before, &after);
	if (!e)
		e = refused_if_faults(x);
	if (!e)
		e = write_update(x, w->v->shape, &before, &after, &changed);
	if (!e)
		e = duplicates_tell(w->c, &w->warning);
	return e ? e : answer_root(w, &after, 200);
}

enum err records_put(struct call *c, const struct served *v, struct uuid id)
{
	struct change w = { .c = c, .v = v, .id = id };
	enum err e = app_no_query(c);

	if (!e)
		e = records_body(c, "application/json", NULL, &w.body);
	if (!e)
		e = check_body_id(&w);
	return e ? e : db_tx(c->x->db, DB_WRITE, put_tx, &w);
}

/* --- merge patch -------------------------------------------------------------------------- */

static enum err patch_root(struct change *w, const struct record *before, struct record *after)
{
	struct parse p = { .x = w->c->x, .patch = true, .create = create_referenced, .state = state_of(w, before) };
	enum err e = record_init(w->c->x->arena, w->v->root, after);

	after->id = before->id;
	return e ? e : parse_record(&p, w->v->root, w->body, "", before, after);
}

/* A child is patched inside its root, which is then written whole. */
static enum err patch_child(struct change *w, const struct record *before, struct record *after, struct record **child)
{
	struct ctx *x = w->c->x;
	const struct shape *root = w->v->root, *k = w->v->shape;
	struct parse p = { .x = x, .patch = true, .child = true, .create = create_referenced,
			   .state = before->v[ROOT_STATE].s };
	const struct records *was = &before->kids[w->v->kid];
	const struct record *old = records_find(was, w->id);
	enum err e = record_init(x->arena, root, after);

	if (e)
		return e;
	if (!old)
		return ERR_NOT_FOUND;
	after->id = before->id;
	memcpy(after->v, before->v, root->n_leaves * sizeof(*after->v));
	memcpy(after->kids, before->kids, root->n_kids * sizeof(*after->kids));
	struct records *now = &after->kids[w->v->kid];
	now->item = arena_array(x->arena, was->n, sizeof(*now->item));
	if (!now->item)
		return ERR_NOMEM;
	memcpy(now->item, was->item, was->n * sizeof(*now->item));
	*child = &now->item[old - was->item];
	e = record_init(x->arena, k, *child);
	(*child)->id = old->id;
	(*child)->pos = old->pos;
	(*child)->known = true;
	(*child)->root = before->id;
	(*child)->root_label = before->v[root->label_leaf].s;
	return e ? e : parse_record(&p, k, w->body, "", old, *child);
}

static enum err root_of_child(struct change *w, struct uuid *root)
{
	struct ctx *x = w->c->x;
	struct str sql = arena_printf(x->arena, "SELECT parent FROM %s WHERE id = ?", w->v->shape->table);
	struct db_value key = db_uuid(&w->id);
	struct db_rows rows;

	if (!sql.p)
		return ERR_NOMEM;
	enum err e = db_query(x->db, x->arena, sql.p, &key, 1, &rows);
	if (e)
		return e;
	if (rows.rows == 0)
		return ERR_NOT_FOUND;
	memcpy(root->b, db_cell(&rows, 0, 0)->s.p, sizeof(root->b));
	return ERR_OK;
}

struct patch {
	struct change w;
	struct uuid root;
};

static enum err patch_tx(struct db *d, void *arg)
{
	struct patch *t = arg;
	struct change *w = &t->w;
	struct ctx *x = w->c->x;
	struct record before, after, *child = NULL;
	bool changed;

	(void)d;
	begin(w);
	enum err e = open_root(w, w->v->root, t->root, &before);
	if (!e)
		e = records_precondition(w->c, record_version(&before));
	if (!e)
		e = w->v->kid < 0 ? patch_root(w, &before, &after) : patch_child(w, &before, &after, &child);
	if (!e)
		e = hooks_check(x, w->v->root, &before, &after);
	if (!e)
		e = refused_if_faults(x);
	if (!e)
		e = write_update(x, w->v->root, &before, &after, &changed);
	if (!e)
		e = duplicates_tell(w->c, &w->warning);
	if (e)
		return e;
	if (!child)
		return answer_root(w, &after, 200);
	struct render o = records_whole(w->c, w->v);
	struct records one = { .item = child, .n = 1, .cap = 1 };
	child->when = resolve_when(w->v->root, &after);
	e = resolve_references(x, w->v->shape, &one);
	return e ? e : records_answer(w->c, w->v, &o, child, 200, record_version(&after));
}

enum err records_patch(struct call *c, const struct served *v, struct uuid id)
{
	struct patch t = { .w = { .c = c, .v = v, .id = id }, .root = id };
	enum err e = app_no_query(c);

	if (!e)
		e = records_body(c, "application/merge-patch+json", "Accept-Patch", &t.w.body);
	if (!e)
		e = check_body_id(&t.w);
	if (!e && v->kid >= 0)
		e = root_of_child(&t.w, &t.root);
	if (!e)
		e = db_tx(c->x->db, DB_WRITE, patch_tx, &t);
	return e == ERR_NOT_FOUND ? records_absent(c, v, id) : e;
}

/* --- delete ------------------------------------------------------------------------------- */

static enum err delete_tx(struct db *d, void *arg)
{
	struct change *w = arg;
	struct ctx *x = w->c->x;
	struct record before;
	struct tombstone t;

	(void)d;
	begin(w);
	enum err e = open_root(w, w->v->shape, w->id, &before);
	if (e == ERR_NOT_FOUND) {
		e = write_tombstone(x, w->v->shape, w->id, &t);
		if (e || !t.found || !x->nginx_id.n || !str_eq(t.last_request, x->nginx_id))
			return e ? e : ERR_NOT_FOUND;
	} else {
		if (!e)
			e = records_precondition(w->c, record_version(&before));
		if (!e)
			e = write_delete(x, w->v->shape, &before);
	}
	w->c->res->status = 204;
	w->c->res->no_body = true;
	return e;
}

enum err records_delete(struct call *c, const struct served *v, struct uuid id)
{
	struct change w = { .c = c, .v = v, .id = id };
	enum err e = app_no_query(c);

	if (!e)
		e = db_tx(c->x->db, DB_WRITE, delete_tx, &w);
	return e == ERR_NOT_FOUND ? records_absent(c, v, id) : e;
}

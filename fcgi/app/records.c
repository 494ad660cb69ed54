/* SPDX-License-Identifier: Apache-2.0
 * Reading records: one, and lists. */
#include "app/records.h"

#include "app/history.h"
#include "app/pages.h"
#include "app/records_stored.h"
#include "http/decode.h"
#include "http/etag.h"
#include "resource/alias.h"
#include "resource/hooks.h"
#include "resource/list.h"
#include "resource/load.h"
#include "resource/resolve.h"
#include "resource/write.h"

unsigned app_record_methods(struct str type, bool item)
{
	const struct served *v = shape_by_path(type);

	if (!v)
		return 0;
	if (item)
		return v->resource->methods;
	return HTTP_GET | (v->resource->methods & HTTP_PUT ? HTTP_POST : 0);
}

/* --- what answers have in common ---------------------------------------------------------- */

void records_etag(const struct ctx *x, uint32_t version, char out[ETAG_MAX])
{
	struct etag t = { version, x->epoch, app_build(), x->view.letter, 'j' };

	etag_format(&t, out);
}

bool records_personal(const struct call *c, const struct served *v)
{
	return strcmp(v->resource->name, "person") == 0 && shape_sight(&c->x->view, v->root)->fields > CLASS_PUBLIC;
}

enum err records_self(struct ctx *x, const struct served *v, struct str *out)
{
	*out = arena_printf(x->arena, "%.*s/%s/", STR_ARG(x->base_url), v->resource->path);
	return out->p ? ERR_OK : ERR_NOMEM;
}

enum err records_answer(struct call *c, const struct served *v, const struct render *o, const struct record *r, int status,
			uint32_t version)
{
	struct ctx *x = c->x;
	char tag[ETAG_MAX];
	struct json_writer w;
	struct render own = *o;

	enum err e = records_self(x, v, &own.self_prefix);
	if (e)
		return e;
	records_etag(x, version, tag);
	c->res->status = status;
	c->res->content_type = "application/json";
	app_cache_headers(c, records_personal(c, v));
	if (!o->more) /* the tag is that of the record alone */
		http_header(c->res, "ETag", "%s", tag);
	if (v->kid < 0 && !o->more)
		e = records_last_modified(c, r->v[ROOT_UPDATED].s);
	json_begin(&w, c->res->body);
	render_record(&w, &own, v->shape, r);
	buf_char(c->res->body, '\n');
	return e ? e : c->res->body->err;
}

enum err records_absent(struct call *c, const struct served *v, struct uuid id)
{
	struct tombstone t = { 0 };
	enum err e = v->kid < 0 ? write_tombstone(c->x, v->shape, id, &t) : ERR_OK;

	if (e)
		return e;
	if (t.found && (t.was_public || shape_sight(&c->x->view, v->root)->writes))
		return problem_set(c->x->problem, 410, "gone", "This %s was deleted.", v->resource->name);
	return problem_set(c->x->problem, 404, "not_found", "There is no %s with this id.", v->resource->name);
}

/* A piece of a query, fit for a header. */
static void add_safe(struct buf *url, struct str part)
{
	static const char safe[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@/?%";

	for (size_t i = 0; i < part.n; i++) {
		if (strchr(safe, part.p[i]) && part.p[i])
			buf_char(url, part.p[i]);
		else
			buf_printf(url, "%%%02X", (unsigned char)part.p[i]);
	}
}

/* --- merged ------------------------------------------------------------------------------- */

static enum err address(struct ctx *x, const struct shape *s, struct uuid id, struct str query, struct str *out)
{
	char text[UUID_TEXT_LEN + 1];
	struct buf url;

	uuid_format(id, text);
	buf_init(&url, 16384);
	buf_printf(&url, "%.*s/%s/%s", STR_ARG(x->base_url), s->resource->path, text);
	if (query.n)
		buf_char(&url, '?');
	add_safe(&url, query);
	*out = url.err ? (struct str){ NULL, 0 } : arena_dup(x->arena, buf_view(&url));
	buf_free(&url);
	return out->p ? ERR_OK : ERR_NOMEM;
}

enum err records_refuse_merged(struct ctx *x, const struct shape *s, const struct record *merged)
{
	struct str at;
	enum err e = address(x, s, merged->survivor, (struct str){ NULL, 0 }, &at);

	return e ? e : problem_set(x->problem, 409, "merged", "This %s was merged into %.*s: change that one, or undo the merge first (DELETE of"
				   " this address with /merge behind it).", s->resource->name, STR_ARG(at));
}

/* The record that answers for this one.  ERR_NOT_FOUND: the caller may not know of it, or of the id. */
static enum err answering(struct call *c, const struct served *v, struct uuid id, struct alias **all)
{
	*all = arena_alloc(c->x->arena, sizeof(**all));
	enum err e = *all ? alias_of(c->x, v->shape, id, *all) : ERR_NOMEM;

	return !e && !load_state_visible(&c->x->view, v->shape, (*all)->state) ? ERR_NOT_FOUND : e;
}

/* 308 to it, the query kept. */
static enum err moved(struct call *c, const struct served *v, const struct alias *all)
{
	struct json_writer w;
	struct str at;
	enum err e = address(c->x, v->shape, all->survivor, c->request->query_text, &at);

	if (e)
		return e;
	c->res->status = 308;
	c->res->content_type = "application/json";
	app_cache_headers(c, records_personal(c, v));
	http_header(c->res, "Location", "%.*s", STR_ARG(at));
	json_begin(&w, c->res->body);
	json_object(&w);
	json_key(&w, "merged_into");
	json_object(&w);
	json_key(&w, "id");
	json_uuid(&w, all->survivor);
	json_key(&w, v->resource->label);
	json_str(&w, all->label);
	json_end_object(&w);
	json_end_object(&w);
	buf_char(c->res->body, '\n');
	return c->res->body->err;
}

/* --- one ---------------------------------------------------------------------------------- */

struct read_one {
	struct call *c;
	const struct served *v;
	struct uuid id;
	struct records one;
	uint32_t version;
	uint32_t kids;
	struct history history;
	struct str at;
	struct alias *moved;  /* it was merged into another */
};

static enum err read_root(struct db *d, void *arg)
{
	struct read_one *r = arg;

	(void)d;
	r->moved = NULL;
	enum err e = load_root(r->c->x, r->v->shape, r->id, false, r->one.item);
	if (!e && r->one.item->merged)
		return answering(r->c, r->v, r->id, &r->moved);
	if (!e && !load_state_visible(&r->c->x->view, r->v->shape, r->one.item->v[ROOT_STATE].s))
		e = ERR_NOT_FOUND;
	if (!e)
		e = load_kids(r->c->x, r->v->shape, &r->one, r->kids);
	if (!e)
		e = resolve_references(r->c->x, r->v->shape, &r->one);
	if (!e && r->history.asked)
		e = history_write(r->c->x, r->v->shape, r->one.item, &r->history, &r->at);
	if (!e)
		hooks_compute(r->c->x, r->v->shape, &r->one, r->kids);
	return e;
}

static enum err read_child(struct db *d, void *arg)
{
	struct read_one *r = arg;

	(void)d;
	return list_child(r->c->x, r->v, r->id, r->one.item, &r->version);
}

/* A child has no version of its own; its root's decides, known once it is read. */
static bool child_not_modified(struct call *c, const struct served *v, uint32_t version)
{
	char tag[ETAG_MAX];

	if (v->kid < 0 || !c->request->if_none_match.p)
		return false;
	records_etag(c->x, version, tag);
	if (!etag_none_match_hits(c->request->if_none_match, tag))
		return false;
	c->res->status = 304;
	c->res->no_body = true;
	app_cache_headers(c, false);
	http_header(c->res, "ETag", "%s", tag);
	return true;
}

enum err records_read(struct call *c, const struct served *v, struct uuid id)
{
	struct ctx *x = c->x;
	struct render o;
	struct read_one r = { .c = c, .v = v, .id = id, .one = { .n = 1, .cap = 1 } };
	struct pages_asked asked = { { NULL, 0 }, 0 };
	bool done = false;

	history_parse(x, v, c->request, &r.history);
	enum err e = list_parse_item(x, v, c->request, &o);
	bool past = r.history.asked;
	bool stored = v->kid < 0 && v->shape->n_kids && o.leaves == UINT64_MAX && o.kids == UINT32_MAX && !o.labels && !past;

	if (!e && stored)
		e = records_kept(c, v, id, &asked, &done);
	if (!e && !done && v->kid < 0 && !past && c->request->if_none_match.p)
		e = records_not_modified(c, v, id, &asked, &done);
	if (e == ERR_NOT_FOUND)
		return records_absent(c, v, id);
	if (!e && !done && stored)
		e = records_stored(c, v, id, &asked, &done);
	if (e || done)
		return e;
	r.one.item = arena_alloc(x->arena, sizeof(*r.one.item));
	if (!r.one.item)
		return ERR_NOMEM;
	r.kids = past ? UINT32_MAX : o.kids | hooks_needs(v->shape);
	if (v->shape->n_kids == 0)
		e = v->kid >= 0 ? read_child(x->db, &r) : read_root(x->db, &r);
	else
		e = db_tx(x->db, DB_SNAPSHOT, v->kid >= 0 ? read_child : read_root, &r);
	if (e == ERR_NOT_FOUND)
		return records_absent(c, v, id);
	if (!e && r.moved)
		return moved(c, v, r.moved);
	if (!e && child_not_modified(c, v, r.version))
		return ERR_OK;
	if (!e && o.labels)
		e = codes_refresh(x->codes, x->db, x->epoch);
	if (past) {
		o.more = "at";
		o.more_json = r.at;
	}
	if (!e)
		e = records_answer(c, v, &o, r.one.item, 200, v->kid < 0 ? record_version(r.one.item) : r.version);
	if (!e && stored)
		records_store(c, v, r.one.item, &asked);
	return e;
}

/* --- many --------------------------------------------------------------------------------- */

/* However it is escaped. */
static bool names_cursor(struct arena *a, struct str part)
{
	struct str value, name, raw = str_cut(part, '=', &value);
	const char *why;

	return decode_percent(a, raw, true, &name, &why) == ERR_OK && str_is(name, "cursor");
}

struct str records_url(struct call *c, const char *path, struct str cursor)
{
	struct buf url;
	bool more = false;
	struct str rest = c->request->query_text;

	buf_init(&url, 16384);
	buf_printf(&url, "%.*s/%s%s", STR_ARG(c->x->base_url), path, cursor.p || rest.n ? "?" : "");
	while (rest.p) {
		struct str part = str_cut(rest, '&', &rest);
		if (part.n == 0 || (cursor.p && names_cursor(c->x->arena, part)))
			continue;
		if (more)
			buf_char(&url, '&');
		more = true;
		add_safe(&url, part);
	}
	if (cursor.p)
		buf_printf(&url, "%scursor=%.*s", more ? "&" : "", STR_ARG(cursor));
	struct str kept = url.err ? (struct str){ NULL, 0 } : arena_dup(c->x->arena, buf_view(&url));
	buf_free(&url);
	return kept;
}

/* Everything a page depends on but the data: the view, the addresses in it, the resource, the query as sent. */
static struct str list_key(struct call *c, const struct served *v)
{
	return arena_printf(c->x->arena, "%c %.*s/%s?%.*s", c->x->view.letter, STR_ARG(c->x->base_url), v->resource->path,
			    STR_ARG(c->request->query_text));
}

/* next: the address of the next page, n == 0: there is none. */
static void list_headers(struct call *c, const struct served *v, struct str next)
{
	c->res->status = 200;
	c->res->content_type = "application/json";
	app_cache_headers(c, records_personal(c, v));
	if (next.n)
		http_header(c->res, "Link", "<%.*s>; rel=\"next\"", STR_ARG(next));
}

enum err records_list(struct call *c, const struct served *v)
{
	struct ctx *x = c->x;
	struct list_query *q = arena_alloc(x->arena, sizeof(*q));
	struct page page;
	struct json_writer w;
	struct kept kept, made = { { "", 0 }, { NULL, 0 } };
	struct pages_asked asked;

	enum err e = pages_find(x, list_key(c, v), PAGES_DEAR, &asked, &kept);
	if (e)
		return e;
	if (kept.line.p) {
		list_headers(c, v, kept.line);
		buf_str(c->res->body, kept.body);
		return c->res->body->err;
	}
	if (!q)
		return ERR_NOMEM;
	e = list_parse(x, v, c->request, q);
	if (!e)
		e = list_run(x, q, &page);
	if (!e && q->render.labels) {
		e = load_epoch(x);
		if (!e)
			e = codes_refresh(x->codes, x->db, x->epoch);
	}
	if (!e)
		e = records_self(x, v, &q->render.self_prefix);
	if (e)
		return e;
	if (page.next_cursor.n) {
		made.line = records_url(c, v->resource->path, page.next_cursor);
		if (!made.line.p)
			return ERR_NOMEM;
	}
	list_headers(c, v, made.line);
	json_begin(&w, c->res->body);
	list_render(&w, q, &page, made.line.n ? made.line : (struct str){ NULL, 0 });
	buf_char(c->res->body, '\n');
	if (c->res->body->err)
		return c->res->body->err;
	made.body = buf_view(c->res->body);
	pages_keep(x, &asked, &made);
	return ERR_OK;
}

/* --- routes ------------------------------------------------------------------------------- */

enum err records_seen(struct call *c, const struct served *v, struct uuid id)
{
	struct record r;
	struct alias *all;
	uint32_t version;
	enum err e = v->kid >= 0 ? list_child(c->x, v, id, &r, &version) : answering(c, v, id, &all);

	return e == ERR_NOT_FOUND ? records_absent(c, v, id) : e;
}

/* `id` NULL: whether there is such a record says nothing to the caller (PUT and POST make new ones). */
enum err records_may_write(struct call *c, const struct served *v, const struct uuid *id)
{
	if (shape_sight(&c->x->view, v->root)->writes)
		return ERR_OK;
	enum err e = id ? records_seen(c, v, *id) : ERR_OK;
	return e ? e : ctx_refuse_scope(c->x, view_write_scope(v->root->resource->group));
}

enum err app_collection(struct call *c)
{
	const struct served *v = shape_by_path(c->match->vars[0]);

	if (c->request->method != HTTP_POST)
		return records_list(c, v);
	enum err e = records_may_write(c, v, NULL);
	return e ? e : records_create(c, v);
}

enum err app_item(struct call *c)
{
	const struct served *v = shape_by_path(c->match->vars[0]);
	enum http_method m = c->request->method;
	struct uuid id;

	if (!uuid_parse(c->match->vars[1], &id))
		return problem_set(c->x->problem, m == HTTP_PUT ? 400 : 404, m == HTTP_PUT ? "id" : "not_found", "The id is no UUID.");
	if (m & (HTTP_PUT | HTTP_PATCH | HTTP_DELETE)) {
		enum err e = records_may_write(c, v, m == HTTP_PUT ? NULL : &id);
		if (e)
			return e;
	}
	switch (m) {
	case HTTP_PUT:
		return records_put(c, v, id);
	case HTTP_PATCH:
		return records_patch(c, v, id);
	case HTTP_DELETE:
		return records_delete(c, v, id);
	default:
		return records_read(c, v, id);
	}
}

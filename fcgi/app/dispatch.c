/* SPDX-License-Identifier: Apache-2.0
 * One request from parameters to answer: the straight line of the house. */
#include "app/app.h"

#include "access/key.h"
#include "access/view.h"
#include "app/account.h"
#include "app/action.h"
#include "app/directory.h"
#include "app/pages.h"
#include "app/slow.h"
#include "app/visit.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/text.h"
#include "json/reader.h"
#include "register/registry.h"
#include "resource/known.h"
#include "resource/likeness_key.h"
#include "resource/shape.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct thread {
	const struct conf *conf;
	struct db *db;
	struct codes *codes;
	struct key_cache *keys;
	bool pages, known;     /* pages_open, known_open were called */
	struct problem problem;
	struct schema_watch schema;
	size_t route;          /* of the request at hand, for its account */
};

static char build[9];

static const struct route routes[] = {
	{ .pattern = "/health/live", .methods = HTTP_GET, .handler = app_live },
	{ .pattern = "/health/ready", .methods = HTTP_GET, .handler = app_ready },
	{ .pattern = "/metrics", .methods = HTTP_GET, .handler = app_metrics },
	{ .pattern = "/openapi.json", .methods = HTTP_GET, .handler = app_openapi },
	{ .pattern = "/codelists", .methods = HTTP_GET, .handler = app_codelists },
	{ .pattern = "/codelists/{name}", .methods = HTTP_GET, .handler = app_codelist },
	{ .pattern = "/countries", .methods = HTTP_GET, .handler = app_countries },
	{ .pattern = "/keys/self", .methods = HTTP_GET, .handler = app_key_self },
	{ .pattern = "/organisations/{id}/engagements", .methods = HTTP_GET, .handler = app_organisation_engagements,
	  .slow = slow_always },
	{ .pattern = "/people/{id}/engagements", .methods = HTTP_GET, .handler = app_person_engagements, .slow = slow_always },
	{ .pattern = "/actions/{id}/updates", .methods = HTTP_GET | HTTP_POST, .handler = app_action_updates },
	{ .pattern = "/actions/{id}/updates/{update}", .methods = HTTP_GET, .handler = app_action_update },
	{ .pattern = "/organisations/duplicates", .methods = HTTP_GET, .handler = app_duplicates },
	{ .pattern = "/people/duplicates", .methods = HTTP_GET, .handler = app_duplicates },
	{ .pattern = "/{type}", .methods = HTTP_GET | HTTP_POST, .handler = app_collection,
	  .slow = slow_collection },
	{ .pattern = "/{type}/{id}/merge", .methods = HTTP_GET | HTTP_POST | HTTP_DELETE, .handler = app_merge },
	{ .pattern = "/{type}/{id}", .methods = HTTP_GET | HTTP_PUT | HTTP_PATCH | HTTP_DELETE, .handler = app_item },
};

bool app_init(const struct conf *c, char *message, size_t message_size)
{
	char text[512];

	if (!shape_init(registry, message, message_size))
		return false;
	for (size_t i = 0; i < shape_count(); i++) {
		const char *fault = likeness_key_fault(shape_at(i));
		if (fault) {
			snprintf(message, message_size, "%s: %s", shape_at(i)->table, fault);
			return false;
		}
	}
	visit_register_hooks();
	directory_register_hooks();
	action_register_hooks();
	account_init(routes, sizeof(routes) / sizeof(*routes));
	snprintf(text, sizeof(text), "%s|%s|%s", shape_fingerprint(), c->home_country, c->public_url);
	snprintf(build, sizeof(build), "%08" PRIx32, (uint32_t)hash_64(str_from(text)));
	return true;
}

bool app_slow(http_param_fn param, void *param_arg)
{
	return slow_request(routes, sizeof(routes) / sizeof(*routes), param, param_arg);
}

const char *app_build(void)
{
	return build;
}

struct db_params app_db_params(const struct conf *c)
{
	return (struct db_params){
		.option_file = c->db_option_file[0] ? c->db_option_file : NULL,
		.database = c->db_name,
		.connect_timeout_ms = c->db_connect_timeout_ms,
		.statement_timeout_ms = c->db_statement_timeout_ms,
		.trace = c->slow_request_ms > 0,
	};
}

enum err app_thread_start(const struct conf *c, void **state)
{
	struct thread *t = calloc(1, sizeof(*t));
	struct db_params params = app_db_params(c);

	params.stamps = true;
	if (!t)
		return ERR_NOMEM;
	t->conf = c;
	t->db = db_new(&params);
	t->codes = codes_new();
	t->keys = key_cache_new();
	*state = t;
	t->pages = pages_open(c) == ERR_OK;
	t->known = known_open() == ERR_OK;
	if (t->db && t->codes && t->keys && t->pages && t->known)
		return ERR_OK;
	app_thread_stop(t);
	return ERR_NOMEM;
}

void app_thread_stop(void *state)
{
	struct thread *t = state;

	if (!t)
		return;
	if (t->pages)
		pages_close();
	if (t->known)
		known_close();
	db_free(t->db);
	codes_free(t->codes);
	key_cache_free(t->keys);
	free(t);
}

/* --- answers ------------------------------------------------------------------------------ */

void app_cache_headers(struct call *c, bool personal)
{
	if (personal) {
		http_header(c->res, "Cache-Control", "private, no-store");
	} else if (!c->x->key) {
		/* an answer that tells its times is its asker's alone */
		http_header(c->res, "X-Accel-Expires", http_prefers(c->request->prefer, ACCOUNT_PREFERENCE) ? "0" : "1");
		http_header(c->res, "Cache-Control", "public, no-cache");
	} else {
		http_header(c->res, "Cache-Control", "private, no-cache");
	}
}

static void common_headers(const struct http_request *r, struct http_response *res, struct str base_url)
{
	bool reads = r->method & (HTTP_GET | HTTP_HEAD);

	http_header(res, "X-Request-Id", "%s", r->request_id ? r->request_id : "");
	http_header(res, "API-Version", "1");
	if (base_url.n)
		http_header(res, "Link", "<%.*s/openapi.json>; rel=\"service-desc\"", STR_ARG(base_url));
	http_header(res, "Vary", "Accept, Authorization");
	if (reads) {
		http_header(res, "Access-Control-Allow-Origin", "*");
		http_header(res, "Access-Control-Expose-Headers",
			    "ETag, Link, Location, Retry-After, API-Version, X-Request-Id");
	}
}

/* What a failure below means to the caller. */
static void describe_failure(struct problem *p, const struct http_request *r, enum err e)
{
	static const struct { enum err e; int status; const char *code, *detail; } table[] = {
		{ ERR_TIMEOUT, 503, "statement_timeout", "The question took longer than the server allows; narrow it with an indexed filter." },
		{ ERR_UNAVAILABLE, 503, "database_unavailable", "The database cannot be reached or does not accept work "
		  "at present, and nothing was changed; try again after the seconds that Retry-After names." },
		{ ERR_RETRY, 503, "busy", "Others are changing the same records; try again." },
		{ ERR_LOCKED, 503, "busy", "Others are changing the same records; try again." },
		{ ERR_UNCERTAIN, 500, "uncertain", "The connection to the database broke while the change was being stored: "
		  "it may or may not have taken place. Read the record before repeating; a POST with the same Idempotency-Key "
		  "can be repeated at once." },
		{ ERR_NOT_FOUND, 404, "not_found", "There is nothing at this address." },
	};
	enum err ignored;
	bool writes = r->method & (HTTP_POST | HTTP_PUT | HTTP_PATCH | HTTP_DELETE);

	if (e == ERR_TIMEOUT && writes)
		e = ERR_LOCKED; /* what a change waits for so long is somebody else's */
	if (e == ERR_REFUSED && p->status)
		return;
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (table[i].e == e) {
			ignored = problem_set(p, table[i].status, table[i].code, "%s", table[i].detail);
			(void)ignored;
			return;
		}
	log_error("request %s: %s", r->request_id ? r->request_id : "-", err_name(e));
	if ((e == ERR_NOMEM || e == ERR_LIMIT) && r->method & (HTTP_GET | HTTP_HEAD))
		ignored = problem_set(p, 400, "too_large", "The answer would be too large; ask for fewer items (limit) or arrays (include).");
	else if (e == ERR_NOMEM || e == ERR_LIMIT)
		ignored = problem_set(p, 413, "too_large", "The request needs more memory than one request may use; send it in parts.");
	else
		ignored = problem_set(p, 500, "internal", "The server failed; the fault is in its log under this request id.");
	(void)ignored;
}

/* RFC 6750, 3: no error code for who has not tried. */
static void challenge(const struct ctx *x, const struct http_request *r, struct http_response *res)
{
	if (x->problem->status == 401)
		http_header(res, "WWW-Authenticate", "Bearer realm=\"ziara\"%s", r->authorization.p ? ", error=\"invalid_token\"" : "");
	else if (x->problem->status == 403 && x->scope_needed)
		http_header(res, "WWW-Authenticate", "Bearer realm=\"ziara\", error=\"insufficient_scope\", scope=\"%s\"",
			    scope_name(x->scope_needed));
}

/* Methods differ between resources that share a route. */
static unsigned allowed_here(const struct route_match *m)
{
	if (m->route->handler == app_collection)
		return app_record_methods(m->vars[0], false);
	if (m->route->handler == app_item)
		return app_record_methods(m->vars[0], true);
	if (m->route->handler == app_merge)
		return app_merge_methods(m->vars[0]);
	return m->route->methods;
}

static enum err options(struct http_request *r, struct http_response *res, unsigned allowed)
{
	res->status = 204;
	res->no_body = true;
	http_header(res, "Allow", "%.*s", STR_ARG(router_allow(r->arena, allowed)));
	if (r->origin.p && r->access_control_request_method.p) {
		http_header(res, "Access-Control-Allow-Origin", "*");
		http_header(res, "Access-Control-Allow-Methods", "GET, HEAD");
		http_header(res, "Access-Control-Allow-Headers", "Accept, If-None-Match, Prefer, X-Request-Id, Traceparent");
		http_header(res, "Access-Control-Max-Age", "600");
	}
	return ERR_OK;
}

/* --- the line ----------------------------------------------------------------------------- */

/* The route of this path whatever the method: each takes GET, and the most literal one wins alone. */
static const struct route *route_of(const struct http_request *r, struct route_match *m)
{
	struct http_request probe = *r;

	probe.method = HTTP_GET;
	return router_find(routes, sizeof(routes) / sizeof(*routes), &probe, m) == ERR_OK ? m->route : NULL;
}

/* Who calls, and with it what may be seen; a change needs a key whatever it is. */
static enum err identify(struct thread *t, struct ctx *x, const struct http_request *r)
{
	enum err e = key_check(t->keys, t->db, x->arena, r->authorization, x->now_ms, x->problem, &x->key);

	if (e)
		return e;
	x->view = view_of(x->key ? x->key->scopes : 0);
	if (x->key || !(r->method & (HTTP_POST | HTTP_PUT | HTTP_PATCH | HTTP_DELETE)))
		return ERR_OK;
	return problem_set(x->problem, 401, "key_required", "A change needs a key: send \"Authorization: Bearer\" and the key.");
}

static enum err route(struct thread *t, struct ctx *x, struct http_request *r, struct http_response *res, int body_error)
{
	static const char *const json[] = { "application/json", NULL }, *const text[] = { "text/plain; version=0.0.4", NULL };
	struct route_match m = { 0 };
	struct problem *p = x->problem;

	if (r->method == HTTP_UNKNOWN)
		return problem_set(p, 501, "unknown_method", "This method is not known here.");
	if (!route_of(r, &m))
		return problem_set(p, 404, "not_found", "There is nothing at this address; see %.*s/openapi.json for what there is.",
				   STR_ARG(x->base_url));
	unsigned allowed = allowed_here(&m);
	t->route = account_route(&m);
	if (allowed == 0)
		return problem_set(p, 404, "not_found", "There is nothing of this name; see %.*s/openapi.json for what there is.",
				   STR_ARG(x->base_url));
	if (allowed & HTTP_GET)
		allowed |= HTTP_HEAD;
	allowed |= HTTP_OPTIONS;
	if (r->method == HTTP_OPTIONS)
		return options(r, res, allowed);
	if (!(allowed & r->method)) {
		http_header(res, "Allow", "%.*s", STR_ARG(router_allow(r->arena, allowed)));
		return problem_set(p, 405, "method", "This address takes %.*s.", STR_ARG(router_allow(r->arena, allowed)));
	}
	if (body_error == 503)
		return problem_set(p, 503, "busy", "Many questions that take long are being answered; try again, or narrow this "
				   "one with an indexed filter.");
	/* what is asked when the database may be down */
	bool health = m.route->handler == app_live || m.route->handler == app_ready || m.route->handler == app_metrics;
	bool stored = !health && (m.route->handler != app_openapi || r->authorization.p);
	enum err e = stored ? app_schema_fits(x, &t->schema) : ERR_OK;
	if (!e && !health)
		e = identify(t, x, r);
	if (e)
		return e;
	if (body_error == 413)
		return problem_set(p, 413, "too_large", "A body may have at most %d bytes.", APP_BODY_MAX);
	if (body_error)
		return problem_set(p, 400, "body_length", "The body is shorter or longer than its Content-Length says.");
	const char *const *offers = m.route->handler == app_metrics ? text : json;
	if (!http_negotiate(r->accept, offers))
		return problem_set(p, 406, "not_acceptable", "The answer is %s; Accept must allow it.", offers[0]);
	struct call c = { x, r, res, &m };
	app_handler handler = (app_handler)(uintptr_t)m.route->handler;
	return handler(&c);
}

void app_handle(void *state, struct arena *a, http_param_fn param, void *param_arg, struct str body, int body_error,
		struct http_response *res)
{
	struct thread *t = state;
	struct http_request *r = arena_alloc(a, sizeof(*r));
	struct ctx x = { .arena = a, .db = t->db, .conf = t->conf, .problem = &t->problem, .codes = t->codes,
			 .now_ms = clock_now_ms() };
	enum err e = ERR_NOMEM;
	uint64_t start = clock_mono_us();

	t->route = 0;
	db_stats_reset(t->db);
	problem_reset(&t->problem, a);
	if (!r) {
		static struct http_request empty;
		r = &empty;
	} else {
		e = http_request_read(r, a, param, param_arg, &t->problem);
		r->body = body;
		r->body_present = body.n > 0;
	}
	if (!e) {
		x.request_id = r->request_id;
		x.nginx_id = r->proxy_request_id;
		x.view = view_of(0);
		x.base_url = arena_printf(a, "%s%.*s", t->conf->public_url, STR_ARG(r->prefix));
		db_tag(t->db, r->request_id, r->trace_id);
		e = x.base_url.p ? route(t, &x, r, res, body_error) : ERR_NOMEM;
	}
	if (e) {
		struct str kept = { NULL, 0 }; /* Allow, Accept-Patch, the current ETag, Preference-Applied */
		describe_failure(&t->problem, r, e);
		if (t->problem.status == 405 || t->problem.status == 415 || t->problem.status == 412 || t->problem.status == 409)
			kept = arena_dup(a, buf_view(res->headers));
		http_response_problem(res, r, &t->problem);
		if (kept.n)
			buf_str(res->headers, kept);
		challenge(&x, r, res);
		if (t->problem.status == 503)
			http_header(res, "Retry-After", "2");
		http_header(res, "Cache-Control", "no-store");
	}
	common_headers(r, res, x.base_url);
	if (r->method == HTTP_HEAD)
		res->no_body = true;
	struct account account = { t->conf, t->db, r, res, t->route, clock_mono_us() - start };
	account_tell_caller(&account);
	account_end(&account);
}

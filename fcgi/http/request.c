/* SPDX-License-Identifier: Apache-2.0
 * The request line and headers out of FastCGI parameters. */
#include "http/request.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/uuid.h"
#include "http/decode.h"

enum { REQUEST_ID_MAX = 64, TRACEPARENT_LEN = 55 };

static const struct {
	const char *name;
	enum http_method method;
} methods[] = {
	{ "GET",     HTTP_GET },
	{ "HEAD",    HTTP_HEAD },
	{ "POST",    HTTP_POST },
	{ "PUT",     HTTP_PUT },
	{ "PATCH",   HTTP_PATCH },
	{ "DELETE",  HTTP_DELETE },
	{ "OPTIONS", HTTP_OPTIONS },
};

enum { N_METHODS = sizeof(methods) / sizeof(methods[0]) };

/* nginx passes some parameters empty when the client sent none. */
static struct str nonempty(http_param_fn param, void *arg, const char *name)
{
	struct str v = param(arg, name);
	return v.n ? v : (struct str){ NULL, 0 };
}

static bool is_lower_hex(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'a' && s.p[i] <= 'f')))
			return false;
	return true;
}

static bool all_zero(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != '0')
			return false;
	return true;
}

/* W3C Trace Context, 3.2: version-traceid-parentid-flags; what is malformed counts as absent. */
static struct str traceparent_checked(struct str t)
{
	const struct str none = { NULL, 0 };
	if (t.n < TRACEPARENT_LEN || t.p[2] != '-' || t.p[35] != '-' || t.p[52] != '-')
		return none;
	struct str version = { t.p, 2 }, trace = { t.p + 3, 32 }, parent = { t.p + 36, 16 }, flags = { t.p + 53, 2 };
	if (!is_lower_hex(version) || !is_lower_hex(trace) || !is_lower_hex(parent) || !is_lower_hex(flags))
		return none;
	if (all_zero(trace) || all_zero(parent) || str_is(version, "ff"))
		return none;
	if (t.n > TRACEPARENT_LEN && (str_is(version, "00") || t.p[TRACEPARENT_LEN] != '-'))
		return none;
	return t;
}

static bool request_id_valid(struct str s)
{
	if (s.n < 1 || s.n > REQUEST_ID_MAX)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		bool alnum = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
		if (!alnum && c != '.' && c != '_' && c != '~' && c != '-')
			return false;
	}
	return true;
}

static const char *request_id(const struct http_request *r)
{
	struct str id = { NULL, 0 };
	if (request_id_valid(r->client_request_id)) {
		id = arena_dup(r->arena, r->client_request_id);
	} else if (request_id_valid(r->proxy_request_id)) {
		id = arena_dup(r->arena, r->proxy_request_id);
	} else {
		char fresh[UUID_TEXT_LEN + 1];
		uuid_format(uuid_v7(clock_now_ms()), fresh);
		id = arena_dup(r->arena, str_from(fresh));
	}
	return id.p ? id.p : "unknown";
}

static void trace_id(struct http_request *r)
{
	if (r->traceparent.p) {
		memcpy(r->trace_id, r->traceparent.p + 3, 32);
		return;
	}
	struct uuid fresh = uuid_v7(clock_now_ms());
	for (size_t i = 0; i < sizeof(fresh.b); i++) {
		r->trace_id[i * 2] = "0123456789abcdef"[fresh.b[i] >> 4];
		r->trace_id[i * 2 + 1] = "0123456789abcdef"[fresh.b[i] & 15];
	}
}

static void read_headers(struct http_request *r, http_param_fn param, void *arg)
{
	r->method_text = param(arg, "REQUEST_METHOD");
	for (size_t i = 0; i < N_METHODS; i++)
		if (str_is(r->method_text, methods[i].name))
			r->method = methods[i].method;
	r->target = nonempty(param, arg, "REQUEST_URI");
	r->prefix = nonempty(param, arg, "ZIARA_PREFIX");
	while (r->prefix.n && r->prefix.p[r->prefix.n - 1] == '/')
		r->prefix.n--;
	r->accept = nonempty(param, arg, "HTTP_ACCEPT");
	r->content_type = nonempty(param, arg, "CONTENT_TYPE");
	r->if_match = nonempty(param, arg, "HTTP_IF_MATCH");
	r->if_none_match = nonempty(param, arg, "HTTP_IF_NONE_MATCH");
	r->authorization = nonempty(param, arg, "HTTP_AUTHORIZATION");
	r->origin = nonempty(param, arg, "HTTP_ORIGIN");
	r->idempotency_key = nonempty(param, arg, "HTTP_IDEMPOTENCY_KEY");
	r->prefer = nonempty(param, arg, "HTTP_PREFER");
	r->traceparent = traceparent_checked(nonempty(param, arg, "HTTP_TRACEPARENT"));
	r->access_control_request_method = nonempty(param, arg, "HTTP_ACCESS_CONTROL_REQUEST_METHOD");
	r->client_request_id = nonempty(param, arg, "HTTP_X_REQUEST_ID");
	r->proxy_request_id = nonempty(param, arg, "ZIARA_REQUEST_ID");
	r->request_id = request_id(r);
	trace_id(r);
}

static enum err bad_path(struct problem *p, const char *detail)
{
	return problem_set(p, 400, "bad_path", "%s", detail);
}

/* Absolute-form (RFC 9112, 3.2.2) names a scheme and host first: what follows is the path. */
static struct str without_authority(struct str target)
{
	if (target.n == 0 || target.p[0] == '/')
		return target;
	for (size_t i = 0; i + 3 <= target.n; i++) {
		char c = target.p[i];
		if (c == ':' && i > 0 && target.p[i + 1] == '/' && target.p[i + 2] == '/') {
			size_t at = i + 3;
			while (at < target.n && target.p[at] != '/' && target.p[at] != '?')
				at++;
			return (struct str){ target.p + at, target.n - at };
		}
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')))
			break;
	}
	return target;
}

static enum err add_segment(struct http_request *r, struct str raw, bool last, struct problem *p)
{
	if (raw.n == 0)
		return bad_path(p, last ? "The path ends with a slash: drop it." :
					  "The path holds an empty segment: write one slash instead of \"//\".");
	struct str segment;
	const char *why;
	enum err e = decode_percent(r->arena, raw, false, &segment, &why);
	if (e == ERR_SYNTAX)
		return bad_path(p, why);
	if (e)
		return e;
	if (str_is(segment, ".") || str_is(segment, ".."))
		return bad_path(p, "The path holds a dot segment (\".\" or \"..\"): write the path it leads to.");
	if (memchr(segment.p, '/', segment.n))
		return bad_path(p, "The path holds \"%2F\": a slash is not accepted inside a segment.");
	if (r->n_segments == HTTP_PATH_SEGMENTS_MAX)
		return problem_set(p, 400, "bad_path", "The path has more than %d segments.", HTTP_PATH_SEGMENTS_MAX);
	r->segments[r->n_segments++] = segment;
	return ERR_OK;
}

static enum err read_path(struct http_request *r, struct problem *p)
{
	struct str path = str_cut(without_authority(r->target), '?', &r->query_text);
	if (memchr(r->target.p, '#', r->target.n))
		return bad_path(p, "\"#\" is no part of a request: write %23.");
	if (!str_starts(path, r->prefix) || (path.n > r->prefix.n && path.p[r->prefix.n] != '/'))
		return problem_set(p, 400, "bad_path", "The path does not start with \"%.*s/\".", STR_ARG(r->prefix));
	r->path = (struct str){ path.p + r->prefix.n, path.n - r->prefix.n };
	if (r->path.n <= 1) /* "" or "/": the API itself */
		return ERR_OK;
	struct str rest = { r->path.p + 1, r->path.n - 1 };
	while (rest.p) {
		struct str raw = str_cut(rest, '/', &rest);
		enum err e = add_segment(r, raw, !rest.p, p);
		if (e)
			return e;
	}
	return ERR_OK;
}

static enum err bad_parameter(struct problem *p)
{
	if (p->status)
		return ERR_OK;
	enum err e = problem_set(p, 400, "bad_parameter", "The query string has a fault: see errors.");
	return e == ERR_REFUSED ? ERR_OK : e;
}

static bool already_reported(const struct problem *p, struct str name)
{
	for (size_t i = 0; i < p->n_faults && i < FAULTS_MAX; i++)
		if (p->faults[i].parameter && str_is(name, p->faults[i].parameter))
			return true;
	return false;
}

/* Faults are collected; only memory and too many parameters end the reading. */
static enum err add_parameter(struct http_request *r, struct str piece, struct problem *p)
{
	struct str raw_value, raw_name = str_cut(piece, '=', &raw_value);
	struct http_param *q = &r->query[r->n_query];
	const char *why = NULL;
	enum err e = decode_percent(r->arena, raw_name, true, &q->name, &why);
	if (e == ERR_OK)
		e = decode_percent(r->arena, raw_value, true, &q->value, &why);
	if (e == ERR_OK && q->name.n == 0) {
		why = "A parameter has no name: write name=value.";
		e = ERR_SYNTAX;
	}
	if (e == ERR_SYNTAX) {
		problem_at_parameter(p, decode_excerpt(r->arena, raw_name), "malformed", "%s", why);
		return bad_parameter(p);
	}
	if (e)
		return e;
	q->name = arena_dup(r->arena, q->name); /* faults name it as a C string */
	if (!q->name.p)
		return ERR_NOMEM;
	for (size_t i = 0; i < r->n_query; i++) {
		if (!str_eq(r->query[i].name, q->name))
			continue;
		if (!already_reported(p, q->name))
			problem_at_parameter(p, q->name.p, "repeated", "The parameter is given more than once: give it once.");
		return bad_parameter(p);
	}
	r->n_query++;
	return ERR_OK;
}

static enum err read_query(struct http_request *r, struct problem *p)
{
	struct str rest = r->query_text;
	while (rest.n) {
		struct str piece = str_cut(rest, '&', &rest);
		if (piece.n == 0)
			continue;
		if (r->n_query == HTTP_QUERY_MAX)
			return problem_set(p, 400, "bad_parameter", "The query string has more than %d parameters.",
					   HTTP_QUERY_MAX);
		enum err e = add_parameter(r, piece, p);
		if (e)
			return e;
	}
	return p->status ? ERR_REFUSED : ERR_OK;
}

/* "HTTP_IF_MATCH" -> "If-Match" */
static const char *header_name(struct arena *a, struct str param)
{
	if (str_starts(param, STR("HTTP_")))
		param = (struct str){ param.p + 5, param.n - 5 };
	struct str name = arena_dup(a, param);
	char *z = (char *)name.p;
	for (size_t i = 0; z && i < name.n; i++) {
		bool first = i == 0 || z[i - 1] == '-';
		if (z[i] == '_')
			z[i] = '-';
		else if (!first && z[i] >= 'A' && z[i] <= 'Z')
			z[i] = (char)(z[i] - 'A' + 'a');
	}
	return z;
}

enum err http_request_read(struct http_request *r, struct arena *a, http_param_fn param, void *arg,
			   struct problem *p)
{
	problem_reset(p, a);
	memset(r, 0, sizeof(*r));
	r->arena = a;
	read_headers(r, param, arg);
	if (!r->target.p) {
		log_error("no REQUEST_URI among the FastCGI parameters: check the web server's fastcgi_param lines");
		return problem_set(p, 500, "internal_server_error", "The web server passed no request target.");
	}
	/* Only the transport can tell; see serve/transport.c. */
	struct str duplicate = nonempty(param, arg, "ZIARA_DUPLICATE");
	if (duplicate.p) {
		const char *name = header_name(a, duplicate);
		if (!name)
			return ERR_NOMEM;
		problem_at_parameter(p, name, "repeated", "The header is sent more than once: send it once.");
		return problem_set(p, 400, "bad_header", "The header %s is sent more than once.", name);
	}
	enum err e = read_path(r, p);
	return e ? e : read_query(r, p);
}

struct str http_query(struct http_request *r, const char *name)
{
	for (size_t i = 0; i < r->n_query; i++) {
		if (str_is(r->query[i].name, name)) {
			r->query[i].used = true;
			return r->query[i].value;
		}
	}
	return (struct str){ NULL, 0 };
}

const char *http_method_name(enum http_method m)
{
	for (size_t i = 0; i < N_METHODS; i++)
		if (methods[i].method == m)
			return methods[i].name;
	return "unknown";
}

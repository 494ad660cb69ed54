/* SPDX-License-Identifier: Apache-2.0
 * Matching a path against every route. */
#include "http/router.h"

#include <assert.h>

/* One bit a segment, the first highest: the larger of two matches is literal earlier. */
struct fit {
	unsigned literals;
	struct str vars[ROUTE_VARS_MAX];
};

static bool pattern_fits(const char *pattern, const struct http_request *r, struct fit *fit)
{
	struct str rest = str_from(pattern);
	size_t n = 0, n_vars = 0;
	assert(rest.n && rest.p[0] == '/');
	rest = (struct str){ rest.p + 1, rest.n - 1 };
	*fit = (struct fit){ 0 };
	if (rest.n == 0)
		return r->n_segments == 0;
	while (rest.p) {
		struct str want = str_cut(rest, '/', &rest);
		if (n == r->n_segments)
			return false;
		struct str got = r->segments[n++];
		fit->literals <<= 1;
		if (want.n && want.p[0] == '{') {
			assert(n_vars < ROUTE_VARS_MAX);
			fit->vars[n_vars++] = got;
		} else if (str_eq(want, got)) {
			fit->literals |= 1;
		} else {
			return false;
		}
	}
	return n == r->n_segments;
}

static unsigned answered_methods(unsigned methods)
{
	if (methods & HTTP_GET)
		methods |= HTTP_HEAD;
	return methods | HTTP_OPTIONS;
}

enum err router_find(const struct route *routes, size_t n, const struct http_request *r, struct route_match *m)
{
	unsigned method = r->method == HTTP_HEAD ? HTTP_GET : r->method;
	unsigned best = 0;
	*m = (struct route_match){ 0 };
	for (size_t i = 0; i < n; i++) {
		struct fit fit;
		if (!pattern_fits(routes[i].pattern, r, &fit))
			continue;
		m->allowed |= answered_methods(routes[i].methods);
		if (!(routes[i].methods & method) || (m->route && fit.literals <= best))
			continue;
		m->route = &routes[i];
		memcpy(m->vars, fit.vars, sizeof(m->vars));
		best = fit.literals;
	}
	if (m->route)
		return ERR_OK;
	return m->allowed ? ERR_REFUSED : ERR_NOT_FOUND;
}

struct str router_allow(struct arena *a, unsigned methods)
{
	static const enum http_method order[] = { HTTP_GET, HTTP_HEAD,  HTTP_POST,   HTTP_PUT,
						  HTTP_PATCH, HTTP_DELETE, HTTP_OPTIONS };
	enum { LONGEST = sizeof("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS") };
	char *text = arena_alloc(a, LONGEST);
	size_t at = 0;
	if (!text)
		return (struct str){ NULL, 0 };
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		if (!(methods & order[i]))
			continue;
		struct str name = str_from(http_method_name(order[i]));
		if (at) {
			memcpy(text + at, ", ", 2);
			at += 2;
		}
		memcpy(text + at, name.p, name.n);
		at += name.n;
	}
	return (struct str){ text, at };
}

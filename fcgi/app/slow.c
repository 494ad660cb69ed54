/* SPDX-License-Identifier: Apache-2.0
 * Runs for every request before its turn, so it looks at bytes and decodes nothing. */
#include "app/slow.h"

#include "resource/cost.h"

#include <stdint.h>

bool slow_collection(const struct str *vars, struct str query)
{
	const struct served *v = shape_by_path(vars[0]);

	return v && query.n && cost_is_slow(v, query);
}

bool slow_always(const struct str *vars, struct str query)
{
	(void)vars;
	(void)query;
	return true;
}

static bool fits(const char *pattern, struct str path, struct str vars[ROUTE_VARS_MAX])
{
	struct str want_rest = str_from(pattern + 1);
	size_t n = 0;

	while (want_rest.p && path.p) {
		struct str want = str_cut(want_rest, '/', &want_rest), got = str_cut(path, '/', &path);
		if (want.n && want.p[0] == '{')
			vars[n++] = got;
		else if (!str_eq(want, got))
			return false;
	}
	return !want_rest.p && !path.p;
}

bool slow_request(const struct route *routes, size_t n, http_param_fn param, void *param_arg)
{
	struct str vars[ROUTE_VARS_MAX], query, target = param(param_arg, "REQUEST_URI");
	struct str method = param(param_arg, "REQUEST_METHOD"), prefix = param(param_arg, "ZIARA_PREFIX");
	struct str path = str_cut(target, '?', &query);

	while (prefix.n && prefix.p[prefix.n - 1] == '/')
		prefix.n--;
	if (!str_is(method, "GET") && !str_is(method, "HEAD"))
		return false;
	if (path.n && (path.p[0] != '/' || memchr(path.p, '%', path.n)))
		return true;
	if (!str_starts(path, prefix) || path.n < prefix.n + 2)
		return false;
	path = (struct str){ path.p + prefix.n + 1, path.n - prefix.n - 1 };
	for (size_t i = 0; i < n; i++) {
		slow_fn slow = (slow_fn)(uintptr_t)routes[i].slow;
		if (slow && fits(routes[i].pattern, path, vars) && slow(vars, query))
			return true;
	}
	return false;
}

/* SPDX-License-Identifier: Apache-2.0
 * Which route a path and method find. */
#include "http/router.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static const struct route routes[] = {
	{ .pattern = "/", .methods = HTTP_GET },
	{ .pattern = "/{type}/{id}/history", .methods = HTTP_GET },
	{ .pattern = "/visits", .methods = HTTP_GET | HTTP_POST },
	{ .pattern = "/visits/{id}", .methods = HTTP_GET | HTTP_PUT },
	{ .pattern = "/visits/{id}", .methods = HTTP_DELETE },
	{ .pattern = "/visits/trace", .methods = HTTP_GET },
	{ .pattern = "/visits/{id}/history", .methods = HTTP_GET },
	{ .pattern = "/visits/{id}/{child}/{n}", .methods = HTTP_GET },
	{ .pattern = "/people/{id}/merge", .methods = HTTP_POST },
	{ .pattern = "/{type}/all/merge", .methods = HTTP_POST },
};

static struct http_request r;
static struct route_match m;

static enum err find(enum http_method method, const char *path)
{
	r = (struct http_request){ .method = method };
	struct str rest = str_from(path);
	while (rest.p && rest.n)
		r.segments[r.n_segments++] = str_cut(rest, '/', &rest);
	return router_find(routes, sizeof(routes) / sizeof(routes[0]), &r, &m);
}

static void assert_found(enum http_method method, const char *path, const char *pattern)
{
	assert_int_equal(find(method, path), ERR_OK);
	assert_non_null(m.route);
	assert_string_equal(m.route->pattern, pattern);
}

static void literal_and_variable_paths(void **state)
{
	(void)state;
	assert_found(HTTP_GET, "", "/");
	assert_found(HTTP_GET, "visits", "/visits");
	assert_found(HTTP_POST, "visits", "/visits");
	assert_found(HTTP_PUT, "visits/7", "/visits/{id}");
	assert_true(str_is(m.vars[0], "7"));
	assert_null(m.vars[1].p);
	assert_found(HTTP_GET, "visits/7/legs/2", "/visits/{id}/{child}/{n}");
	assert_true(str_is(m.vars[0], "7"));
	assert_true(str_is(m.vars[1], "legs"));
	assert_true(str_is(m.vars[2], "2"));
}

static void literal_beats_variable_in_any_order(void **state)
{
	(void)state;
	assert_found(HTTP_GET, "visits/trace", "/visits/trace");
	assert_found(HTTP_GET, "visits/7/history", "/visits/{id}/history");
	assert_found(HTTP_GET, "people/7/history", "/{type}/{id}/history");
	assert_true(str_is(m.vars[0], "people"));
	assert_true(str_is(m.vars[1], "7"));
	/* both hold two literals: the one whose literal comes first wins */
	assert_found(HTTP_POST, "people/all/merge", "/people/{id}/merge");
	assert_found(HTTP_POST, "visits/all/merge", "/{type}/all/merge");
}

static void method_counts_for_the_choice(void **state)
{
	(void)state;
	assert_found(HTTP_DELETE, "visits/7", "/visits/{id}");
	assert_ptr_equal(m.route, &routes[4]);
	assert_int_equal(m.allowed, HTTP_GET | HTTP_HEAD | HTTP_PUT | HTTP_DELETE | HTTP_OPTIONS);
	assert_found(HTTP_DELETE, "visits/trace", "/visits/{id}");
}

static void head_goes_where_get_goes(void **state)
{
	(void)state;
	assert_found(HTTP_HEAD, "visits/7", "/visits/{id}");
	assert_ptr_equal(m.route, &routes[3]);
	assert_int_equal(find(HTTP_HEAD, "people/7/merge"), ERR_REFUSED);
}

static void known_path_with_another_method(void **state)
{
	(void)state;
	assert_int_equal(find(HTTP_PATCH, "visits"), ERR_REFUSED);
	assert_null(m.route);
	assert_int_equal(m.allowed, HTTP_GET | HTTP_HEAD | HTTP_POST | HTTP_OPTIONS);
	assert_int_equal(find(HTTP_OPTIONS, "people/7/merge"), ERR_REFUSED);
	assert_int_equal(m.allowed, HTTP_POST | HTTP_OPTIONS);
	assert_int_equal(find(HTTP_UNKNOWN, "visits"), ERR_REFUSED);
}

static void unknown_paths(void **state)
{
	(void)state;
	static const char *const paths[] = { "visit", "visitss", "Visits", "visits/7/history/1/2", "people/7/8" };
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		assert_int_equal(find(HTTP_GET, paths[i]), ERR_NOT_FOUND);
		assert_null(m.route);
		assert_int_equal(m.allowed, 0);
	}
}

static void allow_is_in_a_fixed_order(void **state)
{
	(void)state;
	struct arena *a = arena_new(64 * 1024);
	unsigned all = HTTP_GET | HTTP_HEAD | HTTP_POST | HTTP_PUT | HTTP_PATCH | HTTP_DELETE | HTTP_OPTIONS;
	assert_true(str_is(router_allow(a, all), "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"));
	assert_true(str_is(router_allow(a, HTTP_POST | HTTP_OPTIONS), "POST, OPTIONS"));
	assert_int_equal(router_allow(a, 0).n, 0);
	arena_fail_nth(1);
	assert_null(router_allow(a, all).p);
	arena_fail_nth(0);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(literal_and_variable_paths),
		cmocka_unit_test(literal_beats_variable_in_any_order),
		cmocka_unit_test(method_counts_for_the_choice),
		cmocka_unit_test(head_goes_where_get_goes),
		cmocka_unit_test(known_path_with_another_method),
		cmocka_unit_test(unknown_paths),
		cmocka_unit_test(allow_is_in_a_fixed_order),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

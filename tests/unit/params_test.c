/* SPDX-License-Identifier: Apache-2.0
 * FastCGI parameters by name, and headers that came twice. */
#include "serve/params.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static struct arena *arena;
static struct params params;

static int set_up(void **state)
{
	(void)state;
	arena = arena_new(1024 * 1024);
	return arena ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static void values_are_found(void **state)
{
	(void)state;
	const char *envp[] = { "FCGI_ROLE=RESPONDER", "A=1", "B=", "AB=x=y", "C", NULL };
	assert_int_equal(params_index(&params, arena, envp), ERR_OK);
	assert_true(str_is(params_get(&params, "A"), "1"));
	assert_true(str_is(params_get(&params, "AB"), "x=y"));
	assert_non_null(params_get(&params, "B").p);
	assert_int_equal(params_get(&params, "B").n, 0);
	assert_null(params_get(&params, "D").p);
	assert_null(params_get(&params, "").p);
	assert_null(params_get(&params, "ZIARA_DUPLICATE").p);
}

static void many_are_found(void **state)
{
	(void)state;
	static char text[1000][16];
	static const char *envp[1001];
	for (int i = 0; i < 1000; i++) {
		snprintf(text[i], sizeof(text[i]), "P%d=%d", i, i * 7);
		envp[i] = text[i];
	}
	assert_int_equal(params_index(&params, arena, envp), ERR_OK);
	for (int i = 0; i < 1000; i++) {
		char name[16], value[16];
		snprintf(name, sizeof(name), "P%d", i);
		snprintf(value, sizeof(value), "%d", i * 7);
		assert_true(str_is(params_get(&params, name), value));
	}
}

static void guarded_headers_that_came_twice_are_named(void **state)
{
	(void)state;
	static const char *const twice[] = { "HTTP_AUTHORIZATION", "HTTP_IF_MATCH", "HTTP_IF_NONE_MATCH",
				       "HTTP_IDEMPOTENCY_KEY" };
	for (size_t i = 0; i < 4; i++) {
		char first[64], second[64];
		snprintf(first, sizeof(first), "%s=a", twice[i]);
		snprintf(second, sizeof(second), "%s=b", twice[i]);
		const char *envp[] = { first, "HTTP_ACCEPT=x", second, NULL };
		assert_int_equal(params_index(&params, arena, envp), ERR_OK);
		assert_true(str_is(params_get(&params, "ZIARA_DUPLICATE"), twice[i]));
		assert_true(str_is(params_get(&params, twice[i]), "a"));
	}
}

static void other_headers_may_come_twice(void **state)
{
	(void)state;
	const char *envp[] = { "HTTP_ACCEPT=x", "HTTP_ACCEPT=y", NULL };
	assert_int_equal(params_index(&params, arena, envp), ERR_OK);
	assert_null(params_get(&params, "ZIARA_DUPLICATE").p);
	assert_true(str_is(params_get(&params, "HTTP_ACCEPT"), "x"));
}

static void the_pseudo_parameter_cannot_be_sent(void **state)
{
	(void)state;
	const char *envp[] = { "ZIARA_DUPLICATE=HTTP_IF_MATCH", NULL };
	assert_int_equal(params_index(&params, arena, envp), ERR_OK);
	assert_null(params_get(&params, "ZIARA_DUPLICATE").p);
}

static void memory_may_run_out(void **state)
{
	(void)state;
	const char *envp[] = { "A=1", NULL };
	arena_fail_nth(1);
	assert_int_equal(params_index(&params, arena, envp), ERR_NOMEM);
	arena_fail_nth(0);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(values_are_found),
		T(many_are_found),
		T(guarded_headers_that_came_twice_are_named),
		T(other_headers_may_come_twice),
		T(the_pseudo_parameter_cannot_be_sent),
		T(memory_may_run_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

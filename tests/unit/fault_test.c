/* SPDX-License-Identifier: Apache-2.0
 * Tests of base/fault: one problem, its faults, and what is kept when memory is out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/fault.h"

static void test_problem(void **state)
{
	struct arena *a = arena_new(1 << 20);
	struct problem p;

	(void)state;
	problem_reset(&p, a);
	assert_int_equal(p.status, 0);
	assert_int_equal(p.n_faults, 0);
	assert_int_equal(problem_set(&p, 422, "content", "%d fields are wrong.", 2), ERR_REFUSED);
	assert_int_equal(p.status, 422);
	assert_string_equal(p.code, "content");
	assert_string_equal(p.detail, "2 fields are wrong.");
	problem_reset(&p, a);
	assert_int_equal(p.status, 0);
	assert_null(p.detail);
	arena_free(a);
}

static void test_faults_copy_their_place(void **state)
{
	struct arena *a = arena_new(1 << 20);
	struct problem p;
	char place[] = "/legs/0";

	(void)state;
	problem_reset(&p, a);
	problem_at_pointer(&p, place, "required", "Give a %s.", "country");
	place[6] = '9';
	problem_at_parameter(&p, "limit", "range", "Use 1 to 100.");
	assert_int_equal(p.n_faults, 2);
	assert_string_equal(p.faults[0].pointer, "/legs/0");
	assert_null(p.faults[0].parameter);
	assert_string_equal(p.faults[0].code, "required");
	assert_string_equal(p.faults[0].detail, "Give a country.");
	assert_string_equal(p.faults[1].parameter, "limit");
	assert_null(p.faults[1].pointer);
	assert_int_equal(p.status, 0);
	arena_free(a);
}

static void test_faults_past_the_limit_are_counted(void **state)
{
	struct arena *a = arena_new(1 << 20);
	struct problem p;

	(void)state;
	problem_reset(&p, a);
	for (int i = 0; i < FAULTS_MAX + 5; i++)
		problem_at_pointer(&p, "", "x", "%d", i);
	assert_int_equal(p.n_faults, FAULTS_MAX + 5);
	assert_string_equal(p.faults[FAULTS_MAX - 1].detail, "99");
	arena_free(a);
}

static void test_without_memory(void **state)
{
	struct arena *a = arena_new(1 << 20);
	struct problem p;

	(void)state;
	problem_reset(&p, a);
	arena_fail_nth(1);
	assert_int_equal(problem_set(&p, 400, "syntax", "x"), ERR_NOMEM);
	assert_int_equal(p.status, 400);
	assert_non_null(p.detail);
	arena_fail_nth(1);
	problem_at_pointer(&p, "/a", "required", "x");
	assert_int_equal(p.n_faults, 1);
	assert_string_equal(p.faults[0].code, "required");
	assert_non_null(p.faults[0].detail);
	arena_fail_nth(2);
	problem_at_parameter(&p, "limit", "range", "x");
	assert_int_equal(p.n_faults, 2);
	assert_string_equal(p.faults[1].detail, "x");
	assert_null(p.faults[1].parameter);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_problem),
		cmocka_unit_test(test_faults_copy_their_place),
		cmocka_unit_test(test_faults_past_the_limit_are_counted),
		cmocka_unit_test(test_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

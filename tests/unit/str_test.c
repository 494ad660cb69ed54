/* SPDX-License-Identifier: Apache-2.0
 * Tests of base/str and base/err. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/err.h"
#include "base/str.h"

static void assert_str(struct str got, const char *want)
{
	assert_int_equal(got.n, strlen(want));
	assert_memory_equal(got.p ? got.p : "", want, got.n);
}

static void test_equality(void **state)
{
	(void)state;
	assert_true(str_eq(STR("visit"), str_from("visit")));
	assert_false(str_eq(STR("visit"), STR("visits")));
	assert_true(str_eq((struct str){ NULL, 0 }, STR("")));
	assert_true(str_is(STR("a"), "a"));
	assert_false(str_is(STR("a"), "A"));
	assert_int_equal(str_from(NULL).n, 0);
}

static void test_case_insensitive(void **state)
{
	(void)state;
	assert_true(str_ieq(STR("Content-Type"), STR("content-tYPE")));
	assert_false(str_ieq(STR("Content-Type"), STR("content-typ")));
	/* 0x5b and 0x7b are 0x20 apart, as are the cases of a letter, but are none. */
	assert_false(str_ieq(STR("["), STR("{")));
	assert_false(str_ieq(STR("@"), STR("`")));
	/* Only ASCII: the cases of U+00C9 stay different. */
	assert_false(str_ieq(STR("\xc3\x89"), STR("\xc3\xa9")));
}

static void test_trim(void **state)
{
	(void)state;
	assert_str(str_trim(STR(" \t a b\t ")), "a b");
	assert_str(str_trim(STR("\t  \t")), "");
	assert_str(str_trim(STR("")), "");
	assert_str(str_trim(STR("\na\n")), "\na\n");
}

static void test_starts_and_cut(void **state)
{
	struct str rest;

	(void)state;
	assert_true(str_starts(STR("prefix"), STR("pre")));
	assert_false(str_starts(STR("pr"), STR("pre")));
	assert_true(str_starts(STR("x"), STR("")));
	assert_str(str_cut(STR("a=b=c"), '=', &rest), "a");
	assert_str(rest, "b=c");
	assert_str(str_cut(STR("a="), '=', &rest), "a");
	assert_non_null(rest.p);
	assert_int_equal(rest.n, 0);
	assert_str(str_cut(STR("abc"), '=', &rest), "abc");
	assert_null(rest.p);
	assert_str(str_cut((struct str){ NULL, 0 }, '=', &rest), "");
}

static void test_every_error_has_its_own_name(void **state)
{
	(void)state;
	assert_string_equal(err_name(ERR_OK), "ok");
	assert_string_equal(err_name(ERR_NOMEM), "no memory");
	for (int i = ERR_OK; i <= ERR_INTERNAL; i++) {
		assert_string_not_equal(err_name((enum err)i), "unknown");
		for (int j = ERR_OK; j < i; j++)
			assert_string_not_equal(err_name((enum err)i), err_name((enum err)j));
	}
	assert_string_equal(err_name((enum err)(ERR_INTERNAL + 1)), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_equality),
		cmocka_unit_test(test_case_insensitive),
		cmocka_unit_test(test_trim),
		cmocka_unit_test(test_starts_and_cut),
		cmocka_unit_test(test_every_error_has_its_own_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

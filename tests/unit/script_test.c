/* SPDX-License-Identifier: Apache-2.0
 * Migration files taken apart: statements, checksums, versions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "db/script.h"

static void assert_next(const char **at, const char *expected)
{
	struct str s;

	assert_true(script_next(at, &s));
	if (!str_is(s, expected))
		print_error("got <%.*s>\n", STR_ARG(s));
	assert_true(str_is(s, expected));
}

static void assert_end(const char **at)
{
	struct str s;

	assert_false(script_next(at, &s));
	assert_false(script_next(at, &s));
}

static void test_statements(void **state)
{
	const char *at = "-- SPDX\n-- tolerates: 0.1.0\n\nA 1;\n  B\n  2 ;  \t\n# c;\nC 3;";
	(void)state;

	assert_next(&at, "A 1");
	assert_next(&at, "B\n  2");
	assert_next(&at, "C 3");
	assert_end(&at);
}

/* A ';' that ends a line but no statement. */
static void test_quotes(void **state)
{
	const char *at = "A 'x;\n''y;\n' 'it\\'s;\n';\n"
			 "B \"x;\n\\\";\n\" `c;\n\\`;\n"
			 "C -- it's;\n d /* x;\n ' */ e # y;\n f;\n"
			 "D 1--2;\n"
			 "E ';';\n";
	(void)state;

	assert_next(&at, "A 'x;\n''y;\n' 'it\\'s;\n'");
	assert_next(&at, "B \"x;\n\\\";\n\" `c;\n\\`");
	assert_next(&at, "C -- it's;\n d /* x;\n ' */ e # y;\n f");
	assert_next(&at, "D 1--2");
	assert_next(&at, "E ';'");
	assert_end(&at);
}

/* A ';' within a line does not end a statement: compound bodies stay whole. */
static void test_within_line(void **state)
{
	const char *at = "A; B;\n";
	(void)state;

	assert_next(&at, "A; B");
	assert_end(&at);
}

static void test_odd_ends(void **state)
{
	const char *const empty[] = { "", "\n", "-- only\n", "-- only", "/* x */", "/* open", "#", "--" };
	const char *open = "A 'never closed;\n", *bare = "A";
	(void)state;

	for (size_t i = 0; i < sizeof(empty) / sizeof(empty[0]); i++) {
		const char *at = empty[i];
		assert_end(&at);
	}
	assert_next(&open, "A 'never closed;");
	assert_end(&open);
	assert_next(&bare, "A");
	assert_end(&bare);
}

static void assert_same_sum(const char *a, const char *b, bool same)
{
	struct migration x = { 1, "x", a }, y = { 1, "y", b };
	struct script_sum sx, sy;

	script_measure(&x, &sx);
	script_measure(&y, &sy);
	assert_int_equal(strlen(sx.hex), 64);
	assert_true(same == (strcmp(sx.hex, sy.hex) == 0));
}

static void test_sums(void **state)
{
	struct migration m = { 1, "x", "A;\nB;\n" };
	struct script_sum all, parts;
	(void)state;

	assert_int_equal(script_measure(&m, &all), 2);
	script_sum_init(&parts);
	for (size_t i = 0; i < 64; i++)
		assert_int_equal(parts.hex[i], '0');
	script_sum_add(&parts, STR("A"));
	assert_string_not_equal(parts.hex, all.hex);
	script_sum_add(&parts, STR("B"));
	assert_string_equal(parts.hex, all.hex);
	assert_same_sum("A;\nB;\n", "-- c\nA;\n\n/* d */ B;\n", true);
	assert_same_sum("A;\nB;\n", "B;\nA;\n", false);
	assert_same_sum("A;\nB;\n", "A\nB;\n", false);
	assert_same_sum("A;\n", "A;\nA;\n", false);
	assert_same_sum("A a;\n", "A  a;\n", false);
}

static void test_tolerates(void **state)
{
	char out[SCRIPT_VERSION_MAX + 1];
	(void)state;

	script_tolerates(&(struct migration){ 1, "x", "-- SPDX\n-- tolerates: 1.20.3\nA;\n" }, out);
	assert_string_equal(out, "1.20.3");
	/* only in the leading comment */
	script_tolerates(&(struct migration){ 1, "x", "A;\n-- tolerates: 1.20.3\n" }, out);
	assert_string_equal(out, ZIARA_VERSION);
	script_tolerates(&(struct migration){ 1, "x", "-- tolerates: 123456789.123456789.1\nA;\n" }, out);
	assert_int_equal(strlen(out), SCRIPT_VERSION_MAX);
}

static void test_versions(void **state)
{
	(void)state;
	assert_true(script_version_reaches("1.2.3", STR("1.2.3")));
	assert_true(script_version_reaches("1.10.0", STR("1.9.9")));
	assert_true(script_version_reaches("2.0.0", STR("1.99.99")));
	assert_false(script_version_reaches("1.2.3", STR("1.2.4")));
	assert_false(script_version_reaches("1.9.9", STR("1.10.0")));
	assert_false(script_version_reaches("1.99.99", STR("2.0.0")));
	static const char *const bad[] = { "", "1", "1.2", "1.2.", "1.2.3.4", "1.2.x", "v1.2.3", "1.2.3 ", "-1.2.3", "1..3",
					   "1.2.1234567890" };
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(script_version_reaches("99.0.0", str_from(bad[i])));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_statements), cmocka_unit_test(test_quotes),    cmocka_unit_test(test_within_line),
		cmocka_unit_test(test_odd_ends),   cmocka_unit_test(test_sums),      cmocka_unit_test(test_tolerates),
		cmocka_unit_test(test_versions),
	};

	return cmocka_run_group_tests_name("script", tests, NULL, NULL);
}

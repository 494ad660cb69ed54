/* SPDX-License-Identifier: Apache-2.0
 * Statements with named values: what is sent, and what is bound in which order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "db/named.h"

static struct db_value params[64];

static void written(const char *sql, const struct named *values, const char *expected, const int64_t *bound, size_t n)
{
	struct named_sql out = { params, 0, sizeof(params) / sizeof(*params) };
	struct buf text;

	buf_init(&text, 4096);
	named_write(&text, &out, sql, values);
	assert_int_equal(text.err, ERR_OK);
	if (!str_is(buf_view(&text), expected))
		fail_msg("%s: %.*s", sql, STR_ARG(buf_view(&text)));
	assert_int_equal(out.n, n);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(params[i].i, bound[i]);
	buf_free(&text);
}

static void values_are_bound_where_their_names_stand(void **state)
{
	struct named values[] = { named_int("a", 1), named_int("a1", 2), named_int("b_c", 3), { .name = NULL } };

	(void)state;
	written("SELECT 1", values, "SELECT 1", NULL, 0);
	written("x = :a AND y = :a1 OR z=:b_c", values, "x = ? AND y = ? OR z=?", (int64_t[]){ 1, 2, 3 }, 3);
	written(":b_c, :a, :b_c", values, "?, ?, ?", (int64_t[]){ 3, 1, 3 }, 3);
	written("f(:a1)", values, "f(?)", (int64_t[]){ 2 }, 1);
}

static void lists_have_few_lengths(void **state)
{
	struct db_value five[] = { db_int(1), db_int(2), db_int(3), db_int(4), db_int(5) };
	struct named values[] = { named_list("one", five, 1), named_list("three", five, 3), named_list("five", five, 5), { .name = NULL } };

	(void)state;
	written("IN (:one)", values, "IN (?)", (int64_t[]){ 1 }, 1);
	written("IN (:three)", values, "IN (?, ?, ?, ?)", (int64_t[]){ 1, 2, 3, 3 }, 4);
	written("IN (:five)", values, "IN (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		(int64_t[]){ 1, 2, 3, 4, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5 }, 16);
}

static void an_empty_list_equals_nothing(void **state)
{
	struct named values[] = { named_list("none", NULL, 0), { .name = NULL } };

	(void)state;
	written("IN (:none)", values, "IN (?)", (int64_t[]){ 0 }, 1);
	assert_int_equal(params[0].type, DB_NULL);
}

static void a_text_may_stand_in_a_text(void **state)
{
	struct named values[] = { { .name = "inner", .sql = "a = :n" }, named_int("n", 7), named_int("m", 8), { .name = NULL } };

	(void)state;
	written("SELECT :m FROM (:inner) x WHERE :m", values, "SELECT ? FROM (a = ?) x WHERE ?", (int64_t[]){ 8, 7, 8 }, 3);
}

static enum err fault(const char *sql, const struct named *values, size_t room)
{
	struct named_sql out = { params, 0, room };
	struct buf text;

	buf_init(&text, 4096);
	named_write(&text, &out, sql, values);
	enum err e = text.err;
	buf_free(&text);
	assert_true(out.n <= room);
	return e;
}

static void what_does_not_fit_is_refused(void **state)
{
	static struct db_value many[NAMED_LIST_MAX + 1];
	struct named values[] = { named_int("a", 1), named_list("many", many, NAMED_LIST_MAX + 1), { .name = NULL } };

	(void)state;
	assert_int_equal(fault("x = :ab", values, 4), ERR_INTERNAL);
	assert_int_equal(fault("x = :", values, 4), ERR_INTERNAL);
	assert_int_equal(fault(":a :a", values, 1), ERR_LIMIT);
	assert_int_equal(fault(":a :a", values, 2), ERR_OK);
	assert_int_equal(fault("IN (:many)", values, 64), ERR_LIMIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_bound_where_their_names_stand),
		cmocka_unit_test(lists_have_few_lengths),
		cmocka_unit_test(an_empty_list_equals_nothing),
		cmocka_unit_test(a_text_may_stand_in_a_text),
		cmocka_unit_test(what_does_not_fit_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

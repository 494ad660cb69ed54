/* SPDX-License-Identifier: Apache-2.0
 * Tests of base/buf: growth, cap, sticky error, numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/buf.h"

static void assert_content(const struct buf *b, const char *want)
{
	struct str s = buf_view(b);

	assert_int_equal(s.n, strlen(want));
	if (s.n)
		assert_memory_equal(s.p, want, s.n);
}

static void test_writes(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	buf_add(&b, NULL, 0);
	assert_content(&b, "");
	buf_z(&b, "ab");
	buf_char(&b, 'c');
	buf_str(&b, STR("de"));
	buf_str(&b, (struct str){ NULL, 0 });
	buf_add(&b, "f\0g", 3);
	buf_printf(&b, "%d%%", 5);
	assert_int_equal(b.n, 10);
	assert_memory_equal(b.p, "abcdef\0g5%", 10);
	assert_int_equal(b.err, ERR_OK);
	buf_free(&b);
}

static void test_integers(void **state)
{
	static const struct { int64_t i; const char *text; } cases[] = {
		{ 0, "0" }, { 7, "7" }, { 10, "10" }, { -1, "-1" }, { 1234567890, "1234567890" },
		{ INT64_MAX, "9223372036854775807" }, { INT64_MIN, "-9223372036854775808" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf b;

		buf_init(&b, 20);
		buf_int(&b, cases[i].i);
		assert_content(&b, cases[i].text);
		buf_free(&b);
	}
}

static void test_growth_keeps_content(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 20);
	for (int i = 0; i < 100000; i++)
		buf_char(&b, (char)('a' + i % 26));
	assert_int_equal(b.err, ERR_OK);
	assert_int_equal(b.n, 100000);
	for (int i = 0; i < 100000; i++)
		assert_int_equal(b.p[i], 'a' + i % 26);
	buf_free(&b);
}

static void test_cap_is_exact_and_error_sticks(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 5);
	buf_z(&b, "1234");
	buf_char(&b, '5');
	assert_int_equal(b.err, ERR_OK);
	buf_char(&b, '6');
	assert_int_equal(b.err, ERR_LIMIT);
	assert_content(&b, "12345");

	buf_clear(&b);
	buf_z(&b, "123456");
	assert_int_equal(b.err, ERR_LIMIT);
	buf_char(&b, 'x');
	buf_printf(&b, "%d", 1);
	buf_int(&b, 1);
	assert_content(&b, "");

	buf_clear(&b);
	assert_int_equal(b.err, ERR_OK);
	buf_printf(&b, "%d", 12345);
	assert_content(&b, "12345");
	buf_clear(&b);
	buf_printf(&b, "%d", 123456);
	assert_int_equal(b.err, ERR_LIMIT);
	buf_free(&b);
}

static void test_cap_past_first_size(void **state)
{
	struct buf b;
	char block[1000];

	(void)state;
	memset(block, 'x', sizeof(block));
	buf_init(&b, 10000);
	for (int i = 0; i < 10; i++)
		buf_add(&b, block, sizeof(block));
	assert_int_equal(b.err, ERR_OK);
	assert_int_equal(b.n, 10000);
	buf_char(&b, 'x');
	assert_int_equal(b.err, ERR_LIMIT);
	buf_free(&b);
	assert_null(buf_view(&b).p);
	buf_z(&b, "again");
	assert_content(&b, "again");
	buf_free(&b);
}

static void test_impossible_size(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, SIZE_MAX);
	buf_char(&b, 'x');
	assert_null(buf_room(&b, SIZE_MAX - 1));
	assert_int_equal(b.err, ERR_NOMEM);
	assert_content(&b, "x");
	buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_writes),
		cmocka_unit_test(test_integers),
		cmocka_unit_test(test_growth_keeps_content),
		cmocka_unit_test(test_cap_is_exact_and_error_sticks),
		cmocka_unit_test(test_cap_past_first_size),
		cmocka_unit_test(test_impossible_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

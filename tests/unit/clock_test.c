/* SPDX-License-Identifier: Apache-2.0
 * Tests of base/clock: formats, parsing, the calendar. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/clock.h"

/* 2018-07-28T09:30:00Z: 48 years of 365 days and 12 leap days to 2018-01-01, and 208 days. */
#define VISIT_MS ((UINT64_C(48) * 365 + 12 + 208) * 86400000 + (9 * 60 + 30) * 60000)

static const struct { uint64_t ms; const char *sql; } days[] = {
	{ 0, "1970-01-01 00:00:00.000" },
	{ 1, "1970-01-01 00:00:00.001" },
	{ UINT64_C(59) * 86400000 - 1, "1970-02-28 23:59:59.999" },
	{ UINT64_C(59) * 86400000, "1970-03-01 00:00:00.000" },
	{ UINT64_C(365) * 86400000 - 1, "1970-12-31 23:59:59.999" },
	{ UINT64_C(365) * 86400000, "1971-01-01 00:00:00.000" },
	{ UINT64_C(1000000000000), "2001-09-09 01:46:40.000" },
	{ UINT64_C(951782400000), "2000-02-29 00:00:00.000" },
	{ UINT64_C(978220800000), "2000-12-31 00:00:00.000" },
	{ UINT64_C(4107542399999), "2100-02-28 23:59:59.999" },
	{ UINT64_C(4107542400000), "2100-03-01 00:00:00.000" },
	{ UINT64_C(253402300799999), "9999-12-31 23:59:59.999" },
	{ VISIT_MS, "2018-07-28 09:30:00.000" },
};

static void test_sql_both_ways(void **state)
{
	char text[CLOCK_SQL_LEN + 1];
	uint64_t ms;

	(void)state;
	for (size_t i = 0; i < sizeof(days) / sizeof(days[0]); i++) {
		clock_format_sql(days[i].ms, text);
		assert_string_equal(text, days[i].sql);
		assert_true(clock_parse_sql(str_from(text), &ms));
		assert_int_equal(ms, days[i].ms);
	}
	clock_format_sql(UINT64_MAX, text);
	assert_string_equal(text, "9999-12-31 23:59:59.999");
}

static void test_every_day_follows_the_last(void **state)
{
	char text[CLOCK_SQL_LEN + 1], last[CLOCK_SQL_LEN + 1] = "";
	uint64_t ms;

	(void)state;
	for (uint64_t day = 0; day < 365 * 500; day++) {
		clock_format_sql(day * 86400000, text);
		assert_true(strcmp(last, text) < 0);
		assert_true(clock_parse_sql(str_from(text), &ms));
		assert_int_equal(ms, day * 86400000);
		memcpy(last, text, sizeof(last));
	}
}

static void test_other_formats(void **state)
{
	char rfc3339[CLOCK_RFC3339_LEN + 1], http[CLOCK_HTTP_LEN + 1];

	(void)state;
	clock_format_rfc3339(VISIT_MS + 7, rfc3339);
	assert_string_equal(rfc3339, "2018-07-28T09:30:00.007Z");
	clock_format_http(VISIT_MS, http);
	assert_string_equal(http, "Sat, 28 Jul 2018 09:30:00 GMT");
	/* The example of RFC 9110, 5.6.7. */
	clock_format_http(UINT64_C(784111777000), http);
	assert_string_equal(http, "Sun, 06 Nov 1994 08:49:37 GMT");
	clock_format_http(0, http);
	assert_string_equal(http, "Thu, 01 Jan 1970 00:00:00 GMT");
}

static void test_rfc3339(void **state)
{
	/* The first two: RFC 3339, 5.8. */
	static const struct { const char *text, *sql; } good[] = {
		{ "1985-04-12T23:20:50.52Z", "1985-04-12 23:20:50.520" },
		{ "1996-12-19T16:39:57-08:00", "1996-12-20 00:39:57.000" },
		{ "1996-12-19t16:39:57z", "1996-12-19 16:39:57.000" },
		{ "1996-12-19 16:39:57Z", "1996-12-19 16:39:57.000" },
		{ "2018-07-28T12:30:00+03:00", "2018-07-28 09:30:00.000" },
		{ "2018-07-28T00:00:00+05:45", "2018-07-27 18:15:00.000" },
		{ "2018-07-28T09:30:00-00:00", "2018-07-28 09:30:00.000" },
		{ "2018-07-28T09:30:00.1239999Z", "2018-07-28 09:30:00.123" },
		{ "2000-02-29T23:59:59Z", "2000-02-29 23:59:59.000" },
		{ "1969-12-31T23:00:00-01:00", "1970-01-01 00:00:00.000" },
	};
	char text[CLOCK_SQL_LEN + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		uint64_t ms;

		if (!clock_parse_rfc3339(str_from(good[i].text), &ms))
			fail_msg("refused: %s", good[i].text);
		clock_format_sql(ms, text);
		assert_string_equal(text, good[i].sql);
	}
}

static void test_refused(void **state)
{
	static const char *const bad[] = {
		"", "2018", "2018-07-28", "2018-07-28T09:30:00", "2018-07-28T09:30Z", "2018-07-28T09:30:00.Z",
		"2018-07-28T09:30:00Z ", " 2018-07-28T09:30:00Z", "2018-07-28T24:00:00Z", "2018-07-28T09:60:00Z",
		"1990-12-31T23:59:60Z", "2018-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2018-04-31T00:00:00Z",
		"2018-00-10T00:00:00Z", "2018-13-10T00:00:00Z", "2018-07-00T00:00:00Z", "2018-07-28T09:30:00+24:00",
		"2018-07-28T09:30:00+03:60", "2018-07-28T09:30:00+0300", "2018-07-28T09:30:00+03",
		"2018-07-28X09:30:00Z", "2018-7-28T09:30:00Z", "1969-12-31T23:59:59Z", "1970-01-01T00:00:00+00:01",
		"9999-12-31T23:59:59-00:01", "2018-07-28T09:30:00.5,Z", "2018-07-28T0\xc2\xb2:30:00Z",
	};
	uint64_t ms = 5;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (clock_parse_rfc3339(str_from(bad[i]), &ms))
			fail_msg("accepted: %s", bad[i]);
	assert_false(clock_parse_rfc3339((struct str){ "2018-07-28\0" "09:30:00Z", 20 }, &ms));
	assert_false(clock_parse_sql(STR("2018-07-28T09:30:00"), &ms));
	assert_false(clock_parse_sql(STR("2018-07-28 09:30:00Z"), &ms));
	assert_false(clock_parse_sql(STR("2018-07-28 09:30"), &ms));
	assert_int_equal(ms, 5);
	assert_true(clock_parse_sql(STR("2018-07-28 09:30:00"), &ms));
	assert_int_equal(ms, VISIT_MS);
	assert_true(clock_parse_sql(STR("2018-07-28 09:30:00.123456"), &ms));
	assert_int_equal(ms, VISIT_MS + 123);
}

static void test_set_and_run(void **state)
{
	(void)state;
	clock_set_ms(VISIT_MS);
	assert_int_equal(clock_now_ms(), VISIT_MS);
	clock_set_ms(0);
	assert_true(clock_now_ms() > VISIT_MS);
	uint64_t before = clock_mono_us();
	assert_true(clock_mono_us() >= before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sql_both_ways),
		cmocka_unit_test(test_every_day_follows_the_last),
		cmocka_unit_test(test_other_formats),
		cmocka_unit_test(test_rfc3339),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_set_and_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0
 * Tests of base/edtf: the forms of level 0 and open ends, the calendar, the advice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/edtf.h"

static void test_valid(void **state)
{
	static const struct { const char *text; int32_t lo, hi; } good[] = {
		{ "2018", 20180101, 20181231 },
		{ "2018-07", 20180701, 20180731 },
		{ "2018-07-28", 20180728, 20180728 },
		{ "0000", 101, 1231 },
		{ "0000-02-29", 229, 229 },
		{ "9999-12-31", 99991231, 99991231 },
		{ "2018-02", 20180201, 20180228 },
		{ "2016-02", 20160201, 20160229 },
		{ "1900-02", 19000201, 19000228 },
		{ "2000-02", 20000201, 20000229 },
		{ "2000-02-29", 20000229, 20000229 },
		{ "2018-04", 20180401, 20180430 },
		{ "2018-01", 20180101, 20180131 }, { "2018-03", 20180301, 20180331 }, { "2018-05", 20180501, 20180531 },
		{ "2018-06", 20180601, 20180630 }, { "2018-08", 20180801, 20180831 }, { "2018-09", 20180901, 20180930 },
		{ "2018-10", 20181001, 20181031 }, { "2018-11", 20181101, 20181130 }, { "2018-12", 20181201, 20181231 },
		{ "2018-07-28/2018-08-03", 20180728, 20180803 },
		{ "2018/2019", 20180101, 20191231 },
		{ "2018-07/2018-08-03", 20180701, 20180803 },
		{ "2018/2018-03", 20180101, 20180331 },
		{ "2018-07-28/2018-07", 20180728, 20180731 },
		{ "2018-07/2018", 20180701, 20181231 },
		{ "2018-07-28/2018-07-28", 20180728, 20180728 },
		{ "2018-07-28/..", 20180728, EDTF_OPEN_HI },
		{ "2018-07/..", 20180701, EDTF_OPEN_HI },
		{ "../2018", EDTF_OPEN_LO, 20181231 },
		{ "../2018-08-03", EDTF_OPEN_LO, 20180803 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct edtf d = { -1, -1 };
		const char *wrong = edtf_parse(str_from(good[i].text), &d);

		if (wrong)
			fail_msg("%s: %s", good[i].text, wrong);
		assert_int_equal(d.lo, good[i].lo);
		assert_int_equal(d.hi, good[i].hi);
	}
}

/* What the advice must mention. */
static void test_refused_with_advice(void **state)
{
	static const struct { const char *text, *advice; } bad[] = {
		{ "", "empty" },
		{ "2018-7", "2018-07" }, { "2018-7-28", "2018-07" }, { "2018-07-8", "2018-07-08" },
		{ "2018-007", "two digits" }, { "2018-07-028", "two digits" },
		{ "20180728", "2018-07-28" }, { "201807", "2018-07" }, { "2018-0728", "two digits" },
		{ "18", "four digits" }, { "201", "four digits" }, { "20188", "four digits" }, { "28-07-2018", "four digits" },
		{ "2018-00", "01 to 12" }, { "2018-13", "01 to 12" }, { "2018-20", "01 to 12" }, { "2018-42", "01 to 12" },
		{ "2018-21", "Seasons" }, { "2018-24", "Seasons" }, { "2018-41", "Seasons" },
		{ "2018-07-00", "01 to 31" }, { "2018-07-32", "01 to 31" }, { "2018-04-31", "fewer days" },
		{ "2018-02-30", "fewer days" }, { "2018-06-31", "fewer days" },
		{ "2018-02-29", "leap" }, { "1900-02-29", "leap" }, { "2100-02-29", "leap" },
		{ "2018-", "month is missing" }, { "2018--28", "month is missing" }, { "2018-07-", "day is missing" },
		{ "2018-07-28-01", "three parts" }, { "2018-07-28-", "three parts" },
		{ "-2018", "before 0000" }, { "-0001-01-01", "before 0000" }, { "-", "before 0000" },
		{ "2018-07-28T09:30:00", "Times of day" }, { "2018-07-28T09:30:00Z", "Times of day" },
		{ "2018?", "doubt" }, { "2018-07~", "doubt" }, { "2018%", "doubt" }, { "?2018", "doubt" },
		{ "201X", "Unknown digits" }, { "2018-XX", "Unknown digits" }, { "XXXX-07", "Unknown digits" },
		{ "Y20180", "four digits" }, { "Y-20180", "four digits" }, { "2018E2", "four digits" }, { "1950S2", "four digits" },
		{ "{2018,2019}", "Sets" }, { "[2018,2019]", "Sets" },
		{ " 2018", "spaces" }, { "2018 ", "spaces" }, { "2018-07-28 / 2018-08-03", "spaces" }, { "2018\n", "spaces" },
		{ "28.07.2018", "Dots" }, { "2018..2019", "Dots" }, { "...", "Dots" },
		{ "2018\xe2\x80\x93" "07", "plain hyphen" },
		{ "July", "digits" }, { "about 2018", "digits" }, { "+2018", "digits" }, { "\xd9\xa2\xd9\xa0\xd9\xa1\xd9\xa8", "digits" },
		{ "..", "interval" }, { "../..", "at least one date" },
		{ "2018/", ".. for an open end" }, { "/2018", ".. for an open end" }, { "/", ".. for an open end" },
		{ "/..", ".. for an open end" }, { "../", ".. for an open end" },
		{ "2018/2019/2020", "one slash" }, { "2018//2019", "one slash" }, { "../../..", "one slash" },
		{ "28/07/2018", "one slash" },
		{ "2018-08-03/2018-07-28", "before it starts" }, { "2018-08/2018-07", "before it starts" },
		{ "2018/2017", "before it starts" }, { "2018-08-01/2018-07", "before it starts" },
		{ "2018-7/2018-08", "2018-07" }, { "2018-07/2018-8", "2018-07" }, { "2018-02-29/..", "leap" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct edtf d = { 7, 8 };
		const char *wrong = edtf_parse(str_from(bad[i].text), &d);

		if (!wrong)
			fail_msg("accepted: %s", bad[i].text);
		if (!strstr(wrong, bad[i].advice))
			fail_msg("%s: %s", bad[i].text, wrong);
		assert_int_equal(wrong[strlen(wrong) - 1], '.');
		assert_int_equal(d.lo, 7);
		assert_int_equal(d.hi, 8);
	}
	struct edtf d;
	assert_non_null(edtf_parse(STR("2018\0"), &d));
	assert_non_null(edtf_parse((struct str){ NULL, 0 }, &d));
}

/* Day by day through 800 years: exactly the days that follow each other are accepted. */
static void test_whole_calendar(void **state)
{
	unsigned accepted = 0;

	(void)state;
	for (int y = 1600; y < 2400; y++) {
		for (int m = 1; m <= 12; m++) {
			for (int d = 1; d <= 31; d++) {
				char text[11] = { (char)('0' + y / 1000), (char)('0' + y / 100 % 10), (char)('0' + y / 10 % 10),
						  (char)('0' + y % 10), '-', (char)('0' + m / 10), (char)('0' + m % 10), '-',
						  (char)('0' + d / 10), (char)('0' + d % 10), '\0' };
				struct edtf e;

				accepted += !edtf_parse(str_from(text), &e);
			}
		}
	}
	/* 400 Gregorian years have 146097 days. */
	assert_int_equal(accepted, 2 * 146097);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_valid),
		cmocka_unit_test(test_refused_with_advice),
		cmocka_unit_test(test_whole_calendar),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

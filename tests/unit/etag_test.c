/* SPDX-License-Identifier: Apache-2.0
 * Entity tags: writing, weak comparison, versions. */
#include "http/etag.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static const struct etag seven = { 7, 18, "deadbeef", 'p', 'j' };
static const char *const seven_text = "\"7.12.deadbeef.p.j\"";

static void tag_is_quoted_and_holds_all_five(void **state)
{
	(void)state;
	char out[ETAG_MAX];
	etag_format(&seven, out);
	assert_string_equal(out, seven_text);
	const struct etag largest = { UINT32_MAX, UINT64_MAX, "ffffffff", 'r', 'j' };
	etag_format(&largest, out);
	assert_string_equal(out, "\"4294967295.ffffffffffffffff.ffffffff.r.j\"");
}

static bool hits(const char *header)
{
	return etag_none_match_hits(str_from(header), seven_text);
}

static void none_match_compares_weakly_over_the_list(void **state)
{
	(void)state;
	assert_true(hits("\"7.12.deadbeef.p.j\""));
	assert_true(hits("W/\"7.12.deadbeef.p.j\""));
	assert_true(hits("\"a\", W/\"7.12.deadbeef.p.j\" ,\"b\""));
	assert_true(hits("\"a,b\",\"7.12.deadbeef.p.j\""));
	assert_true(hits(", \"7.12.deadbeef.p.j\","));
	assert_true(hits("*"));
	assert_true(hits(" * "));
}

static void none_match_misses(void **state)
{
	(void)state;
	assert_false(hits("\"7.13.deadbeef.p.j\""));
	assert_false(hits("\"7.12.deadbeef.r.j\""));
	assert_false(hits("7.12.deadbeef.p.j"));
	assert_false(hits("w/\"7.12.deadbeef.p.j\""));
	assert_false(hits("\"x,\"7.12.deadbeef.p.j\"\""));
	assert_false(hits("\"7.12.deadbeef.p.j"));
	assert_false(hits("\"a\" \"7.12.deadbeef.p.j\""));
	assert_false(hits(""));
	assert_false(etag_none_match_hits((struct str){ NULL, 0 }, seven_text));
}

static enum etag_match match(const char *header)
{
	return etag_match_version(str_from(header), 7);
}

static void match_looks_at_the_version_only(void **state)
{
	(void)state;
	assert_int_equal(match("\"7.12.deadbeef.p.j\""), ETAG_HIT);
	assert_int_equal(match("\"7.99.00000000.r.c\""), ETAG_HIT);
	assert_int_equal(match("W/\"7.12.deadbeef.p.j\""), ETAG_HIT);
	assert_int_equal(match("\"7\""), ETAG_HIT);
	assert_int_equal(match("\"6.1.a.p.j\", \"7.1.a.p.j\""), ETAG_HIT);
	assert_int_equal(match("\"8.12.deadbeef.p.j\""), ETAG_MISS);
	assert_int_equal(match("\"77.12.deadbeef.p.j\""), ETAG_MISS);
	assert_int_equal(match("\"4294967303.1.a.p.j\""), ETAG_MISS); /* 7 + 2^32 */
	assert_int_equal(match("\"18446744073709551623.1\""), ETAG_MISS); /* 7 + 2^64 */
	assert_int_equal(match("\"07.1.a.p.j\""), ETAG_MISS);
	assert_int_equal(match("\"abc\""), ETAG_MISS);
	assert_int_equal(match("\"\""), ETAG_MISS);
	assert_int_equal(match("\"7x.1\""), ETAG_MISS);
}

static void match_any_absent_malformed(void **state)
{
	(void)state;
	assert_int_equal(etag_match_version((struct str){ NULL, 0 }, 7), ETAG_ABSENT);
	assert_int_equal(match("*"), ETAG_ANY);
	assert_int_equal(match("7"), ETAG_MALFORMED);
	assert_int_equal(match("7.12.deadbeef.p.j"), ETAG_MALFORMED);
	assert_int_equal(match("\"7.1.a.p.j"), ETAG_MALFORMED);
	assert_int_equal(match("\"7.1.a.p.j\", *"), ETAG_MALFORMED);
	assert_int_equal(match("\"7.1.a.p.j\" x"), ETAG_MALFORMED);
	assert_int_equal(match("W/7"), ETAG_MALFORMED);
	assert_int_equal(match("W/"), ETAG_MALFORMED);
	assert_int_equal(match(" , "), ETAG_MALFORMED);
	assert_int_equal(match("\"7 1\""), ETAG_MALFORMED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tag_is_quoted_and_holds_all_five),
		cmocka_unit_test(none_match_compares_weakly_over_the_list),
		cmocka_unit_test(none_match_misses),
		cmocka_unit_test(match_looks_at_the_version_only),
		cmocka_unit_test(match_any_absent_malformed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0
 * What of a FastCGI request is let through to libfcgi. */
#include "serve/scan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static unsigned char wire[256 * 1024];
static size_t wire_n;
static bool whole, trailing;
static const char *why;

static void add(const void *p, size_t n)
{
	assert_true(wire_n + n <= sizeof(wire));
	memcpy(wire + wire_n, p, n);
	wire_n += n;
}

static void record(unsigned type, unsigned id, const char *content, size_t n, unsigned padding)
{
	unsigned char header[8] = { 1, (unsigned char)type, (unsigned char)(id >> 8), (unsigned char)id,
				    (unsigned char)(n >> 8), (unsigned char)n, (unsigned char)padding, 0 };
	static const char zeros[255];
	add(header, 8);
	add(content, n);
	add(zeros, padding);
}

static void begin(void)
{
	wire_n = 0;
	record(1, 1, "\0\1\1\0\0\0\0\0", 8, 0);
}

static enum scan_verdict scan(void)
{
	return scan_request(wire, wire_n, &whole, &trailing, &why);
}

/* "\1\1AB": the parameter A=B */
static void sound_request(void)
{
	begin();
	record(4, 1, "\1\1AB", 4, 4);
	record(4, 1, "", 0, 0);
	record(5, 1, "body", 4, 4);
	record(5, 1, "", 0, 0);
}

static void whole_request_is_sound(void **state)
{
	(void)state;
	sound_request();
	assert_int_equal(scan(), SCAN_SOUND);
	assert_true(whole);
	assert_false(trailing);
	add("\1", 1);
	assert_int_equal(scan(), SCAN_SOUND);
	assert_true(trailing);
}

static void every_cut_is_short_until_the_head_is_whole(void **state)
{
	(void)state;
	sound_request();
	size_t all = wire_n, head = 16 + 16 + 8;
	for (size_t n = 0; n <= all; n++) {
		enum scan_verdict v = scan_request(wire, n, &whole, &trailing, &why);
		assert_int_equal(v, n < head ? SCAN_SHORT : SCAN_SOUND);
		assert_int_equal(whole, n == all);
		assert_false(trailing);
	}
}

static void pairs_may_span_records(void **state)
{
	(void)state;
	static const char stream[] = "\1\0X\200\0\0\3\4abcVALU\0\0\2\1AB=";
	for (size_t cut = 1; cut < sizeof(stream) - 1; cut++) {
		begin();
		record(4, 1, stream, cut, 3);
		record(4, 1, stream + cut, sizeof(stream) - 1 - cut, 0);
		record(4, 1, "", 0, 0);
		assert_int_equal(scan(), SCAN_SOUND);
	}
}

static void assert_bad_params(const char *stream, size_t n)
{
	begin();
	record(4, 1, stream, n, 0);
	record(4, 1, "", 0, 0);
	assert_int_equal(scan(), SCAN_BAD);
	assert_non_null(why);
}

static void bad_pairs(void **state)
{
	(void)state;
	assert_bad_params("\1", 1);                     /* ends after the name's length */
	assert_bad_params("\1\1A", 3);                  /* ends inside the value */
	assert_bad_params("\200\0\0", 3);               /* ends inside a length */
	assert_bad_params("\1\1=B", 4);                 /* equals sign in a name */
	assert_bad_params("\1\1\0B", 4);                /* NUL in a name */
	assert_bad_params("\1\1A\0", 4);                /* NUL in a value */
	assert_bad_params("\377\377\377\377\1A", 6);    /* 2^31 - 1 */
	assert_bad_params("\1\377\377\377\376A", 6);    /* 2^31 - 2 */
	assert_bad_params("\300\0\0\0\300\0\0\0", 8);   /* 2^30 + 2^30 */
	assert_bad_params("\200\1\200\1\1", 5);         /* 98,305: one more than the largest head */
}

static void absurd_length_is_seen_before_its_bytes_come(void **state)
{
	(void)state;
	begin();
	record(4, 1, "\1\377\377\377\377", 5, 0);
	assert_int_equal(scan(), SCAN_BAD);
}

static void foreign_records(void **state)
{
	(void)state;
	wire_n = 0;
	record(4, 1, "\1\1AB", 4, 0); /* no begin */
	assert_int_equal(scan(), SCAN_BAD);
	wire_n = 0;
	record(9, 0, "\16\0FCGI_MAX_CONNS", 16, 0); /* management */
	assert_int_equal(scan(), SCAN_BAD);
	wire_n = 0;
	record(1, 0, "\0\1\1\0\0\0\0\0", 8, 0); /* request id 0 */
	assert_int_equal(scan(), SCAN_BAD);
	wire_n = 0;
	record(1, 1, "\0\2\1\0\0\0\0\0", 8, 0); /* authorizer */
	assert_int_equal(scan(), SCAN_BAD);
	wire_n = 0;
	record(1, 1, "\0\1\1\0\0\0\0", 7, 0); /* short body */
	assert_int_equal(scan(), SCAN_BAD);
	static const unsigned types[] = { 1, 2, 3, 5, 6, 9, 11 };
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		begin();
		record(types[i], 1, "\0\1\1\0\0\0\0\0", 8, 0);
		assert_int_equal(scan(), SCAN_BAD);
	}
	begin();
	record(4, 2, "\1\1AB", 4, 0); /* another request's */
	assert_int_equal(scan(), SCAN_BAD);
	begin();
	wire[0] = 2; /* version */
	assert_int_equal(scan(), SCAN_BAD);
}

static void foreign_records_in_the_body(void **state)
{
	(void)state;
	static const unsigned types[] = { 1, 2, 4, 6, 8, 9 };
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		begin();
		record(4, 1, "", 0, 0);
		record(5, 1, "x", 1, 7);
		record(types[i], types[i] == 9 ? 0 : 1, "", 0, 0);
		assert_int_equal(scan(), SCAN_BAD);
	}
	begin();
	record(4, 1, "", 0, 0);
	record(5, 1, "", 0, 8); /* padding libfcgi would leave behind */
	assert_int_equal(scan(), SCAN_BAD);
	begin();
	record(4, 1, "", 0, 0);
	add("\7", 1);
	assert_int_equal(scan(), SCAN_BAD);
}

static void a_forged_request_inside_the_body_is_body(void **state)
{
	(void)state;
	static unsigned char forged[512];
	sound_request();
	size_t n = wire_n;
	memcpy(forged, wire, n);
	begin();
	record(4, 1, "", 0, 0);
	record(5, 1, (char *)forged, n, 0);
	record(5, 1, "", 0, 0);
	assert_int_equal(scan(), SCAN_SOUND);
	assert_true(whole);
	assert_false(trailing);
}

static void pairs_are_found_across_records(void **state)
{
	static const char value[] = "a value of some length that spans two records";
	char pair[8 + sizeof(value)] = "\3\x80\0\0";
	(void)state;
	pair[4] = sizeof(value) - 1;
	memcpy(pair + 5, "KEY", 3);
	memcpy(pair + 8, value, sizeof(value) - 1);
	size_t n = 8 + sizeof(value) - 1;
	for (size_t cut = 1; cut < n; cut++) {
		begin();
		record(4, 1, "\1\1AB\1\0C", 7, 1);
		record(4, 1, pair, cut, 3);
		record(4, 1, pair + cut, n - cut, 0);
		record(4, 1, "\3\1KEYx", 6, 2);
		record(4, 1, "", 0, 0);
		record(5, 1, "", 0, 0);
		assert_int_equal(scan(), SCAN_SOUND);
		struct str pairs = scan_pairs(wire, wire_n);
		assert_int_equal(pairs.n, 7 + n + 6);
		assert_true(str_is(scan_pair(pairs, "A"), "B"));
		assert_true(str_is(scan_pair(pairs, "KEY"), value)); /* the first of two */
		assert_non_null(scan_pair(pairs, "C").p);
		assert_int_equal(scan_pair(pairs, "C").n, 0);
		assert_null(scan_pair(pairs, "KE").p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_request_is_sound),
		cmocka_unit_test(pairs_are_found_across_records),
		cmocka_unit_test(every_cut_is_short_until_the_head_is_whole),
		cmocka_unit_test(pairs_may_span_records),
		cmocka_unit_test(bad_pairs),
		cmocka_unit_test(absurd_length_is_seen_before_its_bytes_come),
		cmocka_unit_test(foreign_records),
		cmocka_unit_test(foreign_records_in_the_body),
		cmocka_unit_test(a_forged_request_inside_the_body_is_body),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

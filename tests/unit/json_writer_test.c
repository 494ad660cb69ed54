/* SPDX-License-Identifier: Apache-2.0
 * Tests of json/writer: structure, escapes (RFC 8259, 7), the cap. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "json/writer.h"

static struct buf out;
static struct json_writer w;

static int setup(void **state)
{
	(void)state;
	buf_init(&out, 1 << 20);
	json_begin(&w, &out);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	buf_free(&out);
	return 0;
}

static void assert_written(const char *want)
{
	assert_int_equal(out.err, ERR_OK);
	if (out.n != strlen(want) || memcmp(out.p, want, out.n) != 0)
		fail_msg("got %.*s\nnot %s", (int)out.n, out.p, want);
}

static void test_structure(void **state)
{
	const struct uuid id = { { 0x01, 0x7f, 0x22, 0xe2, 0x79, 0xb0, 0x7c, 0xc3, 0x98, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39,
				   0x8f } };

	(void)state;
	json_object(&w);
	json_key(&w, "a");
	json_int(&w, -5);
	json_key(&w, "b");
	json_array(&w);
	json_bool(&w, true);
	json_bool(&w, false);
	json_null(&w);
	json_array(&w);
	json_end_array(&w);
	json_object(&w);
	json_end_object(&w);
	json_z(&w, "z");
	json_end_array(&w);
	json_key(&w, "id");
	json_uuid(&w, id);
	json_key(&w, "raw");
	json_raw(&w, STR("[1, 2]"));
	json_key(&w, "o");
	json_object(&w);
	json_key(&w, "p");
	json_str(&w, STR(""));
	json_end_object(&w);
	json_key(&w, "q");
	json_str(&w, (struct str){ NULL, 0 });
	json_end_object(&w);
	assert_written("{\"a\":-5,\"b\":[true,false,null,[],{},\"z\"],\"id\":\"017f22e2-79b0-7cc3-98c4-dc0c0c07398f\","
		       "\"raw\":[1, 2],\"o\":{\"p\":\"\"},\"q\":\"\"}");
}

static void test_top_level_values_are_separated(void **state)
{
	(void)state;
	json_int(&w, INT64_MIN);
	json_begin(&w, &out);
	buf_char(&out, '\n');
	json_array(&w);
	json_int(&w, 1);
	json_int(&w, 2);
	json_end_array(&w);
	assert_written("-9223372036854775808\n[1,2]");
}

static void test_escapes(void **state)
{
	(void)state;
	json_str(&w, STR("\"\\/\b\f\n\r\t"));
	assert_written("\"\\\"\\\\/\\b\\f\\n\\r\\t\"");
}

static void test_every_control_character(void **state)
{
	(void)state;
	for (unsigned c = 0; c < 0x20; c++) {
		const char in[1] = { (char)c };
		const char hex[] = "0123456789abcdef";
		char want[9] = { '"', '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15], '"', '\0' };

		if (c == '\b' || c == '\t' || c == '\n' || c == '\f' || c == '\r')
			continue;
		buf_clear(&out);
		json_begin(&w, &out);
		json_str(&w, (struct str){ in, 1 });
		assert_written(want);
	}
}

static void test_line_separators_and_delete(void **state)
{
	(void)state;
	json_str(&w, STR("\x7f\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xa7\xe2\x80\xaa\xe2\x82\xa8\xe2\x81\xa8"));
	assert_written("\"\\u007f\\u2028\\u2029\xe2\x80\xa7\xe2\x80\xaa\xe2\x82\xa8\xe2\x81\xa8\"");
}

static void test_other_text_passes(void **state)
{
	const char *text = "caf\xc3\xa9 \xe1\x8c\x8d\xe1\x8b\x95\xe1\x8b\x9d \xf0\x9f\x8c\x8d \xe2\x80\x99 \xe2\x82\xac /<>&' ~!";
	char want[80] = "\"";

	(void)state;
	strncat(want, text, sizeof(want) - 3);
	want[strlen(want)] = '"';
	json_z(&w, text);
	assert_written(want);
}

/* Each byte that needs care, at each place of the eight-byte stride. */
static void test_escape_at_every_offset(void **state)
{
	static const struct { const char *in, *out; } odd[] = {
		{ "\"", "\\\"" }, { "\\", "\\\\" }, { "\x1f", "\\u001f" }, { "\x01", "\\u0001" }, { "\x7f", "\\u007f" },
		{ "\xe2\x80\xa8", "\\u2028" }, { "\xe2\x80\xa9", "\\u2029" }, { "\xe2\x80\x94", "\xe2\x80\x94" },
		{ "\xc3\xa9", "\xc3\xa9" }, { " ", " " }, { "!", "!" }, { "~", "~" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		for (size_t before = 0; before < 20; before++) {
			for (size_t after = 0; after < 20; after++) {
				char in[64], want[64];
				size_t n = strlen(odd[i].in), m = strlen(odd[i].out);

				memset(in, 'x', before + n + after);
				memcpy(in + before, odd[i].in, n);
				want[0] = '"';
				memset(want + 1, 'x', before + m + after);
				memcpy(want + 1 + before, odd[i].out, m);
				memcpy(want + 1 + before + m + after, "\"", 2);
				buf_clear(&out);
				json_begin(&w, &out);
				json_str(&w, (struct str){ in, before + n + after });
				assert_written(want);
			}
		}
	}
}

/* A slice may end in the middle of what looks like a separator. */
static void test_cut_separator(void **state)
{
	(void)state;
	json_str(&w, (struct str){ "abcdefg\xe2\x80\xa8", 9 });
	assert_written("\"abcdefg\xe2\x80\"");
}

static void test_cap(void **state)
{
	static const char whole[] = "{\"k\":[1,\"a\"]}";

	(void)state;
	for (size_t cap = 0; cap <= sizeof(whole) - 1; cap++) {
		struct buf small;

		buf_init(&small, cap);
		json_begin(&w, &small);
		json_object(&w);
		json_key(&w, "k");
		json_array(&w);
		json_int(&w, 1);
		json_z(&w, "a");
		json_end_array(&w);
		json_end_object(&w);
		assert_int_equal(small.err, cap < sizeof(whole) - 1 ? ERR_LIMIT : ERR_OK);
		assert_true(small.n <= cap);
		if (small.n)
			assert_memory_equal(small.p, whole, small.n);
		buf_free(&small);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_structure, setup, teardown),
		cmocka_unit_test_setup_teardown(test_top_level_values_are_separated, setup, teardown),
		cmocka_unit_test_setup_teardown(test_escapes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_every_control_character, setup, teardown),
		cmocka_unit_test_setup_teardown(test_line_separators_and_delete, setup, teardown),
		cmocka_unit_test_setup_teardown(test_other_text_passes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_escape_at_every_offset, setup, teardown),
		cmocka_unit_test_setup_teardown(test_cut_separator, setup, teardown),
		cmocka_unit_test(test_cap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

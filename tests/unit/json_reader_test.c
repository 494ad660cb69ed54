/* SPDX-License-Identifier: Apache-2.0
 * Tests of json/reader: values, limits, and faults at their pointers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "json/reader.h"

#include <stdio.h>
#include <stdlib.h>

#define MEMORY (4 << 20)

static struct arena *arena;
static struct problem problem;

static int setup(void **state)
{
	(void)state;
	arena = arena_new(MEMORY);
	if (arena)
		problem_reset(&problem, arena);
	return arena ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static struct json parsed(const char *text)
{
	struct json v;
	enum err e = json_parse(arena, str_from(text), MEMORY, &problem, &v);

	if (e)
		fail_msg("%s: %s", text, e == ERR_REFUSED ? problem.detail : err_name(e));
	return v;
}

static void test_values(void **state)
{
	struct json o = parsed("{\"s\":\"caf\\u00e9 \\ud83c\\udf0d\",\"i\":-9223372036854775808,\"j\":9223372036854775807,"
			       "\"r\":1.5,\"t\":true,\"f\":false,\"n\":null,\"a\":[1,[],{}],\"o\":{\"x\":0}}");

	(void)state;
	assert_int_equal(json_type_of(o), JSON_T_OBJECT);
	assert_int_equal(json_type_of(json_member(o, "s")), JSON_T_STRING);
	assert_true(str_is(json_string(json_member(o, "s")), "caf\xc3\xa9 \xf0\x9f\x8c\x8d"));
	assert_int_equal(json_type_of(json_member(o, "i")), JSON_T_INT);
	assert_true(json_integer(json_member(o, "i")) == INT64_MIN);
	assert_true(json_integer(json_member(o, "j")) == INT64_MAX);
	assert_int_equal(json_type_of(json_member(o, "r")), JSON_T_REAL);
	assert_int_equal(json_type_of(json_member(o, "t")), JSON_T_BOOL);
	assert_true(json_boolean(json_member(o, "t")));
	assert_false(json_boolean(json_member(o, "f")));
	assert_int_equal(json_type_of(json_member(o, "f")), JSON_T_BOOL);
	assert_int_equal(json_type_of(json_member(o, "n")), JSON_T_NULL);
	assert_null(json_member(o, "absent").j);

	struct json a = json_member(o, "a");
	assert_int_equal(json_type_of(a), JSON_T_ARRAY);
	assert_int_equal(json_array_length(a), 3);
	assert_int_equal(json_integer(json_item(a, 0)), 1);
	assert_int_equal(json_array_length(json_item(a, 1)), 0);
	assert_int_equal(json_type_of(json_item(a, 2)), JSON_T_OBJECT);
	assert_null(json_item(a, 3).j);
	assert_int_equal(json_integer(json_member(json_member(o, "o"), "x")), 0);
	assert_int_equal(problem.status, 0);
	assert_int_equal(problem.n_faults, 0);
}

static void test_bare_values_and_space(void **state)
{
	(void)state;
	assert_int_equal(json_type_of(parsed(" \t\r\n null\n")), JSON_T_NULL);
	assert_int_equal(json_integer(parsed("0")), 0);
	assert_int_equal(json_integer(parsed("-0")), 0);
	assert_int_equal(json_type_of(parsed("1e2")), JSON_T_REAL);
	assert_true(str_is(json_string(parsed("\"\"")), ""));
}

static void test_members_in_order(void **state)
{
	struct json o = parsed("{\"b\":1,\"a\":2,\"c\":3,\"\":4,\"\\u00e9\":5}");
	static const char *const keys[] = { "b", "a", "c", "", "\xc3\xa9" };
	int64_t n = 0;

	(void)state;
	for (struct json_iter it = json_first(o); it.value.j; it = json_next(o, it)) {
		assert_true(n < 5);
		assert_true(str_is(it.key, keys[n]));
		assert_int_equal(json_integer(it.value), ++n);
	}
	assert_int_equal(n, 5);
	o = parsed("{}");
	assert_null(json_first(o).value.j);
}

static void test_many_members(void **state)
{
	enum { N = 1000 };
	char *text = malloc(N * 16 + 2), *p = text, key[16];

	(void)state;
	assert_non_null(text);
	*p++ = '{';
	for (int i = 0; i < N; i++)
		p += snprintf(p, 16, "%s\"k%d\":%d", i ? "," : "", i, i);
	*p++ = '}';
	*p = '\0';
	struct json o = parsed(text);
	for (int i = 0; i < N; i++) {
		snprintf(key, sizeof(key), "k%d", i);
		assert_int_equal(json_integer(json_member(o, key)), i);
	}
	free(text);
}

struct refusal {
	const char *text, *code, *pointer, *detail;
};

static void assert_refused(struct str text, const struct refusal *want)
{
	struct json v;
	enum err e = json_parse(arena, text, MEMORY, &problem, &v);

	if (e != ERR_REFUSED)
		fail_msg("%s: %s", want->text, err_name(e));
	assert_null(v.j);
	assert_int_equal(problem.status, 400);
	assert_int_equal(problem.n_faults, 1);
	if (strcmp(problem.code, want->code) != 0 || strcmp(problem.faults[0].pointer, want->pointer) != 0 ||
	    !strstr(problem.detail, want->detail))
		fail_msg("%s: %s at \"%s\": %s", want->text, problem.code, problem.faults[0].pointer, problem.detail);
	assert_string_equal(problem.faults[0].code, problem.code);
	assert_string_equal(problem.faults[0].detail, problem.detail);
	assert_null(problem.faults[0].parameter);
	problem_reset(&problem, arena);
}

static void test_refused(void **state)
{
	static const struct refusal cases[] = {
		{ "", "syntax", "", "Line 1, column 1: the body is empty" },
		{ " \n", "syntax", "", "the body is empty" },
		{ "{\"a\":1,\"a\":2}", "duplicate_key", "/a", "Line 1, column 8: this name occurs twice" },
		{ "{\"x\":[{\"a\":1},{\"b\":{\"c\":1,\"d\":2,\"c\":3}}]}", "duplicate_key", "/x/1/b/c", "twice" },
		{ "{\"a\":1,\"\\u0061\":2}", "duplicate_key", "/a", "twice" },
		{ "{\"a/b~c\":{\"\\u00e9\\n\":1,\"\xc3\xa9\\n\":2}}", "duplicate_key", "/a~1b~0c/\xc3\xa9\n", "twice" },
		{ "{\"\\ud83c\\udf0d\":1,\"\\ud83c\\udf0d\":2}", "duplicate_key", "/\xf0\x9f\x8c\x8d", "twice" },
		{ "[1,]", "syntax", "", "Line 1, column 4: a comma stands before the closing bracket" },
		{ "{\"a\":1,}", "syntax", "", "column 8: a comma stands before" },
		{ "[1,,2]", "syntax", "/2", "column 4: a value is missing" },
		{ "{a:1}", "syntax", "", "column 2: the name of a member stands in double quotes" },
		{ "{1:2}", "syntax", "", "the name of a member" },
		{ "{'a':1}", "syntax", "", "column 2: text stands in double quotes" },
		{ "{\"a\" 1}", "syntax", "/a", "column 6: a comma between values, or a colon" },
		{ "[1 2]", "syntax", "/0", "column 4: a comma between values" },
		{ "{\"a\":1 \"b\":2}", "syntax", "/a", "column 8: a comma between values" },
		{ "[01]", "syntax", "/0", "column 2: this is no number" },
		{ "[+1]", "syntax", "/0", "this is no number" },
		{ "[1, .5]", "syntax", "/1", "column 5: this is no number" },
		{ "[1.]", "syntax", "/0", "this is no number" },
		{ "[-]", "syntax", "/0", "this is no number" },
		{ "[NaN]", "syntax", "/0", "column 2: this is no value" },
		{ "{\"a\":True}", "syntax", "/a", "column 6: this is no value" },
		{ "tru", "syntax", "", "this is no value" },
		{ "[1, // x\n2]", "syntax", "/1", "column 5: JSON has no comments" },
		{ "# x", "syntax", "", "JSON has no comments" },
		{ "]", "syntax", "", "closes nothing" },
		{ "[1}", "syntax", "", "closes nothing" },
		{ ":", "syntax", "", "does not follow a name" },
		{ "{} x", "syntax", "", "column 4: more text follows" },
		{ "{\"a\":[1,\n  2", "syntax", "/a/1", "Line 2, column 4: the text ends too early" },
		{ "{\"a\":\"b", "syntax", "/a", "ends too early" },
		{ "{\n \"\xc3\xa9\": \"x\\q\"}", "syntax", "/\xc3\xa9", "Line 2, column 9: this escape does not exist" },
		{ "[\"\\u12\"]", "syntax", "/0", "this escape does not exist" },
		{ "[\"a\nb\"]", "syntax", "/0", "Line 1, column 4: a control character" },
		{ "[\"a\tb\"]", "syntax", "/0", "a control character" },
		{ "\xef\xbb\xbf{}", "syntax", "", "byte-order mark" },
		{ "[\"\\ud800\"]", "encoding", "/0", "column 2: this text escapes half" },
		{ "[\"\\udc00\\ud800\"]", "encoding", "/0", "half of a surrogate pair" },
		{ "{\"a\":{\"\\ud800\":1}}", "encoding", "/a/\xef\xbf\xbd", "half of a surrogate pair" },
		{ "[\"\\u0000\"]", "encoding", "/0", "\\u0000" },
		{ "{\"\\u0000x\":1}", "encoding", "/\xef\xbf\xbdx", "\\u0000" },
		{ "{\"a\":[\"ok\",\"\xff\"]}", "encoding", "/a/1", "column 13: the bytes here are not UTF-8" },
		{ "{\"a\":\"\xed\xa0\x80\"}", "encoding", "/a", "not UTF-8" },
		{ "{\"a\":[0,9223372036854775808]}", "number_range", "/a/1", "column 9: this number is out of range" },
		{ "[-9223372036854775809]", "number_range", "/0", "out of range" },
		{ "[1e999]", "number_range", "/0", "out of range" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_refused(str_from(cases[i].text), &cases[i]);
	assert_refused((struct str){ NULL, 0 }, &cases[0]);
	assert_refused((struct str){ "[1,\0]", 5 },
		       &(struct refusal){ "NUL byte", "encoding", "/1", "column 4: a NUL byte" });
	assert_refused((struct str){ "1\0garbage", 9 },
		       &(struct refusal){ "NUL byte after a value", "encoding", "", "column 2: a NUL byte" });
	/* The slice ends before the text that would make it whole. */
	assert_refused((struct str){ "[1]", 2 }, &(struct refusal){ "cut", "syntax", "/0", "ends too early" });
}

static void test_depth(void **state)
{
	char text[2 * (JSON_DEPTH_MAX + 1) + 1] = "";
	char pointer[2 * JSON_DEPTH_MAX + 1] = "";

	(void)state;
	memset(text, '[', JSON_DEPTH_MAX);
	memset(text + JSON_DEPTH_MAX, ']', JSON_DEPTH_MAX);
	assert_int_equal(json_type_of(parsed(text)), JSON_T_ARRAY);

	memset(text, '[', JSON_DEPTH_MAX + 1);
	memset(text + JSON_DEPTH_MAX + 1, ']', JSON_DEPTH_MAX + 1);
	for (int i = 0; i < JSON_DEPTH_MAX; i++)
		memcpy(pointer + 2 * i, "/0", 2);
	assert_refused(str_from(text), &(struct refusal){ "65 deep", "depth", pointer, "column 65: arrays and objects" });
	/* Brackets inside text do not count. */
	assert_int_equal(json_type_of(parsed("\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"[\"")),
			 JSON_T_STRING);
}

static void test_endless_depth(void **state)
{
	enum { N = 200000 };
	char *text = malloc(N);
	struct json v;

	(void)state;
	assert_non_null(text);
	for (int i = 0; i < N; i += 5)
		memcpy(text + i, "{\"a\":", 5);
	assert_int_equal(json_parse(arena, (struct str){ text, N }, MEMORY, &problem, &v), ERR_REFUSED);
	assert_string_equal(problem.code, "depth");
	free(text);
}

static void test_pointer_of_long_keys_stops_at_an_ancestor(void **state)
{
	enum { KEY = 5000 };
	char *text = malloc(KEY + 64);
	struct json v;

	(void)state;
	assert_non_null(text);
	size_t n = (size_t)snprintf(text, 64, "{\"short\":{\"");
	memset(text + n, 'k', KEY);
	n += KEY;
	n += (size_t)snprintf(text + n, 32, "\":[nope]}}");
	assert_int_equal(json_parse(arena, (struct str){ text, n }, MEMORY, &problem, &v), ERR_REFUSED);
	assert_string_equal(problem.faults[0].pointer, "/short");
	free(text);
}

static void test_budget(void **state)
{
	char text[3 * 1000 + 2];
	struct json v;

	(void)state;
	/* "[{},{},…,{}]": the bracket takes the last comma's place. */
	text[0] = '[';
	for (int i = 0; i < 1000; i++)
		memcpy(text + 1 + 3 * i, "{},", 3);
	text[3000] = ']';
	text[3001] = '\0';
	assert_int_equal(json_parse(arena, str_from(text), 20000, &problem, &v), ERR_NOMEM);
	assert_int_equal(problem.status, 413);
	assert_string_equal(problem.code, "too_large");
	assert_null(v.j);
	/* Enough budget, too little arena: not the client's fault. */
	struct arena *small = arena_new(20000);
	problem_reset(&problem, small);
	assert_int_equal(json_parse(small, str_from(text), MEMORY, &problem, &v), ERR_NOMEM);
	assert_int_equal(problem.status, 0);
	arena_free(small);
	problem_reset(&problem, arena);
	parsed(text);
}

static enum err parse_failing_at(unsigned long n, const char *text)
{
	struct arena *a = arena_new(MEMORY);
	struct problem p;
	struct json v;

	assert_non_null(a);
	problem_reset(&p, a);
	arena_fail_nth(n);
	enum err e = json_parse(a, str_from(text), MEMORY, &p, &v);
	arena_fail_nth(0);
	arena_free(a);
	return e;
}

static void test_every_allocation_failed(void **state)
{
	static const char good[] = "{\"a\":[1,2,3,4,5,6,7,8,9,\"text that is long enough to grow a buffer\"],\"b\":{\"c\":1.5,"
				   "\"d\":null},\"e\":1,\"f\":2,\"g\":3,\"h\":4,\"i\":5,\"j\":6,\"k\":7,\"l\":8,\"m\":9}";
	static const char bad[] = "{\"a\":[1,2,{\"b\":nope}]}";
	unsigned long n = 0;

	(void)state;
	while (parse_failing_at(++n, good) == ERR_NOMEM)
		assert_true(n < 1000);
	assert_true(n > 40);
	assert_int_equal(parse_failing_at(n, good), ERR_OK);
	for (n = 1; parse_failing_at(n, bad) == ERR_NOMEM; n++)
		assert_true(n < 1000);
	assert_true(n > 10);
}

static void test_pointers(void **state)
{
	(void)state;
	/* RFC 6901, 5 */
	assert_string_equal(json_pointer(arena, "", STR("foo")), "/foo");
	assert_string_equal(json_pointer(arena, "", STR("")), "/");
	assert_string_equal(json_pointer(arena, "", STR("a/b")), "/a~1b");
	assert_string_equal(json_pointer(arena, "", STR("m~n")), "/m~0n");
	assert_string_equal(json_pointer(arena, "", STR("c%d")), "/c%d");
	assert_string_equal(json_pointer(arena, "", STR(" ")), "/ ");
	assert_string_equal(json_pointer(arena, "/a", STR("~1")), "/a/~01");
	assert_string_equal(json_pointer_index(arena, "/foo", 0), "/foo/0");
	assert_string_equal(json_pointer_index(arena, "", 12345), "/12345");
	arena_fail_nth(1);
	assert_null(json_pointer(arena, "", STR("a")));
	arena_fail_nth(1);
	assert_null(json_pointer_index(arena, "", 1));
}

static void test_type_names(void **state)
{
	(void)state;
	assert_string_equal(json_type_name(JSON_T_STRING), "a string");
	assert_string_equal(json_type_name(JSON_T_REAL), "a number");
	for (int i = JSON_T_NULL; i <= JSON_T_OBJECT; i++)
		for (int j = JSON_T_NULL; j < i; j++)
			assert_string_not_equal(json_type_name((enum json_type)i), json_type_name((enum json_type)j));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_values, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bare_values_and_space, setup, teardown),
		cmocka_unit_test_setup_teardown(test_members_in_order, setup, teardown),
		cmocka_unit_test_setup_teardown(test_many_members, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_depth, setup, teardown),
		cmocka_unit_test_setup_teardown(test_endless_depth, setup, teardown),
		cmocka_unit_test_setup_teardown(test_pointer_of_long_keys_stops_at_an_ancestor, setup, teardown),
		cmocka_unit_test_setup_teardown(test_budget, setup, teardown),
		cmocka_unit_test(test_every_allocation_failed),
		cmocka_unit_test_setup_teardown(test_pointers, setup, teardown),
		cmocka_unit_test(test_type_names),
	};

	json_reader_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0
 * Tests of resource/known: what is known by which key, and for how long. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "resource/known.h"

enum { NOW = 3 * KNOWN_MS };

static struct arena *a;

static int begin(void **state)
{
	(void)state;
	a = arena_new(1 << 20);
	return known_open() == ERR_OK ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	known_close();
	arena_free(a);
	return 0;
}

static struct known_key key(enum known_kind kind, uint64_t now_ms, struct str first, struct str second)
{
	struct known_key k;

	known_begin(&k, kind, now_ms);
	known_add(&k, first);
	known_add(&k, second);
	return k;
}

static bool known(struct known_key k, uint64_t stamp)
{
	struct str text;

	return known_get(a, &k, stamp, &text) && str_is(text, "text");
}

static void test_by_key_and_stamp(void **state)
{
	struct known_key k = key(KNOWN_NO_CHAIN, NOW, STR("ab"), STR("c"));

	(void)state;
	assert_false(known(k, 7));
	known_put(&k, 7, STR("text"));
	assert_true(known(k, 7));
	assert_false(known(k, 6));
	assert_false(known(k, 8));
	assert_false(known(key(KNOWN_ESTIMATE, NOW, STR("ab"), STR("c")), 7));
	assert_false(known(key(KNOWN_NO_CHAIN, NOW, STR("a"), STR("bc")), 7));
	assert_false(known(key(KNOWN_NO_CHAIN, NOW, STR("abc"), STR("")), 7));
	known_put(&k, 8, STR("text"));
	assert_true(known(k, 8));
	assert_false(known(k, 7));
}

static void test_for_a_while(void **state)
{
	struct known_key k = key(KNOWN_ESTIMATE, NOW, STR("w"), STR(""));

	(void)state;
	known_put(&k, 0, STR("text"));
	assert_true(known(key(KNOWN_ESTIMATE, NOW + KNOWN_MS - 1, STR("w"), STR("")), 0));
	assert_false(known(key(KNOWN_ESTIMATE, NOW + KNOWN_MS, STR("w"), STR("")), 0));
	assert_false(known(key(KNOWN_ESTIMATE, NOW - 1, STR("w"), STR("")), 0));
}

static void test_a_key_too_long_is_never_known(void **state)
{
	char much[KNOWN_KEY_MAX] = { 0 };
	struct str part = { much, sizeof(much) };

	(void)state;
	struct known_key k = key(KNOWN_ESTIMATE, NOW, part, STR("w"));
	known_put(&k, 0, STR("text"));
	assert_false(known(k, 0));
	assert_false(known(key(KNOWN_ESTIMATE, NOW, STR("w"), STR("")), 0));
}

static void test_nothing_is_known_when_closed(void **state)
{
	struct known_key k = key(KNOWN_ESTIMATE, NOW, STR("w"), STR(""));

	known_put(&k, 0, STR("text"));
	end(state);
	assert_false(known_get(NULL, &k, 0, &(struct str){ 0 }));
	known_put(&k, 0, STR("text"));
	assert_int_equal(begin(state), 0);
	assert_false(known(k, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_by_key_and_stamp, begin, end),
		cmocka_unit_test_setup_teardown(test_for_a_while, begin, end),
		cmocka_unit_test_setup_teardown(test_a_key_too_long_is_never_known, begin, end),
		cmocka_unit_test_setup_teardown(test_nothing_is_known_when_closed, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0
 * Tests of base/lru: what is kept, what goes first, and how much room it takes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/lru.h"

enum { ROOM = 8192 };

static struct arena *a;

static int begin(void **state)
{
	*state = lru_new(ROOM);
	a = arena_new(1 << 20);
	return 0;
}

static int end(void **state)
{
	lru_free(*state);
	arena_free(a);
	return 0;
}

static bool kept(struct lru *l, const char *key, uint64_t stamp, const char *text)
{
	uint64_t at = 0;
	struct str found;

	return lru_get(l, a, str_from(key), &at, &found) == ERR_OK && at == stamp && str_eq(found, str_from(text));
}

static bool has(struct lru *l, const char *key)
{
	uint64_t at;
	struct str found;

	return lru_get(l, a, str_from(key), &at, &found) == ERR_OK;
}

static void test_keeps_by_key(void **state)
{
	struct lru *l = *state;
	char key[] = "k", text[] = "one";

	assert_false(has(l, "k"));
	lru_put(l, str_from(key), 1, str_from(text));
	key[0] = text[0] = 'x'; /* a copy is kept */
	assert_true(kept(l, "k", 1, "one"));
	assert_false(has(l, "x"));
	assert_false(has(l, "kk"));
	lru_put(l, STR("kk"), 2, STR(""));
	assert_true(kept(l, "kk", 2, ""));
	lru_put(l, STR("k"), UINT64_MAX, STR("two"));
	assert_true(kept(l, "k", UINT64_MAX, "two"));
	assert_int_equal(lru_use(l).texts, 2);
}

static void test_the_one_not_asked_for_goes_first(void **state)
{
	struct lru *l = *state;
	char text[900] = { 0 }, key[2] = "a";

	memset(text, 't', sizeof(text) - 1);
	for (; key[0] <= 'g'; key[0]++) /* seven of some 970 bytes fit, an eighth would too; a ninth does not */
		lru_put(l, str_from(key), 1, str_from(text));
	assert_true(has(l, "a"));
	lru_put(l, STR("h"), 1, str_from(text));
	lru_put(l, STR("i"), 1, str_from(text));
	assert_true(has(l, "a"));
	assert_false(has(l, "b"));
	assert_true(has(l, "c") && has(l, "h") && has(l, "i"));
	assert_true(lru_use(l).bytes <= ROOM);
	assert_int_equal(lru_use(l).texts, 8);
}

static void test_what_is_too_long_is_not_kept(void **state)
{
	struct lru *l = *state;
	char text[ROOM / 8 + 1] = { 0 };

	memset(text, 't', ROOM / 8);
	lru_put(l, STR("k"), 1, STR("short"));
	lru_put(l, STR("other"), 1, STR("short"));
	lru_put(l, STR("k"), 2, str_from(text)); /* and what had the key would be out of date */
	assert_false(has(l, "k"));
	assert_true(has(l, "other"));
	assert_int_equal(lru_use(l).texts, 1);
}

static void test_room_is_given_back(void **state)
{
	struct lru *l = *state;
	char key[8];

	for (int round = 0; round < 3; round++)
		for (int i = 0; i < 3000; i++) {
			int n = 0;
			for (int rest = i; rest; rest /= 10)
				key[n++] = (char)('0' + rest % 10);
			lru_put(l, (struct str){ key, (size_t)n }, 1, STR("text"));
		}
	assert_true(lru_use(l).bytes <= ROOM && lru_use(l).bytes > ROOM / 2);
	assert_true(has(l, "9992"));
	assert_false(has(l, "1"));
}

static void test_a_full_arena(void **state)
{
	struct lru *l = *state;
	struct arena *small = arena_new(256);
	char text[600] = { 0 };
	uint64_t at;
	struct str found;

	memset(text, 't', sizeof(text) - 1);
	lru_put(l, STR("k"), 1, str_from(text));
	assert_int_equal(lru_get(l, small, STR("k"), &at, &found), ERR_NOMEM);
	assert_true(kept(l, "k", 1, text));
	arena_free(small);
}

static void test_a_shared_room(void **state)
{
	static struct lru_shared shared = LRU_SHARED;

	(void)state;
	assert_int_equal(lru_come(&shared, ROOM), ERR_OK);
	struct lru *room = shared.room;
	assert_non_null(room);
	assert_int_equal(lru_come(&shared, ROOM), ERR_OK);
	assert_ptr_equal(shared.room, room);
	lru_put(room, STR("k"), 1, STR("text"));
	assert_false(lru_go(&shared));
	assert_true(kept(shared.room, "k", 1, "text"));
	assert_true(lru_go(&shared));
	assert_null(shared.room);
	assert_int_equal(lru_come(&shared, 0), ERR_OK);
	assert_null(shared.room);
	assert_true(lru_go(&shared));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_keeps_by_key, begin, end),
		cmocka_unit_test_setup_teardown(test_the_one_not_asked_for_goes_first, begin, end),
		cmocka_unit_test_setup_teardown(test_what_is_too_long_is_not_kept, begin, end),
		cmocka_unit_test_setup_teardown(test_room_is_given_back, begin, end),
		cmocka_unit_test_setup_teardown(test_a_full_arena, begin, end),
		cmocka_unit_test_setup_teardown(test_a_shared_room, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

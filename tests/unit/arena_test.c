/* SPDX-License-Identifier: Apache-2.0
 * Tests of base/arena: cap, alignment, zeroing, cleanups, fault injection. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/arena.h"


static char trace[16], marks[] = "1234x";

static void note(void *arg)
{
	size_t n = strlen(trace);

	if (n + 1 < sizeof(trace)) {
		trace[n] = *(const char *)arg;
		trace[n + 1] = '\0';
	}
}

static void test_zeroed_and_aligned(void **state)
{
	struct arena *a = arena_new(1 << 20);

	(void)state;
	assert_non_null(a);
	for (int round = 0; round < 2; round++) {
		for (size_t n = 0; n < 300; n++) {
			unsigned char *p = arena_alloc(a, n);

			assert_non_null(p);
			assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
			for (size_t i = 0; i < n; i++)
				assert_int_equal(p[i], 0);
			memset(p, 0xff, n);
		}
		/* The second round gets the dirty memory of the first one. */
		arena_reset(a);
		assert_int_equal(arena_used(a), 0);
	}
	arena_free(a);
}

static void test_pieces_do_not_overlap(void **state)
{
	struct arena *a = arena_new(4 << 20);
	enum { N = 200, SIZE = 5000 };
	unsigned char *p[N];

	(void)state;
	for (int i = 0; i < N; i++) {
		p[i] = arena_alloc(a, SIZE);
		assert_non_null(p[i]);
		memset(p[i], i, SIZE);
	}
	for (int i = 0; i < N; i++) {
		assert_int_equal(p[i][0], i);
		assert_int_equal(p[i][SIZE - 1], i);
	}
	arena_free(a);
}

static void test_cap(void **state)
{
	struct arena *a = arena_new(1024);

	(void)state;
	assert_non_null(arena_alloc(a, 1000));
	assert_null(arena_alloc(a, 100));
	/* A refusal takes nothing: 1000 counts as 1008, and 16 are left. */
	assert_non_null(arena_alloc(a, 16));
	assert_null(arena_alloc(a, 0));
	assert_int_equal(arena_used(a), 1024);
	arena_reset(a);
	assert_non_null(arena_alloc(a, 1024));
	assert_null(arena_alloc(a, 1));
	arena_free(a);
}

static void test_cap_beyond_blocks(void **state)
{
	struct arena *a = arena_new(1 << 20);

	(void)state;
	assert_null(arena_alloc(a, (1 << 20) + 1));
	assert_null(arena_alloc(a, SIZE_MAX));
	assert_null(arena_alloc(a, SIZE_MAX - 8));
	assert_non_null(arena_alloc(a, 1 << 20));
	assert_null(arena_alloc(a, 1));
	arena_free(a);
}

static void test_no_piece_is_free(void **state)
{
	struct arena *a = arena_new(64);
	int n = 0;

	(void)state;
	while (n < 100 && arena_alloc(a, 0))
		n++;
	assert_int_equal(n, 4);
	arena_free(a);
}

static void test_room(void **state)
{
	struct arena *a = arena_new(1 << 20), *small = arena_new(256);
	size_t cap = 0, none = 0;
	int *items = arena_room(a, NULL, 0, &cap, 0, sizeof(*items));

	(void)state;
	assert_non_null(items);
	assert_true(cap > 0);
	for (int i = 0; i < 1000; i++) {
		size_t before = cap;
		int *more = arena_room(a, items, (size_t)i, &cap, 1, sizeof(*items));
		assert_non_null(more);
		assert_true(more == items ? cap == before && (size_t)i < before : cap >= 2 * before);
		items = more;
		items[i] = i;
	}
	for (int i = 0; i < 1000; i++)
		assert_int_equal(items[i], i);
	assert_true(cap >= 1000);
	items = arena_room(a, items, 1000, &cap, 9000, sizeof(*items));
	assert_non_null(items);
	assert_true(cap >= 10000);
	assert_int_equal(items[999], 999);
	assert_int_equal(items[9999], 0);
	assert_null(arena_room(small, NULL, 0, &none, 1000, 8));
	assert_null(arena_room(a, items, 1000, &cap, SIZE_MAX, sizeof(*items)));
	assert_int_equal(none, 0);
	arena_free(a);
	arena_free(small);
}

static void test_array_overflow(void **state)
{
	struct arena *a = arena_new(SIZE_MAX);

	(void)state;
	assert_null(arena_array(a, SIZE_MAX / 2, 3));
	assert_null(arena_array(a, SIZE_MAX, 1));
	assert_non_null(arena_array(a, 10, 3));
	assert_non_null(arena_array(a, 0, 8));
	arena_free(a);
}

static void test_text(void **state)
{
	struct arena *a = arena_new(1 << 20);
	char long_text[1001];

	(void)state;
	struct str s = arena_dup(a, (struct str){ "visits", 5 });
	assert_int_equal(s.n, 5);
	assert_string_equal(s.p, "visit");
	s = arena_dup(a, (struct str){ NULL, 0 });
	assert_string_equal(s.p, "");
	assert_int_equal(s.n, 0);

	s = arena_printf(a, "%s-%d", "x", 7);
	assert_int_equal(s.n, 3);
	assert_string_equal(s.p, "x-7");
	memset(long_text, 'y', 1000);
	long_text[1000] = '\0';
	s = arena_printf(a, "%s", long_text);
	assert_int_equal(s.n, 1000);
	assert_string_equal(s.p, long_text);
	arena_free(a);

	a = arena_new(64);
	assert_null(arena_printf(a, "%s", long_text).p);
	assert_null(arena_dup(a, str_from(long_text)).p);
	arena_free(a);
}

static void test_cleanups_run_backwards_and_once(void **state)
{
	struct arena *a = arena_new(4096);

	(void)state;
	trace[0] = '\0';
	assert_int_equal(arena_defer(a, note, &marks[1 - 1]), ERR_OK);
	assert_int_equal(arena_defer(a, note, &marks[2 - 1]), ERR_OK);
	assert_int_equal(arena_defer(a, note, &marks[3 - 1]), ERR_OK);
	assert_string_equal(trace, "");
	arena_reset(a);
	assert_string_equal(trace, "321");
	assert_int_equal(arena_defer(a, note, &marks[4 - 1]), ERR_OK);
	arena_free(a);
	assert_string_equal(trace, "3214");
	arena_free(NULL);
}

static void test_cleanup_that_finds_no_room_runs_at_once(void **state)
{
	struct arena *a = arena_new(16);

	(void)state;
	trace[0] = '\0';
	assert_non_null(arena_alloc(a, 16));
	assert_int_equal(arena_defer(a, note, &marks[4]), ERR_NOMEM);
	assert_string_equal(trace, "x");
	arena_free(a);
	assert_string_equal(trace, "x");
}

static void test_fault_injection(void **state)
{
	struct arena *a = arena_new(4096);

	(void)state;
	arena_fail_nth(3);
	assert_non_null(arena_alloc(a, 1));
	assert_non_null(arena_alloc(a, 1));
	assert_null(arena_alloc(a, 1));
	assert_non_null(arena_alloc(a, 1));
	arena_fail_nth(1);
	arena_fail_nth(0);
	assert_non_null(arena_alloc(a, 1));
	arena_fail_nth(1);
	assert_null(arena_dup(a, STR("x")).p);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_zeroed_and_aligned),
		cmocka_unit_test(test_pieces_do_not_overlap),
		cmocka_unit_test(test_cap),
		cmocka_unit_test(test_cap_beyond_blocks),
		cmocka_unit_test(test_no_piece_is_free),
		cmocka_unit_test(test_room),
		cmocka_unit_test(test_array_overflow),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_cleanups_run_backwards_and_once),
		cmocka_unit_test(test_cleanup_that_finds_no_room_runs_at_once),
		cmocka_unit_test(test_fault_injection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

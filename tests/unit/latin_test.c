/* SPDX-License-Identifier: Apache-2.0
 * Tests of base/latin: names of any script in plain Latin letters.  Expected values are by the published
 * romanisation tables (ISO 9 and BGN/PCGN for Cyrillic, the academy's for Hebrew) without their signs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/latin.h"

#include <pthread.h>

static void is(const char *from, const char *letters)
{
	struct arena *a = arena_new(1 << 20);
	struct str out;

	assert_int_equal(latin_of(a, str_from(from), &out), ERR_OK);
	if (!str_is(out, letters))
		fail_msg("%s: %.*s, not %s", from, STR_ARG(out), letters);
	arena_free(a);
}

static void test_letters(void **state)
{
	(void)state;
	is("", "");
	is("  IOM -- Kenya. ", "iom kenya");
	is("Côte d’Ivoire", "cote divoire");
	is("İstanbul Göç İdaresi", "istanbul goc idaresi");
	is("Кыргыз Республикасы", "kyrgyz respublikasy");
	is("משרד הפנים", "msrd hpnym");
	is("Υπουργείο", "ypourgeio");
	is("საქართველო", "sakartvelo");
	is("№ 5 – 7", "no 5 7");
}

static void meet(const char *one, const char *other)
{
	struct arena *a = arena_new(1 << 20);
	struct str x, y;

	assert_int_equal(latin_of(a, str_from(one), &x), ERR_OK);
	assert_int_equal(latin_plain(a, x, &x), ERR_OK);
	assert_int_equal(latin_of(a, str_from(other), &y), ERR_OK);
	assert_int_equal(latin_plain(a, y, &y), ERR_OK);
	if (!str_eq(x, y))
		fail_msg("%s: %.*s; %s: %.*s", one, STR_ARG(x), other, STR_ARG(y));
	arena_free(a);
}

static void test_transliterations_by_several_rules_meet(void **state)
{
	(void)state;
	meet("Кыргыз", "Kirgiz");
	meet("Министерство внутренних дел", "Ministerstvo vnutrennikh del");
	meet("Міністерство юстиції", "Ministerstvo yustytsii");
	meet("Россия", "Rossiya");
	meet("Мохаммед", "Mohamed");
}

static void test_other_words_do_not(void **state)
{
	struct arena *a = arena_new(1 << 20);
	struct str x, y;

	(void)state;
	assert_int_equal(latin_plain(a, STR("police"), &x), ERR_OK);
	assert_int_equal(latin_plain(a, STR("policy"), &y), ERR_OK);
	assert_false(str_eq(x, y));
	assert_true(str_is(y, "polici"));
	arena_free(a);
}

static void test_memory_out_is_told(void **state)
{
	(void)state;
	for (unsigned long n = 1; n <= 3; n++) {
		struct arena *a = arena_new(1 << 20);
		struct str out;
		arena_fail_nth(n);
		assert_int_equal(latin_of(a, STR("Кыргыз"), &out), ERR_NOMEM);
		arena_fail_nth(0);
		arena_free(a);
	}
}

static void *work(void *arg)
{
	(void)arg;
	for (int i = 0; i < 200; i++) {
		struct arena *a = arena_new(1 << 20);
		struct str out;
		bool right = latin_of(a, STR("Кыргыз Республикасы"), &out) == ERR_OK && str_is(out, "kyrgyz respublikasy");
		arena_free(a);
		if (!right)
			return (void *)1;
	}
	return NULL;
}

static void test_threads_share_it(void **state)
{
	pthread_t thread[4];

	(void)state;
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, work, NULL), 0);
	for (size_t i = 0; i < 4; i++) {
		void *fault;
		assert_int_equal(pthread_join(thread[i], &fault), 0);
		assert_null(fault);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_letters),
		cmocka_unit_test(test_transliterations_by_several_rules_meet),
		cmocka_unit_test(test_other_words_do_not),
		cmocka_unit_test(test_memory_out_is_told),
		cmocka_unit_test(test_threads_share_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

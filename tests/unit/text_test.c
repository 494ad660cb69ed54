/* SPDX-License-Identifier: Apache-2.0
 * Tests of base/text: UTF-8, normal forms, folding, nearest spelling, base64url. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/text.h"

#define MEMORY (1 << 20)

static void test_well_formed(void **state)
{
	static const char *const good[] = {
		"", "a", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf",
		"\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "1234567\xc3\xa9zzzzzzzz", "\xe1\x8c\x8d\xe1\x8b\x95\xe1\x8b\x9d",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (!text_utf8_valid(str_from(good[i])))
			fail_msg("refused number %zu", i);
	assert_true(text_utf8_valid((struct str){ NULL, 0 }));
	assert_true(text_utf8_valid(STR("a\0b")));
}

static void test_malformed(void **state)
{
	static const struct { const char *text; size_t span; } bad[] = {
		{ "\x80", 0 }, { "\xbf", 0 }, { "a\xc0\x80", 1 }, { "\xc1\xbf", 0 }, { "\xe0\x9f\xbf", 0 },
		{ "\xed\xa0\x80", 0 }, { "\xed\xbf\xbf", 0 }, { "\xf0\x8f\xbf\xbf", 0 }, { "\xf4\x90\x80\x80", 0 },
		{ "\xf5\x80\x80\x80", 0 }, { "\xff", 0 }, { "\xfe", 0 }, { "abcdefgh\xc3", 8 }, { "\xc3\xa9\xe1\x8c", 2 },
		{ "\xf0\x90\x80", 0 }, { "\xc3z", 0 }, { "\xe1\x8cz", 0 }, { "\xf0\x90\x80z", 0 }, { "12345678\xff", 8 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct str s = str_from(bad[i].text);

		if (text_utf8_valid(s))
			fail_msg("accepted number %zu", i);
		assert_int_equal(text_utf8_span(s), bad[i].span);
	}
	/* Cut short by the slice, although the byte after it would complete the character. */
	assert_false(text_utf8_valid((struct str){ "\xc3\xa9", 1 }));
}

static void test_length(void **state)
{
	(void)state;
	assert_int_equal(text_length(STR("")), 0);
	assert_int_equal(text_length(STR("Nairobi")), 7);
	assert_int_equal(text_length(STR("\xc3\x89\xe1\x8c\x8d\xf0\x9f\x8c\x8d")), 3);
	assert_int_equal(text_length(STR("e\xcc\x81")), 2);
}

static void test_brief(void **state)
{
	static const struct { const char *text; size_t max; const char *brief; } cases[] = {
		{ "", 5, "" }, { "Nairobi", 7, "Nairobi" }, { "Nairobi", 6, "Nairob…" }, { "one two three", 7, "one two…" },
		{ "one two three", 8, "one two…" }, { "one two three", 6, "one…" }, { " leading", 3, " le…" },
		{ "Éthiopie ኢትዮጵያ", 8, "Éthiopie…" }, { "ኢትዮጵያ", 2, "ኢት…" },
	};
	struct arena *a = arena_new(MEMORY);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct str got = text_brief(a, str_from(cases[i].text), cases[i].max);
		if (!str_is(got, cases[i].brief))
			fail_msg("%s in %zu: %.*s", cases[i].text, cases[i].max, STR_ARG(got));
	}
	arena_free(a);
}

static void test_nfc_is_the_same_slice(void **state)
{
	static const char *const composed[] = {
		"", "plain", "Caf\xc3\xa9", "\xca\xbbOkina", "\xe1\x83\x97\xe1\x83\x91", "\xe1\x8c\x8d\xe1\x8b\x95",
		"\xd9\x85\xd9\x8f\xd8\xad", "\xe1\xba\xbf", "q\xcc\x81",
	};
	struct arena *a = arena_new(MEMORY);
	struct str out;

	(void)state;
	for (size_t i = 0; i < sizeof(composed) / sizeof(composed[0]); i++) {
		assert_int_equal(text_nfc(a, str_from(composed[i]), &out), ERR_OK);
		assert_ptr_equal(out.p, composed[i]);
		assert_int_equal(out.n, strlen(composed[i]));
	}
	arena_free(a);
}

static void test_nfc_composes(void **state)
{
	static const struct { const char *in, *out; } cases[] = {
		{ "e\xcc\x81", "\xc3\xa9" },                             /* e + U+0301 */
		{ "Cafe\xcc\x81s", "Caf\xc3\xa9s" },
		{ "\xe2\x84\xab", "\xc3\x85" },                          /* U+212B, angstrom sign */
		{ "a\xcc\x87\xcc\xa3", "\xe1\xba\xa1\xcc\x87" },         /* dot below is ordered first: U+1EA1 U+0307 */
		{ "\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab", "\xed\x95\x9c" }, /* Hangul */
		{ "\xef\xac\x81", "\xef\xac\x81" },                      /* compatibility ligatures stay */
	};
	struct arena *a = arena_new(MEMORY);
	struct str out;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(text_nfc(a, str_from(cases[i].in), &out), ERR_OK);
		assert_int_equal(out.n, strlen(cases[i].out));
		assert_memory_equal(out.p, cases[i].out, out.n);
	}
	arena_free(a);
}

static void test_nfc_of_long_text(void **state)
{
	enum { N = 3000 };
	struct arena *a = arena_new(MEMORY);
	char in[3 * N];
	struct str out;

	(void)state;
	for (int i = 0; i < N; i++)
		memcpy(in + 3 * i, "e\xcc\x81", 3);
	assert_int_equal(text_nfc(a, (struct str){ in, sizeof(in) }, &out), ERR_OK);
	assert_int_equal(out.n, 2 * N);
	for (int i = 0; i < N; i++)
		assert_memory_equal(out.p + 2 * i, "\xc3\xa9", 2);
	arena_free(a);
}

static const struct { const char *in, *out; } folds[] = {
	{ "", "" },
	{ "Nairobi CITY", "nairobi city" },
	{ "\xc3\x89", "e" },
	{ "E\xcc\x81", "e" },
	{ "C\xc3\xb4te d'Ivoire", "cote d'ivoire" },
	{ "C\xc3\xb4te d\xe2\x80\x99Ivoire", "cote d'ivoire" },
	{ "Stra\xc3\x9f" "e", "strasse" },
	{ "\xca\xbbOkina", "okina" },                                  /* U+02BB is dropped */
	{ "Nuku\xca\xbb" "alofa", "nukualofa" },
	{ "\xc4\xb0stanbul", "istanbul" },                             /* U+0130 */
	{ "\xce\xa3\xce\x91\xce\xa3 \xcf\x83\xce\xb1\xcf\x82", "\xcf\x83\xce\xb1\xcf\x83 \xcf\x83\xce\xb1\xcf\x83" },
	{ "\xef\xac\x81n", "fin" },                                    /* ligature fi */
	{ "\xef\xbc\xab\xef\xbc\xa5", "ke" },                          /* full-width KE */
	{ "Tr\xe1\xba\xa7n", "tran" },
	/* Arabic: harakat and tatweel go, letters stay. */
	{ "\xd9\x85\xd9\x8f\xd8\xad\xd9\x8e\xd9\x85\xd9\x8e\xd9\x91\xd8\xaf", "\xd9\x85\xd8\xad\xd9\x85\xd8\xaf" },
	{ "\xd9\x85\xd9\x80\xd9\x80\xd8\xad\xd9\x85\xd8\xaf", "\xd9\x85\xd8\xad\xd9\x85\xd8\xaf" },
	/* Georgian: Mkhedruli stays, Mtavruli (U+1C97) becomes it. */
	{ "\xe1\x83\x97\xe1\x83\x91\xe1\x83\x98\xe1\x83\x9a\xe1\x83\x98\xe1\x83\xa1\xe1\x83\x98",
	  "\xe1\x83\x97\xe1\x83\x91\xe1\x83\x98\xe1\x83\x9a\xe1\x83\x98\xe1\x83\xa1\xe1\x83\x98" },
	{ "\xe1\xb2\x97", "\xe1\x83\x97" },
	/* Ge'ez: the name of the script with either letter for its second sound */
	{ "\xe1\x8c\x8d\xe1\x8a\xa5\xe1\x8b\x9d", "\xe1\x8c\x8d\xe1\x8a\xa5\xe1\x8b\x9d" },
	{ "\xe1\x8c\x8d\xe1\x8b\x95\xe1\x8b\x9d", "\xe1\x8c\x8d\xe1\x8a\xa5\xe1\x8b\x9d" },
	/* Marks that make another letter stay: Devanagari vowel sign u and virama, kana voicing. */
	{ "\xe0\xa4\x95\xe0\xa5\x81", "\xe0\xa4\x95\xe0\xa5\x81" },
	{ "\xe0\xa4\x95\xe0\xa5\x8d", "\xe0\xa4\x95\xe0\xa5\x8d" },
	{ "\xe3\x81\x8c", "\xe3\x81\x8c" },
	{ "\xed\x95\x9c", "\xed\x95\x9c" },                            /* Hangul is composed again */
	/* Soft hyphen, zero-width joiner, right-to-left mark */
	{ "a\xc2\xad" "b\xe2\x80\x8d" "c\xe2\x80\x8f" "d", "abcd" },
	{ "\xcc\x81", "" },
};

static void test_fold(void **state)
{
	struct arena *a = arena_new(MEMORY);
	struct str out, again;

	(void)state;
	for (size_t i = 0; i < sizeof(folds) / sizeof(folds[0]); i++) {
		assert_int_equal(text_fold(a, str_from(folds[i].in), &out), ERR_OK);
		assert_int_equal(out.n, strlen(folds[i].out));
		assert_memory_equal(out.p, folds[i].out, out.n);
		assert_int_equal(text_fold(a, out, &again), ERR_OK);
		assert_true(str_eq(out, again));
	}
	arena_free(a);
}

/* U+FDFA becomes 18 characters: the most that normalisation may add. */
static void test_fold_of_growing_text(void **state)
{
	enum { N = 400 };
	struct arena *a = arena_new(4 * MEMORY);
	char in[3 * N];
	struct str out, one;

	(void)state;
	for (int i = 0; i < N; i++)
		memcpy(in + 3 * i, "\xef\xb7\xba", 3);
	assert_int_equal(text_fold(a, (struct str){ in, 3 }, &one), ERR_OK);
	assert_int_equal(text_length(one), 18);
	assert_int_equal(text_fold(a, (struct str){ in, sizeof(in) }, &out), ERR_OK);
	assert_int_equal(out.n, N * one.n);
	arena_free(a);
}

/* By the general categories and properties of the Unicode Character Database. */
static void test_what_shows(void **state)
{
	static const char *const nothing[] = {
		"", " ", " \t\n", "\x7f", "\xc2\x85", "\xc2\xa0", "\xc2\xad",                /* controls, no-break space, soft hyphen */
		"\xe2\x80\x8d", "\xe2\x80\x8f", "\xef\xbb\xbf", "\xe2\x80\x8b \xe2\x81\xa0", /* ZWJ, RLM, BOM, ZWSP, word joiner */
		"\xcc\x81", " \xcc\x81\xcc\xa7", "\xe0\xa4\xbe", "\xe2\x83\x9d",         /* accents, a vowel sign (Mc), an enclosing circle (Me) */
		"\xe3\x80\x80", "\xe2\x80\xa8\xe2\x80\xa9",                             /* ideographic space, line and paragraph separator */
		"\xe3\x85\xa4", "\xef\xbe\xa0", "\xe1\x85\x9f", "\xe2\xa0\x80",          /* Hangul fillers (letters), the empty braille cell */
		"\xef\xb8\x8f", "\xf3\xa0\x81\x81", "\xe1\xa0\x8e", "\xef\xbf\xbf",     /* variation selector, tag, Mongolian separator, no character */
	};
	static const char *const something[] = {
		"A", "7", "-", "'", " \xca\xbb", "\xd9\x85", "\xe0\xa4\x95\xe0\xa5\x81", "\xe1\x8c\x8d", ("\xe2\x80\x8d" "a"), "\xd9\xa3",
		"\xe2\x82\xac", "\xf0\x9f\x87\xb0", "\xe2\xa0\x81", "\xee\x80\x80", "\xf0\xbf\xbf\xb0", /* private, unassigned */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(nothing) / sizeof(nothing[0]); i++)
		assert_false(text_shows(str_from(nothing[i])));
	for (size_t i = 0; i < sizeof(something) / sizeof(something[0]); i++)
		assert_true(text_shows(str_from(something[i])));
}

static void test_every_allocation_failed(void **state)
{
	char in[900];
	struct str out;

	(void)state;
	for (size_t i = 0; i < sizeof(in); i += 3)
		memcpy(in + i, "E\xcc\x81", 3);
	for (int fold = 0; fold < 2; fold++) {
		enum err e = ERR_NOMEM;
		unsigned long n = 0;

		while (e == ERR_NOMEM && n < 100) {
			struct arena *a = arena_new(MEMORY);
			struct str s = { in, sizeof(in) };

			arena_fail_nth(++n);
			e = fold ? text_fold(a, s, &out) : text_nfc(a, s, &out);
			arena_fail_nth(0);
			arena_free(a);
		}
		assert_int_equal(e, ERR_OK);
		assert_true(n > 2);
	}
}

static void test_nearest(void **state)
{
	static const char *const names[] = { "country", "dates", "place", "id", "purpose", NULL };

	(void)state;
	assert_string_equal(text_nearest(STR("country"), names), "country");
	assert_string_equal(text_nearest(STR("contry"), names), "country");
	assert_string_equal(text_nearest(STR("conutry"), names), "country");   /* neighbours swapped */
	assert_string_equal(text_nearest(STR("date"), names), "dates");
	assert_string_equal(text_nearest(STR("plcae"), names), "place");
	assert_string_equal(text_nearest(STR("di"), names), "id");
	assert_null(text_nearest(STR("ab"), names));                           /* two edits, one allowed */
	assert_null(text_nearest(STR("plxxe"), names));
	assert_string_equal(text_nearest(STR("purxxse"), names), "purpose");   /* two of seven */
	assert_null(text_nearest(STR("puxxxse"), names));
	assert_null(text_nearest(STR(""), names));
	assert_null(text_nearest(STR("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"), names));
	assert_null(text_nearest(STR("country"), (const char *const[]){ NULL }));
}

static void test_nearest_allows_three_edits_at_most(void **state)
{
	static const char *const names[] = { "abcdefghijklmnopqrst", NULL };

	(void)state;
	assert_string_equal(text_nearest(STR("abcdefghijklmnopqxxx"), names), names[0]);
	assert_null(text_nearest(STR("abcdefghijklmnopxxxx"), names));
	assert_string_equal(text_nearest(STR("abcdefghijklmnopq"), names), names[0]);
	assert_null(text_nearest(STR("abcdefghijklmnop"), names));
}

/* RFC 4648, 10, without the padding. */
static void test_base64url_vectors(void **state)
{
	static const char *const pairs[][2] = {
		{ "", "" }, { "f", "Zg" }, { "fo", "Zm8" }, { "foo", "Zm9v" }, { "foob", "Zm9vYg" },
		{ "fooba", "Zm9vYmE" }, { "foobar", "Zm9vYmFy" },
	};
	struct arena *a = arena_new(MEMORY);
	struct str bytes;

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		assert_string_equal(text_base64url(a, str_from(pairs[i][0])).p, pairs[i][1]);
		assert_true(text_unbase64url(a, str_from(pairs[i][1]), &bytes));
		assert_true(str_is(bytes, pairs[i][0]));
	}
	/* 62 and 63 differ from plain base64. */
	assert_string_equal(text_base64url(a, STR("\xfb\xff")).p, "-_8");
	assert_true(text_unbase64url(a, STR("-_8"), &bytes));
	assert_true(str_eq(bytes, STR("\xfb\xff")));
	arena_free(a);
}

static void test_base64url_refused(void **state)
{
	static const char *const bad[] = { "A", "AAAAA", "Zg==", "Zg=", "+_8", "/w", "Z g", "Zh", "Zm9", "Zm 9v", "\xc3\xa9" };
	struct arena *a = arena_new(MEMORY);
	struct str bytes;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (text_unbase64url(a, str_from(bad[i]), &bytes))
			fail_msg("accepted: %s", bad[i]);
	arena_fail_nth(1);
	assert_false(text_unbase64url(a, STR("Zg"), &bytes));
	arena_fail_nth(1);
	assert_null(text_base64url(a, STR("f")).p);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_well_formed),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_length),
		cmocka_unit_test(test_brief),
		cmocka_unit_test(test_nfc_is_the_same_slice),
		cmocka_unit_test(test_nfc_composes),
		cmocka_unit_test(test_nfc_of_long_text),
		cmocka_unit_test(test_fold),
		cmocka_unit_test(test_fold_of_growing_text),
		cmocka_unit_test(test_what_shows),
		cmocka_unit_test(test_every_allocation_failed),
		cmocka_unit_test(test_nearest),
		cmocka_unit_test(test_nearest_allows_three_edits_at_most),
		cmocka_unit_test(test_base64url_vectors),
		cmocka_unit_test(test_base64url_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

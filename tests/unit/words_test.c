/* SPDX-License-Identifier: Apache-2.0
 * Tests of base/words: spellings that must meet, script by script, and the rules of its header. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/words.h"

#include <pthread.h>

#define MEMORY (1 << 20)

static struct str joined(struct arena *a, const char *text, enum words_use use)
{
	struct words w;
	struct str out = STR("");

	assert_int_equal(words_of(a, str_from(text), use, &w), ERR_OK);
	for (size_t i = 0; i < w.n; i++) {
		out = arena_printf(a, "%.*s%s%.*s", STR_ARG(out), i ? " " : "", STR_ARG(w.item[i]));
		assert_non_null(out.p);
	}
	return out;
}

static void is(struct arena *a, const char *text, enum words_use use, const char *words)
{
	struct str got = joined(a, text, use);

	if (!str_is(got, words))
		fail_msg("%s: %.*s, not %s", text, STR_ARG(got), words);
}

/* What is asked by each spelling is what is asked by the first. */
static const char *const spellings[][6] = {
	{ "Aisha", "\u2019Aisha", "\u2018AISHA", "\u02bf\u0100\u02beisha", "'A\u02bcisha", "A\u00efsha" },
	{ "Ngugi", "Ng\u0169g\u0129", "NGUGI", "Ngu\u0303gi\u0303" },
	{ "Nganga", "Ng'ang'a", "Ng\u2019ang\u2019a", "Ng`ang\u00b4a", "NG\u02bcANG\u02bcA" },
	{ "Lodz", "\u0141\u00f3d\u017a" },
	{ "Strasse", "Stra\u00dfe", "STRA\u1e9eE" },
	{ "aero", "\u00e6r\u00f8", "\u00c6R\u00d8" },
	{ "Diyarbakir", "Diyarbak\u0131r", "D\u0130YARBAKIR" },
	{ "Dong Da", "\u0110\u1ed1ng \u0110a", "\u0111\u00f4ng-\u0111a" },
	{ "okpo", "\u0254kp\u0254" },
	{ "\u0645\u062d\u0645\u062f", "\u0645\u064f\u062d\u064e\u0645\u0651\u064e\u062f", "\u0645\u0640\u0640\u062d\u0645\u062f" },
	/* alef with hamza above and below, madda, wasla; teh marbuta and heh; alef maksura, yeh, Farsi yeh; keheh */
	{ "\u0627\u062d\u0645\u062f", "\u0623\u062d\u0645\u062f", "\u0625\u062d\u0645\u062f", "\u0622\u062d\u0645\u062f", "\u0671\u062d\u0645\u062f" },
	{ "\u0641\u0627\u0637\u0645\u0629", "\u0641\u0627\u0637\u0645\u0647" },
	{ "\u0645\u0635\u0637\u0641\u0649", "\u0645\u0635\u0637\u0641\u064a", "\u0645\u0635\u0637\u0641\u06cc" },
	{ "\u0643\u0631\u064a\u0645", "\u06a9\u0631\u06cc\u0645" },
	{ "\u0627\u0644\u0647\u062c\u0631\u0629", "\u0647\u062c\u0631\u0629", "\u0648\u0627\u0644\u0647\u062c\u0631\u0629", "\u0644\u0644\u0647\u062c\u0631\u0629" },
	{ "\u0662\u0660\u0661\u0668", "2018", "\u06f2\u06f0\u06f1\u06f8" },
	/* Hebrew: shalom with and without points; Tzahal by gershayim, quotation mark and plain; George; final mem */
	{ "\u05e9\u05dc\u05d5\u05dd", "\u05e9\u05c1\u05b8\u05dc\u05d5\u05b9\u05dd" },
	{ "\u05e6\u05d4\u05dc", "\u05e6\u05d4\u05f4\u05dc", "\u05e6\u05d4\"\u05dc" },
	{ "\u05d2\u05d5\u05e8\u05d2", "\u05d2\u05f3\u05d5\u05e8\u05d2\u05f3", "\u05d2'\u05d5\u05e8\u05d2'" },
	{ "\u05ea\u05dc \u05d0\u05d1\u05d9\u05d1", "\u05ea\u05dc\u05be\u05d0\u05d1\u05d9\u05d1", "\u05ea\u05dc-\u05d0\u05d1\u05d9\u05d1" },
	/* Ge'ez: wordspace; letters of one sound (haile selassie, tsehay, ameha) */
	{ "\u1208\u1208 \u1218\u1218", "\u1208\u1208\u1361\u1218\u1218", "\u1208\u1208\u1362\u1218\u1218" },
	{ "\u1283\u12ed\u1208 \u1225\u120b\u1234", "\u1210\u12ed\u1208 \u1235\u120b\u1234", "\u1203\u12ed\u1208 \u1225\u120b\u1224" },
	{ "\u1340\u1210\u12ed", "\u1338\u1200\u12ed" },
	{ "\u12d0\u1218\u1200", "\u12a0\u1218\u1203", "\u12d3\u1218\u1210" },
	/* Cyrillic: yo, short i, ghe with upturn, apostrophe */
	{ "\u041a\u043e\u0440\u043e\u043b\u0435\u0432", "\u041a\u043e\u0440\u043e\u043b\u0451\u0432", "\u043a\u043e\u0440\u043e\u043b\u0435\u0308\u0432" },
	{ "\u0413\u0430\u043b\u0430\u0433\u0430\u043d", "\u0490\u0430\u043b\u0430\u0491\u0430\u043d" },
	{ "\u041f\u044f\u0442\u043d\u0438\u0446\u044f", "\u041f'\u044f\u0442\u043d\u0438\u0446\u044f", "\u041f\u02bc\u044f\u0442\u043d\u0438\u0446\u044f", "\u041f\u2019\u044f\u0442\u043d\u0438\u0446\u044f" },
	{ "\u039f\u0394\u039f\u03a3", "\u03bf\u03b4\u03cc\u03c2" },
	{ "IOM", "I.O.M.", "I.O.M", "i.o.m." },
	{ "Guinea Bissau", "Guinea-Bissau", "GUINEA\u2010BISSAU", "Guin\u00e9a\u2013Bissau", "Guinea / Bissau" },
	{ "RD", "R&D" },
	{ "Kenyas", "Kenya's", "KENYA\u2019S" },
	{ "1000", "1,000" },
};

static void test_spellings_meet(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++) {
		struct arena *a = arena_new(MEMORY);
		struct str first = joined(a, spellings[i][0], WORDS_ASKED);
		assert_true(first.n > 0);
		for (size_t j = 1; j < 6 && spellings[i][j]; j++) {
			struct str other = joined(a, spellings[i][j], WORDS_ASKED);
			if (!str_eq(first, other))
				fail_msg("%s: %.*s; %s: %.*s", spellings[i][0], STR_ARG(first), spellings[i][j], STR_ARG(other));
		}
		arena_free(a);
	}
}

static void test_spellings_that_do_not_meet(void **state)
{
	static const char *const apart[][2] = {
		{ "\u0421\u0438\u043b\u0430", "\u0421\u0456\u043b\u0430" },         /* Cyrillic i and dotted i */
		{ "\u0905\u0928\u093f\u0932", "\u0905\u0928\u0932" },               /* a vowel sign */
		{ "Mueller", "M\u00fcller" },
		{ "Kenya", "\u041a\u0435\u043d\u0438\u044f" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(apart) / sizeof(apart[0]); i++) {
		struct arena *a = arena_new(MEMORY);
		assert_false(str_eq(joined(a, apart[i][0], WORDS_ASKED), joined(a, apart[i][1], WORDS_ASKED)));
		arena_free(a);
	}
}

static void test_rules(void **state)
{
	static const struct { const char *text, *stored, *asked; } rules[] = {
		{ "", "", "" },
		{ " \t\u2014 ... !?", "", "" },
		{ "Ministry of Interior", "ministry of interior", "ministry of interior" },
		{ "Ng'ang'a", "anga nganga", "nganga" },
		{ "Kenya's 1,000", "kenyas 1000", "kenyas 1000" },
		{ "C\u00f4te d'Ivoire", "cote ivoire divoire", "cote divoire" },
		{ "l\u2019Int\u00e9rieur", "interieur linterieur", "linterieur" },
		{ "dell'Interno", "interno dellinterno", "dellinterno" },
		{ "I.O.M.", "iom", "iom" },
		{ "U.S.-Kenya", "us kenya", "us kenya" },
		{ "Guinea-Bissau", "guinea bissau guineabissau", "guinea bissau" },
		{ "AT&T", "at t att", "at t" },
		{ "R&D", "rd", "rd" },
		{ "St.Petersburg", "st petersburg stpetersburg", "st petersburg" },
		{ "ab_cd", "ab cd abcd", "ab cd" },
		{ "Kenya - Israel", "kenya israel", "kenya israel" },
		{ "2018-07", "2018 07 201807", "2018 07" },
		{ "\u0627\u0644\u062f\u0627\u062e\u0644\u064a\u0629", "\u062f\u0627\u062e\u0644\u064a\u0647 \u0627\u0644\u062f\u0627\u062e\u0644\u064a\u0647",
		  "\u062f\u0627\u062e\u0644\u064a\u0647" },
		{ "\u0644\u0644\u0647\u062c\u0631\u0629", "\u0647\u062c\u0631\u0647 \u0644\u0644\u0647\u062c\u0631\u0647", "\u0647\u062c\u0631\u0647" },
		{ "\u0627\u0644\u0644\u0647", "\u0627\u0644\u0644\u0647", "\u0627\u0644\u0644\u0647" },     /* two letters would stay */
		{ "\u05d4\u05d4\u05d2\u05d9\u05e8\u05d4", "\u05d4\u05d2\u05d9\u05e8\u05d4 \u05d4\u05d4\u05d2\u05d9\u05e8\u05d4",
		  "\u05d4\u05d4\u05d2\u05d9\u05e8\u05d4" },
		{ "\u05d5\u05d4\u05d4\u05d2\u05d9\u05e8\u05d4", "\u05d4\u05d2\u05d9\u05e8\u05d4 \u05d4\u05d4\u05d2\u05d9\u05e8\u05d4 \u05d5\u05d4\u05d4\u05d2\u05d9\u05e8\u05d4",
		  "\u05d5\u05d4\u05d4\u05d2\u05d9\u05e8\u05d4" },
		{ "\u12e8\u1230\u120b\u121d", "\u1230\u120b\u121d \u12e8\u1230\u120b\u121d", "\u12e8\u1230\u120b\u121d" },
		{ "\u12a8\u1270\u121b", "\u1270\u121b \u12a8\u1270\u121b", "\u12a8\u1270\u121b" },
		/* no spaces: Thai for Ministry of the Interior, Chinese for Kenya and immigration */
		{ "\u0e01\u0e23\u0e30\u0e17\u0e23\u0e27\u0e07\u0e21\u0e2b\u0e32\u0e14\u0e44\u0e17\u0e22",
		  "\u0e01\u0e23\u0e30\u0e17\u0e23\u0e27\u0e07 \u0e21\u0e2b\u0e32\u0e14\u0e44\u0e17\u0e22",
		  "\u0e01\u0e23\u0e30\u0e17\u0e23\u0e27\u0e07 \u0e21\u0e2b\u0e32\u0e14\u0e44\u0e17\u0e22" },
		{ "\u80af\u5c3c\u4e9a\u79fb\u6c11", "\u80af\u5c3c\u4e9a \u79fb\u6c11", "\u80af\u5c3c\u4e9a \u79fb\u6c11" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		struct arena *a = arena_new(MEMORY);
		is(a, rules[i].text, WORDS_STORED, rules[i].stored);
		is(a, rules[i].text, WORDS_ASKED, rules[i].asked);
		arena_free(a);
	}
}

/* 53 Ethiopic syllables are 159 bytes: the next does not fit, one more byte does. */
static void test_long_words_are_cut_between_characters(void **state)
{
	struct arena *a = arena_new(MEMORY);
	char text[54 * 3 + 1], ascii[200];
	struct words w;

	(void)state;
	for (int i = 0; i < 54; i++)
		memcpy(text + 3 * i, "\u1208", 3);
	memset(ascii, 'x', sizeof(ascii));
	for (int use = WORDS_STORED; use <= WORDS_ASKED; use++) {
		assert_int_equal(words_of(a, (struct str){ text, 54 * 3 }, (enum words_use)use, &w), ERR_OK);
		assert_int_equal(w.item[w.n - 1].n, 53 * 3);
		assert_int_equal(words_of(a, (struct str){ ascii, sizeof(ascii) }, (enum words_use)use, &w), ERR_OK);
		assert_int_equal(w.n, 1);
		assert_int_equal(w.item[0].n, WORDS_BYTES_MAX);
	}
	arena_free(a);
}

/* A compound of more parts than are joined loses none of them. */
static void test_long_compounds(void **state)
{
	struct arena *a = arena_new(MEMORY);
	char text[40 * 3];
	struct words w;

	(void)state;
	for (int i = 0; i < 40; i++)
		memcpy(text + 3 * i, "ab-", 3);
	assert_int_equal(words_of(a, (struct str){ text, sizeof(text) }, WORDS_ASKED, &w), ERR_OK);
	assert_int_equal(w.n, 40);
	is(a, "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t", WORDS_STORED, "abcdefghijklmnopqrst");
	arena_free(a);
}

static void test_every_allocation_failed(void **state)
{
	enum err e = ERR_NOMEM;
	unsigned long n = 0;
	struct words w;

	(void)state;
	while (e == ERR_NOMEM && n < 200) {
		struct arena *a = arena_new(MEMORY);

		arena_fail_nth(++n);
		e = words_of(a, STR("C\u00f4te d'Ivoire, Guinea-Bissau, I.O.M. and the ministries of seventeen other countries"),
			     WORDS_STORED, &w);
		arena_fail_nth(0);
		arena_free(a);
	}
	assert_int_equal(e, ERR_OK);
	assert_true(n > 5);
}

static void *in_a_thread(void *unused)
{
	struct arena *a = arena_new(MEMORY);

	(void)unused;
	for (int i = 0; i < 100; i++)
		is(a, "\u80af\u5c3c\u4e9a\u79fb\u6c11 Guinea-Bissau", WORDS_ASKED, "\u80af\u5c3c\u4e9a \u79fb\u6c11 guinea bissau");
	arena_free(a);
	return NULL;
}

static void test_threads_have_their_own(void **state)
{
	pthread_t thread[4];

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, in_a_thread, NULL), 0);
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_join(thread[i], NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spellings_meet),
		cmocka_unit_test(test_spellings_that_do_not_meet),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_long_words_are_cut_between_characters),
		cmocka_unit_test(test_long_compounds),
		cmocka_unit_test(test_every_allocation_failed),
		cmocka_unit_test(test_threads_have_their_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

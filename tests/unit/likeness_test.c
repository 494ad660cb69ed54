/* SPDX-License-Identifier: Apache-2.0
 * Tests of resource/likeness_key: what is made of names, acronyms and identifiers.  Keys are worked out by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "register/registry.h"
#include "resource/likeness_key.h"

#include <stdio.h>

static struct arena *a;
static const struct shape *bodies, *people;

static int begin(void **state)
{
	char message[400];

	(void)state;
	a = arena_new(16 << 20);
	if (!shape_init(registry, message, sizeof(message)))
		fail_msg("%s", message);
	bodies = shape_by_path(STR("organisations"))->shape;
	people = shape_by_path(STR("people"))->shape;
	return 0;
}

static int end(void **state)
{
	(void)state;
	shape_end();
	arena_free(a);
	return 0;
}

static struct record *make(const struct shape *s, const char *name)
{
	struct record *r = arena_alloc(a, sizeof(*r));

	assert_non_null(r);
	assert_int_equal(record_init(a, s, r), ERR_OK);
	r->v[shape_leaf(s, STR("name"))] = (struct value){ .set = true, .s = str_from(name) };
	return r;
}

static void put(const struct shape *s, struct record *r, const char *field, const char *text)
{
	int leaf = shape_leaf(s, str_from(field));

	assert_true(leaf >= 0);
	r->v[leaf] = (struct value){ .set = true, .s = str_from(text) };
}

static struct record *add_kid(const struct shape *s, struct record *r, const char *kid)
{
	int k = shape_kid(s, str_from(kid));

	assert_true(k >= 0);
	struct record *item = records_add(a, s->kids[k].shape, &r->kids[k]);
	assert_non_null(item);
	return item;
}

static const struct shape *kid(const struct shape *s, const char *name)
{
	return s->kids[shape_kid(s, str_from(name))].shape;
}

/* "kind body" of each, sorted by kind as they are declared, each in its order. */
static const char *keys(const struct shape *s, const struct record *r)
{
	struct likeness_keys *k = arena_alloc(a, sizeof(*k));
	struct str text = STR("");

	assert_non_null(k);
	assert_int_equal(likeness_key_add(a, s, r, k), ERR_OK);
	for (enum likeness_kind kind = 0; kind < LIKENESS_KINDS; kind++)
		for (size_t i = 0; i < k->n; i++)
			if (k->item[i].kind == kind)
				text = arena_printf(a, "%.*s%s: %.*s\n", STR_ARG(text), likeness_key_name(kind),
						    STR_ARG(likeness_key_stored(a, &k->item[i], k->country)));
	return text.p;
}

static void test_a_body(void **state)
{
	struct record *r = make(bodies, "International Organization for Migration");
	struct record *number = add_kid(bodies, r, "identifiers");

	(void)state;
	put(bodies, r, "acronym", "I.O.M.");
	put(kid(bodies, "identifiers"), number, "scheme", "XM-DAC");
	put(kid(bodies, "identifiers"), number, "value", "47066");
	assert_string_equal(keys(bodies, r),
			    "name: international organization for migration|\n"
			    "words: international migration organization|\n"
			    "transliteration: international organization for migration|\n"
			    "spelling: ntrntnlrgnstnmgrtn|\n"
			    "acronym: iom|\n"
			    "initials: iom|\n"
			    "identifier: xmdac47066|\n");
}

static void test_a_number_however_it_is_written(void **state)
{
	static const char *const ways[][2] = { { "XM-DAC", "47066" }, { "xm dac", "47066" }, { "XM", "DAC-47066" }, { "Xm.Dac", "470 66" } };

	(void)state;
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		struct record *r = make(bodies, "A"), *number = add_kid(bodies, r, "identifiers");
		put(kid(bodies, "identifiers"), number, "scheme", ways[i][0]);
		put(kid(bodies, "identifiers"), number, "value", ways[i][1]);
		if (!strstr(keys(bodies, r), "identifier: xmdac47066|\n"))
			fail_msg("%s %s: %s", ways[i][0], ways[i][1], keys(bodies, r));
	}
}

static void test_a_country_is_part_of_all_but_numbers(void **state)
{
	struct record *r = make(bodies, "Ministry of Interior"), *number = add_kid(bodies, r, "identifiers");

	(void)state;
	put(bodies, r, "country", "KE");
	put(kid(bodies, "identifiers"), number, "scheme", "KE-RCO");
	put(kid(bodies, "identifiers"), number, "value", "1");
	assert_string_equal(keys(bodies, r),
			    "name: ministry of interior|KE\n"
			    "words: interior ministry|KE\n"
			    "transliteration: ministri of interior|KE\n"
			    "spelling: mnstrntrr|KE\n"
			    "identifier: kerco1|\n");
}

static void share(const char *one, const char *other, enum likeness_kind kind, bool want)
{
	const char *texts[2] = { keys(bodies, make(bodies, one)), keys(bodies, make(bodies, other)) };
	char line[400], name[40];
	bool found = false;

	snprintf(name, sizeof(name), "%s: ", likeness_key_name(kind));
	for (struct str rest = str_from(texts[0]); rest.p;) {
		struct str each = str_cut(rest, '\n', &rest);
		snprintf(line, sizeof(line), "%.*s\n", STR_ARG(each));
		found |= str_starts(each, str_from(name)) && strstr(texts[1], line);
	}
	if (found != want)
		fail_msg("%s%s\n%s\n%s\n%s\n%s", name, want ? "" : "not", one, texts[0], other, texts[1]);
}

static void test_what_meets(void **state)
{
	(void)state;
	share("MINISTÈRE de l’Intérieur", "Ministere de l'interieur", LIKENESS_NAME, true);
	share("Ministry of Labour & Social Protection", "Ministry for Labour and Social Protection", LIKENESS_WORDS, true);
	share("Ministry of Labour & Social Protection", "Ministry for Labour and Social Protection", LIKENESS_NAME, false);
	share("Ministry of Labour", "Ministry of Labor", LIKENESS_SPELLING, true);
	share("Министерство юстиции", "Ministerstvo yustitsii", LIKENESS_TRANSLITERATION, true);
	share("وزارة الداخلية", "Wizarat al-Dakhiliya", LIKENESS_SPELLING, true);
	share("משרד הפנים", "Misrad HaPnim", LIKENESS_SPELLING, true);
	share("Wizara ya Mambo ya Ndani", "Wizara ya Mambo ya Nje", LIKENESS_WORDS, false);
	share("Wizara ya Mambo ya Ndani", "Wizara ya Mambo ya Nje", LIKENESS_SPELLING, false);
	share("IOM", "IOM Kenya", LIKENESS_NAME, false);
	share("IOM", "IOM Kenya", LIKENESS_WORDS, false);
}

static void test_other_names_count(void **state)
{
	struct record *r = make(bodies, "Department of Migrant Workers"), *former = add_kid(bodies, r, "names");

	(void)state;
	put(kid(bodies, "names"), former, "name", "Philippine Overseas Employment Administration");
	assert_non_null(strstr(keys(bodies, r), "name: philippine overseas employment administration|\n"));
	assert_non_null(strstr(keys(bodies, r), "initials: poea|\n"));
	assert_non_null(strstr(keys(bodies, r), "initials: dmw|\n"));
}

static void test_people_have_names_alone_and_honorifics_are_light(void **state)
{
	(void)state;
	assert_string_equal(keys(people, make(people, "Dr. Awil Mohamed Ali")),
			    "name: dr awil mohamed ali|\n"
			    "words: ali awil mohamed|\n"
			    "transliteration: dr awil mohamed ali|\n"
			    "spelling: wlmmdl|\n");
	assert_non_null(strstr(keys(people, make(people, "Mohamed Ali, Awil")), "words: ali awil mohamed|\n"));
}

static void test_nothing_but_light_words(void **state)
{
	(void)state;
	assert_non_null(strstr(keys(bodies, make(bodies, "The And")), "words: and the|\n"));
	assert_string_equal(keys(bodies, make(bodies, "---")), "");
}

static void test_long_names_keep_their_difference(void **state)
{
	char one[301], other[301];

	(void)state;
	for (size_t i = 0; i < 300; i++)
		one[i] = i % 10 ? 'a' : ' ';
	one[300] = '\0';
	memcpy(other, one, sizeof(other));
	other[299] = 'b';
	share(one, other, LIKENESS_NAME, false);
	share(one, one, LIKENESS_NAME, true);
	struct likeness_keys *k = arena_alloc(a, sizeof(*k));
	assert_int_equal(likeness_key_add(a, bodies, make(bodies, one), k), ERR_OK);
	for (size_t i = 0; i < k->n; i++)
		assert_true(likeness_key_stored(a, &k->item[i], STR("KE")).n <= 160);
}

static void test_more_names_than_are_held(void **state)
{
	struct record *r = make(bodies, "First name of all");
	struct likeness_keys *k = arena_alloc(a, sizeof(*k));

	(void)state;
	for (int i = 0; i < 100; i++)
		put(kid(bodies, "names"), add_kid(bodies, r, "names"), "name", arena_printf(a, "Name number %c%c", 'a' + i / 10, 'a' + i % 10).p);
	assert_int_equal(likeness_key_add(a, bodies, r, k), ERR_OK);
	assert_int_equal(k->n, LIKENESS_KEYS_MAX);
	assert_true(str_is(k->item[0].body, "first name of all"));
}

static void test_memory_out_is_told(void **state)
{
	struct record *r = make(bodies, "International Organization for Migration");
	unsigned long failed = 0;

	(void)state;
	put(bodies, r, "acronym", "IOM");
	for (unsigned long n = 1; n < 200; n++) {
		struct likeness_keys *k = arena_alloc(a, sizeof(*k));
		arena_fail_nth(n);
		enum err e = likeness_key_add(a, bodies, r, k);
		arena_fail_nth(0);
		if (!e) {
			assert_int_equal(k->n, 6);
			break;
		}
		assert_int_equal(e, ERR_NOMEM);
		failed++;
	}
	assert_in_range(failed, 6, 198);
}

static const char *fault_of(const struct shape *like, const struct likeness *rows)
{
	struct resource changed = *like->resource;
	struct shape s = *like;

	changed.likeness = rows;
	s.resource = &changed;
	return likeness_key_fault(&s);
}

static void test_rows_that_do_not_fit_are_told(void **state)
{
	static const struct likeness bad[][2] = {
		{ { LIKE_NAME, .path = "nonsense" } }, { { LIKE_NAME, .path = "names.nonsense" } }, { { LIKE_NAME, .path = "nonsense.name" } },
		{ { LIKE_IDENTIFIER, .path = "identifiers.scheme", .with = "nonsense" } }, { { LIKE_LINK, .path = "name" } },
		{ { LIKE_NAME, .path = "parent" } }, { { LIKE_COUNTRY, .path = "names.language" } },
	};
	static const struct likeness restricted[] = { { LIKE_NAME, .path = "note" }, { 0 } };

	(void)state;
	for (size_t i = 0; i < shape_count(); i++)
		assert_null(likeness_key_fault(shape_at(i)));
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (!fault_of(bodies, bad[i]))
			fail_msg("number %zu passes", i);
	assert_non_null(fault_of(people, restricted));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_body),
		cmocka_unit_test(test_a_number_however_it_is_written),
		cmocka_unit_test(test_a_country_is_part_of_all_but_numbers),
		cmocka_unit_test(test_what_meets),
		cmocka_unit_test(test_other_names_count),
		cmocka_unit_test(test_people_have_names_alone_and_honorifics_are_light),
		cmocka_unit_test(test_nothing_but_light_words),
		cmocka_unit_test(test_long_names_keep_their_difference),
		cmocka_unit_test(test_more_names_than_are_held),
		cmocka_unit_test(test_rows_that_do_not_fit_are_told),
		cmocka_unit_test(test_memory_out_is_told),
	};

	return cmocka_run_group_tests(tests, begin, end);
}

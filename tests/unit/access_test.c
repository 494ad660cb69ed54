/* SPDX-License-Identifier: Apache-2.0
 * Scopes, the views they give, and the form of keys. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "access/key_store.h"
#include "access/view.h"

#include <stdlib.h>

static void scopes_are_named(void **state)
{
	unsigned bits;
	struct str bad;
	char text[SCOPE_LIST_MAX];

	(void)state;
	assert_true(scope_parse(STR("admin,read.partner moderate"), &bits, &bad));
	assert_int_equal(bits, SCOPE_ADMIN | SCOPE_READ_PARTNER | SCOPE_MODERATE);
	scope_list(bits, text);
	assert_string_equal(text, "read.partner moderate admin");
	scope_list((1u << SCOPES) - 1, text); /* the longest there can be */
	assert_string_equal(text, "read.partner read.restricted write.visits write.directory write.policies comment moderate admin");
	assert_true(strlen(text) < 128); /* api_key.scopes */
	static const char *const wrong[] = { "", ",", "admin,", ",admin", "admin,,comment", "Admin", "admin ,comment", "read" };
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		assert_false(scope_parse(str_from(wrong[i]), &bits, &bad));
	/* a scope of a later version takes nothing from the others */
	assert_false(scope_parse(STR("comment read.future admin.future"), &bits, &bad));
	assert_int_equal(bits, SCOPE_COMMENT);
	assert_true(str_is(bad, "read.future"));
}

static void roles_are_bundles(void **state)
{
	(void)state;
	assert_int_equal(scope_of_role(STR("reader")), SCOPE_READ_PARTNER);
	assert_int_equal(scope_of_role(STR("editor")), SCOPE_READ_RESTRICTED | SCOPE_WRITE_VISITS | SCOPE_WRITE_DIRECTORY |
						       SCOPE_WRITE_POLICIES | SCOPE_COMMENT);
	assert_int_equal(scope_of_role(STR("admin")), SCOPE_ADMIN);
	assert_int_equal(scope_of_role(STR("root")), 0);
	assert_int_equal(scope_of_role(STR("")), 0);
}

static bool same_sight(const struct view *a, const struct view *b)
{
	for (int g = GROUP_VISITS; g < GROUPS; g++)
		if (a->of[g].fields != b->of[g].fields || a->of[g].writes != b->of[g].writes)
			return false;
	return true;
}

/* One letter for one sight: stored texts and entity tags stand on it. */
static void letters_tell_sights_apart(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 1u << SCOPES; i++)
		for (unsigned j = 0; j < 1u << SCOPES; j++) {
			struct view a = view_of(i), b = view_of(j);
			assert_int_equal(a.letter == b.letter, same_sight(&a, &b));
			assert_true(a.letter >= 'a' && a.letter <= 'z');
		}
	assert_int_equal(view_of(0).letter, 'p');
	assert_int_equal(view_of(SCOPE_COMMENT | SCOPE_MODERATE).letter, 'p');
}

static void scopes_give_views(void **state)
{
	(void)state;
	struct view v = view_of(SCOPE_READ_PARTNER | SCOPE_WRITE_DIRECTORY);
	assert_int_equal(v.of[GROUP_VISITS].fields, CLASS_PARTNER);
	assert_false(v.of[GROUP_VISITS].writes);
	assert_int_equal(v.of[GROUP_DIRECTORY].fields, CLASS_RESTRICTED);
	assert_true(v.of[GROUP_DIRECTORY].writes);
	v = view_of(SCOPE_READ_PARTNER | SCOPE_READ_RESTRICTED);
	assert_int_equal(v.of[GROUP_POLICIES].fields, CLASS_RESTRICTED);
	assert_false(v.of[GROUP_POLICIES].writes);
	v = view_of(SCOPE_ADMIN);
	for (int g = GROUP_VISITS; g < GROUPS; g++)
		assert_true(v.of[g].writes && v.of[g].fields == CLASS_RESTRICTED);
	v = view_of(0);
	for (int g = GROUP_VISITS; g < GROUPS; g++)
		assert_true(!v.of[g].writes && v.of[g].fields == CLASS_PUBLIC);
}

#define ID "0123456789abcdef"
#define SECRET "AAAAAAAAAAAAAAAAAAAA_-_-aaaaaaaaaaaaaaaaaaa" /* 43 */

static void tokens_have_one_form(void **state)
{
	static const char good[] = "zk_" ID "_" SECRET;
	struct str id;

	(void)state;
	_Static_assert(sizeof(good) - 1 == KEY_TOKEN_LEN, "as the form says");
	assert_true(key_token_id(STR("zk_" ID "_" SECRET), &id));
	assert_true(str_is(id, ID));
	for (size_t n = 0; n < KEY_TOKEN_LEN; n++)
		assert_false(key_token_id((struct str){ good, n }, &id));
	/* every byte in every place: only those of its alphabet are taken */
	for (size_t i = 0; i < KEY_TOKEN_LEN; i++)
		for (int c = 0; c < 256; c++) {
			char text[KEY_TOKEN_LEN];
			memcpy(text, good, sizeof(text));
			text[i] = (char)c;
			bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
			bool word = hex || (c >= 'g' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
			bool fits = i < 3 || i == 3 + KEY_ID_LEN ? text[i] == good[i] : i < 3 + KEY_ID_LEN ? hex : word;
			assert_int_equal(key_token_id((struct str){ text, sizeof(text) }, &id), fits);
		}
}

static void names_are_checked(void **state)
{
	char long_name[201];

	(void)state;
	assert_null(key_name_fault(STR("Wizara ya Mambo ya Ndani « A »")));
	memset(long_name, 'x', sizeof(long_name));
	assert_null(key_name_fault((struct str){ long_name, 100 }));
	assert_non_null(key_name_fault((struct str){ long_name, 101 }));
	assert_non_null(key_name_fault(STR("")));
	assert_non_null(key_name_fault(STR("a\tb")));
	assert_non_null(key_name_fault(STR("\x7f")));
	assert_non_null(key_name_fault(STR("a\xc2\x9b" "31m")));
	assert_null(key_name_fault(STR("\xc2\xa0\xc2\xab")));
	assert_non_null(key_name_fault(STR("  ")));
	assert_non_null(key_name_fault(STR("\xff")));
}

/* What is no token is refused without asking the database: there is none here. */
static void headers_are_refused_alike(void **state)
{
	static const char *const wrong[] = { "Bearer", "Bearer zk_", "Basic dTpw", "zk_" ID "_" SECRET, "Bearer\tzk_" ID "_" SECRET, " ", "" };
	struct key_cache *c = key_cache_new();
	struct arena *a = arena_new(1 << 20);
	struct problem p;
	const struct key *key;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		problem_reset(&p, a);
		assert_int_equal(key_check(c, NULL, a, str_from(wrong[i]), 1, &p, &key), ERR_REFUSED);
		assert_int_equal(p.status, 401);
		assert_null(key);
	}
	assert_int_equal(key_check(c, NULL, a, (struct str){ NULL, 0 }, 1, &p, &key), ERR_OK);
	assert_null(key);
	arena_free(a);
	key_cache_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scopes_are_named),
		cmocka_unit_test(roles_are_bundles),
		cmocka_unit_test(letters_tell_sights_apart),
		cmocka_unit_test(scopes_give_views),
		cmocka_unit_test(tokens_have_one_form),
		cmocka_unit_test(names_are_checked),
		cmocka_unit_test(headers_are_refused_alike),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0
 * The self-check of descriptor tables: ours pass, each kind of mistake is named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "register/registry.h"
#include "resource/shape.h"

static void our_tables_pass(void **state)
{
	char message[512] = "";

	(void)state;
	if (!shape_init(registry, message, sizeof(message)))
		fail_msg("%s", message);
	assert_non_null(shape_by_path(STR("visits")));
	assert_non_null(shape_by_path(STR("recommendations")));
	assert_null(shape_by_path(STR("visit")));
	const struct served *child = shape_by_path(STR("recommendations"));
	assert_string_equal(child->shape->table, "visit_recommendation");
	assert_string_equal(child->root->table, "visit");
	assert_int_equal(shape_leaf(child->root, STR("clearance.reference")) >= 0, 1);
	assert_int_equal(shape_leaf(child->root, STR("clearance.nothing")), -1);
	assert_int_equal(strlen(shape_fingerprint()), 8);
	shape_end();
}

static const struct sort sorts[] = { { "name", "name", KEY_TEXT }, { 0 } };

/* Builds a register of one resource with these fields and gives the complaint. */
static const char *complaint_in(const struct field *fields, const char *default_sort, enum access_group group)
{
	static char message[512];
	struct resource r = { .name = "thing", .path = "things", .table = "thing", .title = "Things", .label = "name",
			      .default_sort = default_sort, .fields = fields, .sorts = sorts, .group = group, .methods = HTTP_GET, .doc = "d" };
	const struct resource *const list[] = { &r, NULL };

	message[0] = '\0';
	bool ok = shape_init(list, message, sizeof(message));
	shape_end();
	return ok ? NULL : message;
}

static const char *complaint(const struct field *fields, const char *default_sort)
{
	return complaint_in(fields, default_sort, GROUP_VISITS);
}

#define NAME { "name", F_TEXT, .col = "name", .len = { 1, 10 }, .doc = "d" }

static void only_words_that_show_are_searched(void **state)
{
	static const struct field number[] = { NAME, { "x", F_INT, .col = "x", .flags = FIELD_SEARCH, .doc = "d" }, { 0 } };
	static const struct field item[] = {
		{ "who", F_TEXT, .col = "who", .len = { 1, 10 }, .flags = FIELD_SUBJECT, .doc = "d" },
		{ "as", F_TEXT, .col = "as", .len = { 1, 10 }, .flags = FIELD_SEARCH, .doc = "d" }, { 0 },
	};
	static const struct field beside_a_subject[] = { NAME, { "items", F_CHILD, .table = "item", .sub = item, .doc = "d" }, { 0 } };

	(void)state;
	assert_non_null(strstr(complaint(number, "name"), "words of a text"));
	assert_non_null(strstr(complaint(beside_a_subject, "name"), "subjects"));
}

static void a_sound_table_passes(void **state)
{
	static const struct field fields[] = { NAME, { 0 } };

	(void)state;
	assert_null(complaint(fields, "name"));
}

static void each_root_belongs_to_a_group(void **state)
{
	static const struct field fields[] = { NAME, { 0 } };

	(void)state;
	assert_non_null(strstr(complaint_in(fields, "name", GROUP_NONE), "scope"));
	assert_non_null(strstr(complaint_in(fields, "name", GROUPS), "scope"));
}

static void filters_by_what_others_say_are_whole(void **state)
{
	static const struct reach ok[] = { { "role", "any_role", .lists = { "seat_capacity" }, .doc = "d" },
					   { "r", "any_r", .ref = "r", .doc = "d" }, { 0 } };
	static const struct reach other_any[] = { { "role", "any", .lists = { "seat_capacity" }, .doc = "d" }, { 0 } };
	static const struct reach neither[] = { { "role", "any_role", .doc = "d" }, { 0 } };
	static const struct reach unknown[] = { { "role", "any_role", .ref = "nothing", .doc = "d" }, { 0 } };
	static const struct reach no_doc[] = { { "role", "any_role", .lists = { "seat_capacity" } }, { 0 } };
	static const struct { const struct reach *reaches; const char *sql, *says; } cases[] = {
		{ ok, "SELECT", NULL }, { ok, NULL, "no statement" }, { other_any, "SELECT", "any_" }, { neither, "SELECT", "codes" },
		{ unknown, "SELECT", "known resource" }, { no_doc, "SELECT", "documentation" },
	};
	static const struct field fields[] = { NAME, { 0 } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct resource r = { .name = "r", .path = "rs", .table = "r", .title = "R", .label = "name", .default_sort = "name", .fields = fields,
				      .sorts = sorts, .group = GROUP_VISITS, .reaches = cases[i].reaches, .reach_sql = cases[i].sql, .doc = "d" };
		const struct resource *const all[] = { &r, NULL };
		char said[256] = "";
		assert_int_equal(shape_init(all, said, sizeof(said)), !cases[i].says);
		if (cases[i].says && !strstr(said, cases[i].says))
			fail_msg("expected a complaint about \"%s\", got \"%s\"", cases[i].says, said);
		shape_end();
	}
}

/* A child may be referred to once it is served and has a label. */
static void a_child_is_referred_to_from_items(void **state)
{
	static const struct field part[] = { { "text", F_TEXT, .col = "text", .len = { 1, 10 }, .doc = "d" }, { 0 } };
	static const struct field thing[] = { NAME, { "parts", F_CHILD, .table = "part", .sub = part, .doc = "d" }, { 0 } };
	static const struct field to_part[] = { { "part", F_REF, .col = "part", .ref = "part", .doc = "d" }, { 0 } };
	static const struct field item[] = { NAME, { "items", F_CHILD, .table = "item", .sub = to_part, .doc = "d" }, { 0 } };
	static const struct field root[] = { NAME, { "part", F_REF, .col = "part", .ref = "part", .doc = "d" }, { 0 } };
	static const struct { const struct field *fields; const char *label, *says; } cases[] = {
		{ item, "text", NULL }, { item, NULL, "unknown resource" }, { item, "nothing", "label" }, { root, "text", "only items" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct resource things = { .name = "thing", .path = "things", .table = "thing", .title = "T", .label = "name", .default_sort = "name",
					   .fields = thing, .sorts = sorts, .group = GROUP_VISITS, .doc = "d" };
		struct resource parts = { .name = "part", .path = "parts", .within = "thing.parts", .title = "P", .label = cases[i].label,
					  .default_sort = "name", .sorts = sorts, .doc = "d" };
		struct resource other = { .name = "other", .path = "others", .table = "other", .title = "O", .label = "name", .default_sort = "name",
					  .fields = cases[i].fields, .sorts = sorts, .group = GROUP_VISITS, .doc = "d" };
		const struct resource *const all[] = { &things, &parts, &other, NULL };
		char said[256] = "";
		assert_int_equal(shape_init(all, said, sizeof(said)), !cases[i].says);
		if (cases[i].says && !strstr(said, cases[i].says))
			fail_msg("expected a complaint about \"%s\", got \"%s\"", cases[i].says, said);
		if (!cases[i].says) {
			assert_true(shape_by_path(STR("parts"))->shape->referred);
			assert_string_equal(shape_by_path(STR("others"))->shape->kids[0].shape->columns,
					    "t.id, t.parent, t.pos, t.part, r0.text, p0.state");
			assert_string_equal(shape_by_path(STR("others"))->shape->kids[0].shape->from,
					    "item t LEFT JOIN part r0 ON r0.id = t.part LEFT JOIN thing p0 ON p0.id = r0.parent");
		}
		shape_end();
	}
}

static void mistakes_are_named(void **state)
{
	static const struct field child[] = { NAME, { 0 } };
	static const struct field deep[] = { NAME, { "c", F_CHILD, .table = "c2", .sub = child, .doc = "d" }, { 0 } };
	static const struct field deeper[] = { NAME, { "b", F_CHILD, .table = "c1", .sub = deep, .doc = "d" }, { 0 } };
	static const struct field twice[] = { NAME, NAME, { 0 } };
	static const struct field no_column[] = { NAME, { "x", F_INT, .doc = "d" }, { 0 } };
	static const struct field no_list[] = { NAME, { "x", F_CODE, .col = "x", .doc = "d" }, { 0 } };
	static const struct field no_target[] = { NAME, { "x", F_REF, .col = "x", .doc = "d" }, { 0 } };
	static const struct field unknown[] = { NAME, { "x", F_REF, .col = "x", .ref = "nothing", .doc = "d" }, { 0 } };
	static const struct field operator[] = { NAME, { "x", F_BOOL, .col = "x", .ops = OP_PREFIX, .doc = "d" }, { 0 } };
	static const struct field no_length[] = { NAME, { "x", F_TEXT, .col = "x", .doc = "d" }, { 0 } };
	static const struct field no_doc[] = { NAME, { "x", F_INT, .col = "x" }, { 0 } };
	static const struct field no_sibling[] = { NAME, { "x", F_INT, .col = "x", .open_if = "y", .doc = "d" }, { 0 } };
	static const struct field no_class[] = { NAME, { "x", F_INT, .col = "x", .open_if = "name", .doc = "d" }, { 0 } };
	static const struct field no_label[] = { { "other", F_INT, .col = "o", .doc = "d" }, { 0 } };
	static const struct field too_deep[] = { NAME, { "a", F_CHILD, .table = "c0", .sub = deeper, .doc = "d" }, { 0 } };
	static const struct { const struct field *fields; const char *sort, *says; } cases[] = {
		{ twice, "name", "twice" }, { no_column, "name", "column" }, { no_list, "name", "list" },
		{ no_target, "name", "target" }, { unknown, "name", "unknown resource" }, { operator, "name", "operator" },
		{ no_length, "name", "length" }, { no_doc, "name", "documentation" }, { no_sibling, "name", "no field y" },
		{ no_class, "name", "names a class" },
		{ no_label, "name", "label" }, { too_deep, "name", "deep" }, { child, "date", "order" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *said = complaint(cases[i].fields, cases[i].sort);
		if (!said || !strstr(said, cases[i].says))
			fail_msg("expected a complaint about \"%s\", got \"%s\"", cases[i].says, said ? said : "none");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(our_tables_pass),
		cmocka_unit_test(a_sound_table_passes),
		cmocka_unit_test(only_words_that_show_are_searched),
		cmocka_unit_test(each_root_belongs_to_a_group),
		cmocka_unit_test(filters_by_what_others_say_are_whole),
		cmocka_unit_test(a_child_is_referred_to_from_items),
		cmocka_unit_test(mistakes_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0
 * The descriptor tables against the schema that the migrations make. */
#include "harness.h"

#include "db/migrate.h"
#include "register/install.h"
#include "register/registry.h"
#include "resource/shape.h"

static struct db *d;
static struct arena *a;

static int begin(void **state)
{
	struct migrate_state s = { 0 };
	char message[512];
	size_t added;

	(void)state;
	a = arena_new(64 << 20);
	d = harness_db(0, 0);
	harness_drop_tables(d);
	if (migrate_up(d, a, &s, NULL) || install_codelists(d, a, &added) || added == 0)
		return -1;
	return shape_init(registry, message, sizeof(message)) ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	harness_drop_tables(d);
	shape_end();
	db_free(d);
	arena_free(a);
	return 0;
}

static int64_t count(const char *sql, const char *p1, const char *p2)
{
	struct db_value v[] = { db_text(str_from(p1)), db_text(str_from(p2)) };
	struct db_rows rows;

	assert_int_equal(db_query(d, a, sql, v, p2 ? 2 : 1, &rows), ERR_OK);
	assert_int_equal(rows.rows, 1);
	return db_cell(&rows, 0, 0)->i;
}

static struct str column(const char *table, const char *name, const char *what)
{
	struct db_value v[] = { db_text(str_from(table)), db_text(str_from(name)) };
	struct db_rows rows;
	struct str sql = arena_printf(a, "SELECT CAST(%s AS CHAR) FROM information_schema.columns"
				      " WHERE table_schema = DATABASE() AND table_name = ? AND column_name = ?", what);

	assert_int_equal(db_query(d, a, sql.p, v, 2, &rows), ERR_OK);
	if (rows.rows != 1)
		fail_msg("%s.%s is missing", table, name);
	return db_cell(&rows, 0, 0)->s;
}

static const char *type_of(enum field_type t)
{
	switch (t) {
	case F_INT: return "int";
	case F_BOOL: return "tinyint";
	case F_DECIMAL: return "decimal";
	case F_TIME: return "datetime";
	case F_REF: return "binary";
	case F_TEXTS: case F_CODES: return "text";
	default: return "varchar";
	}
}

static void every_field_has_its_column(void **state)
{
	(void)state;
	for (size_t i = 0; i < shape_count(); i++) {
		const struct shape *s = shape_at(i);
		for (size_t j = 0; j < s->n_leaves; j++) {
			const struct field *f = s->leaves[j].f;
			if (!f->col)
				continue;
			struct str type = column(s->table, f->col, "data_type");
			const char *want = type_of(f->type);
			bool text = type.n >= 4 && memcmp(type.p + type.n - 4, "text", 4) == 0;
			if (!str_is(type, want) && !(text && (strcmp(want, "varchar") == 0 || strcmp(want, "text") == 0)))
				fail_msg("%s.%s is %.*s, not %s", s->table, f->col, STR_ARG(type), want);
			if (f->type == F_TEXT && !text) {
				struct str length = column(s->table, f->col, "character_maximum_length");
				assert_string_equal(length.p, arena_printf(a, "%u", f->len.max).p);
			}
			if (f->flags & FIELD_REQUIRED)
				assert_string_equal(column(s->table, f->col, "is_nullable").p, "NO");
			if (f->type == F_EDTF) {
				column(s->table, arena_printf(a, "%s_lo", f->col).p, "data_type");
				column(s->table, arena_printf(a, "%s_hi", f->col).p, "data_type");
			}
		}
	}
}

static void every_column_has_its_field(void **state)
{
	struct db_rows rows;

	(void)state;
	for (size_t i = 0; i < shape_count(); i++) {
		const struct shape *s = shape_at(i);
		struct db_value v = db_text(str_from(s->table));
		assert_int_equal(db_query(d, a, "SELECT column_name FROM information_schema.columns"
					  " WHERE table_schema = DATABASE() AND table_name = ?", &v, 1, &rows), ERR_OK);
		for (size_t c = 0; c < rows.rows; c++) {
			struct str name = db_cell(&rows, c, 0)->s;
			bool known = str_is(name, "id") || str_is(name, "parent") || str_is(name, "pos") ||
				(shape_merges(s) && (str_is(name, "merged_into") || str_is(name, "merge_asked"))) ||
				(!s->parent && s->resource->posted && str_is(name, "postings_due"));
			for (size_t j = 0; j < s->n_leaves && !known; j++) {
				const char *col = s->leaves[j].f->col;
				known = col && str_starts(name, str_from(col)) &&
					(name.n == strlen(col) || str_is((struct str){ name.p + strlen(col), name.n - strlen(col) }, "_lo") ||
					 str_is((struct str){ name.p + strlen(col), name.n - strlen(col) }, "_hi"));
			}
			if (!known)
				fail_msg("%s.%.*s serves no field", s->table, STR_ARG(name));
		}
	}
}

static void every_order_has_its_index(void **state)
{
	(void)state;
	for (size_t i = 0; i < shape_served_count(); i++) {
		const struct served *s = shape_served(i);
		for (const struct sort *o = s->resource->sorts; o->name; o++) {
			assert_string_equal(column(s->shape->table, o->col, "is_nullable").p, "NO");
			if (count("SELECT COUNT(*) FROM information_schema.statistics WHERE table_schema = DATABASE()"
				  " AND table_name = ? AND column_name = ? AND seq_in_index = 1", s->shape->table, o->col) == 0)
				fail_msg("%s: no index begins with %s", s->shape->table, o->col);
		}
	}
}

/* "kind -dates" wants an index whose first two columns are kind and dates_lo. */
static void every_indexed_pair_has_its_index(void **state)
{
	(void)state;
	for (size_t i = 0; i < shape_served_count(); i++) {
		const struct served *s = shape_served(i);
		for (const char *const *pair = s->resource->indexed; pair && *pair; pair++) {
			struct str order, field = str_cut(str_from(*pair), ' ', &order);
			const char *sort = order.p[0] == '-' ? order.p + 1 : order.p;
			const struct field *f = s->shape->leaves[shape_leaf(s->shape, field)].f;
			const struct sort *o = s->resource->sorts;
			while (strcmp(o->name, sort) != 0)
				o++;
			struct str sql = arena_printf(a, "SELECT COUNT(*) FROM information_schema.statistics a JOIN information_schema.statistics b"
						      " USING (table_schema, table_name, index_name) WHERE table_schema = DATABASE()"
						      " AND table_name = '%s' AND a.column_name = ? AND a.seq_in_index = 1"
						      " AND b.column_name = ? AND b.seq_in_index = 2", s->shape->table);
			if (count(sql.p, f->col, o->col) == 0)
				fail_msg("%s: no index on (%s, %s)", s->shape->table, f->col, o->col);
		}
	}
}

static void tables_are_as_the_house_wants_them(void **state)
{
	(void)state;
	assert_int_equal(harness_int(d, "SELECT COUNT(*) FROM information_schema.tables t WHERE table_schema = DATABASE()"
				     " AND NOT EXISTS (SELECT 1 FROM information_schema.statistics s WHERE s.table_schema = t.table_schema"
				     " AND s.table_name = t.table_name AND s.index_name = 'PRIMARY')"), 0);
	assert_int_equal(harness_int(d, "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE()"
				     " AND engine <> 'InnoDB'"), 0);
	/* each index says what it serves; primary keys and those of the bookkeeping need not */
	assert_int_equal(harness_int(d, "SELECT COUNT(*) FROM information_schema.statistics WHERE table_schema = DATABASE()"
				     " AND index_name <> 'PRIMARY' AND index_comment = '' AND table_name NOT LIKE 'schema%'"), 0);
	assert_int_equal(harness_int(d, "SELECT COUNT(*) FROM information_schema.triggers WHERE trigger_schema = DATABASE()"), 0);
}

static void what_is_made_by_name_has_its_lock(void **state)
{
	(void)state;
	for (size_t i = 0; i < shape_count(); i++) {
		const struct shape *s = shape_at(i);
		bool by_name = false;
		for (size_t j = 0; j < s->n_leaves; j++)
			by_name |= (s->leaves[j].f->flags & FIELD_MATCH) != 0;
		if (by_name && count("SELECT COUNT(*) FROM name_lock WHERE type = ?", s->resource->name, NULL) != 1)
			fail_msg("name_lock has no row %s", s->resource->name);
	}
}

static void code_lists_are_there_and_whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < shape_count(); i++) {
		const struct shape *s = shape_at(i);
		for (size_t j = 0; j < s->n_leaves; j++) {
			const char *list = s->leaves[j].f->list;
			if (list && count("SELECT COUNT(*) FROM code WHERE list = ?", list, NULL) == 0)
				fail_msg("the code list %s of %s.%s is empty", list, s->table, s->leaves[j].f->name);
		}
	}
	/* ISO 3166-1 has 249 officially assigned codes */
	assert_int_equal(harness_int(d, "SELECT COUNT(*) FROM code WHERE list = 'country' AND active AND LENGTH(code) = 2 AND code <> 'XK'"), 249);
	assert_int_equal(harness_int(d, "SELECT COUNT(*) FROM code c WHERE parent IS NOT NULL AND NOT EXISTS"
				     " (SELECT 1 FROM code p WHERE p.list = c.list AND p.code = c.parent)"), 0);
}

static void a_second_installation_adds_nothing_and_keeps_edits(void **state)
{
	size_t added = 99;

	(void)state;
	harness_sql(d, "UPDATE code SET label_en = 'Edited here' WHERE list = 'theme' AND code = 'diaspora'");
	assert_int_equal(install_codelists(d, a, &added), ERR_OK);
	assert_int_equal(added, 0);
	assert_int_equal(harness_int(d, "SELECT COUNT(*) FROM code WHERE label_en = 'Edited here'"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_field_has_its_column),
		cmocka_unit_test(every_column_has_its_field),
		cmocka_unit_test(every_order_has_its_index),
		cmocka_unit_test(every_indexed_pair_has_its_index),
		cmocka_unit_test(tables_are_as_the_house_wants_them),
		cmocka_unit_test(what_is_made_by_name_has_its_lock),
		cmocka_unit_test(code_lists_are_there_and_whole),
		cmocka_unit_test(a_second_installation_adds_nothing_and_keeps_edits),
	};

	if (!harness_begin())
		return HARNESS_SKIPPED;
	int failed = cmocka_run_group_tests(tests, begin, end);
	harness_end();
	return failed;
}

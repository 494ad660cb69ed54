/* SPDX-License-Identifier: Apache-2.0
 * Values there and back, results, the session, the statement cache. */
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>

struct fixture {
	struct db *d;
	struct arena *a;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->d = harness_db(0, 0);
	f->a = arena_new(16 << 20);
	harness_sql(f->d, "DELETE FROM sample");
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	db_free(f->d);
	arena_free(f->a);
	free(f);
	return 0;
}

static int group_set_up(void **state)
{
	struct db *d = harness_db(0, 0);

	(void)state;
	harness_drop_tables(d);
	harness_sql(d, "CREATE TABLE sample (id INT PRIMARY KEY, t VARCHAR(300), big LONGTEXT, bin BINARY(16) UNIQUE,"
		       " vb VARBINARY(64), i BIGINT, u BIGINT UNSIGNED, d DECIMAL(20,4), dt DATETIME(3), whole DATETIME,"
		       " us DATETIME(6), day DATE, clock TIME, y YEAR, tiny TINYINT, mid MEDIUMINT, flag BOOL, j JSON,"
		       " kind ENUM('a','b'))");
	db_free(d);
	return 0;
}

static void run(struct fixture *f, const char *sql)
{
	harness_sql(f->d, sql);
}

static enum err query(struct fixture *f, const char *sql, const struct db_value *v, size_t n, struct db_rows *out)
{
	return db_query(f->d, f->a, sql, v, n, out);
}

/* Puts `v` into `column` and reads the cell back. */
static struct db_value there_and_back(struct fixture *f, const char *column, struct db_value v)
{
	struct db_value values[2] = { db_int(1), v };
	struct db_rows r;

	run(f, "DELETE FROM sample");
	assert_int_equal(query(f, arena_printf(f->a, "INSERT INTO sample (id, %s) VALUES (?, ?)", column).p, values, 2, &r),
			 ERR_OK);
	assert_int_equal(r.affected, 1);
	assert_int_equal(r.rows, 0);
	assert_int_equal(query(f, arena_printf(f->a, "SELECT %s FROM sample WHERE id = ?", column).p, values, 1, &r), ERR_OK);
	assert_int_equal(r.rows, 1);
	assert_int_equal(r.cols, 1);
	return *db_cell(&r, 0, 0);
}

static void assert_text(struct db_value v, const void *p, size_t n)
{
	assert_int_equal(v.type, DB_TEXT);
	assert_int_equal(v.s.n, n);
	assert_memory_equal(v.s.p, p, n ? n : 1);
}

static void assert_z(struct db_value v, const char *z)
{
	assert_text(v, z, strlen(z));
}

static void test_null_and_empty(void **state)
{
	static const char *const columns[] = { "t", "big", "bin", "vb", "i", "u", "d", "dt", "day", "clock", "j" };
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
		assert_int_equal(there_and_back(f, columns[i], db_null()).type, DB_NULL);
	assert_int_equal(there_and_back(f, "t", db_text((struct str){ NULL, 0 })).type, DB_NULL);
	assert_z(there_and_back(f, "t", db_text(STR(""))), "");
	assert_z(there_and_back(f, "big", db_text(STR(""))), "");
}

static void test_text(void **state)
{
	struct fixture *f = *state;
	/* four-byte characters, quotes, a backslash, what would end a statement */
	const char *text = "Ng\xc5\xa9g\xc4\xa9 \xf0\x9f\x8c\x8d 'a\"b`c\\d; -- x\n\t?";

	assert_z(there_and_back(f, "t", db_text(str_from(text))), text);
	/* trailing spaces and case come back as they were */
	assert_z(there_and_back(f, "t", db_text(STR("aB  "))), "aB  ");
	assert_z(there_and_back(f, "j", db_text(STR("{\"a\": 1}"))), "{\"a\": 1}");
	assert_z(there_and_back(f, "kind", db_text(STR("b"))), "b");
}

/* Longer than any first buffer, longer than any buffer that is kept, and again once it grew. */
static void test_long_text(void **state)
{
	static const size_t sizes[] = { 255, 256, 257, 264, 1000, 65536, 65537, 100 << 10, 300, 0 };
	struct fixture *f = *state;

	for (size_t k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++) {
		char *text = arena_alloc(f->a, sizes[k] + 1);
		for (size_t i = 0; i < sizes[k]; i++)
			text[i] = (char)('a' + i * 7 % 26);
		assert_text(there_and_back(f, "big", db_text((struct str){ text, sizes[k] })), text, sizes[k]);
	}
}

/* Rows of very different lengths in one result, long ones first, last and between. */
static void test_long_rows(void **state)
{
	struct fixture *f = *state;
	struct db_rows r;

	run(f, "INSERT INTO sample (id, t, big) VALUES (1, 'one', REPEAT('x', 2000)), (2, 'two', 'short'), (3, NULL, NULL),"
	       " (4, REPEAT('y', 300), REPEAT('z', 70000)), (5, 'five', '')");
	for (int again = 0; again < 3; again++) {
		assert_int_equal(query(f, "SELECT id, t, big FROM sample ORDER BY id", NULL, 0, &r), ERR_OK);
		assert_int_equal(r.rows, 5);
		assert_int_equal(db_cell(&r, 0, 2)->s.n, 2000);
		assert_int_equal(db_cell(&r, 0, 2)->s.p[1999], 'x');
		assert_z(*db_cell(&r, 1, 2), "short");
		assert_int_equal(db_cell(&r, 2, 1)->type, DB_NULL);
		assert_int_equal(db_cell(&r, 2, 2)->type, DB_NULL);
		assert_int_equal(db_cell(&r, 3, 1)->s.n, 300);
		assert_int_equal(db_cell(&r, 3, 2)->s.n, 70000);
		assert_int_equal(db_cell(&r, 3, 2)->s.p[69999], 'z');
		assert_int_equal(db_cell(&r, 4, 0)->i, 5);
		assert_z(*db_cell(&r, 4, 2), "");
	}
}

static void test_binary(void **state)
{
	struct fixture *f = *state;
	const uint8_t zeros[16] = { 0 };
	const uint8_t mixed[16] = { 0, 0xff, 0xc3, 0x28, 0, 0xed, 0xa0, 0x80, '\'', '\\', 0x20, 0x20, 0x7f, 0x80, 0, 0 };
	struct uuid id;
	struct db_rows r;

	assert_text(there_and_back(f, "bin", db_text((struct str){ (const char *)zeros, 16 })), zeros, 16);
	memcpy(id.b, mixed, 16);
	assert_text(there_and_back(f, "bin", db_uuid(&id)), mixed, 16);
	assert_text(there_and_back(f, "vb", db_text((struct str){ (const char *)mixed, 15 })), mixed, 15);
	/* found by its bytes, through the index */
	there_and_back(f, "bin", db_uuid(&id));
	struct db_value v = db_uuid(&id);
	assert_int_equal(query(f, "SELECT id FROM sample WHERE bin = ?", &v, 1, &r), ERR_OK);
	assert_int_equal(r.rows, 1);
	assert_int_equal(query(f, "EXPLAIN SELECT id FROM sample WHERE bin = ?", &v, 1, &r), ERR_OK);
	assert_z(*db_cell(&r, 0, 3), "const");
}

static void test_integers(void **state)
{
	struct fixture *f = *state;
	static const int64_t wide[] = { INT64_MIN, INT64_MIN + 1, -1, 0, 1, INT64_MAX };

	for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++) {
		struct db_value v = there_and_back(f, "i", db_int(wide[i]));
		assert_int_equal(v.type, DB_INT);
		assert_true(v.i == wide[i]);
	}
	assert_true(there_and_back(f, "u", db_int(INT64_MAX)).i == INT64_MAX);
	assert_int_equal(there_and_back(f, "tiny", db_int(-128)).i, -128);
	assert_int_equal(there_and_back(f, "mid", db_int(-8388608)).i, -8388608);
	assert_int_equal(there_and_back(f, "flag", db_int(1)).i, 1);
	assert_int_equal(there_and_back(f, "y", db_int(2018)).i, 2018);
}

/* What does not fit into int64_t must not come out negative. */
static void test_unsigned_past_limit(void **state)
{
	struct fixture *f = *state;
	struct db_rows r;

	run(f, "INSERT INTO sample (id, u) VALUES (1, 5), (2, 9223372036854775808), (3, 7)");
	assert_int_equal(query(f, "SELECT u FROM sample ORDER BY id", NULL, 0, &r), ERR_INTERNAL);
	assert_int_equal(db_errno(f->d), 0);
	assert_int_equal(harness_int(f->d, "SELECT u FROM sample WHERE id = 3"), 7);
}

static void test_decimal(void **state)
{
	struct fixture *f = *state;

	assert_z(there_and_back(f, "d", db_text(STR("1234567890123456.7891"))), "1234567890123456.7891");
	assert_z(there_and_back(f, "d", db_text(STR("-0.5"))), "-0.5000");
	assert_z(there_and_back(f, "d", db_int(12)), "12.0000");
}

static void test_dates(void **state)
{
	struct fixture *f = *state;

	assert_z(there_and_back(f, "dt", db_text(STR("2018-07-28 09:30:00.007"))), "2018-07-28 09:30:00.007");
	assert_z(there_and_back(f, "dt", db_text(STR("9999-12-31 23:59:59.999"))), "9999-12-31 23:59:59.999");
	assert_z(there_and_back(f, "dt", db_text(STR("1000-01-01 00:00:00"))), "1000-01-01 00:00:00.000");
	assert_z(there_and_back(f, "us", db_text(STR("2018-07-28 00:00:00.123456"))), "2018-07-28 00:00:00.123456");
	assert_z(there_and_back(f, "whole", db_text(STR("2018-07-28 09:30:59"))), "2018-07-28 09:30:59");
	assert_z(there_and_back(f, "day", db_text(STR("2018-02-28"))), "2018-02-28");
	assert_z(there_and_back(f, "clock", db_text(STR("-26:00:01"))), "-26:00:01");
}

static void test_results(void **state)
{
	struct fixture *f = *state;
	struct db_value v[40];
	struct db_rows r;
	struct str sql = STR("SELECT 'x'");

	/* nothing */
	assert_int_equal(query(f, "SELECT id, t FROM sample", NULL, 0, &r), ERR_OK);
	assert_int_equal(r.rows, 0);
	assert_int_equal(r.cols, 2);
	/* a result nobody wants must not be in the way of the next */
	run(f, "INSERT INTO sample (id, t) VALUES (1, 'a'), (2, 'b'), (3, 'c')");
	assert_int_equal(query(f, "SELECT id FROM sample", NULL, 0, NULL), ERR_OK);
	assert_int_equal(harness_int(f->d, "SELECT COUNT(*) FROM sample"), 3);
	/* rows matched, not rows changed */
	assert_int_equal(query(f, "UPDATE sample SET t = 'a' WHERE id <= 2", NULL, 0, &r), ERR_OK);
	assert_int_equal(r.affected, 2);
	assert_int_equal(query(f, "UPDATE sample SET t = 'a' WHERE id <= 2", NULL, 0, &r), ERR_OK);
	assert_int_equal(r.affected, 2);
	assert_int_equal(query(f, "DELETE FROM sample WHERE id = 99", NULL, 0, &r), ERR_OK);
	assert_int_equal(r.affected, 0);
	assert_int_equal(query(f, "INSERT INTO sample (id) VALUES (8), (9) RETURNING id", NULL, 0, &r), ERR_OK);
	assert_int_equal(r.rows, 2);
	assert_int_equal(r.affected, 2);
	assert_int_equal(db_cell(&r, 1, 0)->i, 9);
	/* more parameters than fit on the stack */
	for (size_t i = 0; i < 40; i++) {
		v[i] = db_int((int64_t)i);
		sql = arena_printf(f->a, "%.*s, ?", STR_ARG(sql));
	}
	assert_int_equal(query(f, sql.p, v, 40, &r), ERR_OK);
	assert_int_equal(r.cols, 41);
	assert_int_equal(db_cell(&r, 0, 40)->i, 39);
	/* a column that has its parameter's type, now this, now that */
	v[0] = db_text(STR("text"));
	assert_int_equal(query(f, "SELECT ?", v, 1, &r), ERR_OK);
	assert_z(*db_cell(&r, 0, 0), "text");
	v[0] = db_int(-4);
	assert_int_equal(query(f, "SELECT ?", v, 1, &r), ERR_OK);
	assert_int_equal(db_cell(&r, 0, 0)->type, DB_INT);
	assert_int_equal(db_cell(&r, 0, 0)->i, -4);
	v[0] = db_null();
	assert_int_equal(query(f, "SELECT ?", v, 1, &r), ERR_OK);
	assert_int_equal(db_cell(&r, 0, 0)->type, DB_NULL);
	/* and the wrong number of them */
	assert_int_equal(query(f, sql.p, v, 39, &r), ERR_INTERNAL);
	assert_int_equal(query(f, "SELECT 1", v, 1, &r), ERR_INTERNAL);
	assert_int_equal(harness_int(f->d, "SELECT 7"), 7);
}

static void test_session(void **state)
{
	struct fixture *f = *state;
	struct db *d = harness_db(1500, 0);
	struct db_rows r;

	assert_int_equal(db_query(d, f->a,
				  "SELECT @@time_zone, @@sql_mode, @@collation_connection, @@character_set_client,"
				  " @@tx_isolation, CAST(@@max_statement_time AS DECIMAL(9,3)), @@autocommit",
				  NULL, 0, &r),
			 ERR_OK);
	assert_z(*db_cell(&r, 0, 0), "+00:00");
	assert_z(*db_cell(&r, 0, 1), "STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,"
				     "NO_ENGINE_SUBSTITUTION");
	assert_z(*db_cell(&r, 0, 2), "utf8mb4_uca1400_ai_ci");
	assert_z(*db_cell(&r, 0, 3), "utf8mb4");
	assert_z(*db_cell(&r, 0, 4), "REPEATABLE-READ");
	assert_z(*db_cell(&r, 0, 5), "1.500");
	assert_int_equal(db_cell(&r, 0, 6)->i, 1);
	db_free(d);
}

static int64_t prepares(struct db *d)
{
	return harness_int(d, "SELECT CAST(variable_value AS SIGNED) FROM information_schema.session_status"
			      " WHERE variable_name = 'COM_STMT_PREPARE'");
}

static void test_cache(void **state)
{
	static const char *const sql[] = { "SELECT 1", "SELECT 2", "SELECT 3", "SELECT 4", "SELECT 5" };
	struct db *d = harness_db(0, 3);
	(void)state;

	/* kept: the same text is prepared once, whatever pointer it comes by */
	int64_t before = prepares(d);
	for (int i = 0; i < 10; i++) {
		char *copy = strdup("SELECT 1");
		assert_int_equal(harness_int(d, copy), 1);
		free(copy);
	}
	assert_int_equal(prepares(d) - before, 1);
	/* evicted: five texts and room for three, so each round prepares all five (but SELECT 1, which is
	 * there from above) and the counter is prepared anew, too */
	before = prepares(d);
	for (int round = 0; round < 3; round++)
		for (int i = 0; i < 5; i++)
			assert_int_equal(harness_int(d, sql[i]), i + 1);
	assert_int_equal(prepares(d) - before, 3 * 5 - 1 + 1);
	/* the one used all the time stays: 5 others and the counter are new, SELECT 1 is not */
	assert_int_equal(harness_int(d, sql[0]), 1);
	before = prepares(d);
	for (int i = 1; i < 5; i++) {
		assert_int_equal(harness_int(d, sql[i]), i + 1);
		assert_int_equal(harness_int(d, sql[0]), 1);
	}
	assert_int_equal(prepares(d) - before, 4 + 1);
	db_free(d);
}

/* A table altered under a cached statement: other types, other columns. */
static void test_altered_table(void **state)
{
	struct fixture *f = *state;
	struct db_rows r;

	run(f, "DROP TABLE IF EXISTS changing");
	run(f, "CREATE TABLE changing (a INT)");
	run(f, "INSERT INTO changing VALUES (7)");
	assert_int_equal(query(f, "SELECT * FROM changing", NULL, 0, &r), ERR_OK);
	assert_int_equal(db_cell(&r, 0, 0)->i, 7);
	struct db *other = harness_db(0, 0);
	harness_sql(other, "ALTER TABLE changing MODIFY a VARCHAR(600)");
	assert_int_equal(query(f, "SELECT * FROM changing", NULL, 0, &r), ERR_OK);
	assert_int_equal(r.rows, 1);
	assert_z(*db_cell(&r, 0, 0), "7");
	harness_sql(other, "ALTER TABLE changing ADD b VARCHAR(20) NOT NULL DEFAULT 'new'");
	assert_int_equal(query(f, "SELECT * FROM changing", NULL, 0, &r), ERR_OK);
	assert_int_equal(r.cols, 2);
	assert_z(*db_cell(&r, 0, 1), "new");
	run(f, "DROP TABLE changing");
	db_free(other);
}

static void test_stats(void **state)
{
	struct fixture *f = *state;

	db_stats_reset(f->d);
	run(f, "INSERT INTO sample (id) VALUES (1), (2), (3)");
	assert_int_equal(query(f, "SELECT id FROM sample", NULL, 0, NULL), ERR_OK);
	assert_int_equal(db_stats(f->d).statements, 2);
	assert_int_equal(db_stats(f->d).rows, 3);
	assert_true(db_stats(f->d).us > 0);
	db_stats_reset(f->d);
	assert_int_equal(db_stats(f->d).statements, 0);
	assert_int_equal(db_stats(f->d).us, 0);
}

int main(void)
{
#define CASE(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		CASE(test_null_and_empty),
		CASE(test_text),
		CASE(test_long_text),
		CASE(test_long_rows),
		CASE(test_binary),
		CASE(test_integers),
		CASE(test_unsigned_past_limit),
		CASE(test_decimal),
		CASE(test_dates),
		CASE(test_results),
		CASE(test_session),
		CASE(test_cache),
		CASE(test_altered_table),
		CASE(test_stats),
	};
	if (!harness_begin())
		return HARNESS_SKIPPED;
	int failures = cmocka_run_group_tests_name("db", tests, group_set_up, harness_tear_down_group);
	harness_end();
	return failures;
}

/* SPDX-License-Identifier: Apache-2.0
 * Helpers around the server under test. */
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static const char *option_file, *database;

bool harness_begin(void)
{
	option_file = getenv("ZIARA_TEST_DB_OPTION_FILE");
	database = getenv("ZIARA_TEST_DB_NAME");
	if (!option_file || !*option_file || !database || !*database) {
		puts("skipped: ZIARA_TEST_DB_OPTION_FILE and ZIARA_TEST_DB_NAME are not set "
		     "(tests/integration/run.sh sets them)");
		return false;
	}
	if (db_library_init() != ERR_OK) {
		puts("the client library cannot be initialised");
		exit(1);
	}
	return true;
}

void harness_end(void)
{
	db_library_end();
}

const char *harness_option_file(void)
{
	return option_file;
}

const char *harness_database(void)
{
	return database;
}

struct db *harness_db(int statement_timeout_ms, size_t statements_max)
{
	struct db_params p = { .option_file = option_file, .database = database, .connect_timeout_ms = 2000,
			       .statement_timeout_ms = statement_timeout_ms, .statements_max = statements_max };
	struct db *d = db_new(&p);

	assert_non_null(d);
	return d;
}

void harness_sql(struct db *d, const char *sql)
{
	struct arena *a = arena_new(1 << 20);
	enum err e = db_query(d, a, sql, NULL, 0, NULL);

	if (e != ERR_OK)
		print_error("%s (%u): %s\n", err_name(e), db_errno(d), sql);
	assert_int_equal(e, ERR_OK);
	arena_free(a);
}

int64_t harness_int(struct db *d, const char *sql)
{
	struct arena *a = arena_new(1 << 20);
	struct db_rows r;
	enum err e = db_query(d, a, sql, NULL, 0, &r);

	if (e != ERR_OK)
		print_error("%s (%u): %s\n", err_name(e), db_errno(d), sql);
	assert_int_equal(e, ERR_OK);
	assert_int_equal(r.rows, 1);
	assert_int_equal(db_cell(&r, 0, 0)->type, DB_INT);
	int64_t i = db_cell(&r, 0, 0)->i;
	arena_free(a);
	return i;
}

void harness_drop_tables(struct db *d)
{
	struct arena *a = arena_new(1 << 20);
	struct db_rows r;

	harness_sql(d, "SET foreign_key_checks = 0");
	assert_int_equal(db_query(d, a, "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()",
				  NULL, 0, &r),
			 ERR_OK);
	for (size_t i = 0; i < r.rows; i++) {
		struct str sql = arena_printf(a, "DROP TABLE `%.*s`", STR_ARG(db_cell(&r, i, 0)->s));
		harness_sql(d, sql.p);
	}
	harness_sql(d, "SET foreign_key_checks = 1");
	arena_free(a);
}

int harness_tear_down_group(void **state)
{
	struct db *d = harness_db(0, 0);

	(void)state;
	harness_drop_tables(d);
	db_free(d);
	return 0;
}

int64_t harness_connection(struct db *d)
{
	return harness_int(d, "SELECT CONNECTION_ID()");
}

void harness_kill(struct db *by, int64_t id)
{
	struct arena *a = arena_new(1 << 20);
	struct db_rows r = { 0 };
	struct db_value v = db_int(id);
	struct timespec pause = { 0, 2000000 };
	char sql[64];

	assert_true(snprintf(sql, sizeof(sql), "KILL CONNECTION %lld", (long long)id) > 0);
	harness_sql(by, sql);
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(db_query(by, a, "SELECT COUNT(*) FROM information_schema.processlist WHERE id = ?", &v,
					  1, &r),
				 ERR_OK);
		if (db_cell(&r, 0, 0)->i == 0)
			break;
		nanosleep(&pause, NULL);
	}
	assert_int_equal(db_cell(&r, 0, 0)->i, 0);
	arena_free(a);
}

unsigned harness_random(unsigned *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

/* SPDX-License-Identifier: Apache-2.0
 * Every class of error made for real, and that the handle serves on after each. */
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct fixture {
	struct db *d;
	struct arena *a;
};

static int group_set_up(void **state)
{
	struct db *d = harness_db(0, 0);

	(void)state;
	harness_drop_tables(d);
	harness_sql(d, "CREATE TABLE sample (id INT PRIMARY KEY, t VARCHAR(300), big LONGTEXT, day DATE)");
	harness_sql(d, "CREATE TABLE parent (id INT PRIMARY KEY, code VARCHAR(10) NOT NULL,"
		       " size INT NOT NULL DEFAULT 0, UNIQUE KEY parent_code (code),"
		       " CONSTRAINT size_positive CHECK (size >= 0))");
	harness_sql(d, "CREATE TABLE child (id INT PRIMARY KEY, parent_id INT NOT NULL,"
		       " CONSTRAINT child_parent FOREIGN KEY (parent_id) REFERENCES parent (id))");
	db_free(d);
	return 0;
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->d = harness_db(0, 0);
	f->a = arena_new(16 << 20);
	harness_sql(f->d, "DELETE FROM sample");
	harness_sql(f->d, "DELETE FROM child");
	harness_sql(f->d, "DELETE FROM parent");
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

static void run(struct fixture *f, const char *sql)
{
	harness_sql(f->d, sql);
}

static enum err query(struct fixture *f, const char *sql, const struct db_value *v, size_t n, struct db_rows *out)
{
	return db_query(f->d, f->a, sql, v, n, out);
}

struct refused {
	const char *sql;
	enum err err;
	unsigned number;
	const char *key;
};

static void test_refusals(void **state)
{
	static const struct refused cases[] = {
		{ "INSERT INTO parent (id, code) VALUES (2, 'a')", ERR_CONFLICT, 1062, "parent_code" },
		{ "INSERT INTO parent (id, code) VALUES (1, 'z')", ERR_CONFLICT, 1062, "PRIMARY" },
		{ "DELETE FROM parent WHERE id = 1", ERR_REFERENCED, 1451, "child_parent" },
		{ "INSERT INTO child VALUES (2, 99)", ERR_REFERENCED, 1452, "child_parent" },
		{ "INSERT INTO parent (id, code) VALUES (2, '12345678901')", ERR_INVALID, 1406, "code" },
		{ "INSERT INTO parent (id, code, size) VALUES (2, 'b', -1)", ERR_INVALID, 4025, "size_positive" },
		{ "INSERT INTO parent (id, code) VALUES (2, X'C328')", ERR_INVALID, 1366, "code" },
		{ "INSERT INTO parent (id, code) VALUES (2147483648, 'b')", ERR_INVALID, 1264, "id" },
		{ "INSERT INTO parent (id, code) VALUES (2, NULL)", ERR_INVALID, 1048, "code" },
		{ "INSERT INTO sample (id, day) VALUES (2, '2018-02-30')", ERR_INVALID, 1292, "day" },
		{ "SELECT nothing FROM parent", ERR_INTERNAL, 1054, "" },
		{ "SELEKT 1", ERR_INTERNAL, 1064, "" },
		{ "SELECT 1 FROM no_such_table", ERR_INTERNAL, 1146, "" },
	};
	struct fixture *f = *state;

	run(f, "INSERT INTO parent (id, code) VALUES (1, 'a')");
	run(f, "INSERT INTO child VALUES (1, 1)");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		enum err e = query(f, cases[i].sql, NULL, 0, NULL);
		if (e != cases[i].err || db_errno(f->d) != cases[i].number)
			print_error("%s: %s, %u\n", cases[i].sql, err_name(e), db_errno(f->d));
		assert_int_equal(e, cases[i].err);
		assert_int_equal(db_errno(f->d), cases[i].number);
		assert_string_equal(db_error_key(f->d), cases[i].key);
		assert_int_equal(harness_int(f->d, "SELECT COUNT(*) FROM parent"), 1);
	}
	/* a duplicate that tries to look like the name of a key */
	run(f, "INSERT INTO parent (id, code) VALUES (3, 'key ''x''')");
	assert_int_equal(query(f, "INSERT INTO parent (id, code) VALUES (4, 'key ''x''')", NULL, 0, NULL), ERR_CONFLICT);
	assert_string_equal(db_error_key(f->d), "parent_code");
}

static void test_statement_timeout(void **state)
{
	struct fixture *f = *state;
	struct db *d = harness_db(200, 0);

	assert_int_equal(db_query(d, f->a, "SELECT SLEEP(5)", NULL, 0, NULL), ERR_TIMEOUT);
	assert_int_equal(db_errno(d), 1969);
	assert_int_equal(harness_int(d, "SELECT 3"), 3);
	db_free(d);
}

/* A server of its own cannot be had: everything that ends in 503. */
static void test_unavailable(void **state)
{
	struct fixture *f = *state;
	char dir[] = "/tmp/ziara-db-XXXXXX", path[64];
	struct db_params p = { .database = harness_database(), .connect_timeout_ms = 500 };

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/x.cnf", dir);
	p.option_file = path;
	struct db *d = db_new(&p);
	/* no option file: refused, rather than going on as somebody else */
	assert_int_equal(db_query(d, f->a, "SELECT 1", NULL, 0, NULL), ERR_UNAVAILABLE);
	assert_int_equal(db_errno(d), 0);
	/* nobody listens */
	FILE *out = fopen(path, "w");
	assert_non_null(out);
	fprintf(out, "[client]\nsocket = %s/none.sock\nuser = x\n", dir);
	fclose(out);
	assert_int_equal(db_query(d, f->a, "SELECT 1", NULL, 0, NULL), ERR_UNAVAILABLE);
	assert_int_equal(db_errno(d), 2002);
	db_free(d);
	/* no such schema, no such right */
	p.option_file = harness_option_file();
	p.database = "ziara_test_nowhere";
	d = db_new(&p);
	assert_int_equal(db_query(d, f->a, "SELECT 1", NULL, 0, NULL), ERR_UNAVAILABLE);
	assert_int_equal(db_errno(d), 1044);
	assert_int_equal(db_query(d, f->a, "SELECT 1", NULL, 0, NULL), ERR_UNAVAILABLE);
	db_free(d);
	unlink(path);
	rmdir(dir);
}

/* Whoever asks for TLS must not get a connection in plain text (the server under test has no TLS). */
static void test_tls_asked(void **state)
{
	static const char *const asked[] = { "ssl-ca = /nowhere.pem", "ssl-verify-server-cert = 1",
					     "ssl-ca = /nowhere.pem\nssl-verify-server-cert = 1" };
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
		char path[] = "/tmp/ziara-db-XXXXXX", line[256];
		struct db_params p = { .option_file = path, .database = harness_database() };
		FILE *in = fopen(harness_option_file(), "r"), *out = fdopen(mkstemp(path), "w");

		assert_non_null(in);
		assert_non_null(out);
		while (fgets(line, sizeof(line), in))
			fputs(line, out);
		fprintf(out, "%s\n", asked[i]);
		fclose(in);
		assert_int_equal(fclose(out), 0);
		struct db *d = db_new(&p);
		assert_int_equal(db_query(d, f->a, "SELECT 1", NULL, 0, NULL), ERR_UNAVAILABLE);
		db_free(d);
		unlink(path);
	}
}

/* Every allocation of a call fails once; the handle serves the next call all the same. */
static void test_memory_out(void **state)
{
	struct fixture *f = *state;
	struct db_rows r;
	unsigned long nth = 1;
	enum err e;

	run(f, "INSERT INTO sample (id, t, big) VALUES (1, 'one', REPEAT('x', 3000)), (2, 'two', 'short')");
	do {
		arena_fail_nth(nth++);
		e = query(f, "SELECT id, t, big FROM sample ORDER BY id", NULL, 0, &r);
		arena_fail_nth(0);
		assert_true(e == ERR_OK || e == ERR_NOMEM);
		if (e == ERR_NOMEM) {
			assert_int_equal(r.rows, 0);
			assert_int_equal(db_errno(f->d), 0);
		}
		assert_int_equal(harness_int(f->d, "SELECT COUNT(*) FROM sample"), 2);
	} while (e != ERR_OK);
	assert_true(nth > 2);
	assert_int_equal(r.rows, 2);
	/* past the arena's cap, with rows left on the wire */
	struct arena *small = arena_new(1000);
	assert_int_equal(db_query(f->d, small, "SELECT id, t, big FROM sample ORDER BY id", NULL, 0, &r), ERR_NOMEM);
	arena_free(small);
	assert_int_equal(harness_int(f->d, "SELECT 5"), 5);
}

/* The serving account reads and writes, and no more. */
static void test_app_account(void **state)
{
	struct fixture *f = *state;
	struct db_params p = { .option_file = getenv("ZIARA_TEST_DB_APP_OPTION_FILE"), .database = harness_database() };

	if (!p.option_file)
		skip();
	struct db *d = db_new(&p);
	harness_sql(d, "INSERT INTO sample (id) VALUES (1)");
	harness_sql(d, "UPDATE sample SET t = 'x'");
	harness_sql(d, "DELETE FROM sample");
	assert_int_equal(db_query(d, f->a, "DROP TABLE sample", NULL, 0, NULL), ERR_INTERNAL);
	assert_int_equal(db_query(d, f->a, "CREATE TABLE other (a INT)", NULL, 0, NULL), ERR_INTERNAL);
	assert_int_equal(db_errno(d), 1142);
	db_free(d);
}

int main(void)
{
#define CASE(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		CASE(test_refusals),
		CASE(test_statement_timeout),
		CASE(test_unavailable),
		CASE(test_tls_asked),
		CASE(test_memory_out),
		CASE(test_app_account),
	};
	if (!harness_begin())
		return HARNESS_SKIPPED;
	int failures = cmocka_run_group_tests_name("db_error", tests, group_set_up, harness_tear_down_group);
	harness_end();
	return failures;
}

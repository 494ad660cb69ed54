/* SPDX-License-Identifier: Apache-2.0
 * What is told of the statements sent: texts without values, and figures. */
#include "harness.h"

#include "base/metric.h"

#include <stdio.h>

static struct db *traced(size_t statements_max)
{
	struct db_params p = { .option_file = harness_option_file(), .database = harness_database(), .connect_timeout_ms = 2000,
			       .statements_max = statements_max, .trace = true };
	struct db *d = db_new(&p);

	assert_non_null(d);
	return d;
}

static int group_set_up(void **state)
{
	struct db *d = harness_db(0, 0);

	(void)state;
	harness_drop_tables(d);
	harness_sql(d, "CREATE TABLE entry (id INT PRIMARY KEY, word VARCHAR(50) NOT NULL)");
	db_free(d);
	return 0;
}

static enum err insert(struct db *d, int64_t id, const char *word)
{
	struct arena *a = arena_new(1 << 20);
	struct db_value v[] = { db_int(id), db_text(str_from(word)) };
	enum err e = db_query(d, a, "INSERT INTO entry (id, word) VALUES (?, ?)", v, 2, NULL);

	arena_free(a);
	return e;
}

static enum err insert_and_read(struct db *d, void *arg)
{
	int *runs = arg;

	if (insert(d, 10, "inside") != ERR_OK)
		return ERR_INTERNAL;
	harness_int(d, "SELECT COUNT(*) FROM entry");
	return ++*runs < 3 ? ERR_RETRY : ERR_OK;
}

static const struct db_traced *find(const struct db *d, const char *sql)
{
	size_t n;
	const struct db_traced *t = db_traced(d, &n);

	for (size_t i = 0; i < n; i++)
		if (str_is(t[i].sql, sql))
			return &t[i];
	fail_msg("not told of: %s", sql);
	return NULL;
}

static void test_texts(void **state)
{
	struct db *d = traced(0);
	size_t n;
	int runs = 2;

	(void)state;
	harness_sql(d, "DELETE FROM entry");
	db_stats_reset(d);
	assert_int_equal(insert(d, 1, "secret"), ERR_OK);
	assert_int_equal(insert(d, 2, "secret"), ERR_OK);
	assert_int_equal(insert(d, 2, "secret"), ERR_CONFLICT);
	assert_int_equal(db_tx(d, DB_WRITE, insert_and_read, &runs), ERR_OK);
	assert_int_equal(find(d, "INSERT INTO entry (id, word) VALUES (?, ?)")->n, 4);
	assert_int_equal(find(d, "SELECT COUNT(*) FROM entry")->rows, 1);
	assert_int_equal(find(d, "START TRANSACTION READ WRITE")->n, 1);
	assert_int_equal(find(d, "COMMIT")->n, 1);

	const struct db_traced *t = db_traced(d, &n);
	struct db_stats s = db_stats(d);
	uint64_t sent = 0, us = 0, rows = 0;

	for (size_t i = 0; i < n; i++) {
		sent += t[i].n;
		us += t[i].us;
		rows += t[i].rows;
		for (size_t j = 0; j + 6 <= t[i].sql.n; j++)
			assert_memory_not_equal(t[i].sql.p + j, "secret", 6);
	}
	assert_int_equal(sent, s.statements);
	assert_int_equal(us, s.us);
	assert_int_equal(rows, s.rows);
	db_stats_reset(d);
	db_traced(d, &n);
	assert_int_equal(n, 0);
	db_free(d);
}

static void test_bounds(void **state)
{
	struct db *d = traced(0);
	char sql[1000];
	size_t n;

	(void)state;
	for (int i = 0; i < 3 * DB_TRACED_MAX; i++) {
		int at = snprintf(sql, sizeof(sql), "SELECT %d /* ", i);
		memset(sql + at, 'x', sizeof(sql) - (size_t)at - 4);
		memcpy(sql + sizeof(sql) - 4, " */", 4);
		harness_int(d, sql);
	}
	const struct db_traced *t = db_traced(d, &n);

	assert_int_equal(n, DB_TRACED_MAX);
	assert_memory_equal(t[DB_TRACED_MAX - 1].sql.p, "SELECT 15 ", 10);
	assert_int_equal(t[0].sql.n, 600);
	assert_int_equal(db_stats(d).statements, 3 * DB_TRACED_MAX);
	db_free(d);
	d = harness_db(0, 0);
	harness_int(d, "SELECT 1");
	assert_null(db_traced(d, &n));
	assert_int_equal(n, 0);
	db_free(d);
}

static void test_figures(void **state)
{
	static const struct { enum metric m; uint64_t more; } expected[] = {
		{ METRIC_CONNECTIONS_OPENED, 1 }, { METRIC_CONNECTIONS, 1 }, { METRIC_CACHE_HITS, 2 }, { METRIC_CACHE_MISSES, 4 },
		{ METRIC_CACHE_EVICTIONS, 2 }, { METRIC_CACHED, 2 }, { METRIC_ERRORS + ERR_CONFLICT, 2 }, { METRIC_CONNECTIONS_FAILED, 0 },
		{ METRIC_RETRIES_CONNECTION, 0 },
	};
	enum { N = sizeof(expected) / sizeof(*expected) };
	uint64_t before[N];
	struct metric_times t, u;
	uint64_t sent = 0;
	struct db *d = harness_db(0, 0);

	(void)state;
	harness_sql(d, "DELETE FROM entry");
	db_free(d);
	metric_statement_times(&t);
	for (size_t i = 0; i < N; i++)
		before[i] = metric_sum(expected[i].m);
	d = harness_db(0, 2);
	assert_int_equal(insert(d, 1, "a"), ERR_OK);       /* opened, miss */
	assert_int_equal(insert(d, 1, "a"), ERR_CONFLICT); /* hit */
	harness_int(d, "SELECT 1");                        /* miss */
	harness_int(d, "SELECT 1");                        /* hit */
	harness_int(d, "SELECT 2");                        /* miss, evicts the INSERT */
	assert_int_equal(insert(d, 1, "a"), ERR_CONFLICT); /* miss, evicts SELECT 1 */
	for (size_t i = 0; i < N; i++)
		assert_int_equal(metric_sum(expected[i].m) - before[i], expected[i].more);
	metric_statement_times(&u);
	for (size_t i = 0; i <= METRIC_BOUNDS; i++)
		sent += u.n[i] - t.n[i];
	assert_int_equal(sent, 6);
	assert_int_equal(u.sum_us - t.sum_us, db_stats(d).us);
	db_free(d);
	assert_int_equal(metric_sum(METRIC_CONNECTIONS), 0);
	assert_int_equal(metric_sum(METRIC_CACHED), 0);
}

static void test_a_lost_connection_is_opened_anew(void **state)
{
	struct db *d = harness_db(0, 0), *other = harness_db(0, 0);
	struct db_params nowhere = { .option_file = "/nowhere/to/be/found.cnf" };
	uint64_t opened;

	(void)state;
	harness_kill(other, harness_connection(d));
	opened = metric_sum(METRIC_CONNECTIONS_OPENED);
	harness_int(d, "SELECT 1");
	assert_int_equal(metric_sum(METRIC_CONNECTIONS_OPENED) - opened, 1);
	assert_int_equal(metric_sum(METRIC_CONNECTIONS), 2);
	db_free(d);

	uint64_t failed = metric_sum(METRIC_CONNECTIONS_FAILED);
	struct arena *a = arena_new(1 << 20);

	d = db_new(&nowhere);
	assert_int_equal(db_query(d, a, "SELECT 1", NULL, 0, NULL), ERR_UNAVAILABLE);
	assert_int_equal(metric_sum(METRIC_CONNECTIONS_FAILED) - failed, 1);
	assert_int_equal(metric_sum(METRIC_CONNECTIONS), 1);
	arena_free(a);
	db_free(d);
	db_free(other);
}

static void test_retries(void **state)
{
	struct db *d = harness_db(0, 0);
	uint64_t before = metric_sum(METRIC_RETRIES_DEADLOCK);
	int runs = 0;

	(void)state;
	harness_sql(d, "DELETE FROM entry");
	assert_int_equal(db_tx(d, DB_WRITE, insert_and_read, &runs), ERR_OK);
	assert_int_equal(runs, 3);
	assert_int_equal(metric_sum(METRIC_RETRIES_DEADLOCK) - before, 2);
	db_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_figures),
		cmocka_unit_test(test_a_lost_connection_is_opened_anew),
		cmocka_unit_test(test_retries),
	};

	if (!harness_begin())
		return HARNESS_SKIPPED;
	int failures = cmocka_run_group_tests_name("trace", tests, group_set_up, harness_tear_down_group);
	harness_end();
	return failures;
}

/* SPDX-License-Identifier: Apache-2.0
 * Connections that break at every moment: nothing is done twice, nothing is lost unsaid. */
#include "harness.h"

#include <stdlib.h>
#include <unistd.h>

struct fixture {
	struct db *d, *other;
	struct arena *a;
	/* for the functions that run in a transaction */
	int runs;
	int64_t id;
};

static int group_set_up(void **state)
{
	struct db *d = harness_db(0, 0);

	(void)state;
	harness_drop_tables(d);
	harness_sql(d, "CREATE TABLE entry (id INT PRIMARY KEY, n INT NOT NULL)");
	db_free(d);
	return 0;
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->d = harness_db(0, 0);
	f->other = harness_db(0, 0);
	f->a = arena_new(1 << 20);
	harness_sql(f->d, "DELETE FROM entry");
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	db_free(f->d);
	db_free(f->other);
	arena_free(f->a);
	free(f);
	return 0;
}

static enum err insert(struct fixture *f, int64_t id)
{
	struct db_value v = db_int(id);

	return db_query(f->d, f->a, "INSERT INTO entry (id, n) VALUES (?, 0)", &v, 1, NULL);
}

static int64_t count(struct fixture *f)
{
	return harness_int(f->other, "SELECT COUNT(*) FROM entry");
}

static enum err insert_two(struct db *d, void *arg)
{
	struct fixture *f = arg;

	(void)d;
	f->runs++;
	enum err e = insert(f, 1);
	return e == ERR_OK ? insert(f, 2) : e;
}

static enum err always_retry(struct db *d, void *arg)
{
	(void)d;
	((struct fixture *)arg)->runs++;
	return ERR_RETRY;
}

static void test_killed_between_statements(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(insert(f, 1), ERR_OK);
	for (int i = 0; i < 3; i++) {
		int64_t id = harness_connection(f->d);
		harness_kill(f->other, id);
		if (i == 1)
			usleep(100000); /* long enough to be looked at before use */
		assert_int_equal(insert(f, 10 + i), ERR_OK);
		assert_true(harness_connection(f->d) != id);
	}
	assert_int_equal(count(f), 4);
	/* and before a transaction */
	harness_kill(f->other, harness_connection(f->d));
	f->runs = 0;
	harness_sql(f->other, "DELETE FROM entry");
	assert_int_equal(db_tx(f->d, DB_WRITE, insert_two, f), ERR_OK);
	assert_int_equal(f->runs, 1);
}

static enum err die_between(struct db *d, void *arg)
{
	struct fixture *f = arg;
	enum err e = insert(f, 1);

	if (e == ERR_OK && f->runs++ == 0)
		harness_kill(f->other, harness_connection(d));
	if (e == ERR_OK)
		e = insert(f, 2);
	if (e == ERR_RETRY) /* a dead transaction stays dead, on whatever connection */
		assert_int_equal(insert(f, 3), ERR_RETRY);
	return e;
}

static enum err die_at_end(struct db *d, void *arg)
{
	struct fixture *f = arg;
	enum err e = insert_two(d, arg);

	if (e == ERR_OK && f->runs == 1)
		harness_kill(f->other, harness_connection(d));
	return e;
}

static void test_killed_inside(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(db_tx(f->d, DB_WRITE, die_between, f), ERR_OK);
	assert_int_equal(f->runs, 2);
	assert_int_equal(count(f), 2);
	/* COMMIT that could not even be sent: certainly not committed, so it runs again */
	harness_sql(f->other, "DELETE FROM entry");
	f->runs = 0;
	assert_int_equal(db_tx(f->d, DB_WRITE, die_at_end, f), ERR_OK);
	assert_int_equal(f->runs, 2);
	assert_int_equal(count(f), 2);
}

static void test_idle_timeout(void **state)
{
	struct fixture *f = *state;
	int64_t id = harness_connection(f->d);

	harness_sql(f->d, "SET wait_timeout = 1");
	sleep(2);
	assert_int_equal(insert(f, 1), ERR_OK);
	assert_true(harness_connection(f->d) != id);
	assert_int_equal(count(f), 1);
}

static struct db *through(const struct proxy *p)
{
	struct db_params params = { .option_file = proxy_option_file(p), .database = harness_database(),
				    .connect_timeout_ms = 2000 };
	struct db *d = db_new(&params);

	assert_non_null(d);
	return d;
}

/* The server commits, the answer is lost: nobody can say, and nothing is done twice. */
static void test_commit_answer_lost(void **state)
{
	struct fixture *f = *state;
	struct proxy *p = proxy_new("\003COMMIT");

	db_free(f->d);
	f->d = through(p);
	assert_int_equal(harness_int(f->d, "SELECT 1"), 1);
	proxy_arm(p);
	assert_int_equal(db_tx(f->d, DB_WRITE, insert_two, f), ERR_UNCERTAIN);
	assert_int_equal(f->runs, 1);
	assert_int_equal(count(f), 2);
	/* a reader has all it wanted by then */
	proxy_arm(p);
	f->runs = 0;
	assert_int_equal(db_tx(f->d, DB_SNAPSHOT, always_retry, f), ERR_RETRY);
	assert_int_equal(harness_int(f->d, "SELECT COUNT(*) FROM entry"), 2);
	assert_int_equal(proxy_end(p), 1);
}

static enum err read_count(struct db *d, void *arg)
{
	struct fixture *f = arg;

	f->runs++;
	f->id = harness_int(d, "SELECT COUNT(*) FROM entry");
	return ERR_OK;
}

static void test_snapshot_end_lost(void **state)
{
	struct fixture *f = *state;
	struct proxy *p = proxy_new("\003COMMIT");

	db_free(f->d);
	f->d = through(p);
	proxy_arm(p);
	assert_int_equal(db_tx(f->d, DB_SNAPSHOT, read_count, f), ERR_OK);
	assert_int_equal(f->runs, 1);
	/* the next use finds the connection dead and takes another */
	assert_int_equal(insert(f, 1), ERR_OK);
	assert_int_equal(db_tx(f->d, DB_SNAPSHOT, read_count, f), ERR_OK);
	assert_int_equal(f->id, 1);
	assert_int_equal(db_tx(f->d, DB_WRITE, insert_two, f), ERR_CONFLICT);
	assert_int_equal(proxy_end(p), 1);
}

/* The answer to a statement is lost: a read is sent again, a write is not. */
static void test_answer_lost(void **state)
{
	struct fixture *f = *state;
	struct proxy *p = proxy_new(NULL);

	db_free(f->d);
	f->d = through(p);
	assert_int_equal(harness_int(f->d, "SELECT COUNT(*) FROM entry"), 0);
	proxy_arm(p);
	assert_int_equal(harness_int(f->d, "SELECT COUNT(*) FROM entry"), 0);
	proxy_arm(p);
	assert_int_equal(insert(f, 1), ERR_UNCERTAIN);
	assert_int_equal(db_errno(f->d), 2013);
	assert_int_equal(count(f), 1);
	/* inside a transaction nothing was committed, so all of it runs again */
	harness_sql(f->other, "DELETE FROM entry");
	proxy_arm(p);
	assert_int_equal(db_tx(f->d, DB_WRITE, insert_two, f), ERR_OK);
	assert_int_equal(f->runs, 2);
	assert_int_equal(count(f), 2);
	assert_int_equal(proxy_end(p), 3);
}

int main(void)
{
#define CASE(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		CASE(test_killed_between_statements),
		CASE(test_killed_inside),
		CASE(test_idle_timeout),
		CASE(test_commit_answer_lost),
		CASE(test_snapshot_end_lost),
		CASE(test_answer_lost),
	};
	if (!harness_begin())
		return HARNESS_SKIPPED;
	int failures = cmocka_run_group_tests_name("db_loss", tests, group_set_up, harness_tear_down_group);
	harness_end();
	return failures;
}

/* SPDX-License-Identifier: Apache-2.0
 * Transactions that commit, roll back and run again; snapshots, locks, deadlocks. */
#include "harness.h"

#include <pthread.h>
#include <stdlib.h>

struct fixture {
	struct db *d, *other;
	struct arena *a;
	/* for the functions that run in a transaction */
	int runs;
};

static int group_set_up(void **state)
{
	struct db *d = harness_db(0, 0);

	(void)state;
	harness_drop_tables(d);
	harness_sql(d, "CREATE TABLE entry (id INT PRIMARY KEY, n INT NOT NULL)");
	harness_sql(d, "CREATE TABLE write_stamp (slot TINYINT UNSIGNED PRIMARY KEY, n BIGINT UNSIGNED NOT NULL)");
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

static enum err insert_same_twice(struct db *d, void *arg)
{
	struct fixture *f = arg;

	(void)d;
	f->runs++;
	enum err e = insert(f, 1);
	return e == ERR_OK ? insert(f, 1) : e;
}

static enum err insert_and_refuse(struct db *d, void *arg)
{
	struct fixture *f = arg;

	(void)d;
	f->runs++;
	enum err e = insert(f, 1);
	return e == ERR_OK ? ERR_REFUSED : e;
}

static enum err always_retry(struct db *d, void *arg)
{
	(void)d;
	((struct fixture *)arg)->runs++;
	return ERR_RETRY;
}

static enum err retry_then_insert(struct db *d, void *arg)
{
	struct fixture *f = arg;
	enum err e = insert_two(d, arg);

	return e == ERR_OK && f->runs < 3 ? ERR_RETRY : e;
}

static enum err nest(struct db *d, void *arg)
{
	return db_tx(d, DB_WRITE, insert_two, arg);
}

static void test_commit_and_roll_back(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(db_tx(f->d, DB_WRITE, insert_same_twice, f), ERR_CONFLICT);
	assert_int_equal(count(f), 0);
	/* what failed is still known after the rollback */
	assert_int_equal(db_errno(f->d), 1062);
	assert_string_equal(db_error_key(f->d), "PRIMARY");
	assert_int_equal(db_tx(f->d, DB_WRITE, insert_and_refuse, f), ERR_REFUSED);
	assert_int_equal(count(f), 0);
	assert_int_equal(f->runs, 2);
	assert_int_equal(db_tx(f->d, DB_WRITE, insert_two, f), ERR_OK);
	assert_int_equal(count(f), 2);
	/* and outside of transactions everything counts at once */
	assert_int_equal(insert(f, 3), ERR_OK);
	assert_int_equal(count(f), 3);
}

static void test_run_again(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(db_tx(f->d, DB_WRITE, always_retry, f), ERR_RETRY);
	assert_int_equal(f->runs, 6); /* once, and five times again */
	f->runs = 0;
	assert_int_equal(db_tx(f->d, DB_WRITE, retry_then_insert, f), ERR_OK);
	assert_int_equal(f->runs, 3);
	assert_int_equal(count(f), 2);
}

static void test_nested(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(db_tx(f->d, DB_WRITE, nest, f), ERR_INTERNAL);
	assert_int_equal(f->runs, 0);
	assert_int_equal(db_tx(f->d, DB_WRITE, insert_two, f), ERR_OK);
}

static enum err look_twice(struct db *d, void *arg)
{
	struct fixture *f = arg;

	f->runs++;
	assert_int_equal(harness_int(d, "SELECT COUNT(*) FROM entry"), 1);
	harness_sql(f->other, "INSERT INTO entry VALUES (7, 7)");
	assert_int_equal(harness_int(d, "SELECT COUNT(*) FROM entry"), 1);
	assert_int_equal(insert(f, 8), ERR_INTERNAL);
	assert_int_equal(db_errno(d), 1792);
	return ERR_OK;
}

static void test_snapshot(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(insert(f, 1), ERR_OK);
	db_tag(f->d, "*/ DROP TABLE entry; /*", NULL); /* no request id: left out */
	assert_int_equal(db_tx(f->d, DB_SNAPSHOT, look_twice, f), ERR_OK);
	db_tag(f->d, "0197f3c2-req.1~x_y", "4bf92f3577b34da6a3ce929d0e0e4736");
	assert_int_equal(count(f), 2);
	assert_int_equal(harness_int(f->d, "SELECT COUNT(*) FROM entry"), 2);
	assert_int_equal(db_tx(f->d, DB_WRITE, insert_and_refuse, f), ERR_CONFLICT);
}

static enum err hold_and_try(struct db *d, void *arg)
{
	struct fixture *f = arg;
	enum err e = insert(f, 1);

	(void)d;
	assert_int_equal(e, ERR_OK);
	e = db_query(f->other, f->a, "SET STATEMENT innodb_lock_wait_timeout = 0 FOR INSERT INTO entry VALUES (1, 1)",
		     NULL, 0, NULL);
	assert_int_equal(e, ERR_LOCKED);
	assert_int_equal(db_errno(f->other), 1205);
	return ERR_OK;
}

static void test_locked(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(db_tx(f->d, DB_WRITE, hold_and_try, f), ERR_OK);
	assert_int_equal(db_query(f->other, f->a,
				  "SET STATEMENT innodb_lock_wait_timeout = 0 FOR INSERT INTO entry VALUES (1, 1)", NULL, 0,
				  NULL),
			 ERR_CONFLICT);
}

struct side {
	struct db *d;
	struct arena *a;
	int64_t first, second;
	pthread_barrier_t *both;
	bool swallow;
	int runs;
	enum err result;
};

/* Two of these in opposite order collide for certain in their first run. */
static enum err cross(struct db *d, void *arg)
{
	struct side *s = arg;
	struct db_value v = db_int(s->first), w = db_int(s->second);
	enum err e = db_query(d, s->a, "UPDATE entry SET n = n + 1 WHERE id = ?", &v, 1, NULL);

	if (e == ERR_OK) {
		if (s->runs++ == 0)
			pthread_barrier_wait(s->both);
		e = db_query(d, s->a, "UPDATE entry SET n = n + 1 WHERE id = ?", &w, 1, NULL);
	}
	if (s->swallow && e == ERR_RETRY) {
		/* a caller that overlooks it: nothing may be committed of what follows */
		v = db_int(99);
		if (db_query(d, s->a, "INSERT INTO entry VALUES (?, 1)", &v, 1, NULL) == ERR_OK)
			return ERR_INTERNAL;
		return ERR_OK;
	}
	return e;
}

static void *run_side(void *arg)
{
	struct side *s = arg;

	s->result = db_tx(s->d, DB_WRITE, cross, s);
	return NULL;
}

static void collide(struct fixture *f, bool swallow)
{
	pthread_barrier_t both;
	pthread_t thread;
	struct side one = { .d = f->d, .a = f->a, .first = 1, .second = 2, .both = &both, .swallow = swallow };
	struct side two = { .d = f->other, .a = arena_new(1 << 20), .first = 2, .second = 1, .both = &both,
			    .swallow = swallow };

	harness_sql(f->d, "DELETE FROM entry");
	harness_sql(f->d, "INSERT INTO entry VALUES (1, 0), (2, 0)");
	pthread_barrier_init(&both, NULL, 2);
	assert_int_equal(pthread_create(&thread, NULL, run_side, &two), 0);
	run_side(&one);
	pthread_join(thread, NULL);
	pthread_barrier_destroy(&both);
	arena_free(two.a);
	assert_int_equal(one.result, ERR_OK);
	assert_int_equal(two.result, ERR_OK);
	assert_true(one.runs + two.runs >= 3);
	assert_true(db_errno(f->d) == 1213 || db_errno(f->other) == 1213);
	assert_int_equal(harness_int(f->d, "SELECT CAST(SUM(n) AS SIGNED) FROM entry"), 4);
	assert_int_equal(count(f), 2);
}

static void test_deadlock(void **state)
{
	collide(*state, false);
}

static void test_overlooked_deadlock(void **state)
{
	collide(*state, true);
}

static enum err read_only(struct db *d, void *arg)
{
	(void)d;
	(void)arg;
	return ERR_OK;
}

#define STAMP "SELECT COALESCE((SELECT CAST(SUM(n) AS SIGNED) FROM write_stamp), 0)"

/* What is committed is counted with it, and only that. */
static void test_stamps(void **state)
{
	struct fixture *f = *state;
	struct db_params p = { .option_file = harness_option_file(), .database = harness_database(), .connect_timeout_ms = 2000, .stamps = true };
	struct db *plain = f->d;

	harness_sql(f->other, "DELETE FROM write_stamp");
	f->d = db_new(&p);
	assert_non_null(f->d);
	assert_int_equal(db_tx(f->d, DB_WRITE, insert_two, f), ERR_OK);
	assert_int_equal(harness_int(f->other, STAMP), 1);
	assert_int_equal(db_tx(f->d, DB_WRITE, insert_same_twice, f), ERR_CONFLICT);
	assert_int_equal(db_tx(f->d, DB_WRITE, always_retry, f), ERR_RETRY);
	assert_int_equal(db_tx(f->d, DB_SNAPSHOT, read_only, f), ERR_OK);
	assert_int_equal(harness_int(f->other, STAMP), 1);
	harness_sql(f->other, "DELETE FROM entry");
	f->runs = 0;
	assert_int_equal(db_tx(f->d, DB_WRITE, retry_then_insert, f), ERR_OK); /* the third run commits */
	assert_int_equal(harness_int(f->other, STAMP), 2);
	db_free(f->d);
	f->d = plain;
	harness_sql(f->other, "DELETE FROM entry");
	assert_int_equal(db_tx(f->d, DB_WRITE, insert_two, f), ERR_OK);
	assert_int_equal(harness_int(f->other, STAMP), 2);
}

int main(void)
{
#define CASE(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		CASE(test_commit_and_roll_back),
		CASE(test_run_again),
		CASE(test_nested),
		CASE(test_snapshot),
		CASE(test_locked),
		CASE(test_deadlock),
		CASE(test_overlooked_deadlock),
		CASE(test_stamps),
	};
	if (!harness_begin())
		return HARNESS_SKIPPED;
	int failures = cmocka_run_group_tests_name("db_tx", tests, group_set_up, harness_tear_down_group);
	harness_end();
	return failures;
}

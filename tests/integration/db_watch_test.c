/* SPDX-License-Identifier: Apache-2.0
 * A database that falls silent, is away, or is only slow: who waits, how long, and what for. */
#include "harness.h"

#include "base/clock.h"
#include "base/log.h"
#include "db/internal.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { PATIENCE_MS = 3000, AT_ONCE_MS = 500 };

/* What another thread does while the database falls silent. */
struct job {
	struct db *d;
	const char *sql;
	bool in_tx;
	sem_t *before_end; /* posted when all but the COMMIT is done; NULL: nobody waits for it */
	sem_t *go_on;
	enum err err;
	uint64_t ms;
};

static uint64_t since_ms(uint64_t start_us)
{
	return (clock_mono_us() - start_us) / 1000;
}

static void wait_ms(int ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000L };
	nanosleep(&t, NULL);
}

static enum err statement(struct db *d, void *arg)
{
	struct job *j = arg;
	struct arena *a = arena_new(1 << 20);
	enum err e = db_query(d, a, j->sql, NULL, 0, NULL);

	arena_free(a);
	if (!e && j->before_end) {
		sem_post(j->before_end);
		sem_wait(j->go_on);
		j->before_end = NULL;
	}
	return e;
}

static void *work(void *arg)
{
	struct job *j = arg;
	uint64_t start = clock_mono_us();

	j->err = j->in_tx ? db_tx(j->d, DB_WRITE, statement, j) : statement(j->d, j);
	j->ms = since_ms(start);
	return NULL;
}

static struct db *through(const char *option_file)
{
	struct db_params p = { .option_file = option_file, .database = harness_database(), .connect_timeout_ms = 2000,
			       .statement_timeout_ms = 10000 };
	struct db *d = db_new(&p);

	assert_non_null(d);
	return d;
}

static void watch(const char *option_file)
{
	struct db_params p = { .option_file = option_file, .database = harness_database() };

	assert_int_equal(db_watch_start(&p), ERR_OK);
}

/* Whether the watch comes to think so within three seconds. */
static bool becomes(bool down)
{
	uint64_t start = clock_mono_us();

	while (db_watch_down() != down && since_ms(start) < PATIENCE_MS)
		wait_ms(5);
	return db_watch_down() == down;
}

static void run(struct job *j)
{
	work(j);
}

static int group_set_up(void **state)
{
	struct db *d = harness_db(0, 0);

	(void)state;
	harness_drop_tables(d);
	harness_sql(d, "CREATE TABLE entry (id INT PRIMARY KEY)");
	db_free(d);
	return 0;
}

static void test_silence_ends_every_wait(void **state)
{
	struct proxy *p = proxy_new("\003COMMIT");
	struct job jobs[] = {
		{ .sql = "SELECT SLEEP(60)" },
		{ .sql = "INSERT INTO entry SELECT 1 + SLEEP(60)" },
		{ .sql = "SELECT SLEEP(60)", .in_tx = true },
	};
	struct job idle = { .sql = "SELECT 1" }, fresh = { .sql = "SELECT 1" };
	enum { N = sizeof(jobs) / sizeof(jobs[0]) };
	pthread_t threads[N];

	(void)state;
	watch(proxy_option_file(p));
	idle.d = through(proxy_option_file(p));
	fresh.d = through(proxy_option_file(p));
	run(&idle);
	assert_int_equal(idle.err, ERR_OK);
	for (size_t i = 0; i < N; i++) {
		jobs[i].d = through(proxy_option_file(p));
		assert_int_equal(pthread_create(&threads[i], NULL, work, &jobs[i]), 0);
	}
	wait_ms(1200);
	assert_false(db_watch_down()); /* statements that take their time are no silence */
	uint64_t frozen = clock_mono_us();
	proxy_freeze(p, true);
	for (size_t i = 0; i < N; i++)
		pthread_join(threads[i], NULL);
	assert_in_range(since_ms(frozen), 1000, PATIENCE_MS);
	assert_int_equal(jobs[0].err, ERR_UNAVAILABLE);
	assert_int_equal(jobs[1].err, ERR_UNCERTAIN); /* nobody knows what became of it */
	assert_int_equal(jobs[2].err, ERR_UNAVAILABLE);
	assert_true(db_watch_down());
	/* whoever comes now does not wait at all, with a connection or without */
	run(&idle);
	run(&fresh);
	assert_int_equal(idle.err, ERR_UNAVAILABLE);
	assert_int_equal(fresh.err, ERR_UNAVAILABLE);
	assert_in_range(idle.ms + fresh.ms, 0, AT_ONCE_MS);
	proxy_freeze(p, false);
	assert_true(becomes(false));
	run(&idle);
	run(&fresh);
	assert_int_equal(idle.err, ERR_OK);
	assert_int_equal(fresh.err, ERR_OK);
	db_watch_stop();
	for (size_t i = 0; i < N; i++)
		db_free(jobs[i].d);
	db_free(idle.d);
	db_free(fresh.d);
	proxy_end(p);
}

/* The COMMIT is on its way when the database falls silent. */
static void test_commit_into_silence(void **state)
{
	struct proxy *p = proxy_new("\003COMMIT");
	sem_t ready, go_on;
	struct job j = { .sql = "INSERT INTO entry VALUES (7)", .in_tx = true, .before_end = &ready, .go_on = &go_on };
	pthread_t thread;

	(void)state;
	sem_init(&ready, 0, 0);
	sem_init(&go_on, 0, 0);
	watch(proxy_option_file(p));
	j.d = through(proxy_option_file(p));
	assert_int_equal(pthread_create(&thread, NULL, work, &j), 0);
	sem_wait(&ready);
	proxy_freeze(p, true);
	sem_post(&go_on);
	pthread_join(thread, NULL);
	assert_int_equal(j.err, ERR_UNCERTAIN);
	assert_in_range(j.ms, 0, PATIENCE_MS);
	proxy_freeze(p, false);
	assert_true(becomes(false));
	db_watch_stop();
	db_free(j.d);
	proxy_end(p);
	sem_destroy(&ready);
	sem_destroy(&go_on);
}

/* The library closes the descriptor of a broken connection; the next one that is opened gets its number. */
static void test_descriptors_of_others_are_left_alone(void **state)
{
	struct proxy *p = proxy_new(NULL);
	struct watched w = { 0 };
	int watched[2], others[2];
	char byte = 0;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, watched), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, others), 0);
	watch(proxy_option_file(p));
	assert_true(becomes(false));
	assert_true(watch_add(&w, watched[0]));
	assert_int_equal(dup2(others[0], watched[0]), watched[0]);
	proxy_freeze(p, true);
	assert_true(becomes(true));
	assert_int_equal(send(others[1], "x", 1, MSG_NOSIGNAL), 1);
	assert_int_equal(recv(watched[0], &byte, 1, MSG_DONTWAIT), 1);
	assert_int_equal(byte, 'x');
	assert_int_equal(recv(watched[1], &byte, 1, MSG_DONTWAIT), 0); /* the one that was watched has ended */
	proxy_freeze(p, false);
	assert_true(becomes(false));
	db_watch_stop();
	watch_remove(&w);
	for (int i = 0; i < 2; i++) {
		close(watched[i]);
		close(others[i]);
	}
	proxy_end(p);
}

/* The server falls silent and answers again before anybody thinks it gone. */
static void test_a_short_pause_is_only_slow(void **state)
{
	struct proxy *p = proxy_new(NULL);
	struct job j = { .sql = "SELECT SLEEP(0.2)" };
	pthread_t thread;

	(void)state;
	watch(proxy_option_file(p));
	j.d = through(proxy_option_file(p));
	assert_int_equal(pthread_create(&thread, NULL, work, &j), 0);
	wait_ms(100);
	proxy_freeze(p, true);
	wait_ms(700);
	proxy_freeze(p, false);
	pthread_join(thread, NULL);
	assert_int_equal(j.err, ERR_OK);
	assert_false(db_watch_down());
	db_watch_stop();
	db_free(j.d);
	proxy_end(p);
}

/* The watching connection is ended, or finds no place: a server that says so is there. */
static void test_answers_that_are_errors(void **state)
{
	struct db *admin = harness_db(0, 0);
	struct job j = { .sql = "SELECT 1", .d = harness_db(1000, 0) };
	struct arena *a = arena_new(1 << 20);
	struct db_rows r;

	(void)state;
	run(&j);
	watch(harness_option_file());
	for (int round = 0; round < 3; round++) {
		wait_ms(300);
		assert_int_equal(db_query(admin, a, "SELECT id FROM information_schema.processlist WHERE id <> CONNECTION_ID()"
					  " AND user = SUBSTRING_INDEX(USER(), '@', 1)", NULL, 0, &r), ERR_OK);
		assert_true(r.rows > 0);
		for (size_t i = 0; i < r.rows; i++)
			harness_kill(admin, db_cell(&r, i, 0)->i);
		run(&j);
		assert_int_equal(j.err, ERR_OK);
		assert_false(db_watch_down());
	}
	wait_ms(700);
	assert_false(db_watch_down());
	db_watch_stop();
	/* refused at the door, though not for want of a server */
	struct db_params p = { .option_file = harness_option_file(), .database = "ziara_test_nowhere" };
	assert_int_equal(db_watch_start(&p), ERR_OK);
	wait_ms(300);
	assert_false(db_watch_down());
	db_watch_stop();
	arena_free(a);
	db_free(j.d);
	db_free(admin);
}

static void write_options(const char *path, const char *line)
{
	FILE *out = fopen(path, "w");

	assert_non_null(out);
	fprintf(out, "[client]\nuser = x\n%s\n", line);
	assert_int_equal(fclose(out), 0);
}

/* From a cold start: nobody listens; a listener that never says a word; a name that nobody knows. */
static void test_cold_start(void **state)
{
	char path[] = "/tmp/ziara-db-XXXXXX", line[200];
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(sa);
	int mute = socket(AF_INET, SOCK_STREAM, 0);

	(void)state;
	assert_int_equal(bind(mute, (struct sockaddr *)&sa, n), 0);
	assert_int_equal(listen(mute, 8), 0);
	assert_int_equal(getsockname(mute, (struct sockaddr *)&sa, &n), 0);
	assert_int_equal(close(mkstemp(path)), 0);
	for (int i = 0; i < 3; i++) {
		if (i == 0)
			snprintf(line, sizeof(line), "socket = /nonexistent/none.sock");
		else if (i == 1)
			snprintf(line, sizeof(line), "host = 127.0.0.1\nport = %d", ntohs(sa.sin_port));
		else
			snprintf(line, sizeof(line), "host = database.invalid");
		write_options(path, line);
		struct job j = { .sql = "SELECT 1", .d = through(path), .in_tx = i == 1 };
		watch(path);
		run(&j);
		assert_int_equal(j.err, ERR_UNAVAILABLE);
		assert_in_range(j.ms, 0, PATIENCE_MS);
		assert_true(becomes(true));
		run(&j);
		assert_int_equal(j.err, ERR_UNAVAILABLE);
		assert_in_range(j.ms, 0, AT_ONCE_MS);
		uint64_t stopping = clock_mono_us();
		db_watch_stop();
		assert_in_range(since_ms(stopping), 0, PATIENCE_MS);
		db_free(j.d);
	}
	close(mute);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_silence_ends_every_wait),
		cmocka_unit_test(test_commit_into_silence),
		cmocka_unit_test(test_descriptors_of_others_are_left_alone),
		cmocka_unit_test(test_a_short_pause_is_only_slow),
		cmocka_unit_test(test_answers_that_are_errors),
		cmocka_unit_test(test_cold_start),
	};
	if (!harness_begin())
		return HARNESS_SKIPPED;
	int failures = cmocka_run_group_tests_name("db_watch", tests, group_set_up, harness_tear_down_group);
	harness_end();
	return failures;
}

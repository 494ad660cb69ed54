/* SPDX-License-Identifier: Apache-2.0
 * Tests of base/metric: counting alone, over processes, and after one has died. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/metric.h"

#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { THREADS = 4, EACH = 5000 };

static void test_alone(void **state)
{
	struct metric_times t;
	pid_t pids[METRIC_PROCESSES_MAX];

	(void)state;
	metric_add(METRIC_DATABASE_ROWS, 3);
	metric_add(METRIC_CONNECTIONS, 2);
	metric_add(METRIC_CONNECTIONS, -3);
	metric_set(METRIC_SCHEMA, 7);
	metric_statement(500);
	metric_statement(501);
	metric_statement(UINT32_MAX);
	assert_int_equal(metric_sum(METRIC_DATABASE_ROWS), 3);
	assert_int_equal(metric_sum(METRIC_CONNECTIONS), 0); /* never below */
	assert_int_equal(metric_highest(METRIC_SCHEMA), 7);
	metric_statement_times(&t);
	assert_int_equal(t.n[0], 1); /* a bound is within */
	assert_int_equal(t.n[1], 1);
	assert_int_equal(t.n[METRIC_BOUNDS], 1);
	assert_int_equal(t.sum_us, 1001 + (uint64_t)UINT32_MAX);
	assert_int_equal(metric_processes(pids), 1);
	assert_int_equal(pids[0], getpid());
}

static size_t index_of(int status)
{
	size_t i = 0;

	while (i < metric_statuses() && metric_status(i) != status)
		i++;
	return i;
}

static void test_requests(void **state)
{
	struct metric_times t;

	(void)state;
	metric_request(METRIC_ROUTES_MAX - 1, METRIC_METHODS - 1, 504, 7);
	metric_request(1, 0, 200, 7);
	metric_request(1, 0, 200, 9);
	metric_request(1, 0, 599, 1);
	assert_int_equal(metric_status(0), 0);
	assert_int_equal(metric_requests(METRIC_ROUTES_MAX - 1, METRIC_METHODS - 1, index_of(504)), 1);
	assert_int_equal(metric_requests(1, 0, index_of(200)), 2);
	assert_int_equal(metric_requests(1, 0, 0), 1); /* others */
	assert_int_equal(metric_requests(1, 1, index_of(200)), 0);
	metric_request_times(1, &t);
	assert_int_equal(t.n[0], 3);
	assert_int_equal(t.sum_us, 17);
}

static void *count(void *arg)
{
	for (int i = 0; i < EACH; i++) {
		metric_add(METRIC_DOCUMENT_HITS, 1);
		metric_request(2, 0, 200, 10);
	}
	return arg;
}

/* A worker: counts on several threads, holds a level, and says so before it waits for its end. */
static pid_t worker(int level)
{
	int said[2];
	char byte;

	assert_int_equal(pipe(said), 0);
	pid_t pid = fork();
	if (pid == 0) {
		pthread_t threads[THREADS];
		prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails leaves nobody behind */
		metric_join();
		metric_add(METRIC_CACHED, level);
		for (int i = 0; i < THREADS; i++)
			if (pthread_create(&threads[i], NULL, count, NULL))
				_exit(1);
		for (int i = 0; i < THREADS; i++)
			pthread_join(threads[i], NULL);
		if (write(said[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(said[1]);
	assert_int_equal(read(said[0], &byte, 1), 1);
	close(said[0]);
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void test_processes(void **state)
{
	pid_t pids[METRIC_PROCESSES_MAX];

	(void)state;
	assert_int_equal(metric_init(), ERR_OK);
	assert_int_equal(metric_sum(METRIC_DOCUMENT_HITS), 0);
	assert_true(metric_highest(METRIC_STARTED_MS) > 0);
	pid_t first = worker(5), second = worker(7);

	assert_int_equal(metric_sum(METRIC_DOCUMENT_HITS), 2 * THREADS * EACH);
	assert_int_equal(metric_sum(METRIC_CACHED), 12);
	assert_int_equal(metric_highest(METRIC_CACHED), 7);
	assert_int_equal(metric_processes(pids), 3);
	assert_true(pids[0] == getpid() && pids[1] == first && pids[2] == second);
	end(first);
	/* what it counted stays, what it held is gone */
	assert_int_equal(metric_sum(METRIC_DOCUMENT_HITS), 2 * THREADS * EACH);
	assert_int_equal(metric_requests(2, 0, index_of(200)), 2 * THREADS * EACH);
	assert_int_equal(metric_sum(METRIC_CACHED), 7);
	pid_t third = worker(1);

	/* its place was taken, without what was held there */
	assert_int_equal(metric_processes(pids), 3);
	assert_int_equal(pids[1], third);
	assert_int_equal(metric_sum(METRIC_DOCUMENT_HITS), 3 * THREADS * EACH);
	assert_int_equal(metric_sum(METRIC_CACHED), 8);
	end(second);
	end(third);
	assert_int_equal(metric_processes(pids), 1);
	assert_int_equal(metric_sum(METRIC_CACHED), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alone),
		cmocka_unit_test(test_requests),
		cmocka_unit_test(test_processes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

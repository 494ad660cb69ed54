/* SPDX-License-Identifier: Apache-2.0
 * Tests of base/coalesce: who asks together shares a reading, nobody is given one that began before it asked, and
 * neither an error nor a reading that hangs is anybody else's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/coalesce.h"

#include <semaphore.h>
#include <stdatomic.h>
#include <unistd.h>

enum { THREADS = 4, ASKS = 50, READING_US = 2000 };

static struct coalesce readings;
static _Atomic uint64_t now, reads;  /* what is read; how often it was */
static sem_t began, go_on;

static int begin(void **state)
{
	(void)state;
	readings = (struct coalesce)COALESCE;
	atomic_store(&now, 0);
	atomic_store(&reads, 0);
	return sem_init(&began, 0, 0) || sem_init(&go_on, 0, 0);
}

static enum err read_now(void *arg, uint64_t *value)
{
	(void)arg;
	atomic_fetch_add(&reads, 1);
	*value = atomic_load(&now);
	usleep(READING_US); /* so it is old when it is given */
	return ERR_OK;
}

static enum err read_never(void *arg, uint64_t *value)
{
	(void)arg;
	(void)value;
	usleep(READING_US);
	return ERR_UNAVAILABLE;
}

/* Hangs until it is let go on. */
static enum err read_late(void *arg, uint64_t *value)
{
	(void)arg;
	*value = 1;
	sem_post(&began);
	sem_wait(&go_on);
	return ERR_OK;
}

static void test_alone_each_asks_for_itself(void **state)
{
	uint64_t value = 0;

	(void)state;
	for (uint64_t i = 1; i <= 3; i++) {
		atomic_store(&now, i * 7);
		assert_int_equal(coalesce_read(&readings, read_now, NULL, &value), ERR_OK);
		assert_int_equal(value, i * 7);
		assert_int_equal(atomic_load(&reads), i);
	}
}

static void *ask_often(void *arg)
{
	uintptr_t wrong = 0;

	(void)arg;
	for (int i = 0; i < ASKS; i++) {
		uint64_t least = atomic_fetch_add(&now, 1) + 1, value = 0;
		if (coalesce_read(&readings, read_now, NULL, &value) != ERR_OK || value < least)
			wrong++;
	}
	return (void *)wrong;
}

static void test_shared_and_never_older_than_the_question(void **state)
{
	pthread_t threads[THREADS];
	void *wrong;

	(void)state;
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, ask_often, NULL), 0);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], &wrong);
		assert_null(wrong);
	}
	assert_int_equal(atomic_load(&now), THREADS * ASKS);
	assert_in_range(atomic_load(&reads), ASKS, THREADS * ASKS - 1);
}

static void *ask_in_vain(void *arg)
{
	uintptr_t served = 0;
	uint64_t value;

	(void)arg;
	for (int i = 0; i < ASKS; i++)
		served += coalesce_read(&readings, read_never, NULL, &value) == ERR_OK; /* by another's reading */
	return (void *)served;
}

static void test_an_error_is_nobody_elses(void **state)
{
	pthread_t good, bad;
	void *wrong, *served;
	uint64_t value;

	(void)state;
	assert_int_equal(pthread_create(&bad, NULL, ask_in_vain, NULL), 0);
	assert_int_equal(pthread_create(&good, NULL, ask_often, NULL), 0);
	pthread_join(good, &wrong);
	pthread_join(bad, &served);
	assert_null(wrong);
	assert_in_range((uintptr_t)served, 0, ASKS);
	assert_int_equal(coalesce_read(&readings, read_never, NULL, &value), ERR_UNAVAILABLE);
	assert_int_equal(coalesce_read(&readings, read_now, NULL, &value), ERR_OK);
}

static void *ask_late(void *arg)
{
	uint64_t value = 0;
	enum err e = coalesce_read(&readings, read_late, NULL, &value);

	(void)arg;
	return (void *)(uintptr_t)(e == ERR_OK ? value : 0);
}

static void test_who_hangs_holds_up_nobody(void **state)
{
	pthread_t slow;
	void *value;
	uint64_t mine = 0;

	(void)state;
	atomic_store(&now, 99);
	assert_int_equal(pthread_create(&slow, NULL, ask_late, NULL), 0);
	sem_wait(&began);
	assert_int_equal(coalesce_read(&readings, read_now, NULL, &mine), ERR_OK);
	assert_int_equal(mine, 99);
	sem_post(&go_on);
	pthread_join(slow, &value);
	assert_int_equal((uintptr_t)value, 1);
	/* what hung began before this question */
	assert_int_equal(coalesce_read(&readings, read_now, NULL, &mine), ERR_OK);
	assert_int_equal(mine, 99);
	assert_int_equal(atomic_load(&reads), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_alone_each_asks_for_itself, begin),
		cmocka_unit_test_setup(test_shared_and_never_older_than_the_question, begin),
		cmocka_unit_test_setup(test_an_error_is_nobody_elses, begin),
		cmocka_unit_test_setup(test_who_hangs_holds_up_nobody, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

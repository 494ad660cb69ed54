/* SPDX-License-Identifier: Apache-2.0
 * Tests of base/log: the form of a line, levels, control characters, length. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static char seen[8192];

/* What log_line wrote to stderr. */
static const char *capture(enum log_level level, const char *message)
{
	int fd[2], saved = dup(STDERR_FILENO);

	assert_true(saved >= 0);
	assert_int_equal(pipe(fd), 0);
	assert_int_equal(dup2(fd[1], STDERR_FILENO), STDERR_FILENO);
	close(fd[1]);
	errno = ENOENT;
	log_line(level, "%s", message);
	int after = errno;
	assert_int_equal(dup2(saved, STDERR_FILENO), STDERR_FILENO);
	close(saved);
	ssize_t n = read(fd[0], seen, sizeof(seen) - 1);
	close(fd[0]);
	assert_true(n >= 0);
	seen[n] = '\0';
	assert_int_equal(after, ENOENT);
	return seen;
}

static void test_form(void **state)
{
	(void)state;
	clock_set_ms(UINT64_C(1532770200007));
	assert_string_equal(capture(LOG_ERROR, "x"), "2018-07-28T09:30:00.007Z error x\n");
	assert_string_equal(capture(LOG_WARN, "x"), "2018-07-28T09:30:00.007Z warn x\n");
	assert_string_equal(capture(LOG_INFO, ""), "2018-07-28T09:30:00.007Z info \n");
}

static void test_levels(void **state)
{
	(void)state;
	assert_string_equal(capture(LOG_DEBUG, "x"), "");
	log_set_level(LOG_DEBUG);
	assert_string_equal(capture(LOG_DEBUG, "x"), "2018-07-28T09:30:00.007Z debug x\n");
	log_set_level(LOG_ERROR);
	assert_string_equal(capture(LOG_WARN, "x"), "");
	log_set_level(LOG_INFO);
}

static void test_control_characters(void **state)
{
	(void)state;
	assert_string_equal(capture(LOG_INFO, "a\nb\r\x1b[1m\x7f\xc2\x9b" "c\xc2\xa0\xc3\xa9"),
			    "2018-07-28T09:30:00.007Z info a?b??[1m???c\xc2\xa0\xc3\xa9\n");
}

static void test_long_message_is_one_line(void **state)
{
	static char message[5000];

	(void)state;
	memset(message, 'y', sizeof(message) - 1);
	const char *line = capture(LOG_INFO, message);
	size_t n = strlen(line);

	assert_true(n <= 2048);
	assert_true(n > 2000);
	assert_string_equal(line + n - 7, " [cut]\n");
	assert_int_equal(line[n - 8], 'y');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_form),
		cmocka_unit_test(test_levels),
		cmocka_unit_test(test_control_characters),
		cmocka_unit_test(test_long_message_is_one_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

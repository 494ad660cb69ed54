/* SPDX-License-Identifier: Apache-2.0
 * Tests of base/log: both forms of a line, fields, levels, escaping, length. */
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

static int saved_fd, pipe_fd[2];

static void begin_capture(void)
{
	saved_fd = dup(STDERR_FILENO);
	assert_true(saved_fd >= 0);
	assert_int_equal(pipe(pipe_fd), 0);
	assert_int_equal(dup2(pipe_fd[1], STDERR_FILENO), STDERR_FILENO);
	close(pipe_fd[1]);
	errno = ENOENT;
}

/* What was written to stderr since. */
static const char *end_capture(void)
{
	int after = errno;

	assert_int_equal(dup2(saved_fd, STDERR_FILENO), STDERR_FILENO);
	close(saved_fd);
	ssize_t n = read(pipe_fd[0], seen, sizeof(seen) - 1);
	close(pipe_fd[0]);
	assert_true(n >= 0);
	seen[n] = '\0';
	assert_int_equal(after, ENOENT);
	return seen;
}

static const char *capture(enum log_level level, const char *message)
{
	begin_capture();
	log_line(level, "%s", message);
	return end_capture();
}

#define TIME "2018-07-28T09:30:00.007Z"

static void test_form(void **state)
{
	(void)state;
	clock_set_ms(UINT64_C(1532770200007));
	assert_string_equal(capture(LOG_ERROR, "x"), "time=" TIME " level=error msg=x\n");
	assert_string_equal(capture(LOG_WARN, "a b"), "time=" TIME " level=warn msg=\"a b\"\n");
	assert_string_equal(capture(LOG_INFO, ""), "time=" TIME " level=info msg=\"\"\n");
	begin_capture();
	log_info("why: %m");
	assert_string_equal(end_capture(), "time=" TIME " level=info msg=\"why: No such file or directory\"\n");
	log_set_format_named("json");
	assert_string_equal(capture(LOG_ERROR, "a b"), "{\"time\":\"" TIME "\",\"level\":\"error\",\"msg\":\"a b\"}\n");
	log_set_format_named("logfmt");
}

static const char *fields(enum log_format format)
{
	struct log_fields l;

	log_set_format(format);
	begin_capture();
	assert_true(log_begin(&l, LOG_INFO, STR("request")));
	log_str(&l, "route", STR("/visits/{id}"));
	log_str(&l, "sql", STR("SELECT a=\"b\""));
	log_int(&l, "none", 0);
	log_int(&l, "most", UINT64_MAX);
	log_ms(&l, "zero", 0);
	log_ms(&l, "short", 7);
	log_ms(&l, "long", 61002045);
	log_write(&l);
	log_set_format(LOG_LOGFMT);
	return end_capture();
}

static void test_fields(void **state)
{
	(void)state;
	assert_string_equal(fields(LOG_LOGFMT), "time=" TIME " level=info msg=request route=/visits/{id} sql=\"SELECT a=\\\"b\\\"\" none=0 "
			    "most=18446744073709551615 zero=0.000 short=0.007 long=61002.045\n");
	assert_string_equal(fields(LOG_JSON), "{\"time\":\"" TIME "\",\"level\":\"info\",\"msg\":\"request\",\"route\":\"/visits/{id}\","
			    "\"sql\":\"SELECT a=\\\"b\\\"\",\"none\":0,\"most\":18446744073709551615,\"zero\":0.000,\"short\":0.007,"
			    "\"long\":61002.045}\n");
}

static void test_levels(void **state)
{
	(void)state;
	assert_string_equal(capture(LOG_DEBUG, "x"), "");
	log_set_level(LOG_DEBUG);
	assert_string_equal(capture(LOG_DEBUG, "x"), "time=" TIME " level=debug msg=x\n");
	log_set_level(LOG_ERROR);
	assert_string_equal(capture(LOG_WARN, "x"), "");
	log_set_level(LOG_INFO);
}

static void test_control_characters(void **state)
{
	(void)state;
	assert_string_equal(capture(LOG_INFO, "a\nb\r\x1b[1m\x7f\xc2\x9b" "c\xc2\xa0\xc3\xa9\\"),
			    "time=" TIME " level=info msg=\"a\\u000ab\\u000d\\u001b[1m\\u007f\\u009bc\xc2\xa0\xc3\xa9\\\\\"\n");
}

static void test_bad_utf8_is_replaced(void **state)
{
	(void)state;
	/* overlong, surrogate, cut short, a lone continuation; what is good around it stays */
	assert_string_equal(capture(LOG_INFO, "\xc0\xaf" "a\xed\xa0\x80\xf0\x9f\x98\x80\x80\xe2\x82"),
			    "time=" TIME " level=info msg=\"\xef\xbf\xbd\xef\xbf\xbd" "a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
			    "\xf0\x9f\x98\x80\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"\n");
}

static void assert_one_cut_line(const char *line, bool json)
{
	size_t n = strlen(line);
	const char *end = json ? "\",\"cut\":true}\n" : "\" cut=true\n";

	assert_true(n <= LOG_LINE_MAX);
	assert_true(n > 2000);
	assert_string_equal(line + n - strlen(end), end);
	assert_ptr_equal(strchr(line, '\n'), line + n - 1);
}

static void test_what_is_too_long_stays_one_line(void **state)
{
	static char message[5000];

	(void)state;
	for (int json = 0; json < 2; json++) {
		log_set_format(json ? LOG_JSON : LOG_LOGFMT);
		memset(message, 'y', sizeof(message) - 1);
		message[0] = ' ';
		assert_one_cut_line(capture(LOG_INFO, message), json);
		memset(message, '\n', sizeof(message) - 1); /* six bytes each */
		assert_one_cut_line(capture(LOG_INFO, message), json);
	}
	log_set_format(LOG_LOGFMT);
}

/* Whatever the lengths: the line is closed, and never past its end. */
static void test_fields_beyond_the_end_are_left_out(void **state)
{
	static char value[LOG_LINE_MAX + 64];
	struct log_fields l;

	(void)state;
	memset(value, '"', sizeof(value));
	for (int json = 0; json < 2; json++)
		for (size_t n = 1900; n < 2060; n++) {
			log_set_format(json ? LOG_JSON : LOG_LOGFMT);
			begin_capture();
			assert_true(log_begin(&l, LOG_INFO, STR("m")));
			log_str(&l, "v", (struct str){ value, n });
			log_int(&l, "i", 12345);
			log_ms(&l, "t", 1);
			log_write(&l);
			const char *line = end_capture();
			assert_true(l.n <= sizeof(l.text) && strlen(line) == l.n);
			assert_non_null(strstr(line, n < 1970 ? json ? "\"t\":0.001}\n" : " t=0.001\n" : n > 2040 ? json ? "\",\"cut\":true}\n" : "\" cut=true\n" : "\n"));
		}
	log_set_format(LOG_LOGFMT);
}

static void hold(const char *message)
{
	struct log_fields l;

	assert_true(log_begin(&l, LOG_INFO, str_from(message)));
	log_hold(&l);
}

static void test_held_lines_come_out_together_and_in_order(void **state)
{
	(void)state;
	begin_capture();
	hold("a");
	hold("b");
	assert_string_equal(end_capture(), "");
	begin_capture();
	log_warn("c");
	hold("d");
	assert_string_equal(end_capture(), "time=" TIME " level=info msg=a\ntime=" TIME " level=info msg=b\n"
			    "time=" TIME " level=warn msg=c\n");
	begin_capture();
	log_flush();
	log_flush();
	assert_string_equal(end_capture(), "time=" TIME " level=info msg=d\n");
}

/* 4,096 bytes take four lines of 1,000 and not a fifth, which takes its place in the next room. */
static void test_a_full_room_is_written(void **state)
{
	char message[1000];
	size_t frame = strlen("time=" TIME " level=info msg=\n");

	(void)state;
	memset(message, 'x', sizeof(message));
	message[sizeof(message) - frame] = '\0';
	begin_capture();
	for (int i = 0; i < 4; i++)
		hold(message);
	assert_string_equal(end_capture(), "");
	begin_capture();
	hold(message);
	assert_int_equal(strlen(end_capture()), 4000);
	begin_capture();
	log_flush();
	assert_int_equal(strlen(end_capture()), 1000);
}

static void test_what_a_process_left_is_rescued(void **state)
{
	static struct log_held left;

	(void)state;
	begin_capture();
	log_hold_in(&left);
	hold("last words");
	assert_int_equal(left.lines, 1);
	struct log_held copy = { .n = left.n, .lines = left.lines };
	memcpy(copy.text, left.text, sizeof(copy.text));
	log_hold_in(NULL); /* what was held is written */
	assert_string_equal(end_capture(), "time=" TIME " level=info msg=\"last words\"\n");
	assert_int_equal(left.n, 0);
	begin_capture();
	log_rescue(&copy);
	log_rescue(&copy);
	assert_string_equal(end_capture(), "time=" TIME " level=info msg=\"last words\"\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_form),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_levels),
		cmocka_unit_test(test_control_characters),
		cmocka_unit_test(test_bad_utf8_is_replaced),
		cmocka_unit_test(test_what_is_too_long_stays_one_line),
		cmocka_unit_test(test_fields_beyond_the_end_are_left_out),
		cmocka_unit_test(test_held_lines_come_out_together_and_in_order),
		cmocka_unit_test(test_a_full_room_is_written),
		cmocka_unit_test(test_what_a_process_left_is_rescued),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0
 * Tests of base/conf: defaults, file, environment, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/conf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char path[] = "/tmp/ziara-conf-test-XXXXXX";
static char message[512];

static enum err load_text(struct conf *c, const char *text, size_t n)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
	return conf_load(c, path, message, sizeof(message));
}

static enum err load(struct conf *c, const char *text)
{
	return load_text(c, text, strlen(text));
}

static void assert_says(const char *part)
{
	if (!strstr(message, part))
		fail_msg("\"%s\" is not in: %s", part, message);
}

static void test_defaults(void **state)
{
	struct conf c;

	(void)state;
	assert_int_equal(conf_load(&c, NULL, message, sizeof(message)), ERR_OK);
	assert_string_equal(c.socket, "/run/ziara/ziara.sock");
	assert_string_equal(c.socket_mode, "0660");
	assert_int_equal(c.backlog, 4096);
	assert_int_equal(c.processes, 2);
	assert_int_equal(c.threads, 4);
	assert_int_equal(c.io_timeout_ms, 30000);
	assert_string_equal(c.socket_group, "");
	assert_int_equal(c.slow_wait_ms, 10000);
	assert_int_equal(c.hang_timeout_ms, 60000);
	assert_string_equal(c.public_url, "http://127.0.0.1:8080");
	assert_string_equal(c.home_country, "KE");
	assert_string_equal(c.db_option_file, "");
	assert_string_equal(c.db_name, "ziara");
	assert_int_equal(c.db_statement_timeout_ms, 5000);
	assert_int_equal(c.db_connect_timeout_ms, 2000);
	assert_int_equal(c.request_memory_bytes, 16777216);
	assert_int_equal(c.page_memory_bytes, 10485760);
	assert_string_equal(c.log_format, "logfmt");
	assert_int_equal(c.slow_request_ms, 1000);
}

static void test_file(void **state)
{
	struct conf c;

	(void)state;
	assert_int_equal(load(&c, "# a comment\n\n  threads=3\r\nsocket = /tmp/a b.sock \n\tdb_option_file =\n"
				  "public_url = https://visits.example\nrequest_memory_bytes = 1048576\npage_memory_bytes=0"),
			 ERR_OK);
	assert_int_equal(c.threads, 3);
	assert_string_equal(c.socket, "/tmp/a b.sock");
	assert_string_equal(c.db_option_file, "");
	assert_string_equal(c.public_url, "https://visits.example");
	assert_int_equal(c.request_memory_bytes, 1048576);
	assert_int_equal(c.page_memory_bytes, 0);
	assert_int_equal(c.processes, 2);
	assert_string_equal(message, "");
}

static void test_file_refused(void **state)
{
	static const struct { const char *text, *says; } bad[] = {
		{ "thread = 3\n", "did you mean \"threads\"" },
		{ "\n\nxyzzy = 3\n", ":3: unknown key \"xyzzy\"." },
		{ "Threads = 3\n", "unknown key \"Threads\"; did you mean \"threads\"" },
		{ "threads\n", "key = value" },
		{ "threads = 3\nthreads = 4\n", ":2: threads is set a second time" },
		{ "threads = 0\n", "from 1 to 256" }, { "threads = 257\n", "from 1 to 256" }, { "threads = -1\n", "from 1 to 256" },
		{ "threads = 3 x\n", "whole number" }, { "threads =\n", "whole number" }, { "threads = 0x3\n", "whole number" },
		{ "threads = 99999999999999999999999\n", "whole number" }, { "threads = 4294967297\n", "whole number" },
		{ "request_memory_bytes = 16M\n", "whole number" },
		{ "open_writes = on\n", "unknown key" },
		{ "log_format = JSON\n", "logfmt or json" }, { "slow_request_ms = 600001\n", "from 0 to 600000" },
		{ "socket =\n", "must not be empty" },
		{ "socket_mode = 660\n", "octal" }, { "socket_mode = 0880\n", "octal" },
		{ "home_country = ke\n", "capital" }, { "home_country = KEN\n", "capital" },
		{ "public_url = http://a/\n", "slash" }, { "public_url = ftp://a\n", "http://" },
		{ "public_url = https://\n", "host" }, { "public_url = http://a\"b\n", "host" },
		{ "db_name = a`b\n", "letters" },
	};
	struct conf c;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (load(&c, bad[i].text) != ERR_SYNTAX)
			fail_msg("accepted: %s", bad[i].text);
		assert_says(bad[i].says);
		assert_says(path);
	}
}

static void test_lengths(void **state)
{
	char text[400] = "socket = ";
	struct conf c;

	(void)state;
	memset(text + 9, 's', 107);
	assert_int_equal(load(&c, text), ERR_OK);
	assert_int_equal(strlen(c.socket), 107);
	text[9 + 107] = 's';
	assert_int_equal(load(&c, text), ERR_SYNTAX);
	assert_says("longer than 107");
	assert_int_equal(load_text(&c, "socket = a\0b\n", 13), ERR_SYNTAX);
	assert_says("NUL");
}

static void test_environment_wins(void **state)
{
	struct conf c;

	(void)state;
	setenv("ZIARA_THREADS", "5", 1);
	setenv("ZIARA_SUITES", "elsewhere", 1);
	setenv("ZIARA_TEST_ANYTHING", "x", 1);
	assert_int_equal(load(&c, "threads = 3\nprocesses = 4\n"), ERR_OK);
	assert_int_equal(c.threads, 5);
	assert_int_equal(c.processes, 4);
	setenv("ZIARA_THREADS", "", 1);
	assert_int_equal(load(&c, ""), ERR_SYNTAX);
	assert_says("ZIARA_THREADS: threads must be a whole number");
	unsetenv("ZIARA_THREADS");
	unsetenv("ZIARA_SUITES");
	unsetenv("ZIARA_TEST_ANYTHING");
}

static void test_unknown_variable(void **state)
{
	static const struct { const char *name, *says; } bad[] = {
		{ "ZIARA_THREAD", "did you mean ZIARA_THREADS?" },
		{ "ZIARA_threads", "did you mean ZIARA_THREADS?" },
		{ "ZIARA_XYZZY", "no such key; unset" },
		{ "ZIARA_", "no such key; unset" },
		{ "ZIARA_SUITESX", "no such key; unset" },
	};
	struct conf c;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		setenv(bad[i].name, "1", 1);
		assert_int_equal(conf_load(&c, NULL, message, sizeof(message)), ERR_SYNTAX);
		assert_says(bad[i].name);
		assert_says(bad[i].says);
		unsetenv(bad[i].name);
	}
	setenv("ZIARAX", "1", 1);
	assert_int_equal(conf_load(&c, NULL, message, sizeof(message)), ERR_OK);
	unsetenv("ZIARAX");
}

static void test_unreadable_file(void **state)
{
	struct conf c;
	char small[20];

	(void)state;
	assert_int_equal(conf_load(&c, "/nonexistent/ziara.conf", message, sizeof(message)), ERR_IO);
	assert_says("/nonexistent/ziara.conf: cannot be opened: No such file");
	assert_int_equal(conf_load(&c, "/tmp", message, sizeof(message)), ERR_IO);
	assert_says("/tmp: cannot be read");
	assert_int_equal(conf_load(&c, "/nonexistent/ziara.conf", small, sizeof(small)), ERR_IO);
	assert_int_equal(strlen(small), sizeof(small) - 1);
}

static int setup(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	/* Whoever runs the tests may have variables of the service set. */
	clearenv();
	return fd < 0 ? -1 : close(fd);
}

static int teardown(void **state)
{
	(void)state;
	return unlink(path);
}

/* What is printed as in force is a file that gives the same configuration. */
static void test_print_round_trip(void **state)
{
	struct conf c, again;
	char printed[8192];

	(void)state;
	assert_int_equal(setenv("ZIARA_THREADS", "5", 1), 0);
	assert_int_equal(load(&c, "# mine\nhome_country = UG\n"), ERR_OK);
	assert_int_equal(unsetenv("ZIARA_THREADS"), 0);
	fflush(stdout);
	int kept = dup(STDOUT_FILENO);
	assert_non_null(freopen(path, "w", stdout));
	conf_print(&c);
	fflush(stdout);
	assert_int_equal(dup2(kept, STDOUT_FILENO), STDOUT_FILENO);
	close(kept);
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	size_t n = fread(printed, 1, sizeof(printed) - 1, f);
	fclose(f);
	printed[n] = '\0';
	assert_non_null(strstr(printed, "# ZIARA_THREADS\nthreads = 5\n"));
	assert_non_null(strstr(printed, ":2\nhome_country = UG\n"));
	assert_non_null(strstr(printed, "# default\nprocesses = 2\n"));
	assert_int_equal(load(&again, printed), ERR_OK);
	memset(c.origin, 0, sizeof(c.origin));
	memset(again.origin, 0, sizeof(again.origin));
	assert_memory_equal(&c, &again, sizeof(c));
}

/* systemd.exec(5): a folder in $CREDENTIALS_DIRECTORY, a file a credential. */
static void test_credential(void **state)
{
	struct conf c;
	char folder[] = "/tmp/ziara-conf-XXXXXX", file[64], wanted[64];

	(void)state;
	assert_non_null(mkdtemp(folder));
	setenv("CREDENTIALS_DIRECTORY", folder, 1);
	assert_int_equal(load(&c, ""), ERR_OK);
	assert_string_equal(c.db_option_file, ""); /* the credential is not there */
	assert_int_equal(load(&c, "db_option_file = mine\n"), ERR_OK);
	snprintf(wanted, sizeof(wanted), "%s/mine", folder);
	assert_string_equal(c.db_option_file, wanted); /* asked for by name, so that it is missed by name */
	assert_int_equal(load(&c, "db_option_file = /etc/mine\n"), ERR_OK);
	assert_string_equal(c.db_option_file, "/etc/mine");
	snprintf(file, sizeof(file), "%s/ziara-db", folder);
	fclose(fopen(file, "w"));
	assert_int_equal(load(&c, ""), ERR_OK);
	assert_string_equal(c.db_option_file, file);
	bool told = false;
	for (size_t i = 0; i < CONF_KEYS_MAX; i++)
		told |= strcmp(c.origin[i], "systemd credential ziara-db") == 0;
	assert_true(told);
	unsetenv("CREDENTIALS_DIRECTORY");
	assert_int_equal(load(&c, "db_option_file = mine\n"), ERR_OK);
	assert_string_equal(c.db_option_file, "mine");
	unlink(file);
	rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_print_round_trip),
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_file_refused),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_environment_wins),
		cmocka_unit_test(test_unknown_variable),
		cmocka_unit_test(test_unreadable_file),
		cmocka_unit_test(test_credential),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

/* SPDX-License-Identifier: Apache-2.0
 * Migrations of the test's own: applied once, resumed, refused, printed, and two at a time. */
#include "harness.h"

#include "db/script.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

struct fixture {
	struct db *d;
	struct arena *a;
	struct migrate_state s;
};

static const struct migration good[] = {
	{ 1, "001_first",
	  "-- SPDX\n-- tolerates: 0.1.0\n\n"
	  "CREATE TABLE thing (\n  id INT PRIMARY KEY, -- it's a comment; with a quote\n"
	  "  note VARCHAR(80) NOT NULL DEFAULT 'a;\nb'\n) ENGINE=InnoDB;\n"
	  "/* between;\n */\n"
	  "INSERT INTO thing VALUES (1, 'it''s; \"so\"\\\\');\n" },
	{ 2, "002_second",
	  "-- tolerates: 0.1.0\n"
	  "ALTER TABLE thing ADD n INT NULL;\nUPDATE thing SET n = 5;\nALTER TABLE thing ADD KEY thing_n (n);\n" },
	{ 3, "003_third", "-- tolerates: 0.2.0\nCREATE TABLE other (a INT PRIMARY KEY) ENGINE=InnoDB;\n" },
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->d = harness_db(0, 0);
	f->a = arena_new(4 << 20);
	harness_drop_tables(f->d);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	harness_drop_tables(f->d);
	db_free(f->d);
	arena_free(f->a);
	free(f);
	return 0;
}

static int steps;

static void count_step(const struct migration *m)
{
	(void)m;
	__atomic_add_fetch(&steps, 1, __ATOMIC_RELAXED);
}

static enum err up(struct fixture *f, const struct migration *list, size_t n)
{
	steps = 0;
	return migrate_up_from(f->d, f->a, list, n, &f->s, count_step);
}

static enum err check(struct fixture *f, const struct migration *list, size_t n)
{
	return migrate_check_from(f->d, f->a, list, n, &f->s);
}

static void assert_says(struct fixture *f, const char *words)
{
	if (!strstr(f->s.message, words))
		print_error("message: %s\n", f->s.message);
	assert_non_null(strstr(f->s.message, words));
	/* not cut off */
	assert_true(strlen(f->s.message) < sizeof(f->s.message) - 1);
}

static void test_up(void **state)
{
	struct fixture *f = *state;
	struct db_rows r;

	assert_int_equal(check(f, good, 3), ERR_OK);
	assert_int_equal(f->s.applied, 0);
	assert_int_equal(f->s.known, 3);
	assert_int_equal(up(f, good, 2), ERR_OK);
	assert_int_equal(f->s.applied, 2);
	assert_int_equal(steps, 2);
	assert_string_equal(f->s.message, "");
	assert_int_equal(db_query(f->d, f->a, "SELECT id, note, n FROM thing", NULL, 0, &r), ERR_OK);
	assert_int_equal(r.rows, 1);
	assert_true(str_is(db_cell(&r, 0, 1)->s, "it's; \"so\"\\"));
	assert_int_equal(db_cell(&r, 0, 2)->i, 5);
	/* again: nothing */
	assert_int_equal(up(f, good, 2), ERR_OK);
	assert_int_equal(steps, 0);
	/* the third is new */
	assert_int_equal(check(f, good, 3), ERR_OK);
	assert_int_equal(f->s.applied, 2);
	assert_says(f, "up to 2, this version needs 3");
	assert_int_equal(up(f, good, 3), ERR_OK);
	assert_int_equal(steps, 1);
	assert_int_equal(check(f, good, 3), ERR_OK);
	assert_int_equal(f->s.applied, 3);
	assert_string_equal(f->s.message, "");
	assert_int_equal(db_query(f->d, f->a, "SELECT version, name, tolerates, statements FROM schema_migration WHERE"
				  " applied_at BETWEEN UTC_TIMESTAMP() - INTERVAL 60 SECOND AND"
				  " UTC_TIMESTAMP() + INTERVAL 60 SECOND ORDER BY version", NULL, 0, &r), ERR_OK);
	assert_int_equal(r.rows, 3);
	assert_true(str_is(db_cell(&r, 1, 1)->s, "002_second"));
	assert_true(str_is(db_cell(&r, 2, 2)->s, "0.2.0"));
	assert_int_equal(db_cell(&r, 1, 3)->i, 3);
}

/* The database is ahead of the binary. */
static void test_newer(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(up(f, good, 2), ERR_OK);
	/* the second tolerates this very version */
	assert_int_equal(check(f, good, 1), ERR_OK);
	assert_int_equal(f->s.applied, 2);
	assert_int_equal(f->s.known, 1);
	assert_int_equal(up(f, good, 1), ERR_OK);
	assert_int_equal(steps, 0);
	/* one past it does not */
	harness_sql(f->d, "INSERT INTO schema_migration VALUES (3, '003_far', REPEAT('0', 64), '99.0.0', 1, '2018-07-28')");
	assert_int_equal(check(f, good, 2), ERR_CONFLICT);
	assert_says(f, "003_far");
	assert_says(f, "99.0.0");
	assert_int_equal(up(f, good, 2), ERR_CONFLICT);
	/* nor is nonsense taken for consent */
	harness_sql(f->d, "UPDATE schema_migration SET tolerates = 'soon' WHERE version = 3");
	assert_int_equal(check(f, good, 2), ERR_CONFLICT);
}

static void test_tampered(void **state)
{
	struct fixture *f = *state;
	struct migration changed[2] = { good[0], good[1] };

	assert_int_equal(up(f, good, 2), ERR_OK);
	/* comments between statements may change */
	changed[1].sql = "-- another comment\n-- tolerates: 0.1.0\n\nALTER TABLE thing ADD n INT NULL;\n-- and one here\n"
			 "UPDATE thing SET n = 5;\nALTER TABLE thing ADD KEY thing_n (n);\n";
	assert_int_equal(check(f, changed, 2), ERR_OK);
	/* a statement may not, in a single character */
	changed[1].sql = "ALTER TABLE thing ADD n INT NULL;\nUPDATE thing SET n = 6;\nALTER TABLE thing ADD KEY thing_n (n);\n";
	assert_int_equal(check(f, changed, 2), ERR_CONFLICT);
	assert_says(f, "002_second is not the one that was applied");
	assert_int_equal(up(f, changed, 2), ERR_CONFLICT);
	assert_int_equal(steps, 0);
	/* nor may one be moved to another end of its neighbour */
	changed[1].sql = "ALTER TABLE thing ADD n INT NULL;\nUPDATE thing SET n = 5;\n";
	assert_int_equal(check(f, changed, 2), ERR_CONFLICT);
	harness_sql(f->d, "UPDATE schema_migration SET checksum = REPEAT('a', 64) WHERE version = 1");
	assert_int_equal(check(f, good, 2), ERR_CONFLICT);
	assert_says(f, "001_first");
	harness_sql(f->d, "DELETE FROM schema_migration WHERE version = 1");
	assert_int_equal(check(f, good, 2), ERR_CONFLICT);
	assert_says(f, "removed or added by hand");
}

/* A statement fails: what is in place stays, and the next run goes on behind it. */
static void test_resume(void **state)
{
	struct fixture *f = *state;
	struct migration list[2] = { good[0], good[1] };

	list[1].sql = "ALTER TABLE thing ADD n INT NULL;\nUPDATE nowhere SET n = 5;\nALTER TABLE thing ADD KEY thing_n (n);\n";
	assert_int_equal(up(f, list, 2), ERR_INTERNAL);
	assert_int_equal(f->s.applied, 1);
	assert_says(f, "002_second stopped at statement 2 (server error 1146)");
	assert_says(f, "goes on with statement 2");
	assert_int_equal(harness_int(f->d, "SELECT statements FROM schema_migration WHERE version = 2"), 1);
	assert_int_equal(check(f, list, 2), ERR_OK);
	assert_int_equal(f->s.applied, 1);
	assert_says(f, "002_second is unfinished: 1 of its statements");
	/* with the cause removed */
	harness_sql(f->d, "CREATE TABLE nowhere (n INT)");
	assert_int_equal(up(f, list, 2), ERR_OK);
	assert_int_equal(f->s.applied, 2);
	assert_int_equal(check(f, list, 2), ERR_OK);
	assert_string_equal(f->s.message, "");
}

/* A corrected file may finish the job if what was done of it is still in it. */
static void test_resume_corrected(void **state)
{
	struct fixture *f = *state;
	struct migration list[2] = { good[0], good[1] };

	list[1].sql = "ALTER TABLE thing ADD n INT NULL;\nUPDATE nowhere SET n = 5;\n";
	assert_int_equal(up(f, list, 2), ERR_INTERNAL);
	list[1].sql = "ALTER TABLE thing ADD m INT NULL;\nUPDATE thing SET n = 5;\n";
	assert_int_equal(up(f, list, 2), ERR_CONFLICT);
	assert_says(f, "begun with other statements");
	assert_int_equal(up(f, good, 2), ERR_OK);
	assert_int_equal(check(f, good, 2), ERR_OK);
	assert_int_equal(harness_int(f->d, "SELECT n FROM thing"), 5);
}

/* What the message tells people to do must work: the statement was in place, only its note was lost. */
static void test_resume_by_advice(void **state)
{
	struct fixture *f = *state;
	char sql[256];

	assert_int_equal(up(f, good, 1), ERR_OK);
	harness_sql(f->d, "ALTER TABLE thing ADD n INT NULL");
	assert_int_equal(up(f, good, 2), ERR_INTERNAL);
	assert_says(f, "stopped at statement 1 (server error 1060)");
	const char *advice = strstr(f->s.message, "UPDATE schema_migration");
	assert_non_null(advice);
	snprintf(sql, sizeof(sql), "%s", advice);
	assert_int_equal(sql[strlen(sql) - 1], ';');
	sql[strlen(sql) - 1] = '\0';
	harness_sql(f->d, sql);
	assert_int_equal(up(f, good, 2), ERR_OK);
	assert_int_equal(check(f, good, 2), ERR_OK);
}

/* All that matters of the schema, as text. */
static struct str schema(struct fixture *f)
{
	struct db_rows tables, r;
	struct str all = STR("");

	assert_int_equal(db_query(f->d, f->a, "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()"
				  " ORDER BY table_name", NULL, 0, &tables), ERR_OK);
	for (size_t i = 0; i < tables.rows; i++) {
		struct str sql = arena_printf(f->a, "SHOW CREATE TABLE `%.*s`", STR_ARG(db_cell(&tables, i, 0)->s));
		assert_int_equal(db_query(f->d, f->a, sql.p, NULL, 0, &r), ERR_OK);
		all = arena_printf(f->a, "%.*s%.*s;\n", STR_ARG(all), STR_ARG(db_cell(&r, 0, 1)->s));
	}
	assert_int_equal(db_query(f->d, f->a, "SELECT CONCAT_WS('|', version, name, checksum, tolerates, statements,"
				  " applied_at IS NOT NULL) FROM schema_migration ORDER BY version", NULL, 0, &r), ERR_OK);
	for (size_t i = 0; i < r.rows; i++)
		all = arena_printf(f->a, "%.*s%.*s\n", STR_ARG(all), STR_ARG(db_cell(&r, i, 0)->s));
	assert_int_equal(db_query(f->d, f->a, "SELECT CONCAT_WS('|', id, note, n) FROM thing UNION ALL"
				  " SELECT id FROM schema_lock", NULL, 0, &r), ERR_OK);
	for (size_t i = 0; i < r.rows; i++)
		all = arena_printf(f->a, "%.*s%.*s\n", STR_ARG(all), STR_ARG(db_cell(&r, i, 0)->s));
	return all;
}

/* Leaves the first `updates` notes of progress and what stands before them; false when there are fewer. */
static bool cut_after(FILE *f, int updates)
{
	static const char note[] = "UPDATE schema_migration SET statements";
	char line[4096];

	rewind(f);
	while (fgets(line, sizeof(line), f))
		if (strncmp(line, note, sizeof(note) - 1) == 0 && updates-- == 0)
			return fflush(f) == 0 && ftruncate(fileno(f), ftell(f)) == 0;
	return false;
}

/* As an administrator would: `mariadb < printed`.  Its exit status.  With cut >= 0 only the SQL up to
 * that note of progress is run; -1 when there is none. */
static int run_client_part(const struct migration *list, size_t n, int from, int finished, int cut)
{
	char options[300];
	FILE *printed = tmpfile();
	int status;

	assert_non_null(printed);
	snprintf(options, sizeof(options), "--defaults-file=%s", harness_option_file());
	migrate_print_sql_from(printed, list, n, from, finished);
	assert_int_equal(fflush(printed), 0);
	if (cut >= 0 && !cut_after(printed, cut)) {
		fclose(printed);
		return -1;
	}
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (lseek(fileno(printed), 0, SEEK_SET) == 0 && dup2(fileno(printed), 0) == 0)
			execlp("mariadb", "mariadb", options, harness_database(), (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	fclose(printed);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int run_client(const struct migration *list, size_t n, int from)
{
	return run_client_part(list, n, from, -1, -1);
}

/* Stopped after each statement in turn, it can be gone on with: by printing anew, and by migrating. */
static void test_printed_half_way(void **state)
{
	struct fixture *f = *state;
	int stops = 0;

	assert_int_equal(up(f, good, 3), ERR_OK);
	struct str applied = schema(f);
	for (int again = 0; again < 2; again++)
		for (int cut = 0;; cut++, stops++) {
			harness_drop_tables(f->d);
			int status = run_client_part(good, 3, 0, -1, cut);
			if (status < 0)
				break;
			assert_int_equal(status, 0);
			assert_int_equal(check(f, good, 3), ERR_OK);
			if (again)
				assert_int_equal(up(f, good, 3), ERR_OK);
			else
				assert_int_equal(run_client_part(good, 3, f->s.applied, f->s.unfinished, -1), 0);
			assert_string_equal(schema(f).p, applied.p);
			assert_int_equal(check(f, good, 3), ERR_OK);
			assert_int_equal(f->s.unfinished, -1);
		}
	assert_true(stops >= 6);
}

static void test_printed(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(up(f, good, 3), ERR_OK);
	struct str applied = schema(f);
	assert_non_null(strstr(applied.p, "thing_n"));
	harness_drop_tables(f->d);
	assert_int_equal(run_client(good, 3, 0), 0);
	assert_string_equal(schema(f).p, applied.p);
	assert_int_equal(check(f, good, 3), ERR_OK);
	assert_string_equal(f->s.message, "");
	/* in two pieces, and by both ways */
	harness_drop_tables(f->d);
	assert_int_equal(run_client(good, 1, 0), 0);
	assert_int_equal(run_client(good, 2, 1), 0);
	assert_int_equal(up(f, good, 3), ERR_OK);
	assert_int_equal(steps, 1);
	assert_string_equal(schema(f).p, applied.p);
}

/* The printed SQL refuses a database it does not fit, and leaves it as it is. */
static void test_printed_guard(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(up(f, good, 2), ERR_OK);
	struct str before = schema(f);
	assert_int_not_equal(run_client(good, 3, 1), 0); /* 2 is there already */
	assert_string_equal(schema(f).p, before.p);
	harness_sql(f->d, "DELETE FROM schema_migration WHERE version = 2");
	before = schema(f);
	assert_int_not_equal(run_client(good, 3, 2), 0); /* 2 is not there */
	assert_string_equal(schema(f).p, before.p);
}

static void *up_thread(void *arg)
{
	struct fixture *f = arg;

	return (void *)(intptr_t)migrate_up_from(f->d, f->a, good, 3, &f->s, count_step);
}

static void test_two_at_once(void **state)
{
	struct fixture *f = *state;

	for (int round = 0; round < 5; round++) {
		struct fixture side[2];
		pthread_t thread[2];

		harness_drop_tables(f->d);
		steps = 0;
		for (int i = 0; i < 2; i++) {
			side[i].d = harness_db(0, 0);
			side[i].a = arena_new(1 << 20);
			assert_int_equal(pthread_create(&thread[i], NULL, up_thread, &side[i]), 0);
		}
		for (int i = 0; i < 2; i++) {
			void *result;
			pthread_join(thread[i], &result);
			if ((intptr_t)result != ERR_OK)
				print_error("%s\n", side[i].s.message);
			assert_int_equal((intptr_t)result, ERR_OK);
			assert_int_equal(side[i].s.applied, 3);
			db_free(side[i].d);
			arena_free(side[i].a);
		}
		assert_int_equal(steps, 3);
		assert_int_equal(check(f, good, 3), ERR_OK);
		assert_string_equal(f->s.message, "");
	}
}

/* The product's own list: all of it applies to an empty schema, and printing it does the same. */
static void test_embedded(void **state)
{
	struct fixture *f = *state;

	if (migrations_count == 0)
		skip();
	assert_int_equal(migrate_up(f->d, f->a, &f->s, NULL), ERR_OK);
	assert_int_equal(f->s.applied, migrations[migrations_count - 1].version);
	assert_int_equal(migrate_check(f->d, f->a, &f->s), ERR_OK);
	assert_string_equal(f->s.message, "");
	harness_drop_tables(f->d);
	assert_int_equal(run_client(migrations, migrations_count, 0), 0);
	assert_int_equal(migrate_check(f->d, f->a, &f->s), ERR_OK);
	assert_string_equal(f->s.message, "");
}

int main(void)
{
#define CASE(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		CASE(test_up),
		CASE(test_newer),
		CASE(test_tampered),
		CASE(test_resume),
		CASE(test_resume_corrected),
		CASE(test_resume_by_advice),
		CASE(test_printed),
		CASE(test_printed_half_way),
		CASE(test_printed_guard),
		CASE(test_two_at_once),
		CASE(test_embedded),
	};
	if (!harness_begin())
		return HARNESS_SKIPPED;
	int failures = cmocka_run_group_tests_name("migrate", tests, NULL, NULL);
	harness_end();
	return failures;
}

/* SPDX-License-Identifier: Apache-2.0
 * Migrations as SQL for administrators, the grants they need, and the embedded list. */
#include "db/internal.h"
#include "db/script.h"

/* Fails where the database is not at the version just before, and before any harm is done: the
 * column takes no NULL. */
static const char start_format[] =
	"INSERT INTO schema_migration (version, name, checksum, tolerates, statements)\n"
	"  SELECT IF(COALESCE(MAX(version), 0) = %d AND COUNT(*) = COUNT(applied_at), %d, NULL), '%s', '%s', '%s', 0\n"
	"  FROM schema_migration;\n";

/* For a migration of which `done` statements are in place: nothing else may have happened to it. */
static const char resume_format[] =
	"UPDATE schema_migration SET statements = IF(statements = %d AND applied_at IS NULL, statements, NULL)\n"
	"  WHERE version = %d;\n";

/* Progress is noted behind each statement, so that a run that stops half-way can be gone on with, by
 * `ziara migrate` or by SQL printed anew. */
static void print_statements(FILE *to, const struct migration *m, int done)
{
	struct script_sum sum;
	struct str statement;
	const char *at = m->sql;
	int k = 0;

	script_sum_init(&sum);
	while (script_next(&at, &statement)) {
		script_sum_add(&sum, statement);
		if (++k <= done)
			continue;
		fprintf(to, "%.*s;\nUPDATE schema_migration SET statements = %d, checksum = '%s' WHERE version = %d;\n",
			STR_ARG(statement), k, sum.hex, m->version);
	}
	fprintf(to, "UPDATE schema_migration SET applied_at = UTC_TIMESTAMP(3) WHERE version = %d;\n", m->version);
}

void migrate_print_sql_from(FILE *to, const struct migration *list, size_t n, int from, int done)
{
	fprintf(to, "-- Ziara %s, migrations after %d.  Stop at the first error (the mariadb client does) and run\n"
		    "-- this while nothing else migrates.\n"
		    "SET " CONN_SESSION ";\n" SCRIPT_CREATE_MIGRATION ";\n" SCRIPT_CREATE_LOCK ";\n" SCRIPT_FILL_LOCK ";\n",
		ZIARA_VERSION, from);
	for (size_t i = 0; i < n; i++) {
		const struct migration *m = &list[i];
		char tolerates[SCRIPT_VERSION_MAX + 1];
		struct script_sum none;

		if (m->version <= from)
			continue;
		script_tolerates(m, tolerates);
		script_sum_init(&none);
		fprintf(to, "\n-- %s\n", m->name);
		if (m->version == from + 1 && done >= 0)
			fprintf(to, resume_format, done, m->version);
		else
			fprintf(to, start_format, m->version - 1, m->version, m->name, none.hex, tolerates);
		print_statements(to, m, m->version == from + 1 ? done : 0);
	}
}

/* As an identifier between backticks; in GRANT `_` and `%` are wildcards unless escaped. */
static void print_name(const char *name, bool pattern)
{
	putchar('`');
	for (; *name; name++) {
		if (*name == '`' || (pattern && (*name == '_' || *name == '%')))
			putchar(*name == '`' ? '`' : '\\');
		putchar(*name);
	}
	putchar('`');
}

void migrate_print_grants(const char *database)
{
	printf("-- The accounts are made locked.  Give each a password of its own before it is used:\n"
	       "--   ALTER USER ziara_app@localhost IDENTIFIED BY '...' ACCOUNT UNLOCK;\n"
	       "-- Where the program runs on another host, put that host for localhost.\nCREATE DATABASE IF NOT EXISTS ");
	print_name(database, false);
	printf(" CHARACTER SET utf8mb4 COLLATE utf8mb4_uca1400_ai_ci;\n"
	       "CREATE USER IF NOT EXISTS ziara_migrate@localhost, ziara_app@localhost ACCOUNT LOCK;\n"
	       "GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX, DROP, REFERENCES ON ");
	print_name(database, true);
	printf(".* TO ziara_migrate@localhost;\nGRANT SELECT, INSERT, UPDATE, DELETE ON ");
	print_name(database, true);
	printf(".* TO ziara_app@localhost;\n");
}

enum err migrate_check(struct db *d, struct arena *a, struct migrate_state *s)
{
	return migrate_check_from(d, a, migrations, migrations_count, s);
}

enum err migrate_up(struct db *d, struct arena *a, struct migrate_state *s, void (*progress)(const struct migration *m))
{
	return migrate_up_from(d, a, migrations, migrations_count, s, progress);
}

void migrate_print_sql(int from, int done)
{
	migrate_print_sql_from(stdout, migrations, migrations_count, from, done);
}

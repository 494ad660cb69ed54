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

void migrate_print_sql_from(FILE *to, const struct migration *list, size_t n, int from)
{
	fprintf(to, "-- Ziara %s, migrations after %d.  Stop at the first error (the mariadb client does) and run\n"
		    "-- this while nothing else migrates.\n"
		    "SET " CONN_SESSION ";\n" SCRIPT_CREATE_MIGRATION ";\n" SCRIPT_CREATE_LOCK ";\n" SCRIPT_FILL_LOCK ";\n",
		ZIARA_VERSION, from);
	for (size_t i = 0; i < n; i++) {
		const struct migration *m = &list[i];
		char tolerates[SCRIPT_VERSION_MAX + 1];
		struct script_sum none, sum;
		struct str statement;
		const char *at = m->sql;

		if (m->version <= from)
			continue;
		script_tolerates(m, tolerates);
		script_sum_init(&none);
		int statements = script_measure(m, &sum);
		fprintf(to, "\n-- %s\n", m->name);
		fprintf(to, start_format, m->version - 1, m->version, m->name, none.hex, tolerates);
		while (script_next(&at, &statement))
			fprintf(to, "%.*s;\n", STR_ARG(statement));
		fprintf(to, "UPDATE schema_migration SET statements = %d, checksum = '%s', applied_at = UTC_TIMESTAMP(3)\n"
			    "  WHERE version = %d;\n",
			statements, sum.hex, m->version);
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
	printf("-- Set a password for each account first, or name accounts of your own.\nCREATE DATABASE IF NOT EXISTS ");
	print_name(database, false);
	printf(" CHARACTER SET utf8mb4 COLLATE utf8mb4_uca1400_ai_ci;\n"
	       "CREATE USER IF NOT EXISTS ziara_migrate@localhost, ziara_app@localhost;\n"
	       "GRANT ALL PRIVILEGES ON ");
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

void migrate_print_sql(int from)
{
	migrate_print_sql_from(stdout, migrations, migrations_count, from);
}

/* SPDX-License-Identifier: Apache-2.0
 * Forward-only schema migrations, embedded in the binary at build time.
 *
 * File form sql/migrations/NNN_name.sql: leading comment lines, among them
 *   -- tolerates: 0.1.0        oldest binary that may keep running on the new schema
 * then statements, each ended by a ';' at the end of a line.  Only what an ordinary schema
 * owner may do: no triggers, no GLOBAL settings. */
#ifndef ZIARA_DB_MIGRATE_H
#define ZIARA_DB_MIGRATE_H

#include "db/db.h"

struct migration {
	int version;        /* 1, 2, … without gaps */
	const char *name;   /* "NNN_name" */
	const char *sql;
};

/* Made by the build from sql/migrations. */
extern const struct migration migrations[];
extern const size_t migrations_count;

struct migrate_state {
	int applied;          /* highest version in the database, 0: none */
	int known;            /* highest in this binary */
	int unfinished;       /* statements in place of the migration after `applied`; -1: not begun */
	char message[512];    /* a sentence for people when something is wrong */
};

/* Reads schema_migration.  ERR_CONFLICT with a message when the database is newer than this
 * binary tolerates, or an applied checksum differs from ours.  ERR_OK with a message when
 * migrations are pending or one is unfinished. */
MUST_USE enum err migrate_check(struct db *d, struct arena *a, struct migrate_state *s);
/* Applies what is pending under a named row lock, so two at once do no harm; `progress` is called
 * before each migration (may be NULL). */
MUST_USE enum err migrate_up(struct db *d, struct arena *a, struct migrate_state *s,
			     void (*progress)(const struct migration *m));
/* The SQL of everything from `from`+1 on, with its bookkeeping, for an administrator to run; `done` statements
 * of the first are in place already (-1: it was not begun). */
void migrate_print_sql(int from, int done);
/* GRANT statements for the serving and the migrating account on schema `database`. */
void migrate_print_grants(const char *database);

#endif

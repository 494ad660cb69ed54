/* SPDX-License-Identifier: Apache-2.0
 * Migration files taken apart, and migrations over a list of the caller's (tests). */
#ifndef ZIARA_DB_SCRIPT_H
#define ZIARA_DB_SCRIPT_H

#include "db/migrate.h"

#include <stdio.h>

enum { SCRIPT_VERSION_MAX = 20 }; /* "10.11.12" and some room */

/* The next statement without its ';', comments in front of it left out; false at the end.
 * A ';' ends one when it ends its line and stands outside of quotes and comments. */
bool script_next(const char **at, struct str *statement);

/* A chain of hashes over the statements, so that a part of a migration has a checksum, too.
 * Comments between statements may change, statements may not. */
struct script_sum {
	uint8_t hash[32];
	char hex[64 + 1];
};
void script_sum_init(struct script_sum *sum);
void script_sum_add(struct script_sum *sum, struct str statement);

/* Of the whole migration: its statements and their checksum. */
int script_measure(const struct migration *m, struct script_sum *sum);
/* Its "-- tolerates:" line; this binary's own version when it has none. */
void script_tolerates(const struct migration *m, char out[SCRIPT_VERSION_MAX + 1]);
/* Whether version `have` ("1.2.3") is at least `need`; false when either is malformed. */
bool script_version_reaches(const char *have, struct str need);

/* migrate.h over any list. */
MUST_USE enum err migrate_check_from(struct db *d, struct arena *a, const struct migration *list, size_t n,
				     struct migrate_state *s);
MUST_USE enum err migrate_up_from(struct db *d, struct arena *a, const struct migration *list, size_t n,
				  struct migrate_state *s, void (*progress)(const struct migration *m));
void migrate_print_sql_from(FILE *to, const struct migration *list, size_t n, int from, int done);

/* The bookkeeping.  schema_lock has one row; whoever migrates holds its lock on a connection of
 * its own, because DDL commits and so frees every lock of the connection it runs on. */
#define SCRIPT_CREATE_MIGRATION \
	"CREATE TABLE IF NOT EXISTS schema_migration (\n" \
	"  version INT NOT NULL,\n" \
	"  name VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,\n" \
	"  checksum CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,\n" \
	"  tolerates VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,\n" \
	"  statements INT NOT NULL,\n" \
	"  applied_at DATETIME(3) NULL,\n" \
	"  PRIMARY KEY (version)\n" \
	") ENGINE=InnoDB"
#define SCRIPT_CREATE_LOCK "CREATE TABLE IF NOT EXISTS schema_lock (id INT NOT NULL PRIMARY KEY) ENGINE=InnoDB"
#define SCRIPT_FILL_LOCK   "INSERT IGNORE INTO schema_lock (id) VALUES (1)"

#endif

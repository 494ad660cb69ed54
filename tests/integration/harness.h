/* SPDX-License-Identifier: Apache-2.0
 * The database the integration tests run against, and a socket in front of it that breaks
 * when it is told to.
 *
 * ZIARA_TEST_DB_OPTION_FILE names an option file of an account that owns the schema
 * ZIARA_TEST_DB_NAME; tests/integration/run.sh starts a private server and sets both. */
#ifndef ZIARA_TEST_HARNESS_H
#define ZIARA_TEST_HARNESS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "db/db.h"

enum { HARNESS_SKIPPED = 77 };

/* Prints why and returns false when there is no server to test against; otherwise the library
 * is ready. */
bool harness_begin(void);
void harness_end(void);

const char *harness_option_file(void);
const char *harness_database(void);
/* A handle with these limits; fails the test when memory is out. */
struct db *harness_db(int statement_timeout_ms, size_t statements_max);
/* Runs one statement that must succeed. */
void harness_sql(struct db *d, const char *sql);
/* The first cell as an integer; the statement must give one row. */
int64_t harness_int(struct db *d, const char *sql);
/* The next of a sequence that the first *seed decides, below 2^24. */
unsigned harness_random(unsigned *seed);
/* Removes every table of the schema. */
void harness_drop_tables(struct db *d);
/* The same, as the last act of a group of tests. */
int harness_tear_down_group(void **state);
int64_t harness_connection(struct db *d);
/* Ends the connection with that id and waits until the server has forgotten it. */
void harness_kill(struct db *by, int64_t id);

/* A socket that passes everything on to the server until a client packet holds `trigger`
 * (NULL: a prepared statement is executed).  That packet still reaches the server, which
 * answers, but the answer is dropped and the connection cut.  Later ones pass untouched. */
struct proxy;
struct proxy *proxy_new(const char *trigger);
/* An option file that leads through it. */
const char *proxy_option_file(const struct proxy *p);
/* From now on the trigger counts. */
void proxy_arm(struct proxy *p);
/* Frozen, it passes nothing on and answers nobody, but connecting to it still works. */
void proxy_freeze(struct proxy *p, bool frozen);
/* How often it has cut; stops the thread and frees it. */
int proxy_end(struct proxy *p);

#endif

/* SPDX-License-Identifier: Apache-2.0
 * The seam to MariaDB: one connection a thread, prepared statements cached by text, whole
 * transactions that can be run again.  Nothing outside this folder sees mysql.h.
 *
 * Values travel bound, never inside SQL text; identifiers come from const tables. */
#ifndef ZIARA_DB_DB_H
#define ZIARA_DB_DB_H

#include "base/arena.h"
#include "base/uuid.h"

#include <stdint.h>

struct db;

struct db_params {
	/* Read for [client]: host, port, socket, user, password, TLS; NULL: the library's own files.  A host
	 * other than localhost, 127.0.0.1 and ::1 must offer verified TLS 1.2 or later. */
	const char *option_file;
	const char *database;
	int connect_timeout_ms;    /* rounded up to seconds */
	int statement_timeout_ms;  /* max_statement_time of the session; 0: none */
	size_t statements_max;     /* cached statements; 0: 256 */
	bool stamps;               /* each DB_WRITE transaction adds one to a row of write_stamp before it commits */
	bool trace;                /* keep the texts of a request's statements for db_traced */
};

enum db_type { DB_NULL, DB_INT, DB_TEXT };

struct db_value {
	enum db_type type;
	int64_t i;
	struct str s; /* text or bytes */
};

static inline struct db_value db_null(void) { return (struct db_value){ DB_NULL, 0, { NULL, 0 } }; }
static inline struct db_value db_int(int64_t i) { return (struct db_value){ DB_INT, i, { NULL, 0 } }; }
static inline struct db_value db_text(struct str s) { return (struct db_value){ s.p ? DB_TEXT : DB_NULL, 0, s }; }
/* *id must outlive the call it is bound in. */
static inline struct db_value db_uuid(const struct uuid *id)
{
	return (struct db_value){ DB_TEXT, 0, { (const char *)id->b, sizeof(id->b) } };
}

/* A result held in the arena, row-major: integer columns come as DB_INT, everything else
 * (text, BINARY, DECIMAL, DATE, DATETIME as "YYYY-MM-DD HH:MM:SS" with the fraction digits of the
 * column) as DB_TEXT, a NUL behind it. */
struct db_rows {
	size_t rows, cols;
	struct db_value *cells;
	uint64_t affected; /* rows matched (CLIENT_FOUND_ROWS) for INSERT, UPDATE, DELETE */
};

static inline const struct db_value *db_cell(const struct db_rows *r, size_t row, size_t col)
{
	return &r->cells[row * r->cols + col];
}

/* Once in the process before threads; and at its end. */
MUST_USE enum err db_library_init(void);
void db_library_end(void);

/* A handle that connects lazily, at the first statement.  NULL when memory is out. */
struct db *db_new(const struct db_params *params);
void db_free(struct db *d);

/* Runs one prepared statement.  Outside a transaction a connection found dead before the
 * statement took effect (idle time-out, restart) is replaced and the statement sent once more;
 * inside one that is ERR_RETRY.  `out` may be NULL.  Result errors, see enum err:
 *   1062 CONFLICT, 1451/1452 REFERENCED, 1406/4025/1366/1264 INVALID, 1205 LOCKED,
 *   1213/1020 RETRY, 1969/3024 TIMEOUT, 1040/1203/1226/1290/2002/2003 UNAVAILABLE,
 *   2006/2013/1927/1053 UNAVAILABLE (or retried as above); UNCERTAIN when the answer to a writing
 *   statement outside a transaction was lost; else INTERNAL (logged without values). */
MUST_USE enum err db_query(struct db *d, struct arena *a, const char *sql, const struct db_value *params,
			   size_t n_params, struct db_rows *out);

enum db_mode {
	DB_SNAPSHOT, /* START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY */
	DB_WRITE,    /* START TRANSACTION READ WRITE at READ COMMITTED: lock first, then read what the lock protects */
};
/* Runs fn inside a transaction.  ERR_OK commits; any other result rolls back and is returned.
 * On ERR_RETRY, or ERR_LOCKED, the whole is run again, up to 5 times with a jittered pause of
 * 5-80 ms; fn must start from its inputs each time.  ERR_UNCERTAIN: the connection broke during
 * COMMIT.  Nested calls are a programming error. */
MUST_USE enum err db_tx(struct db *d, enum db_mode mode, enum err (*fn)(struct db *d, void *arg), void *arg);

/* Inside a transaction: whether it is run again. */
bool db_tx_again(const struct db *d);

/* Watches the database for this process, on a thread and a connection of its own, begun after the
 * fork: asked twice a second, it must answer within 1.5 s.  When it does not, or nobody can
 * connect, whoever waits for it gets ERR_UNAVAILABLE (or ERR_UNCERTAIN) at once, and so does
 * whoever asks, until it answers again.  An error of the server is an answer, too.  Without a
 * watch only the time-outs of the connections themselves count.  ERR_NOMEM. */
MUST_USE enum err db_watch_start(const struct db_params *params);
/* Ends the thread, in two seconds at most; nothing when there is none. */
void db_watch_stop(void);
bool db_watch_down(void);

/* About the latest failure on this handle: server error number (0: none) and the key or
 * constraint name the server named ("" if none) — for mapping to a field, never for clients. */
unsigned db_errno(const struct db *d);
const char *db_error_key(const struct db *d);

/* Fault injection for tests: of this thread's calls of the client library that speak to the server
 * (connecting, session settings, BEGIN, prepare, execute, each fetch, COMMIT, ROLLBACK) the nth from
 * now (1: the next) fails with error `number`.  It is not made; or it is made and its answer lost
 * (`after`; for errors that mean a lost connection).  n = 0 turns it off.  True when the fault set
 * before has not struck yet. */
bool db_fail_nth(unsigned long n, unsigned number, bool after);

/* Texts put into an SQL comment in front of each statement sent unprepared (BEGIN); [A-Za-z0-9._~-]
 * only; NULL: none. */
void db_tag(struct db *d, const char *request_id, const char *trace_id);

/* Counters since the handle was made or last reset, for the request log: everything sent, BEGIN and
 * COMMIT too, and the time spent waiting for the answers, connecting too. */
struct db_stats {
	uint64_t statements, rows, us;
};
struct db_stats db_stats(const struct db *d);
/* For the answer to a statement that another thread sent: counts the time, and no statement. */
void db_stats_waited(struct db *d, uint64_t us);
void db_stats_reset(struct db *d);

enum { DB_TRACED_MAX = 16 };
/* The statements among those counters, one row a text in the order of their first time; texts hold
 * ? and never a value.  What is past the room for them is in the counters alone. */
struct db_traced {
	struct str sql;          /* its beginning, when it is long */
	uint64_t hash;           /* of the whole */
	uint64_t n, us, rows;
};
/* Valid until the next statement or reset; NULL without db_params.trace. */
const struct db_traced *db_traced(const struct db *d, size_t *n);

#endif

/* SPDX-License-Identifier: Apache-2.0
 * What the files of this folder share: the handle, its connection, its prepared statements. */
#ifndef ZIARA_DB_INTERNAL_H
#define ZIARA_DB_INTERNAL_H

#include "db/db.h"

#include <mysql.h>

enum {
	DB_STATEMENTS_MAX = 256,     /* when the parameters name no other bound */
	DB_TAG_MAX = 64,             /* longest request id put into a comment */
	DB_WHY_MAX = 512,
	DB_KEY_MAX = 64 + 1,         /* longest identifier of the server */
	DB_SCRATCH_KEEP = 256 << 10, /* bytes of result scratch kept between statements */
	DB_RESULT_MAX = 64 << 20,    /* bytes of one result; past that ERR_LIMIT */
};

/* ---- fail.c: faults for tests ---- */

struct fail {
	unsigned long n;       /* calls until it strikes, that one included; 0: never */
	unsigned number;
	bool after, lost;      /* lost: the answer to the call at hand is to be lost */
	unsigned struck;       /* the number, until somebody has asked for it */
};
extern _Thread_local struct fail fail;
bool fail_strikes(void);

/* Around each call: `if (fail_before() || mysql_…() || fail_after())`. */
static inline bool fail_before(void) { return fail.n && fail_strikes(); }
static inline bool fail_after(void)
{
	if (fail.lost)
		fail.struck = fail.number;
	bool lost = fail.lost;
	fail.lost = false;
	return lost;
}
/* The error that was injected into the call that has failed; `real` when none was. */
unsigned fail_number(unsigned real);

/* ---- cache.c: prepared statements by text ---- */

enum column_kind { COLUMN_INT, COLUMN_TEXT, COLUMN_DATE, COLUMN_DATETIME };

/* A result column and the place the library puts its value. */
struct column {
	enum enum_field_types type;
	enum column_kind kind;
	bool is_unsigned;
	unsigned decimals;      /* digits of a DATETIME's fraction */
	my_bool is_null, error;
	unsigned long length;   /* of the value, also where it did not fit */
	int64_t i;
	MYSQL_TIME time;
	char *text;             /* `size` bytes */
	size_t size;
	size_t wanted;          /* length of a value that did not fit; 0: none */
	bool own_text;          /* allocated by itself, not part of `space` */
};

struct statement {
	MYSQL_STMT *stmt;
	char *sql;
	size_t sql_len;
	uint64_t hash;
	bool reads;             /* may be sent twice without harm */
	unsigned n_params, n_columns;
	struct column *columns;
	MYSQL_BIND *bind;
	char *space;            /* first text buffers of all columns */
	struct statement *chain;         /* next of the same bucket */
	struct statement *newer, *older; /* order of last use */
};

struct cache {
	struct statement **buckets; /* mask + 1 of them */
	size_t mask, n, max;
	struct statement *newest, *oldest;
};

MUST_USE enum err cache_init(struct cache *c, size_t max);
/* The connection must be closed already, so that statements are only freed. */
void cache_clear(struct cache *c);
void cache_free(struct cache *c);
/* NULL when it is not there. */
struct statement *cache_find(struct cache *c, struct str sql, uint64_t hash);
/* Takes over `s`; closes the least recently used one when full. */
void cache_add(struct cache *c, struct statement *s);
void cache_remove(struct cache *c, struct statement *s);
uint64_t cache_hash(struct str sql);
/* Whether the columns bound are those of the result; to be asked after each execution, since
 * tables are altered, a bare ? has its value's type, and INSERT … RETURNING names none before. */
bool statement_columns_fit(const struct statement *s);
/* Allocates and binds the result columns.  ERR_NOMEM. */
MUST_USE enum err statement_bind_columns(struct statement *s);
/* Enlarges the buffers that were too small, as far as memory goes.  After a failure the
 * statement must not be used again. */
MUST_USE enum err statement_grow_columns(struct statement *s);
void statement_free(struct statement *s);

/* ---- watch.c: whether the database answers ---- */

/* A connection whose waiting ends when the database falls silent. */
struct watched {
	struct watched *next, **at; /* at NULL: not watched */
	int fd;                     /* a duplicate of its own */
};

/* False when the database has just been found down: the connection is of no use; or when descriptors are out. */
MUST_USE bool watch_add(struct watched *w, int fd);
/* May be called when it is not in the list. */
void watch_remove(struct watched *w);

/* ---- the handle ---- */

struct db {
	char *option_file, *database; /* NULL: none */
	int connect_timeout_ms, statement_timeout_ms;
	MYSQL *my;                    /* NULL: not connected */
	bool stamps;                  /* changes are counted in write_stamp */
	bool probes;                  /* the one that finds out whether the database answers */
	struct watched watched;
	char why[DB_WHY_MAX];         /* why the latest connecting failed, for the log */
	struct cache cache;

	bool pending;                 /* the answer to conn_post is still to be read */
	bool in_tx, again;            /* again: the transaction is not in its first run */
	enum err doomed;              /* why this transaction cannot go on; ERR_OK: it can */

	unsigned last_errno;
	char last_key[DB_KEY_MAX];
	char tag[DB_TAG_MAX * 2 + 2];
	struct db_stats stats;
	struct trace *trace;          /* NULL: texts are not kept */
	uint64_t used_us;             /* clock_mono_us at the end of the latest statement */
	uint64_t random;
	unsigned runs;                /* how often a transaction has run again */

	/* A result while it is read; texts are offsets into `text` until it is complete. */
	struct db_value *cells;
	size_t cells_size;
	char *text;
	size_t text_n, text_size;
};

/* ---- stmt.c ---- */

struct call {
	struct db *d;
	struct arena *arena;
	const char *sql;
	const struct db_value *params;
	size_t n_params;
	struct db_rows *out;
	const struct errors_row *row; /* what the server refused; NULL: nothing */
	bool again;                   /* it had no effect and may be sent once more */
};

/* Judges what the library reports for `s`, once per call.  `harmless`: the statement changed
 * nothing or may run twice. */
MUST_USE enum err call_failed(struct call *c, struct statement *s, bool harmless);

/* ---- trace.c ---- */

/* Counts one statement that was begun at `start_us` and gave `rows`. */
void trace_statement(struct db *d, struct str sql, uint64_t start_us, uint64_t rows);
struct trace *trace_new(void);

/* ---- result.c ---- */

/* Reads the result of `s`, just executed, to its end. */
MUST_USE enum err result_read(struct call *c, struct statement *s);

/* ---- connect.c ---- */

/* Makes d->my.  On failure its reason is in d->why, and in the log. */
MUST_USE enum err connect_open(struct db *d);

/* ---- conn.c ---- */

/* What each session is set to (index_merge off: pages are read in the order of one index, and a
 * union of two would be sorted); also printed for people who run migrations by hand. */
#define CONN_SESSION \
	"time_zone='+00:00', autocommit=1, optimizer_switch='index_merge=off', tx_isolation='REPEATABLE-READ', " \
	"sql_mode='STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION," \
	"NO_ZERO_DATE,NO_ZERO_IN_DATE', NAMES utf8mb4 COLLATE utf8mb4_uca1400_ai_ci"

/* Connects when there is no connection, replaces one that died while idle. */
MUST_USE enum err conn_ready(struct db *d);
void conn_drop(struct db *d);
/* Sends SQL unprepared, connecting first when needed; discards results.  On failure the
 * connection is dropped where errors.c says so. */
MUST_USE enum err conn_exec(struct db *d, struct str sql);
/* Sends SQL without result rows whose failure does not matter and does not wait for it: the
 * answer is read before the next statement. */
void conn_post(struct db *d, struct str sql);

/* ---- errors.c ---- */

enum {
	ERRORS_GONE = 1,   /* the connection is lost */
	ERRORS_UNSENT = 2, /* the statement surely had no effect */
	ERRORS_STALE = 4,  /* the prepared handle is of no use: prepare again, nothing was done */
	ERRORS_DROP = 8,   /* the server answers, but another one (or time) is needed */
};

struct errors_row {
	unsigned number;
	enum err err;
	unsigned flags;
	const char *marker; /* what stands in front of the key's name in the message; NULL: no key */
};

/* Never NULL: unknown numbers give a row with number 0 and ERR_INTERNAL. */
const struct errors_row *errors_find(unsigned number);
/* Notes number and key on the handle and logs what is nobody's daily business.
 * The message itself is never logged: it may hold values. */
const struct errors_row *errors_note(struct db *d, unsigned number, const char *message, const char *sqlstate,
				     struct str sql);
/* Whether the log has not heard of this number in the last seconds: a database in trouble gives each request the
 * same error. */
bool errors_news(unsigned number);
/* The latest failure was none of the server's. */
void errors_forget(struct db *d);

#endif

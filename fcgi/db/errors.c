/* SPDX-License-Identifier: Apache-2.0
 * What each error of the server and the client library means to us. */
#include "db/internal.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"

#include <errmsg.h>
#include <mysqld_error.h>
#include <stdatomic.h>

/* Numbers this build's headers may lack. */
enum { ER_CHECK_FAILED = 4025, ER_IDLE_DISCONNECT = 4031, ER_MYSQL_QUERY_TIMEOUT = 3024 };

enum { SQL_LOGGED = 400, QUIET_US = 5 * 1000 * 1000 };

static const struct errors_row rows[] = {
	/* the statement was refused for what it says */
	{ ER_DUP_ENTRY,                     ERR_CONFLICT,    0, "for key '" },
	{ ER_DUP_ENTRY_WITH_KEY_NAME,       ERR_CONFLICT,    0, "for key '" },
	{ ER_ROW_IS_REFERENCED,             ERR_REFERENCED,  0, NULL },
	{ ER_NO_REFERENCED_ROW,             ERR_REFERENCED,  0, NULL },
	{ ER_ROW_IS_REFERENCED_2,           ERR_REFERENCED,  0, "CONSTRAINT `" },
	{ ER_NO_REFERENCED_ROW_2,           ERR_REFERENCED,  0, "CONSTRAINT `" },
	{ ER_DATA_TOO_LONG,                 ERR_INVALID,     0, "for column '" },
	{ ER_CHECK_FAILED,                  ERR_INVALID,     0, "CONSTRAINT `" },
	{ ER_TRUNCATED_WRONG_VALUE_FOR_FIELD, ERR_INVALID,   0, "for column `" },
	{ ER_WARN_DATA_OUT_OF_RANGE,        ERR_INVALID,     0, "for column '" },
	{ ER_BAD_NULL_ERROR,                ERR_INVALID,     0, "Column '" },
	{ WARN_DATA_TRUNCATED,              ERR_INVALID,     0, "for column '" },
	{ ER_TRUNCATED_WRONG_VALUE,         ERR_INVALID,     0, "for column `" },
	{ ER_NET_PACKET_TOO_LARGE,          ERR_LIMIT,       ERRORS_DROP, NULL },
	{ CR_NET_PACKET_TOO_LARGE,          ERR_LIMIT,       ERRORS_DROP, NULL },

	/* it may succeed later */
	{ ER_LOCK_WAIT_TIMEOUT,             ERR_LOCKED,      0, NULL },
	{ ER_LOCK_DEADLOCK,                 ERR_RETRY,       0, NULL },
	{ ER_CHECKREAD,                     ERR_RETRY,       0, NULL },
	{ ER_TABLE_DEF_CHANGED,             ERR_RETRY,       0, NULL },
	{ ER_STATEMENT_TIMEOUT,             ERR_TIMEOUT,     0, NULL },
	{ ER_MYSQL_QUERY_TIMEOUT,           ERR_TIMEOUT,     0, NULL },
	{ ER_QUERY_INTERRUPTED,             ERR_TIMEOUT,     0, NULL },

	/* no server, or none that will have us */
	{ ER_CON_COUNT_ERROR,               ERR_UNAVAILABLE, ERRORS_DROP, NULL },
	{ ER_TOO_MANY_USER_CONNECTIONS,     ERR_UNAVAILABLE, ERRORS_DROP, NULL },
	{ ER_USER_LIMIT_REACHED,            ERR_UNAVAILABLE, ERRORS_DROP, NULL },
	{ ER_HOST_IS_BLOCKED,               ERR_UNAVAILABLE, ERRORS_DROP, NULL },
	{ ER_HOST_NOT_PRIVILEGED,           ERR_UNAVAILABLE, ERRORS_DROP, NULL },
	{ ER_ACCESS_DENIED_ERROR,           ERR_UNAVAILABLE, ERRORS_DROP, NULL },
	{ ER_ACCESS_DENIED_NO_PASSWORD_ERROR, ERR_UNAVAILABLE, ERRORS_DROP, NULL },
	{ ER_DBACCESS_DENIED_ERROR,         ERR_UNAVAILABLE, ERRORS_DROP, NULL },
	{ ER_BAD_DB_ERROR,                  ERR_UNAVAILABLE, ERRORS_DROP, NULL },
	{ ER_OPTION_PREVENTS_STATEMENT,     ERR_UNAVAILABLE, ERRORS_DROP, NULL },
	{ ER_READ_ONLY_MODE,                ERR_UNAVAILABLE, ERRORS_DROP, NULL },
	{ ER_UNKNOWN_COM_ERROR,             ERR_UNAVAILABLE, ERRORS_DROP, NULL }, /* 1047: cluster node not ready */
	{ ER_DISK_FULL,                     ERR_UNAVAILABLE, 0, NULL },
	{ ER_RECORD_FILE_FULL,              ERR_UNAVAILABLE, 0, NULL },
	{ ER_OUTOFMEMORY,                   ERR_UNAVAILABLE, 0, NULL },
	{ ER_OUT_OF_SORTMEMORY,             ERR_UNAVAILABLE, 0, NULL },
	{ ER_OUT_OF_RESOURCES,              ERR_UNAVAILABLE, 0, NULL },
	{ CR_SOCKET_CREATE_ERROR,           ERR_UNAVAILABLE, ERRORS_DROP, NULL },
	{ CR_CONNECTION_ERROR,              ERR_UNAVAILABLE, ERRORS_DROP, NULL },
	{ CR_CONN_HOST_ERROR,               ERR_UNAVAILABLE, ERRORS_DROP, NULL },
	{ CR_IPSOCK_ERROR,                  ERR_UNAVAILABLE, ERRORS_DROP, NULL },
	{ CR_UNKNOWN_HOST,                  ERR_UNAVAILABLE, ERRORS_DROP, NULL },
	{ CR_SERVER_HANDSHAKE_ERR,          ERR_UNAVAILABLE, ERRORS_DROP, NULL },
	{ CR_SSL_CONNECTION_ERROR,          ERR_UNAVAILABLE, ERRORS_DROP, NULL },
	{ CR_AUTH_PLUGIN_CANNOT_LOAD,       ERR_UNAVAILABLE, ERRORS_DROP, NULL },

	/* the connection broke */
	{ CR_SERVER_GONE_ERROR,             ERR_UNAVAILABLE, ERRORS_GONE | ERRORS_UNSENT, NULL },
	{ CR_SERVER_LOST,                   ERR_UNAVAILABLE, ERRORS_GONE, NULL },
	{ ER_CONNECTION_KILLED,             ERR_UNAVAILABLE, ERRORS_GONE | ERRORS_UNSENT, NULL },
	{ ER_SERVER_SHUTDOWN,               ERR_UNAVAILABLE, ERRORS_GONE | ERRORS_UNSENT, NULL },
	{ ER_NEW_ABORTING_CONNECTION,       ERR_UNAVAILABLE, ERRORS_GONE | ERRORS_UNSENT, NULL },
	{ ER_ABORTING_CONNECTION,           ERR_UNAVAILABLE, ERRORS_GONE | ERRORS_UNSENT, NULL },
	{ ER_IDLE_DISCONNECT,               ERR_UNAVAILABLE, ERRORS_GONE | ERRORS_UNSENT, NULL },
	{ CR_MALFORMED_PACKET,              ERR_UNAVAILABLE, ERRORS_GONE, NULL },
	{ CR_OUT_OF_MEMORY,                 ERR_NOMEM,       ERRORS_DROP, NULL },
	{ CR_COMMANDS_OUT_OF_SYNC,          ERR_INTERNAL,    ERRORS_DROP, NULL },

	/* a table was altered under a prepared statement and its result cannot be read: as good as lost */
	{ CR_NEW_STMT_METADATA,             ERR_UNAVAILABLE, ERRORS_GONE, NULL },

	/* the server forgot or cannot hold a prepared statement; it is raised before anything runs */
	{ ER_MAX_PREPARED_STMT_COUNT_REACHED, ERR_UNAVAILABLE, ERRORS_STALE, NULL },
	{ ER_UNKNOWN_STMT_HANDLER,          ERR_UNAVAILABLE, ERRORS_STALE, NULL },
	{ ER_NEED_REPREPARE,                ERR_UNAVAILABLE, ERRORS_STALE, NULL },
};

const struct errors_row *errors_find(unsigned number)
{
	static const struct errors_row unknown = { 0, ERR_INTERNAL, 0, NULL };
	static const struct errors_row unknown_client = { 0, ERR_INTERNAL, ERRORS_DROP, NULL };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].number == number)
			return &rows[i];
	/* After an error of the library's own nobody knows where the conversation stands. */
	return number == 0 || (number >= CR_MIN_ERROR && number <= CR_MAX_ERROR) ? &unknown_client : &unknown;
}

/* The name after the last `marker`: values come earlier in the message, names come from us. */
static void find_key(char out[DB_KEY_MAX], const char *message, const char *marker)
{
	const char *at = NULL;
	size_t n = strlen(marker);

	out[0] = '\0';
	for (const char *p = strstr(message, marker); p; p = strstr(p + 1, marker))
		at = p + n;
	if (!at)
		return;
	/* 1366 writes `schema`.`table`.`column`: the last part is the name. */
	char quote = marker[n - 1];
	const char *end = strchr(at, quote);
	while (quote == '`' && end && end[1] == '.' && end[2] == '`') {
		at = end + 3;
		end = strchr(at, quote);
	}
	if (!end || (size_t)(end - at) >= DB_KEY_MAX)
		return;
	memcpy(out, at, (size_t)(end - at));
	out[end - at] = '\0';
}

const struct errors_row *errors_note(struct db *d, unsigned number, const char *message, const char *sqlstate,
				     struct str sql)
{
	const struct errors_row *row = errors_find(number);

	metric_add(METRIC_ERRORS + row->err, 1);
	d->last_errno = number;
	d->last_key[0] = '\0';
	if (row->marker)
		find_key(d->last_key, message, row->marker);
	if (row->err == ERR_INTERNAL)
		log_error("database: error %u (%s) in: %.*s", number, sqlstate,
			  sql.n < SQL_LOGGED ? (int)sql.n : SQL_LOGGED, sql.p);
	else if (row->err == ERR_UNAVAILABLE && !(row->flags & (ERRORS_GONE | ERRORS_STALE)) && errors_news(number))
		log_warn("database: error %u (%s); requests that meet it are answered 503", number, sqlstate);
	return row;
}

bool errors_news(unsigned number)
{
	static _Atomic unsigned told_number;
	static _Atomic uint64_t told_us;
	uint64_t now_us = clock_mono_us();

	/* Two threads at once may both tell: that does no harm. */
	if (atomic_load(&told_number) == number && now_us - atomic_load(&told_us) < QUIET_US)
		return false;
	atomic_store(&told_number, number);
	atomic_store(&told_us, now_us);
	return true;
}

void errors_forget(struct db *d)
{
	d->last_errno = 0;
	d->last_key[0] = '\0';
}

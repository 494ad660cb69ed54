/* SPDX-License-Identifier: Apache-2.0
 * The handle and its connection: use, loss and replacement. */
#include "db/internal.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	IDLE_CHECK_US = 50000,   /* a connection idle for longer is looked at before use */
	SQL_SHORT = 1024,        /* a statement with its comment that is sent from the stack */
};

enum err db_library_init(void)
{
	/* A name server that is silent must not hold a thread for half a minute (resolv.conf(5)). */
	if (setenv("RES_OPTIONS", "timeout:1 attempts:1", 0))
		return ERR_NOMEM;
	return mysql_library_init(0, NULL, NULL) ? ERR_INTERNAL : ERR_OK;
}

void db_library_end(void)
{
	mysql_library_end();
}

/* True unless memory is out; *out stays NULL for NULL and "". */
static bool copy(char **out, const char *z)
{
	if (z && *z)
		*out = strdup(z);
	return *out || !z || !*z;
}

struct db *db_new(const struct db_params *params)
{
	struct db *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->connect_timeout_ms = params->connect_timeout_ms;
	d->statement_timeout_ms = params->statement_timeout_ms;
	d->stamps = params->stamps;
	d->random = clock_mono_us() ^ (uint64_t)(uintptr_t)d << 16;
	if ((!params->trace || (d->trace = trace_new())) && copy(&d->option_file, params->option_file) && copy(&d->database, params->database) &&
	    cache_init(&d->cache, params->statements_max ? params->statements_max : DB_STATEMENTS_MAX) == ERR_OK)
		return d;
	db_free(d);
	return NULL;
}

void db_free(struct db *d)
{
	if (!d)
		return;
	conn_drop(d);
	cache_free(&d->cache);
	free(d->option_file);
	free(d->database);
	free(d->cells);
	free(d->text);
	free(d->trace);
	free(d);
}

void conn_drop(struct db *d)
{
	if (!d->my)
		return;
	watch_remove(&d->watched);
	/* First the connection: statements without one are freed without a word to the server. */
	mysql_close(d->my);
	metric_add(METRIC_CONNECTIONS, -1);
	d->my = NULL;
	d->pending = false;
	cache_clear(&d->cache);
}

/* An idle server says nothing: something to read is its farewell. */
static bool idle_is_dead(struct db *d)
{
	struct pollfd p = { .fd = (int)mysql_get_socket(d->my), .events = POLLIN };

	return clock_mono_us() - d->used_us > IDLE_CHECK_US && poll(&p, 1, 0) != 0;
}

enum err conn_ready(struct db *d)
{
	if (!d->probes && db_watch_down()) {
		/* Known already: whoever asked it again would only wait. */
		conn_drop(d);
		errors_forget(d);
		if (d->in_tx)
			d->doomed = ERR_UNAVAILABLE;
		return ERR_UNAVAILABLE;
	}
	if (d->pending) {
		d->pending = false;
		if (fail_before() || mysql_read_query_result(d->my) || fail_after()) {
			(void)fail_number(0);
			conn_drop(d);
		}
	}
	if (d->my && !d->in_tx && idle_is_dead(d))
		conn_drop(d);
	return d->my ? ERR_OK : connect_open(d);
}

static int send_tagged(struct db *d, struct str sql, int (*send)(MYSQL *my, const char *sql, unsigned long n))
{
	char tagged[SQL_SHORT];

	if (!d->tag[0] || sql.n + strlen(d->tag) + 8 > sizeof(tagged))
		return send(d->my, sql.p, sql.n);
	int n = snprintf(tagged, sizeof(tagged), "/* %s */ %.*s", d->tag, STR_ARG(sql));
	return send(d->my, tagged, (unsigned long)n);
}

void conn_post(struct db *d, struct str sql)
{
	uint64_t start_us = clock_mono_us();

	if (fail_before() || send_tagged(d, sql, mysql_send_query) || fail_after()) {
		(void)fail_number(0);
		conn_drop(d);
	} else {
		d->pending = true;
	}
	trace_statement(d, sql, start_us, 0);
}

static enum err exec(struct db *d, struct str sql)
{
	enum err e = conn_ready(d);

	if (e != ERR_OK)
		return e;
	int bad = fail_before() || send_tagged(d, sql, mysql_real_query) || fail_after();
	while (!bad) {
		/* Rows are of no interest, but must be read before the next statement. */
		MYSQL_RES *res = mysql_use_result(d->my);
		if (res) {
			while (mysql_fetch_row(res))
				;
			mysql_free_result(res);
		}
		if (mysql_errno(d->my))
			break;
		bad = mysql_next_result(d->my);
		if (bad == -1) {
			return ERR_OK;
		}
	}
	const struct errors_row *row = errors_note(d, fail_number(mysql_errno(d->my)), mysql_error(d->my),
						   mysql_sqlstate(d->my), sql);
	if (row->flags & (ERRORS_GONE | ERRORS_DROP))
		conn_drop(d);
	return row->err;
}

enum err conn_exec(struct db *d, struct str sql)
{
	uint64_t start_us = clock_mono_us();
	enum err e = exec(d, sql);

	trace_statement(d, sql, start_us, 0);
	return e;
}

unsigned db_errno(const struct db *d)
{
	return d->last_errno;
}

const char *db_error_key(const struct db *d)
{
	return d->last_key;
}

static bool tag_fits(const char *text)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~-";
	size_t n = text ? strlen(text) : 0;

	return n > 0 && n <= DB_TAG_MAX && strspn(text, allowed) == n;
}

void db_tag(struct db *d, const char *request_id, const char *trace_id)
{
	bool request = tag_fits(request_id), trace = tag_fits(trace_id);

	snprintf(d->tag, sizeof(d->tag), "%s%s%s", request ? request_id : "", request && trace ? " " : "", trace ? trace_id : "");
}

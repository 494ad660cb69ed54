/* SPDX-License-Identifier: Apache-2.0
 * Running one prepared statement: find or prepare it, bind, execute, judge failures. */
#include "db/internal.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"

#include <stdlib.h>
#include <strings.h>

enum { PARAMS_ON_STACK = 32 };

enum err call_failed(struct call *c, struct statement *s, bool harmless)
{
	struct db *d = c->d;
	unsigned number = s->stmt ? mysql_stmt_errno(s->stmt) : 0;
	const char *message = number ? mysql_stmt_error(s->stmt) : mysql_error(d->my);
	const char *state = number ? mysql_stmt_sqlstate(s->stmt) : mysql_sqlstate(d->my);
	const struct errors_row *row = errors_note(d, fail_number(number ? number : mysql_errno(d->my)), message, state,
						   str_from(c->sql));
	enum err e = row->err;

	c->row = row;
	if (row->flags & ERRORS_GONE) {
		if (d->in_tx)
			e = ERR_RETRY;
		else if (harmless || row->flags & ERRORS_UNSENT)
			c->again = true;
		else
			e = ERR_UNCERTAIN;
	}
	if (row->flags & ERRORS_STALE)
		c->again = true;
	/* The server has undone the whole transaction, or nobody is left to go on with it. */
	if (d->in_tx && (e == ERR_RETRY || row->flags & (ERRORS_GONE | ERRORS_DROP)))
		d->doomed = e;
	return e;
}

/* Afterwards: what the error says about connection and cached statements. */
static void clean_up(struct call *c)
{
	if (c->row->flags & (ERRORS_GONE | ERRORS_DROP))
		conn_drop(c->d);
	else if (c->row->flags & ERRORS_STALE)
		cache_clear(&c->d->cache);
}

/* Reads cannot do harm when sent twice. */
static bool is_read(const char *sql)
{
	sql += strspn(sql, " \t\r\n(");
	return strncasecmp(sql, "SELECT", 6) == 0 || strncasecmp(sql, "WITH", 4) == 0;
}

static enum err prepare(struct call *c, struct str sql, uint64_t hash, struct statement **out)
{
	struct statement *s = calloc(1, sizeof(*s));

	if (!s)
		return ERR_NOMEM;
	s->sql = malloc(sql.n + 1);
	s->stmt = s->sql ? mysql_stmt_init(c->d->my) : NULL;
	if (!s->stmt) {
		statement_free(s);
		return ERR_NOMEM;
	}
	memcpy(s->sql, sql.p, sql.n + 1);
	s->sql_len = sql.n;
	s->hash = hash;
	s->reads = is_read(sql.p);
	if (fail_before() || mysql_stmt_prepare(s->stmt, sql.p, sql.n) || fail_after()) {
		enum err e = call_failed(c, s, true);
		statement_free(s);
		return e;
	}
	s->n_params = (unsigned)mysql_stmt_param_count(s->stmt);
	enum err e = statement_bind_columns(s);
	if (e != ERR_OK) {
		statement_free(s);
		return e;
	}
	cache_add(&c->d->cache, s);
	*out = s;
	return ERR_OK;
}

static void bind_params(MYSQL_BIND *b, const struct db_value *v, size_t n)
{
	memset(b, 0, n * sizeof(*b));
	for (size_t i = 0; i < n; i++) {
		switch (v[i].type) {
		case DB_NULL:
			b[i].buffer_type = MYSQL_TYPE_NULL;
			break;
		case DB_INT:
			b[i].buffer_type = MYSQL_TYPE_LONGLONG;
			b[i].buffer = (void *)(uintptr_t)&v[i].i;
			break;
		case DB_TEXT:
			b[i].buffer_type = MYSQL_TYPE_STRING;
			b[i].buffer = (void *)(uintptr_t)v[i].s.p;
			b[i].buffer_length = v[i].s.n;
			break;
		}
	}
}

static enum err execute(struct call *c, struct statement *s)
{
	MYSQL_BIND few[PARAMS_ON_STACK], *bind = few;

	if (s->n_params != c->n_params) {
		log_error("database: %zu values for %u parameters in: %.400s", c->n_params, s->n_params, c->sql);
		return ERR_INTERNAL;
	}
	if (c->n_params > PARAMS_ON_STACK && !(bind = calloc(c->n_params, sizeof(*bind))))
		return ERR_NOMEM;
	bind_params(bind, c->params, c->n_params);
	bool bad = (c->n_params && mysql_stmt_bind_param(s->stmt, bind)) || fail_before() || mysql_stmt_execute(s->stmt) ||
		   fail_after();
	if (bind != few)
		free(bind);
	return bad ? call_failed(c, s, s->reads) : ERR_OK;
}

/* False when memory is out; the statement is gone then. */
static bool fit_columns(struct call *c, struct statement *s)
{
	if (statement_columns_fit(s) || statement_bind_columns(s) == ERR_OK)
		return true;
	mysql_stmt_free_result(s->stmt);
	cache_remove(&c->d->cache, s);
	return false;
}

static enum err run(struct call *c)
{
	struct db *d = c->d;
	struct str sql = str_from(c->sql);
	uint64_t hash = cache_hash(sql);
	enum err e = conn_ready(d);

	c->row = NULL;
	c->again = false;
	if (e != ERR_OK)
		return e;
	struct statement *s = cache_find(&d->cache, sql, hash);
	metric_add(s ? METRIC_CACHE_HITS : METRIC_CACHE_MISSES, 1);
	if (!s)
		e = prepare(c, sql, hash, &s);
	if (e == ERR_OK)
		e = execute(c, s);
	if (e == ERR_OK && !fit_columns(c, s)) {
		s = NULL;
		e = ERR_NOMEM;
	}
	if (e == ERR_OK)
		e = result_read(c, s);
	if (c->row) {
		clean_up(c);
	} else {
		if (s && statement_grow_columns(s) != ERR_OK)
			cache_remove(&d->cache, s);
		if (e != ERR_OK)
			errors_forget(d);
	}
	return e;
}

enum err db_query(struct db *d, struct arena *a, const char *sql, const struct db_value *params, size_t n_params,
		  struct db_rows *out)
{
	struct call c = { .d = d, .arena = a, .sql = sql, .params = params, .n_params = n_params, .out = out };

	if (d->in_tx && d->doomed != ERR_OK)
		return d->doomed;
	uint64_t start_us = clock_mono_us(), rows = d->stats.rows;
	enum err e = run(&c);
	if (e != ERR_OK && c.again) {
		metric_add(METRIC_RETRIES_CONNECTION, 1);
		e = run(&c);
	}
	trace_statement(d, str_from(sql), start_us, d->stats.rows - rows);
	if (e == ERR_UNCERTAIN)
		metric_add(METRIC_ERRORS + ERR_UNCERTAIN, 1);
	return e;
}

/* SPDX-License-Identifier: Apache-2.0
 * From the library's buffers through a scratch of the handle into the arena: nothing of a
 * result is allocated before its size is known. */
#include "db/internal.h"

#include "base/log.h"

#include <stdlib.h>

enum {
	TEMPORAL_LEN = 26,    /* 2018-07-28 09:30:00.123456 */
	SCRATCH_FIRST = 4096,
};

/* Room for `n` more bytes of text; NULL with *e set when there is none. */
static char *reserve_text(struct db *d, size_t n, enum err *e)
{
	if (n > DB_RESULT_MAX - d->text_n) {
		*e = ERR_LIMIT;
		return NULL;
	}
	if (d->text_n + n > d->text_size) {
		size_t size = d->text_size ? d->text_size : SCRATCH_FIRST;
		while (size < d->text_n + n)
			size *= 2;
		char *text = realloc(d->text, size);
		if (!text) {
			*e = ERR_NOMEM;
			return NULL;
		}
		d->text = text;
		d->text_size = size;
	}
	return d->text + d->text_n;
}

static bool reserve_cells(struct db *d, size_t n)
{
	if (n <= d->cells_size)
		return true;
	size_t size = d->cells_size ? d->cells_size : SCRATCH_FIRST / sizeof(*d->cells);
	while (size < n)
		size *= 2;
	struct db_value *cells = realloc(d->cells, size * sizeof(*cells));
	if (!cells)
		return false;
	d->cells = cells;
	d->cells_size = size;
	return true;
}

static char *digits(char *at, unsigned long v, unsigned width)
{
	for (unsigned i = width; i-- > 0; v /= 10)
		at[i] = (char)('0' + v % 10);
	return at + width;
}

static size_t format_time(char *out, const struct column *c)
{
	const MYSQL_TIME *t = &c->time;
	char *at = digits(out, t->year, 4);

	*at++ = '-';
	at = digits(at, t->month, 2);
	*at++ = '-';
	at = digits(at, t->day, 2);
	if (c->kind == COLUMN_DATE)
		return (size_t)(at - out);
	*at++ = ' ';
	at = digits(at, t->hour, 2);
	*at++ = ':';
	at = digits(at, t->minute, 2);
	*at++ = ':';
	at = digits(at, t->second, 2);
	if (c->decimals) {
		unsigned long fraction = t->second_part;
		for (unsigned i = c->decimals; i < 6; i++)
			fraction /= 10;
		*at++ = '.';
		at = digits(at, fraction, c->decimals);
	}
	return (size_t)(at - out);
}

/* The value goes behind the texts so far, with a NUL that its length leaves out. */
static enum err store_text(struct call *c, struct statement *s, unsigned col, struct db_value *cell)
{
	struct db *d = c->d;
	struct column *k = &s->columns[col];
	enum err e = ERR_OK;
	size_t n = k->kind == COLUMN_TEXT ? k->length : TEMPORAL_LEN;
	char *at = reserve_text(d, n + 1, &e);

	if (!at)
		return e;
	if (k->kind != COLUMN_TEXT) {
		n = format_time(at, k);
	} else if (n <= k->size) {
		memcpy(at, k->text, n);
	} else {
		unsigned long length;
		my_bool null, error;
		MYSQL_BIND whole = { .buffer_type = MYSQL_TYPE_STRING, .buffer = at, .buffer_length = n,
				     .length = &length, .is_null = &null, .error = &error };
		if (fail_before() || mysql_stmt_fetch_column(s->stmt, &whole, col, 0) || fail_after()) {
			e = call_failed(c, s, s->reads);
			return e == ERR_OK ? ERR_INTERNAL : e;
		}
		if (k->wanted < n)
			k->wanted = n;
	}
	at[n] = '\0';
	*cell = (struct db_value){ DB_TEXT, (int64_t)d->text_n, { NULL, n } };
	d->text_n += n + 1;
	return ERR_OK;
}

static enum err store_row(struct call *c, struct statement *s, size_t row)
{
	struct db_value *cells;

	if (row >= DB_RESULT_MAX / sizeof(*cells) / s->n_columns)
		return ERR_LIMIT;
	if (!reserve_cells(c->d, (row + 1) * s->n_columns))
		return ERR_NOMEM;
	cells = c->d->cells + row * s->n_columns;
	for (unsigned i = 0; i < s->n_columns; i++) {
		const struct column *k = &s->columns[i];
		enum err e = ERR_OK;

		if (k->is_null) {
			cells[i] = db_null();
		} else if (k->kind != COLUMN_INT) {
			e = store_text(c, s, i, &cells[i]);
		} else if (k->is_unsigned && k->i < 0) {
			log_error("database: integer past 2^63 in column %u of: %.400s", i + 1, c->sql);
			e = ERR_INTERNAL;
		} else {
			cells[i] = db_int(k->i);
		}
		if (e != ERR_OK)
			return e;
	}
	return ERR_OK;
}

/* Two pieces of the arena a result, whatever its size. */
static enum err hand_over(struct call *c, size_t rows, size_t cols)
{
	struct db *d = c->d;
	size_t n = rows * cols;

	*c->out = (struct db_rows){ .rows = rows, .cols = cols };
	if (!rows)
		return ERR_OK;
	/* n cells fit: they were collected in memory before */
	struct db_value *cells = arena_raw(c->arena, n * sizeof(*cells));
	char *text = arena_raw(c->arena, d->text_n);
	if (!cells || !text) {
		*c->out = (struct db_rows){ .cols = cols };
		return ERR_NOMEM;
	}
	if (d->text_n)
		memcpy(text, d->text, d->text_n);
	for (size_t i = 0; i < n; i++) {
		cells[i] = d->cells[i];
		if (cells[i].type == DB_TEXT) {
			cells[i].s.p = text + cells[i].i;
			cells[i].i = 0;
		}
	}
	c->out->cells = cells;
	return ERR_OK;
}

static int fetch(struct statement *s)
{
	int rc;

	if (!fail_before()) {
		rc = mysql_stmt_fetch(s->stmt);
		return fail_after() ? 1 : rc;
	}
	/* An error would have come in the place of what is left. */
	while ((rc = mysql_stmt_fetch(s->stmt)) == 0 || rc == MYSQL_DATA_TRUNCATED)
		;
	return 1;
}

/* Reads the rows to the end, whatever becomes of them: an error may come last. */
static enum err collect(struct call *c, struct statement *s, size_t *n_rows)
{
	enum err e = ERR_OK;
	int rc = 0;

	c->d->text_n = 0;
	*n_rows = 0;
	while (e == ERR_OK && ((rc = fetch(s)) == 0 || rc == MYSQL_DATA_TRUNCATED)) {
		if (c->out)
			e = store_row(c, s, *n_rows);
		(*n_rows)++;
	}
	if (e != ERR_OK) {
		while ((rc = mysql_stmt_fetch(s->stmt)) == 0 || rc == MYSQL_DATA_TRUNCATED)
			;
	}
	return e == ERR_OK && rc == 1 ? call_failed(c, s, s->reads) : e;
}

static void trim_scratch(struct db *d)
{
	if (d->text_size > DB_SCRATCH_KEEP) {
		free(d->text);
		d->text = NULL;
		d->text_size = 0;
	}
	if (d->cells_size > DB_SCRATCH_KEEP / sizeof(*d->cells)) {
		free(d->cells);
		d->cells = NULL;
		d->cells_size = 0;
	}
}

enum err result_read(struct call *c, struct statement *s)
{
	size_t rows = 0;
	enum err e = ERR_OK;

	if (!s->n_columns) {
		if (c->out)
			*c->out = (struct db_rows){ .affected = mysql_stmt_affected_rows(s->stmt) };
		return ERR_OK;
	}
	e = collect(c, s, &rows);
	c->d->stats.rows += rows;
	if (e == ERR_OK && c->out) {
		e = hand_over(c, rows, s->n_columns);
		if (!s->reads)
			c->out->affected = rows; /* INSERT … RETURNING */
	}
	trim_scratch(c->d);
	return e;
}

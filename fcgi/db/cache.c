/* SPDX-License-Identifier: Apache-2.0
 * Prepared statements of one connection, found by their text, the least recently used one
 * going first when there are too many. */
#include "db/internal.h"

#include "base/metric.h"

#include <stdlib.h>

enum {
	TEXT_FIRST = 256,        /* a text column's first buffer, unless its type is shorter */
	TEXT_KEEP = 64 << 10,    /* a buffer grows so far; longer values are fetched one by one */
	TEXT_ALIGN = 8,
};

uint64_t cache_hash(struct str sql)
{
	const uint64_t mul = 0x9e3779b97f4a7c15u;
	uint64_t h = sql.n * mul, w;
	size_t i = 0;

	for (; i + 8 <= sql.n; i += 8) {
		memcpy(&w, sql.p + i, 8);
		h = (h ^ w) * mul;
		h ^= h >> 29;
	}
	w = 0;
	if (i < sql.n)
		memcpy(&w, sql.p + i, sql.n - i);
	h = (h ^ w) * mul;
	return h ^ h >> 32;
}

enum err cache_init(struct cache *c, size_t max)
{
	size_t size = 16;

	while (size < 2 * max)
		size *= 2;
	*c = (struct cache){ .mask = size - 1, .max = max };
	c->buckets = calloc(size, sizeof(*c->buckets));
	return c->buckets ? ERR_OK : ERR_NOMEM;
}

static void unlink_use(struct cache *c, struct statement *s)
{
	*(s->newer ? &s->newer->older : &c->newest) = s->older;
	*(s->older ? &s->older->newer : &c->oldest) = s->newer;
}

static void link_newest(struct cache *c, struct statement *s)
{
	s->newer = NULL;
	s->older = c->newest;
	*(c->newest ? &c->newest->newer : &c->oldest) = s;
	c->newest = s;
}

struct statement *cache_find(struct cache *c, struct str sql, uint64_t hash)
{
	struct statement *s = c->buckets[hash & c->mask];

	while (s && (s->hash != hash || s->sql_len != sql.n || memcmp(s->sql, sql.p, sql.n) != 0))
		s = s->chain;
	if (s && s != c->newest) {
		unlink_use(c, s);
		link_newest(c, s);
	}
	return s;
}

void cache_remove(struct cache *c, struct statement *s)
{
	struct statement **at = &c->buckets[s->hash & c->mask];

	while (*at != s)
		at = &(*at)->chain;
	*at = s->chain;
	unlink_use(c, s);
	c->n--;
	metric_add(METRIC_CACHED, -1);
	statement_free(s);
}

void cache_add(struct cache *c, struct statement *s)
{
	for (; c->n >= c->max; metric_add(METRIC_CACHE_EVICTIONS, 1))
		cache_remove(c, c->oldest);
	s->chain = c->buckets[s->hash & c->mask];
	c->buckets[s->hash & c->mask] = s;
	link_newest(c, s);
	c->n++;
	metric_add(METRIC_CACHED, 1);
}

void cache_clear(struct cache *c)
{
	while (c->oldest)
		cache_remove(c, c->oldest);
}

void cache_free(struct cache *c)
{
	if (c->buckets)
		cache_clear(c);
	free(c->buckets);
	c->buckets = NULL;
}

static void free_columns(struct statement *s)
{
	for (unsigned i = 0; s->columns && i < s->n_columns; i++)
		if (s->columns[i].own_text)
			free(s->columns[i].text);
	free(s->columns);
	free(s->bind);
	free(s->space);
	s->columns = NULL;
	s->bind = NULL;
	s->space = NULL;
	s->n_columns = 0;
}

void statement_free(struct statement *s)
{
	if (s->stmt)
		mysql_stmt_close(s->stmt);
	free_columns(s);
	free(s->sql);
	free(s);
}

static enum column_kind kind_of(enum enum_field_types type)
{
	switch (type) {
	case MYSQL_TYPE_TINY:
	case MYSQL_TYPE_SHORT:
	case MYSQL_TYPE_INT24:
	case MYSQL_TYPE_LONG:
	case MYSQL_TYPE_LONGLONG:
	case MYSQL_TYPE_YEAR:
		return COLUMN_INT;
	case MYSQL_TYPE_DATE:
	case MYSQL_TYPE_NEWDATE:
		return COLUMN_DATE;
	case MYSQL_TYPE_DATETIME:
	case MYSQL_TYPE_TIMESTAMP:
		return COLUMN_DATETIME;
	default:
		return COLUMN_TEXT;
	}
}

/* The library sends a DATE or DATETIME as numbers; bound as MYSQL_TIME they arrive untouched. */
static void bind_column(MYSQL_BIND *b, struct column *c)
{
	b->is_null = &c->is_null;
	b->error = &c->error;
	b->length = &c->length;
	switch (c->kind) {
	case COLUMN_INT:
		b->buffer_type = MYSQL_TYPE_LONGLONG;
		b->is_unsigned = c->is_unsigned;
		b->buffer = &c->i;
		break;
	case COLUMN_DATE:
	case COLUMN_DATETIME:
		b->buffer_type = c->kind == COLUMN_DATE ? MYSQL_TYPE_DATE : MYSQL_TYPE_DATETIME;
		b->buffer = &c->time;
		b->buffer_length = sizeof(c->time);
		break;
	case COLUMN_TEXT:
		b->buffer_type = MYSQL_TYPE_STRING;
		b->buffer = c->text;
		b->buffer_length = c->size;
		break;
	}
}

bool statement_columns_fit(const struct statement *s)
{
	if (mysql_stmt_field_count(s->stmt) != s->n_columns)
		return false;
	for (unsigned i = 0; i < s->n_columns; i++) {
		const MYSQL_FIELD *f = &s->stmt->fields[i];
		if (f->type != s->columns[i].type || !(f->flags & UNSIGNED_FLAG) != !s->columns[i].is_unsigned)
			return false;
	}
	return true;
}

enum err statement_bind_columns(struct statement *s)
{
	size_t total = 0;

	free_columns(s);
	unsigned n = mysql_stmt_field_count(s->stmt);
	if (!n)
		return ERR_OK;
	s->columns = calloc(n, sizeof(*s->columns));
	s->bind = calloc(n, sizeof(*s->bind));
	MYSQL_RES *meta = mysql_stmt_result_metadata(s->stmt);
	if (!s->columns || !s->bind || !meta) {
		mysql_free_result(meta);
		return ERR_NOMEM;
	}
	s->n_columns = n;
	for (unsigned i = 0; i < s->n_columns; i++) {
		const MYSQL_FIELD *f = mysql_fetch_field_direct(meta, i);
		struct column *c = &s->columns[i];

		c->type = f->type;
		c->kind = kind_of(f->type);
		c->is_unsigned = f->flags & UNSIGNED_FLAG;
		c->decimals = f->decimals <= 6 ? f->decimals : 0;
		if (c->kind == COLUMN_TEXT) {
			c->size = f->length && f->length < TEXT_FIRST ? f->length : TEXT_FIRST;
			c->size = (c->size + TEXT_ALIGN) / TEXT_ALIGN * TEXT_ALIGN;
			total += c->size;
		}
	}
	mysql_free_result(meta);
	s->space = malloc(total ? total : 1);
	if (!s->space)
		return ERR_NOMEM;
	char *at = s->space;
	for (unsigned i = 0; i < s->n_columns; i++) {
		s->columns[i].text = at;
		at += s->columns[i].size;
		bind_column(&s->bind[i], &s->columns[i]);
	}
	/* All this can refuse is a missing result set or type. */
	return mysql_stmt_bind_result(s->stmt, s->bind) ? ERR_INTERNAL : ERR_OK;
}

enum err statement_grow_columns(struct statement *s)
{
	bool grown = false;

	for (unsigned i = 0; i < s->n_columns; i++) {
		struct column *c = &s->columns[i];
		size_t size = c->size;

		while (size < c->wanted)
			size *= 2;
		c->wanted = 0;
		char *text = size > c->size && size <= TEXT_KEEP ? malloc(size) : NULL;
		if (!text)
			continue;
		if (c->own_text)
			free(c->text);
		c->text = text;
		c->size = size;
		c->own_text = true;
		bind_column(&s->bind[i], c);
		grown = true;
	}
	/* The library copied the array, so it must learn of the new buffers. */
	return grown && mysql_stmt_bind_result(s->stmt, s->bind) ? ERR_INTERNAL : ERR_OK;
}

/* SPDX-License-Identifier: Apache-2.0
 * What was sent for the request at hand: counters, and the texts when they are wanted. */
#include "db/internal.h"

#include "base/clock.h"
#include "base/metric.h"

#include <stdlib.h>

enum { TEXT_MAX = 600 }; /* bytes kept of one */

struct trace {
	size_t n;
	struct db_traced rows[DB_TRACED_MAX];
	char texts[DB_TRACED_MAX][TEXT_MAX];
};

struct trace *trace_new(void)
{
	return calloc(1, sizeof(struct trace));
}

/* Texts live in the caller's arena or in a cache that may drop them, so they are copied. */
static void keep(struct trace *t, struct str sql, uint64_t us, uint64_t rows)
{
	uint64_t hash = cache_hash(sql);
	size_t i = 0;

	while (i < t->n && t->rows[i].hash != hash)
		i++;
	if (i == DB_TRACED_MAX)
		return;
	if (i == t->n) {
		size_t n = sql.n < TEXT_MAX ? sql.n : TEXT_MAX;
		memcpy(t->texts[i], sql.p, n);
		t->rows[i] = (struct db_traced){ .sql = { t->texts[i], n }, .hash = hash };
		t->n++;
	}
	t->rows[i].n++;
	t->rows[i].us += us;
	t->rows[i].rows += rows;
}

void trace_statement(struct db *d, struct str sql, uint64_t start_us, uint64_t rows)
{
	d->used_us = clock_mono_us();
	uint64_t us = d->used_us - start_us;

	d->stats.statements++;
	d->stats.us += us;
	metric_statement(us);
	if (d->trace)
		keep(d->trace, sql, us, rows);
}

const struct db_traced *db_traced(const struct db *d, size_t *n)
{
	*n = d->trace ? d->trace->n : 0;
	return d->trace ? d->trace->rows : NULL;
}

struct db_stats db_stats(const struct db *d)
{
	return d->stats;
}

void db_stats_waited(struct db *d, uint64_t us)
{
	d->stats.us += us;
}

void db_stats_reset(struct db *d)
{
	d->stats = (struct db_stats){ 0, 0, 0 };
	if (d->trace)
		d->trace->n = 0;
}

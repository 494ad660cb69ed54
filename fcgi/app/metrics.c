/* SPDX-License-Identifier: Apache-2.0
 * /metrics: the figures of all processes in the Prometheus text format, version 0.0.4.  It asks
 * no database. */
#include "app/account.h"

#include "base/metric.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#define SERIES(values) (values), sizeof(values) / sizeof(*(values))

static const char *const classes[] = {
	[ERR_NOMEM] = "memory", [ERR_LIMIT] = "limit", [ERR_CONFLICT] = "conflict", [ERR_REFERENCED] = "referenced", [ERR_INVALID] = "invalid",
	[ERR_LOCKED] = "locked", [ERR_RETRY] = "deadlock", [ERR_TIMEOUT] = "timeout", [ERR_UNAVAILABLE] = "unavailable",
	[ERR_UNCERTAIN] = "uncertain", [ERR_INTERNAL] = "internal",
};
static const char *const results[] = { "hit", "miss" };
static const char *const reasons[] = { "deadlock", "lock", "connection" };

enum kind { COUNTER, GAUGE };

/* Series of a family are neighbours in enum metric. */
static const struct family {
	const char *name, *help;
	enum kind kind;
	enum metric first;
	const char *label;            /* NULL: one series without labels */
	const char *const *values;    /* NULL among them: no such series */
	size_t n;
} families[] = {
	{ "slow_requests_total", "Requests that took slow_request_ms or longer.", COUNTER, METRIC_SLOW_REQUESTS, NULL, NULL, 0 },
	{ "database_rows_total", "Rows that requests read from the database.", COUNTER, METRIC_DATABASE_ROWS, NULL, NULL, 0 },
	{ "database_connections", "Open connections to the database.", GAUGE, METRIC_CONNECTIONS, NULL, NULL, 0 },
	{ "database_connections_opened_total", "Connections to the database that were opened.", COUNTER, METRIC_CONNECTIONS_OPENED,
	  NULL, NULL, 0 },
	{ "database_connections_failed_total", "Attempts to connect to the database that failed.", COUNTER, METRIC_CONNECTIONS_FAILED,
	  NULL, NULL, 0 },
	{ "database_errors_total", "Errors the database or its client library reported, by class.", COUNTER, METRIC_ERRORS, "class",
	  SERIES(classes) },
	{ "database_retries_total", "Transactions (deadlock, lock) and statements (connection) that were sent again.", COUNTER,
	  METRIC_RETRIES_DEADLOCK, "reason", SERIES(reasons) },
	{ "statement_cache_lookups_total", "Statements that were found prepared, or not.", COUNTER, METRIC_CACHE_HITS, "result",
	  SERIES(results) },
	{ "statement_cache_evictions_total", "Prepared statements closed to make room.", COUNTER, METRIC_CACHE_EVICTIONS, NULL, NULL, 0 },
	{ "statement_cache_statements", "Prepared statements held.", GAUGE, METRIC_CACHED, NULL, NULL, 0 },
	{ "document_reads_total", "Looks for a stored rendering of a record, and whether a valid one was there.", COUNTER,
	  METRIC_DOCUMENT_HITS, "result", SERIES(results) },
	{ "page_reads_total", "Looks for a page of a list or a record kept in memory, and whether one that still holds was there.", COUNTER,
	  METRIC_PAGE_HITS, "result", SERIES(results) },
	{ "page_bytes", "Memory that kept pages and records use.", GAUGE, METRIC_PAGE_BYTES, NULL, NULL, 0 },
	{ "fastcgi_connections", "Open connections from the web server.", GAUGE, METRIC_FCGI_CONNECTIONS, NULL, NULL, 0 },
	{ "threads_busy", "Threads with a connection in hand.", GAUGE, METRIC_THREADS_BUSY, NULL, NULL, 0 },
	{ "worker_restarts_total", "Worker processes that ended unasked.", COUNTER, METRIC_WORKER_RESTARTS, NULL, NULL, 0 },
};

static void head(struct buf *b, const char *name, const char *type, const char *help)
{
	buf_printf(b, "# HELP ziara_%s %s\n# TYPE ziara_%s %s\n", name, help, name, type);
}

static void gauge(struct buf *b, const char *name, const char *help, uint64_t v)
{
	head(b, name, "gauge", help);
	buf_printf(b, "ziara_%s %" PRIu64 "\n", name, v);
}

static void seconds(struct buf *b, uint64_t us)
{
	buf_printf(b, "%" PRIu64 ".%06" PRIu64 "\n", us / 1000000, us % 1000000);
}

static void write_family(struct buf *b, const struct family *f)
{
	head(b, f->name, f->kind == COUNTER ? "counter" : "gauge", f->help);
	if (!f->label)
		buf_printf(b, "ziara_%s %" PRIu64 "\n", f->name, metric_sum(f->first));
	for (size_t i = 0; i < f->n; i++)
		if (f->values[i])
			buf_printf(b, "ziara_%s{%s=\"%s\"} %" PRIu64 "\n", f->name, f->label, f->values[i], metric_sum(f->first + i));
}

/* `label`: "" or `route="…",`. */
static void write_times(struct buf *b, const char *name, const char *label, const struct metric_times *t)
{
	size_t n = strlen(label);
	uint64_t sum = 0;
	char only[128] = "";

	if (n)
		snprintf(only, sizeof(only), "{%.*s}", (int)n - 1, label);
	for (size_t i = 0; i < METRIC_BOUNDS; i++) {
		sum += t->n[i];
		buf_printf(b, "ziara_%s_bucket{%sle=\"%g\"} %" PRIu64 "\n", name, label, metric_bounds_us[i] / 1e6, sum);
	}
	sum += t->n[METRIC_BOUNDS];
	buf_printf(b, "ziara_%s_bucket{%sle=\"+Inf\"} %" PRIu64 "\n", name, label, sum);
	buf_printf(b, "ziara_%s_sum%s ", name, only);
	seconds(b, t->sum_us);
	buf_printf(b, "ziara_%s_count%s %" PRIu64 "\n", name, only, sum);
}

static void write_requests(struct buf *b)
{
	head(b, "requests_total", "counter", "Requests answered, by route, method and status (other: none of those known).");
	for (size_t route = 0; route < account_routes(); route++)
		for (size_t m = 0; m < METRIC_METHODS; m++)
			for (size_t s = 0; s < metric_statuses(); s++) {
				uint64_t n = metric_requests(route, m, s);
				char status[16] = "other";

				if (!n)
					continue;
				if (metric_status(s))
					snprintf(status, sizeof(status), "%d", metric_status(s));
				buf_printf(b, "ziara_requests_total{route=\"%s\",method=\"%s\",status=\"%s\"} %" PRIu64 "\n",
					   account_pattern(route), account_method(m), status, n);
			}
	head(b, "request_duration_seconds", "histogram", "Time from a whole request to its answer, by route.");
	for (size_t route = 0; route < account_routes(); route++) {
		struct metric_times t;
		char label[128];
		uint64_t n = 0;

		metric_request_times(route, &t);
		for (size_t i = 0; i <= METRIC_BOUNDS; i++)
			n += t.n[i];
		snprintf(label, sizeof(label), "route=\"%s\",", account_pattern(route));
		if (n)
			write_times(b, "request_duration_seconds", label, &t);
	}
}

/* Processor time in clock ticks and resident pages, added to what is there (proc(5), /proc/PID/stat);
 * of the master also its dead children's time, so that the sum never falls. */
static bool add_process(pid_t pid, bool master, uint64_t *ticks, uint64_t *pages)
{
	char path[64], text[1024];
	unsigned long long t[4], resident;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	FILE *f = fopen(path, "re");
	if (!f)
		return false;
	size_t n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = '\0';
	/* the name may hold anything, so what counts stands behind its last bracket: fields 14-17 and 24 */
	const char *at = strrchr(text, ')');
	if (!at || sscanf(at + 1, " %*c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %llu %llu %llu %llu %*s %*s %*s %*s %*s %*s %llu", &t[0], &t[1],
			  &t[2], &t[3], &resident) != 5)
		return false;
	*ticks += t[0] + t[1] + (master ? t[2] + t[3] : 0);
	*pages += resident;
	return true;
}

static void write_processes(struct buf *b, const struct conf *c)
{
	pid_t pids[METRIC_PROCESSES_MAX];
	size_t n = metric_processes(pids);
	uint64_t ticks = 0, pages = 0, hz = (uint64_t)sysconf(_SC_CLK_TCK), workers = n > 1 ? n - 1 : n;
	bool whole = n > 0;

	gauge(b, "workers", "Worker processes that live.", workers);
	gauge(b, "threads", "Threads of the worker processes that live.", workers * (uint64_t)c->threads);
	for (size_t i = 0; i < n && whole; i++)
		whole = add_process(pids[i], i == 0, &ticks, &pages);
	if (!whole || !hz)
		return; /* no figure is better than a wrong one */
	head(b, "cpu_seconds_total", "counter", "Processor time of master and workers, user and system.");
	buf_z(b, "ziara_cpu_seconds_total ");
	seconds(b, ticks * (1000000 / hz));
	gauge(b, "resident_memory_bytes", "Resident memory of master and workers; pages they share count for each.",
	      pages * (uint64_t)sysconf(_SC_PAGESIZE));
}

enum err app_metrics(struct call *c)
{
	struct buf *b = c->res->body;
	struct metric_times statements;
	enum err e = app_no_query(c);

	if (e)
		return e;
	c->res->status = 200;
	c->res->content_type = "text/plain; version=0.0.4; charset=utf-8";
	http_header(c->res, "Cache-Control", "no-store");
	head(b, "build_info", "gauge", "The version that runs; always 1.");
	buf_z(b, "ziara_build_info{version=\"" ZIARA_VERSION "\"} 1\n");
	head(b, "start_time_seconds", "gauge", "When the master process began, in seconds since 1970.");
	buf_z(b, "ziara_start_time_seconds ");
	seconds(b, metric_highest(METRIC_STARTED_MS) * 1000);
	gauge(b, "schema_version", "Schema version last seen in the database; 0: none yet.", metric_highest(METRIC_SCHEMA));
	write_processes(b, c->x->conf);
	write_requests(b);
	head(b, "database_statement_duration_seconds", "histogram",
	     "Time of one statement, transaction statements too; connecting is part of the first.");
	metric_statement_times(&statements);
	write_times(b, "database_statement_duration_seconds", "", &statements);
	for (size_t i = 0; i < sizeof(families) / sizeof(*families); i++)
		write_family(b, &families[i]);
	return b->err;
}

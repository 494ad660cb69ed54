/* SPDX-License-Identifier: Apache-2.0
 * A request's log line, figures and timing header. */
#include "app/account.h"

#include "base/log.h"
#include "base/metric.h"
#include "resource/shape.h"

#include <inttypes.h>
#include <stdio.h>

enum { PATTERN_MAX = 64, SLOW_TEXTS_MAX = 5 };

static char patterns[METRIC_ROUTES_MAX][PATTERN_MAX] = { "other" };
static const struct route *fixed;
static size_t n_fixed, n_patterns = 1;

/* A route that finds no place is told of as route 0. */
static void add_pattern(const char *before, const char *path, const char *behind)
{
	if (n_patterns < METRIC_ROUTES_MAX)
		snprintf(patterns[n_patterns++], PATTERN_MAX, "%s%s%s", before, path, behind);
}

void account_init(const struct route *routes, size_t n)
{
	fixed = routes;
	n_fixed = n;
	n_patterns = 1;
	for (size_t i = 0; i < n; i++)
		add_pattern("", routes[i].pattern, "");
	for (size_t i = 0; i < shape_served_count(); i++) {
		add_pattern("/", shape_served(i)->resource->path, "");
		add_pattern("/", shape_served(i)->resource->path, "/{id}");
	}
}

size_t account_routes(void)
{
	return n_patterns;
}

const char *account_pattern(size_t route)
{
	return patterns[route];
}

size_t account_route(const struct route_match *m)
{
	const struct served *v = shape_by_path(m->vars[0]);
	bool item = m->route->handler == app_item;
	size_t route = 1 + (size_t)(m->route - fixed);

	if (v && (item || m->route->handler == app_collection))
		route = 1 + n_fixed + 2 * (size_t)(v - shape_served(0)) + item;
	return route < n_patterns ? route : 0;
}

void account_tell_caller(const struct account *a)
{
	struct db_stats s = db_stats(a->db);

	if (!http_prefers(a->request->prefer, ACCOUNT_PREFERENCE))
		return;
	http_header(a->res, "Server-Timing", "total;dur=%" PRIu64 ".%03u, db;dur=%" PRIu64 ".%03u;desc=\"%" PRIu64 " statements\"",
		    a->us / 1000, (unsigned)(a->us % 1000), s.us / 1000, (unsigned)(s.us % 1000), s.statements);
	http_header(a->res, "Timing-Allow-Origin", "*");
	http_header(a->res, "Preference-Applied", ACCOUNT_PREFERENCE);
}

static bool begin_line(struct log_fields *l, const struct account *a, enum log_level level, struct str message)
{
	struct db_stats s = db_stats(a->db);

	if (!log_begin(l, level, message))
		return false;
	log_str(l, "request_id", str_from(a->request->request_id));
	log_str(l, "trace_id", str_from(a->request->trace_id));
	log_str(l, "method", str_from(http_method_name(a->request->method)));
	log_str(l, "route", str_from(patterns[a->route]));
	log_int(l, "status", (uint64_t)a->res->status);
	log_ms(l, "ms", a->us);
	log_ms(l, "db_ms", s.us);
	log_int(l, "statements", s.statements);
	log_int(l, "rows", s.rows);
	log_int(l, "bytes", a->res->no_body ? 0 : a->res->body->n);
	return true;
}

/* The one that took longest among those not told of yet. */
static const struct db_traced *longest(const struct db_traced *t, size_t n, bool told[])
{
	size_t best = n;

	for (size_t i = 0; i < n; i++)
		if (!told[i] && (best == n || t[i].us > t[best].us))
			best = i;
	if (best == n)
		return NULL;
	told[best] = true;
	return &t[best];
}

static void log_slow(const struct account *a)
{
	struct log_fields l;
	bool told[DB_TRACED_MAX] = { false };
	size_t n;
	const struct db_traced *t = db_traced(a->db, &n), *one;

	metric_add(METRIC_SLOW_REQUESTS, 1);
	if (!begin_line(&l, a, LOG_WARN, STR("slow request")))
		return;
	for (int i = 1; i <= SLOW_TEXTS_MAX && (one = longest(t, n, told)); i++) {
		static const char *const names[] = { "sql", "n", "ms", "rows" };
		char key[sizeof(names) / sizeof(*names)][16];

		for (size_t k = 0; k < sizeof(names) / sizeof(*names); k++)
			snprintf(key[k], sizeof(key[k]), "%s_%d", names[k], i);
		log_int(&l, key[1], one->n);
		log_ms(&l, key[2], one->us);
		log_int(&l, key[3], one->rows);
		log_str(&l, key[0], one->sql);
	}
	log_write(&l);
}

/* The place of the method's bit; the last for methods that are not known. */
static size_t method_index(enum http_method m)
{
	return m == HTTP_UNKNOWN ? METRIC_METHODS - 1 : (size_t)__builtin_ctz(m);
}

const char *account_method(size_t i)
{
	return i == METRIC_METHODS - 1 ? "other" : http_method_name((enum http_method)(1u << i));
}

void account_end(const struct account *a)
{
	struct log_fields l;

	metric_request(a->route, method_index(a->request->method), a->res->status, a->us);
	metric_add(METRIC_DATABASE_ROWS, (int64_t)db_stats(a->db).rows);
	if (begin_line(&l, a, LOG_INFO, STR("request")))
		log_hold(&l);
	if (a->conf->slow_request_ms && a->us >= (uint64_t)a->conf->slow_request_ms * 1000)
		log_slow(a);
}

/* SPDX-License-Identifier: Apache-2.0
 * Figures of all processes in one shared mapping: each process adds to a block of its own, and
 * whoever answers sums the blocks.  The block of one that died keeps its counts and goes to the
 * next that starts, so counters never go down; levels (connections open now) count only while
 * their process lives.
 *
 * Everything here may be called by any thread, allocates nothing and cannot fail; without
 * metric_init the figures are those of the process alone. */
#ifndef ZIARA_BASE_METRIC_H
#define ZIARA_BASE_METRIC_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum metric {
	/* counters */
	METRIC_DATABASE_ROWS,
	METRIC_CONNECTIONS_OPENED,      /* to the database */
	METRIC_CONNECTIONS_FAILED,
	METRIC_CACHE_HITS,              /* prepared statements */
	METRIC_CACHE_MISSES,
	METRIC_CACHE_EVICTIONS,
	METRIC_RETRIES_DEADLOCK,        /* a whole transaction again */
	METRIC_RETRIES_LOCK,
	METRIC_RETRIES_CONNECTION,      /* a statement again, on a new connection */
	METRIC_DOCUMENT_HITS,           /* stored renderings that were valid */
	METRIC_DOCUMENT_MISSES,
	METRIC_PAGE_HITS,               /* kept pages and records that still held */
	METRIC_PAGE_MISSES,
	METRIC_SLOW_REQUESTS,
	METRIC_WORKER_RESTARTS,
	METRIC_ERRORS,                  /* of the database, by class: METRIC_ERRORS + enum err */
	METRIC_ERRORS_END = METRIC_ERRORS + ERR_INTERNAL,
	/* levels */
	METRIC_CONNECTIONS,             /* to the database, open */
	METRIC_CACHED,                  /* prepared statements held */
	METRIC_FCGI_CONNECTIONS,
	METRIC_THREADS_BUSY,
	METRIC_PAGE_BYTES,              /* that kept pages and records use */
	METRIC_STARTED_MS,              /* when the master began, since 1970 */
	METRIC_SCHEMA,                  /* version last seen in the database */
	METRICS,
	METRIC_LEVELS = METRIC_CONNECTIONS,
};

enum { METRIC_ROUTES_MAX = 64, METRIC_METHODS = 8, METRIC_STATUSES_MAX = 40, METRIC_BOUNDS = 14, METRIC_PROCESSES_MAX = 128 };

/* How long things took: how many within each bound and not within the one before, the last: longer than all. */
struct metric_times {
	uint64_t n[METRIC_BOUNDS + 1];
	uint64_t sum_us;
};

extern const uint32_t metric_bounds_us[METRIC_BOUNDS];

/* In the master, once, before it forks: ERR_NOMEM. */
MUST_USE enum err metric_init(void);
/* In each worker, before its threads. */
void metric_join(void);

/* Counters only go up; levels may be lowered by a negative number. */
void metric_add(enum metric m, int64_t n);
/* Makes a level this process's own figure. */
void metric_set(enum metric m, int64_t level);
/* One request.  `route` and `method` count from 0, below their maxima; unknown statuses are counted as 0. */
void metric_request(size_t route, size_t method, int status, uint64_t us);
/* One statement sent to the database. */
void metric_statement(uint64_t us);

/* The sum over all processes: that lived (counters), that live (levels; never below 0). */
uint64_t metric_sum(enum metric m);
/* The highest level among the processes that live. */
uint64_t metric_highest(enum metric m);
/* Statuses that are counted one by one; 0, the first: all others. */
size_t metric_statuses(void);
int metric_status(size_t i);
uint64_t metric_requests(size_t route, size_t method, size_t status_index);
void metric_request_times(size_t route, struct metric_times *out);
void metric_statement_times(struct metric_times *out);
/* Process ids that live, the master's first; returns how many. */
size_t metric_processes(pid_t pids[METRIC_PROCESSES_MAX]);

#endif

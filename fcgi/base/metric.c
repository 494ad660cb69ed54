/* SPDX-License-Identifier: Apache-2.0
 * Blocks of figures in shared memory, added to without order: only the sums are looked at. */
#include "base/metric.h"

#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "processes share these");

typedef _Atomic uint64_t cell;

enum { FREE = 0, BEING_TAKEN = -1 };

struct times {
	cell n[METRIC_BOUNDS + 1];
	cell sum_us;
};

struct block {
	_Atomic int pid;   /* whose it is or was; FREE and BEING_TAKEN are nobody's */
	_Alignas(64) cell cells[METRICS];
	struct times statements;
	struct times routes[METRIC_ROUTES_MAX];
	cell requests[METRIC_ROUTES_MAX][METRIC_METHODS][METRIC_STATUSES_MAX];
};

const uint32_t metric_bounds_us[METRIC_BOUNDS] = { 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 500000, 1000000,
						   2500000, 5000000, 10000000 };

static const short statuses[] = { 0, 200, 201, 202, 204, 206, 207, 301, 302, 303, 304, 307, 308, 400, 401, 403, 404, 405, 406, 408, 409,
				  410, 411, 412, 413, 414, 415, 416, 422, 428, 429, 431, 500, 501, 502, 503, 504 };
enum { N_STATUSES = sizeof(statuses) / sizeof(statuses[0]) };
_Static_assert(sizeof(statuses) / sizeof(statuses[0]) <= (size_t)METRIC_STATUSES_MAX, "requests[] has a place for each status");

static struct block alone;           /* of a program without a master */
static struct block *blocks = &alone;
static size_t n_blocks = 1;
static struct block *mine = &alone;

static void increase(cell *c, uint64_t n)
{
	atomic_fetch_add_explicit(c, n, memory_order_relaxed);
}

static uint64_t value(const cell *c)
{
	return atomic_load_explicit(c, memory_order_relaxed);
}

enum err metric_init(void)
{
	void *p = mmap(NULL, sizeof(struct block) * METRIC_PROCESSES_MAX, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE,
		       -1, 0);

	if (p == MAP_FAILED) {
		log_error("metrics: no shared memory: %m");
		return ERR_NOMEM;
	}
	blocks = p;
	n_blocks = METRIC_PROCESSES_MAX;
	mine = blocks;
	atomic_store(&mine->pid, getpid());
	metric_set(METRIC_STARTED_MS, (int64_t)clock_now_ms());
	return ERR_OK;
}

static bool alive(int pid)
{
	return pid > 0 && (kill(pid, 0) == 0 || errno != ESRCH);
}

void metric_join(void)
{
	for (size_t i = 1; i < n_blocks; i++) {
		struct block *b = &blocks[i];
		int pid = atomic_load(&b->pid);

		if (pid == BEING_TAKEN || alive(pid) || !atomic_compare_exchange_strong(&b->pid, &pid, BEING_TAKEN))
			continue;
		for (int m = METRIC_LEVELS; m < METRICS; m++)
			atomic_store(&b->cells[m], 0);
		atomic_store(&b->pid, getpid());
		mine = b;
		return;
	}
	if (n_blocks > 1)
		log_warn("metrics: more than %d processes: levels of this one are counted as the master's", METRIC_PROCESSES_MAX);
}

void metric_add(enum metric m, int64_t n)
{
	increase(&mine->cells[m], (uint64_t)n);
}

void metric_set(enum metric m, int64_t level)
{
	atomic_store_explicit(&mine->cells[m], (uint64_t)level, memory_order_relaxed);
}

static void took(struct times *t, uint64_t us)
{
	size_t i = 0;

	while (i < METRIC_BOUNDS && us > metric_bounds_us[i])
		i++;
	increase(&t->n[i], 1);
	increase(&t->sum_us, us);
}

void metric_request(size_t route, size_t method, int status, uint64_t us)
{
	size_t i = N_STATUSES - 1;

	while (i > 0 && statuses[i] != status)
		i--;
	increase(&mine->requests[route][method][i], 1);
	took(&mine->routes[route], us);
}

void metric_statement(uint64_t us)
{
	took(&mine->statements, us);
}

/* --- sums --------------------------------------------------------------------------------- */

/* Blocks are taken in order, so behind one that was never taken there is none. */
static const struct block *used(size_t i)
{
	return i < n_blocks && (i == 0 || atomic_load(&blocks[i].pid) != FREE) ? &blocks[i] : NULL;
}

static int64_t level(const struct block *b, enum metric m)
{
	return n_blocks == 1 || alive(atomic_load(&b->pid)) ? (int64_t)value(&b->cells[m]) : 0;
}

uint64_t metric_sum(enum metric m)
{
	const struct block *b;
	int64_t levels = 0;
	uint64_t sum = 0;

	for (size_t i = 0; (b = used(i)); i++) {
		if (m >= METRIC_LEVELS)
			levels += level(b, m);
		else
			sum += value(&b->cells[m]);
	}
	return m < METRIC_LEVELS ? sum : levels > 0 ? (uint64_t)levels : 0;
}

uint64_t metric_highest(enum metric m)
{
	const struct block *b;
	int64_t highest = 0;

	for (size_t i = 0; (b = used(i)); i++)
		if (level(b, m) > highest)
			highest = level(b, m);
	return (uint64_t)highest;
}

size_t metric_statuses(void)
{
	return N_STATUSES;
}

int metric_status(size_t i)
{
	return statuses[i];
}

uint64_t metric_requests(size_t route, size_t method, size_t status_index)
{
	const struct block *b;
	uint64_t sum = 0;

	for (size_t i = 0; (b = used(i)); i++)
		sum += value(&b->requests[route][method][status_index]);
	return sum;
}

static void add_times(struct metric_times *out, const struct times *t)
{
	for (size_t i = 0; i <= METRIC_BOUNDS; i++)
		out->n[i] += value(&t->n[i]);
	out->sum_us += value(&t->sum_us);
}

void metric_request_times(size_t route, struct metric_times *out)
{
	const struct block *b;

	*out = (struct metric_times){ .sum_us = 0 };
	for (size_t i = 0; (b = used(i)); i++)
		add_times(out, &b->routes[route]);
}

void metric_statement_times(struct metric_times *out)
{
	const struct block *b;

	*out = (struct metric_times){ .sum_us = 0 };
	for (size_t i = 0; (b = used(i)); i++)
		add_times(out, &b->statements);
}

size_t metric_processes(pid_t pids[METRIC_PROCESSES_MAX])
{
	const struct block *b;
	size_t n = 0;

	for (size_t i = 0; (b = used(i)) && n < METRIC_PROCESSES_MAX; i++) {
		int pid = n_blocks == 1 ? getpid() : atomic_load(&b->pid);
		if (alive(pid))
			pids[n++] = pid;
	}
	return n;
}

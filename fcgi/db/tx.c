/* SPDX-License-Identifier: Apache-2.0
 * Transactions that run as a function and can be run again. */
#include "db/internal.h"

#include "base/log.h"
#include "base/metric.h"

#include <errmsg.h>
#include <time.h>

enum {
	RUNS_AGAIN = 5,
	PAUSE_MIN_MS = 5,
	PAUSE_MAX_MS = 80,
	STAMP_SLOTS = 64,
};

/* Two that collided must not collide again, so each waits for a time of its own. */
static void pause_before_run(struct db *d, int again)
{
	long span = (PAUSE_MIN_MS << again) - PAUSE_MIN_MS;

	if (span > PAUSE_MAX_MS - PAUSE_MIN_MS || span <= 0)
		span = PAUSE_MAX_MS - PAUSE_MIN_MS;
	/* Marsaglia's xorshift; the lowest bit keeps it from being stuck at zero. */
	uint64_t x = d->random | 1;
	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	d->random = x;
	long us = PAUSE_MIN_MS * 1000L + (long)(x % (uint64_t)(span * 1000));
	struct timespec t = { 0, us * 1000 };
	nanosleep(&t, NULL);
}

/* A change sees what others have committed up to each of its statements: what it read before it
 * waited for a lock would be out of date behind it. */
static enum err begin_once(struct db *d, enum db_mode mode)
{
	if (mode == DB_SNAPSHOT)
		return conn_exec(d, STR("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"));
	enum err e = conn_exec(d, STR("SET TRANSACTION ISOLATION LEVEL READ COMMITTED"));
	return e ? e : conn_exec(d, STR("START TRANSACTION READ WRITE"));
}

static enum err begin(struct db *d, enum db_mode mode)
{
	enum err e = begin_once(d, mode);

	/* Nothing is lost with a connection that did not survive this. */
	if (e == ERR_UNAVAILABLE && errors_find(d->last_errno)->flags & ERRORS_GONE) {
		metric_add(METRIC_RETRIES_CONNECTION, 1);
		e = begin_once(d, mode);
	}
	return e;
}

static void roll_back(struct db *d)
{
	unsigned number = d->last_errno;
	char key[DB_KEY_MAX];

	if (!d->my)
		return;
	memcpy(key, d->last_key, sizeof(key));
	if (conn_exec(d, STR("ROLLBACK")) != ERR_OK)
		conn_drop(d);
	/* The caller wants to know why it failed, not how the rollback went. */
	d->last_errno = number;
	memcpy(d->last_key, key, sizeof(key));
}

static enum err commit(struct db *d, enum db_mode mode)
{
	if (mode == DB_SNAPSHOT) {
		/* All was read and nothing can be lost, so nobody needs to wait for its end. */
		conn_post(d, STR("COMMIT"));
		return ERR_OK;
	}
	enum err e = conn_exec(d, STR("COMMIT"));
	if (e == ERR_OK)
		return ERR_OK;
	unsigned flags = errors_find(d->last_errno)->flags;
	/* What state it left behind is not worth finding out. */
	conn_drop(d);
	if (!(flags & ERRORS_GONE))
		return e;
	return d->last_errno == CR_SERVER_GONE_ERROR ? ERR_RETRY : ERR_UNCERTAIN;
}

/* Told to whoever keeps what was read: something has changed.  The last lock that is taken, so nobody who has it
 * waits for another; connections have different rows, and one that runs again takes another still. */
static enum err stamp(struct db *d)
{
	struct db_value slot = db_int((int64_t)((mysql_thread_id(d->my) + d->runs) % STAMP_SLOTS));

	return db_query(d, NULL, "INSERT INTO write_stamp (slot, n) VALUES (?, 1) ON DUPLICATE KEY UPDATE n = n + 1", &slot, 1, NULL);
}

static enum err run_once(struct db *d, enum db_mode mode, enum err (*fn)(struct db *d, void *arg), void *arg)
{
	enum err e = begin(d, mode);

	if (e != ERR_OK)
		return e;
	d->in_tx = true;
	d->doomed = ERR_OK;
	e = fn(d, arg);
	if (e == ERR_OK && d->doomed == ERR_OK && mode == DB_WRITE && d->stamps)
		e = stamp(d);
	/* Whatever fn made of it: there is no transaction any more that could be committed. */
	if (d->doomed != ERR_OK)
		e = d->doomed;
	if (e == ERR_OK)
		e = commit(d, mode);
	else
		roll_back(d);
	d->in_tx = false;
	d->doomed = ERR_OK;
	return e;
}

bool db_tx_again(const struct db *d)
{
	return d->in_tx && d->again;
}

enum err db_tx(struct db *d, enum db_mode mode, enum err (*fn)(struct db *d, void *arg), void *arg)
{
	enum err e = ERR_INTERNAL;

	if (d->in_tx) {
		log_error("database: a transaction inside a transaction");
		return e;
	}
	for (int again = 0; again <= RUNS_AGAIN; again++) {
		d->again = again > 0;
		d->runs += again > 0;
		if (again) {
			metric_add(e == ERR_LOCKED ? METRIC_RETRIES_LOCK : METRIC_RETRIES_DEADLOCK, 1);
			pause_before_run(d, again);
		}
		e = run_once(d, mode, fn, arg);
		if (e != ERR_RETRY && e != ERR_LOCKED)
			break;
	}
	if (e == ERR_UNCERTAIN)
		metric_add(METRIC_ERRORS + ERR_UNCERTAIN, 1);
	return e;
}

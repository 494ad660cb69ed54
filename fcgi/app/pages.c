/* SPDX-License-Identifier: Apache-2.0
 * Which answers are kept, and whether one still holds. */
#include "app/pages.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/coalesce.h"
#include "base/hash.h"
#include "base/lru.h"
#include "base/metric.h"

#include <stdatomic.h>

enum { SEEN = 4096, TEXT_MAX = 16 << 20 };

static struct lru_shared pages = LRU_SHARED;
static struct coalesce stamps = COALESCE;

static _Atomic uint64_t seen[SEEN];     /* hashes of what was asked for lately */
static _Atomic uint64_t last_stamp;     /* the one read last, */
static _Atomic uint64_t changed_ms;     /* and when it was seen to differ from the one before */

enum err pages_open(const struct conf *c)
{
	return lru_come(&pages, c->page_memory_bytes);
}

void pages_close(void)
{
	if (lru_go(&pages))
		for (size_t i = 0; i < SEEN; i++)
			atomic_store_explicit(&seen[i], 0, memory_order_relaxed);
}

static bool seen_before(struct str key)
{
	uint64_t hash = hash_64(key);
	_Atomic uint64_t *at = &seen[hash % SEEN];

	if (atomic_load_explicit(at, memory_order_relaxed) == hash)
		return true;
	atomic_store_explicit(at, hash, memory_order_relaxed);
	return false;
}

static bool within(uint64_t since_ms, uint64_t now_ms, uint64_t span_ms)
{
	return now_ms >= since_ms && now_ms - since_ms < span_ms;
}

static bool just_changed(const struct ctx *x)
{
	return within(atomic_load_explicit(&changed_ms, memory_order_relaxed), x->now_ms, PAGES_QUIET_MS);
}

static enum err read_stamp(void *arg, uint64_t *out)
{
	struct ctx *x = arg;
	struct db_rows rows;
	enum err e = db_query(x->db, x->arena, "SELECT CAST(COALESCE(SUM(n), 0) AS UNSIGNED) FROM write_stamp", NULL, 0, &rows);

	if (!e && (rows.rows == 0 || db_cell(&rows, 0, 0)->type != DB_INT))
		e = ERR_INTERNAL;
	if (!e)
		*out = (uint64_t)db_cell(&rows, 0, 0)->i;
	return e;
}

static enum err stamp_of_now(struct ctx *x, uint64_t *out)
{
	uint64_t begun_us = clock_mono_us(), told_us = db_stats(x->db).us;
	enum err e = coalesce_read(&stamps, read_stamp, x, out);
	uint64_t us = clock_mono_us() - begun_us, own_us = db_stats(x->db).us - told_us;

	if (us > own_us)
		db_stats_waited(x->db, us - own_us);
	if (!e && atomic_exchange_explicit(&last_stamp, *out, memory_order_relaxed) != *out)
		atomic_store_explicit(&changed_ms, x->now_ms, memory_order_relaxed);
	return e;
}

/* What is kept: the time it was made, the line and a line feed, the body. */
static bool take_apart(struct str kept, uint64_t *made_ms, struct kept *out)
{
	const char *end;

	if (kept.n < sizeof(*made_ms))
		return false;
	memcpy(made_ms, kept.p, sizeof(*made_ms));
	kept = (struct str){ kept.p + sizeof(*made_ms), kept.n - sizeof(*made_ms) };
	end = memchr(kept.p, '\n', kept.n);
	if (!end)
		return false;
	out->line = (struct str){ kept.p, (size_t)(end - kept.p) };
	out->body = (struct str){ end + 1, kept.n - out->line.n - 1 };
	return true;
}

enum err pages_find(struct ctx *x, struct str key, enum pages_worth worth, struct pages_asked *asked, struct kept *kept)
{
	struct str text;
	uint64_t stamp, made_ms;

	*asked = (struct pages_asked){ { NULL, 0 }, 0 };
	*kept = (struct kept){ { NULL, 0 }, { NULL, 0 } };
	if (!key.p)
		return ERR_NOMEM;
	if (!pages.room || (worth == PAGES_CHEAP && just_changed(x)))
		return ERR_OK;
	enum err found = lru_get(pages.room, x->arena, key, &stamp, &text);
	if (found == ERR_NOMEM)
		return found;
	metric_add(METRIC_PAGE_MISSES, found ? 1 : 0);
	if (found && !seen_before(key))
		return ERR_OK;
	/* Before the answer is made: what is committed between the two makes it newer than its stamp, never older. */
	enum err e = stamp_of_now(x, &asked->stamp);
	if (e)
		return e;
	asked->key = key;
	if (found)
		return ERR_OK;
	bool holds = stamp == asked->stamp && take_apart(text, &made_ms, kept) && within(made_ms, x->now_ms, PAGES_KEPT_MS);
	metric_add(holds ? METRIC_PAGE_HITS : METRIC_PAGE_MISSES, 1);
	if (!holds)
		*kept = (struct kept){ { NULL, 0 }, { NULL, 0 } };
	return ERR_OK;
}

void pages_keep(const struct ctx *x, const struct pages_asked *asked, const struct kept *made)
{
	uint64_t made_ms = x->now_ms;
	struct buf text;

	if (!asked->key.p)
		return;
	buf_init(&text, TEXT_MAX);
	buf_add(&text, (const char *)&made_ms, sizeof(made_ms));
	buf_str(&text, made->line);
	buf_char(&text, '\n');
	buf_str(&text, made->body);
	if (!text.err) {
		lru_put(pages.room, asked->key, asked->stamp, buf_view(&text));
		metric_set(METRIC_PAGE_BYTES, (int64_t)lru_use(pages.room).bytes);
	}
	buf_free(&text);
}

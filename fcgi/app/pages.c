/* SPDX-License-Identifier: Apache-2.0
 * Which pages are kept, and whether one still holds. */
#include "app/pages.h"

#include "app/records.h"
#include "base/hash.h"
#include "base/lru.h"
#include "base/metric.h"

#include <stdatomic.h>

enum { SEEN = 4096, TEXT_MAX = 16 << 20 };

static struct lru_shared pages = LRU_SHARED;

static _Atomic uint64_t seen[SEEN];     /* hashes of what was asked for lately */

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

/* Everything an answer depends on but the data: the view, the resource, the addresses in it, the query as sent. */
static struct str key_of(struct call *c, const struct served *v)
{
	return arena_printf(c->x->arena, "%c %.*s/%s?%.*s", c->x->view.letter, STR_ARG(c->x->base_url), v->resource->path,
			    STR_ARG(c->request->query_text));
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

static enum err read_stamp(struct ctx *x, uint64_t *out)
{
	struct db_rows rows;
	enum err e = db_query(x->db, x->arena, "SELECT CAST(e.epoch + COALESCE((SELECT SUM(w.n) FROM write_stamp w), 0) AS UNSIGNED)"
			      " FROM label_epoch e WHERE e.only_row = 1", NULL, 0, &rows);

	if (!e && (rows.rows == 0 || db_cell(&rows, 0, 0)->type != DB_INT))
		e = ERR_INTERNAL;
	if (!e)
		*out = (uint64_t)db_cell(&rows, 0, 0)->i;
	return e;
}

/* What is kept: the time it was made, the address of the next page and a line feed, the body. */
static bool take_apart(struct str kept, uint64_t *made_ms, struct str *next, struct str *body)
{
	const char *end;

	if (kept.n < sizeof(*made_ms))
		return false;
	memcpy(made_ms, kept.p, sizeof(*made_ms));
	kept = (struct str){ kept.p + sizeof(*made_ms), kept.n - sizeof(*made_ms) };
	end = memchr(kept.p, '\n', kept.n);
	if (!end)
		return false;
	*next = (struct str){ kept.p, (size_t)(end - kept.p) };
	*body = (struct str){ end + 1, kept.n - next->n - 1 };
	return true;
}

static bool still_young(uint64_t made_ms, uint64_t now_ms)
{
	return now_ms >= made_ms && now_ms - made_ms < PAGES_KEPT_MS;
}

void pages_headers(struct call *c, const struct served *v, struct str next)
{
	c->res->status = 200;
	c->res->content_type = "application/json";
	app_cache_headers(c, records_personal(c, v));
	if (next.n)
		http_header(c->res, "Link", "<%.*s>; rel=\"next\"", STR_ARG(next));
}

enum err pages_find(struct call *c, const struct served *v, struct pages_asked *asked, bool *done)
{
	struct ctx *x = c->x;
	struct str kept, next, body;
	uint64_t stamp, made_ms;

	*asked = (struct pages_asked){ { NULL, 0 }, 0 };
	*done = false;
	if (!pages.room)
		return ERR_OK;
	struct str key = key_of(c, v);
	if (!key.p)
		return ERR_NOMEM;
	enum err found = lru_get(pages.room, x->arena, key, &stamp, &kept);
	if (found == ERR_NOMEM)
		return found;
	metric_add(METRIC_PAGE_MISSES, found ? 1 : 0);
	if (found && !seen_before(key))
		return ERR_OK;
	/* Before the page is read: what is committed between the two makes it newer than its stamp, never older. */
	enum err e = read_stamp(x, &asked->stamp);
	if (e)
		return e;
	asked->key = key;
	if (found)
		return ERR_OK;
	*done = stamp == asked->stamp && take_apart(kept, &made_ms, &next, &body) && still_young(made_ms, x->now_ms);
	metric_add(*done ? METRIC_PAGE_HITS : METRIC_PAGE_MISSES, 1);
	if (!*done)
		return ERR_OK;
	pages_headers(c, v, next);
	buf_str(c->res->body, body);
	return c->res->body->err;
}

void pages_keep(struct call *c, const struct pages_asked *asked, struct str next)
{
	uint64_t made_ms = c->x->now_ms;
	struct buf text;

	if (!asked->key.p)
		return;
	buf_init(&text, TEXT_MAX);
	buf_add(&text, (const char *)&made_ms, sizeof(made_ms));
	buf_str(&text, next);
	buf_char(&text, '\n');
	buf_str(&text, buf_view(c->res->body));
	if (!text.err) {
		lru_put(pages.room, asked->key, asked->stamp, buf_view(&text));
		metric_set(METRIC_PAGE_BYTES, (int64_t)lru_use(pages.room).bytes);
	}
	buf_free(&text);
}

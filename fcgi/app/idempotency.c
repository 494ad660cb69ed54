/* SPDX-License-Identifier: Apache-2.0
 * Stored answers to POST, kept for 24 hours in the write's own transaction. */
#include "app/idempotency.h"

#include "base/hash.h"
#include "base/log.h"

enum { KEEP_MS = 24 * 3600 * 1000, KEY_MAX = 255, EXPIRE_ROWS = 20 };

enum err idempotency_read(struct call *c, struct idempotency *i)
{
	struct str key = c->request->idempotency_key;

	*i = (struct idempotency){ 0 };
	if (!key.p)
		return ERR_OK;
	if (key.n == 0 || key.n > KEY_MAX) {
		problem_at_parameter(c->x->problem, "Idempotency-Key", "format", "Give 1 to %d characters, a fresh UUID for example.", KEY_MAX);
		return problem_set(c->x->problem, 400, "parameter", "A header has a fault.");
	}
	i->key = key;
	const struct http_request *r = c->request;
	i->scope = arena_printf(c->x->arena, "%s POST", c->x->key ? c->x->key->id : "");
	for (size_t j = 0; j < r->n_segments && i->scope.p; j++)
		i->scope = arena_printf(c->x->arena, "%.*s%s%.*s", STR_ARG(i->scope), j ? "/" : " /", STR_ARG(r->segments[j]));
	hash_bytes(c->request->body, i->body_hash);
	return i->scope.p ? ERR_OK : ERR_NOMEM;
}

static enum err sql_time(struct ctx *x, uint64_t ms, struct db_value *out)
{
	char text[CLOCK_SQL_LEN + 1];

	clock_format_sql(ms, text);
	*out = db_text(arena_dup(x->arena, str_from(text)));
	return out->type == DB_TEXT ? ERR_OK : ERR_NOMEM;
}

static enum err replay(struct call *c, const struct db_rows *rows)
{
	const struct db_value *v = db_cell(rows, 0, 0);
	struct http_response *res = c->res;

	res->status = (int)v[1].i;
	res->content_type = "application/json";
	http_header(res, "Cache-Control", "private, no-store");
	if (v[2].type == DB_TEXT)
		http_header(res, "Location", "%.*s", STR_ARG(v[2].s));
	if (v[3].type == DB_TEXT)
		http_header(res, "ETag", "%.*s", STR_ARG(v[3].s));
	if (v[5].type == DB_TEXT)
		http_header(res, "Warning", "%.*s", STR_ARG(v[5].s));
	http_header(res, "Idempotency-Replayed", "true");
	buf_str(res->body, v[4].s);
	return res->body->err;
}

/* The key is there already: the same body gets the same answer. */
static enum err known(struct call *c, const struct idempotency *i, bool *replayed, bool *expired)
{
	struct ctx *x = c->x;
	struct db_value key[3] = { db_text(i->scope), db_text(i->key) };
	struct db_rows rows;
	enum err e = sql_time(x, x->now_ms - KEEP_MS, &key[2]);

	if (!e)
		e = db_query(x->db, x->arena, "DELETE FROM idempotency WHERE scope = ? AND idem_key = ? AND created_at < ?", key, 3, &rows);
	if (!e && rows.affected) {
		*expired = true;
		return ERR_OK;
	}
	if (!e)
		e = db_query(x->db, x->arena, "SELECT body_hash, status, location, etag, body, warning FROM idempotency"
			     " WHERE scope = ? AND idem_key = ? LOCK IN SHARE MODE", key, 2, &rows);
	if (e)
		return e;
	if (rows.rows == 0)
		return ERR_RETRY; /* gone between two statements */
	if (!str_eq(db_cell(&rows, 0, 0)->s, (struct str){ (const char *)i->body_hash, sizeof(i->body_hash) }))
		return problem_set(x->problem, 422, "idempotency_key_reused",
				   "This Idempotency-Key came with another body before; use a fresh key for another request.");
	*replayed = true;
	return replay(c, &rows);
}

enum err idempotency_claim(struct call *c, const struct idempotency *i, bool *replayed)
{
	struct ctx *x = c->x;
	struct db_value v[4] = { db_text(i->scope), db_text(i->key),
				 db_text((struct str){ (const char *)i->body_hash, sizeof(i->body_hash) }) };
	bool expired = false;

	*replayed = false;
	if (i->key.n == 0)
		return ERR_OK;
	enum err e = sql_time(x, x->now_ms, &v[3]);
	for (int attempt = 0; !e && attempt < 2; attempt++) {
		/* a second INSERT would wait for the first transaction: that one is "in flight" */
		e = db_query(x->db, x->arena, "SET STATEMENT innodb_lock_wait_timeout=0 FOR INSERT INTO idempotency"
			     " (scope, idem_key, body_hash, status, created_at) VALUES (?, ?, ?, 0, ?)", v, 4, NULL);
		/* When this change is run again after its connection was lost, it may be its own first run that the
		 * server has not given up yet: then it waits for that. */
		if (e == ERR_LOCKED && !db_tx_again(x->db))
			return problem_set(x->problem, 409, "in_flight", "A request with this Idempotency-Key is being worked on; wait for its answer.");
		if (e != ERR_CONFLICT)
			return e;
		e = known(c, i, replayed, &expired);
		if (e || *replayed)
			return e;
	}
	return e;
}

enum err idempotency_store(struct call *c, const struct idempotency *i, struct str location, const char *etag,
		       struct str warning)
{
	struct db_value v[] = {
		db_int(c->res->status), db_text(location), db_text(str_from(etag)), db_text(buf_view(c->res->body)), db_text(warning),
		db_text(i->scope), db_text(i->key),
	};

	if (i->key.n == 0)
		return ERR_OK;
	return db_query(c->x->db, c->x->arena, "UPDATE idempotency SET status = ?, location = ?, etag = ?, body = ?, warning = ?"
			" WHERE scope = ? AND idem_key = ?", v, sizeof(v) / sizeof(*v), NULL);
}

void idempotency_expire(struct call *c)
{
	struct db_value v[2] = { db_null(), db_int(EXPIRE_ROWS) };
	enum err e = sql_time(c->x, c->x->now_ms - KEEP_MS, &v[0]);

	if (!e)
		e = db_query(c->x->db, c->x->arena, "DELETE FROM idempotency WHERE created_at < ? ORDER BY created_at LIMIT ?", v, 2, NULL);
	if (e) /* the next request tries again; the answer to this one is settled */
		log_warn("old idempotency keys could not be removed: %s", err_name(e));
}

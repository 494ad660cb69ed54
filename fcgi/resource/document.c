/* SPDX-License-Identifier: Apache-2.0
 * Reading and keeping stored renderings. */
#include "resource/document.h"

#include "base/hash.h"
#include "base/log.h"
#include "base/metric.h"
#include "resource/load.h"

#include <inttypes.h>
#include <stdio.h>

void document_name(const struct ctx *x, const char *build, struct document *d)
{
	*d = (struct document){ .build = build };
	snprintf(d->variant, sizeof(d->variant), "%c-%016" PRIx64, x->view.letter, hash_64(x->base_url));
}

/* Both tables by their whole primary keys: the server reads them before it plans anything. */
enum err document_head(struct ctx *x, const struct shape *s, struct uuid id, struct document *d)
{
	struct str sql = arena_printf(x->arena, "SELECT t.version, t.state, t.updated_at, e.epoch, %s FROM %s t JOIN label_epoch e"
				      " WHERE t.id = ? AND e.only_row = 1", shape_merges(s) ? "t.merged_into" : "NULL", s->table);
	struct db_value v[] = { db_uuid(&id) };
	struct db_rows rows;

	if (!sql.p)
		return ERR_NOMEM;
	enum err e = db_query(x->db, x->arena, sql.p, v, 1, &rows);
	if (e)
		return e;
	if (rows.rows == 0)
		return ERR_NOT_FOUND;
	const struct db_value *c = db_cell(&rows, 0, 0);
	d->version = (uint32_t)c[0].i;
	d->state = c[1].s;
	d->merged = c[4].type != DB_NULL;
	x->epoch = (uint64_t)c[3].i;
	return load_time(x, c[2].s, &d->updated_at);
}

enum err document_read(struct ctx *x, const struct shape *s, struct uuid id, struct document *d)
{
	struct db_value v[] = { db_text(str_from(s->resource->name)), db_uuid(&id), db_text(str_from(d->variant)) };
	struct db_rows rows;
	enum err e = db_query(x->db, x->arena, "SELECT e.epoch, d.epoch, d.build, d.version, d.updated_at, d.body"
			      " FROM label_epoch e JOIN document d WHERE e.only_row = 1 AND d.type = ? AND d.id = ? AND d.variant = ?",
			      v, sizeof(v) / sizeof(*v), &rows);

	d->body = (struct str){ NULL, 0 };
	if (e)
		return e;
	const struct db_value *c = rows.rows ? db_cell(&rows, 0, 0) : NULL;
	bool valid = c && c[1].i == c[0].i && str_is(c[2].s, d->build) && c[4].type == DB_TEXT;
	metric_add(valid ? METRIC_DOCUMENT_HITS : METRIC_DOCUMENT_MISSES, 1);
	if (!valid)
		return ERR_OK;
	x->epoch = (uint64_t)c[0].i;
	d->version = (uint32_t)c[3].i;
	d->body = c[5].s;
	return load_time(x, c[4].s, &d->updated_at);
}

void document_store(struct ctx *x, const struct shape *s, struct uuid id, const struct document *d, struct str body)
{
	struct db_value v[] = {
		db_text(str_from(s->resource->name)), db_text(str_from(d->variant)), db_int((int64_t)x->epoch),
		db_text(str_from(d->build)), db_text(body), db_uuid(&id), db_int(d->version),
	};
	/* The record stays locked at this version until the text is in.  Who changes it comes before, and
	 * nothing is stored, or after, and removes the text. */
	struct str sql = arena_printf(x->arena, "SET STATEMENT innodb_lock_wait_timeout=0 FOR REPLACE INTO document"
				      " (type, id, variant, version, updated_at, epoch, build, body) SELECT ?, t.id, ?, t.version,"
				      " t.updated_at, ?, ?, ? FROM %s t WHERE t.id = ? AND t.version = ? LOCK IN SHARE MODE", s->table);
	enum err e = sql.p ? db_query(x->db, x->arena, sql.p, v, sizeof(v) / sizeof(*v), NULL) : ERR_NOMEM;

	if (e && e != ERR_LOCKED && e != ERR_RETRY)
		log_warn("a rendered %s could not be kept: %s", s->resource->name, err_name(e));
}

enum err document_forget(struct ctx *x, const struct shape *s, struct uuid id)
{
	struct db_value v[] = { db_text(str_from(s->resource->name)), db_uuid(&id) };

	return db_query(x->db, x->arena, "DELETE FROM document WHERE type = ? AND id = ?", v, 2, NULL);
}

/* SPDX-License-Identifier: Apache-2.0
 * Reading and keeping stored renderings. */
#include "resource/document.h"

#include "base/hash.h"
#include "base/log.h"
#include "resource/load.h"

#include <inttypes.h>
#include <stdio.h>

void document_name(const struct ctx *x, const char *build, struct document *d)
{
	*d = (struct document){ .build = build };
	snprintf(d->variant, sizeof(d->variant), "%c-%016" PRIx64, x->view.letter, hash_64(x->base_url));
}

enum err document_read(struct ctx *x, const struct shape *s, struct uuid id, bool with_body, struct document *d)
{
	struct str sql = arena_printf(x->arena, "SELECT t.version, t.state, t.updated_at, e.epoch, d.body FROM %s t JOIN label_epoch e"
				      " LEFT JOIN document d ON d.type = ? AND d.id = t.id AND d.variant = ? AND d.version = t.version"
				      " AND d.epoch = e.epoch AND d.build = ? AND ? WHERE t.id = ?", s->table);
	struct db_value v[] = { db_text(str_from(s->resource->name)), db_text(str_from(d->variant)), db_text(str_from(d->build)),
				db_int(with_body), db_uuid(&id) };
	struct db_rows rows;

	if (!sql.p)
		return ERR_NOMEM;
	enum err e = db_query(x->db, x->arena, sql.p, v, sizeof(v) / sizeof(*v), &rows);
	if (e)
		return e;
	if (rows.rows == 0)
		return ERR_NOT_FOUND;
	const struct db_value *c = db_cell(&rows, 0, 0);
	d->version = (uint32_t)c[0].i;
	d->state = c[1].s;
	x->epoch = (uint64_t)c[3].i;
	d->body = c[4].type == DB_TEXT ? c[4].s : (struct str){ NULL, 0 };
	return load_time(x, c[2].s, &d->updated_at);
}

void document_store(struct ctx *x, const struct shape *s, struct uuid id, const struct document *d, struct str body)
{
	struct db_value v[] = {
		db_text(str_from(s->resource->name)), db_uuid(&id), db_text(str_from(d->variant)), db_int(d->version),
		db_int((int64_t)x->epoch), db_text(str_from(d->build)), db_text(body),
	};
	/* Two readers may store at once, the older text last: it is found invalid and made anew. */
	enum err e = db_query(x->db, x->arena, "SET STATEMENT innodb_lock_wait_timeout=0 FOR REPLACE INTO document"
			      " (type, id, variant, version, epoch, build, body) VALUES (?, ?, ?, ?, ?, ?, ?)",
			      v, sizeof(v) / sizeof(*v), NULL);

	if (e && e != ERR_LOCKED && e != ERR_RETRY)
		log_warn("a rendered %s could not be kept: %s", s->resource->name, err_name(e));
}

enum err document_forget(struct ctx *x, const struct shape *s, struct uuid id)
{
	struct db_value v[] = { db_text(str_from(s->resource->name)), db_uuid(&id) };

	return db_query(x->db, x->arena, "DELETE FROM document WHERE type = ? AND id = ?", v, 2, NULL);
}

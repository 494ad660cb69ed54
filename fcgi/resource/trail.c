/* SPDX-License-Identifier: Apache-2.0
 * What a write leaves behind and what may forbid it: change rows, tombstones, cycles, referrers. */
#include "resource/write_internal.h"

#include "resource/load.h"
#include "resource/render.h"
#include "resource/write.h"

#include <stdio.h>

enum { SNAPSHOT_MAX = 8 << 20, REFERRERS_SHOWN = 10 };

static struct db_value now_of(struct ctx *x)
{
	char text[CLOCK_SQL_LEN + 1];

	clock_format_sql(x->now_ms, text);
	return db_text(arena_dup(x->arena, str_from(text)));
}

static enum err add_change(struct ctx *x, const struct shape *s, const struct uuid *id, uint32_t old_version,
			   uint32_t new_version, const char *action, struct db_value snapshot)
{
	struct db_value v[] = {
		db_text(str_from(s->resource->name)), db_uuid(id), db_int(old_version), db_int(new_version),
		db_text(str_from(action)), db_text(str_from(x->key ? x->key->id : NULL)), db_text(str_from(x->request_id)), now_of(x), snapshot,
	};

	return db_query(x->db, x->arena,
			"INSERT INTO change_log (type, id, old_version, new_version, action, actor, request_id, at, snapshot)"
			" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", v, sizeof(v) / sizeof(*v), NULL);
}

enum err write_change_row(struct ctx *x, const struct shape *s, const struct record *r, uint32_t old_version,
			  const char *action)
{
	struct render o = { .view = &view_everything, .codes = x->codes, .leaves = UINT64_MAX, .kids = UINT32_MAX, .ids_only = true };
	struct json_writer w;
	struct buf out;

	buf_init(&out, SNAPSHOT_MAX);
	json_begin(&w, &out);
	render_record(&w, &o, s, r);
	enum err e = out.err;
	if (!e && out.n > WRITE_BYTES_MAX) {
		problem_at_pointer(x->problem, "", "too_long", "%zu bytes of JSON; at most %d are kept in one %s, so that it can be read and "
				   "sent back whole.", out.n, WRITE_BYTES_MAX, s->resource->name);
		e = problem_set(x->problem, 422, "invalid", "The content is refused.");
	}
	if (!e)
		e = add_change(x, s, &r->id, old_version, record_version(r), action, db_text(buf_view(&out)));
	buf_free(&out);
	return e;
}

/* What the public once saw answers 410 to it, not 404, whatever became of it before the end. */
static enum err ever_published(struct ctx *x, const struct shape *s, const struct uuid *id, bool *out)
{
	struct db_value v[] = { db_text(str_from(s->resource->name)), db_uuid(id) };
	struct db_rows rows;
	enum err e = db_query(x->db, x->arena, "SELECT 1 FROM change_log WHERE type = ? AND id = ?"
			      " AND JSON_VALUE(snapshot, '$.state') = 'published' LIMIT 1", v, 2, &rows);

	*out = !e && rows.rows > 0;
	return e;
}

enum err write_bury(struct ctx *x, const struct shape *s, const struct record *r)
{
	uint32_t version = record_version(r) + 1;
	bool was_public = record_published(r);
	enum err e = was_public ? ERR_OK : ever_published(x, s, &r->id, &was_public);
	if (e)
		return e;
	struct db_value v[] = {
		db_text(str_from(s->resource->name)), db_uuid(&r->id), db_int(version), db_int(was_public), now_of(x),
		x->nginx_id.n && x->nginx_id.n <= 64 ? db_text(x->nginx_id) : db_null(),
	};
	e = db_query(x->db, x->arena,
			      "INSERT INTO tombstone (type, id, version, was_public, deleted_at, last_request)"
			      " VALUES (?, ?, ?, ?, ?, ?)", v, sizeof(v) / sizeof(*v), NULL);

	return e ? e : add_change(x, s, &r->id, record_version(r), version, "delete", db_null());
}

enum err write_tombstone(struct ctx *x, const struct shape *s, struct uuid id, struct tombstone *t)
{
	struct db_value v[] = { db_text(str_from(s->resource->name)), db_uuid(&id) };
	struct db_rows rows;
	enum err e = db_query(x->db, x->arena, "SELECT was_public, last_request FROM tombstone WHERE type = ? AND id = ?",
			      v, 2, &rows);

	*t = (struct tombstone){ 0 };
	if (!e && rows.rows) {
		t->found = true;
		t->was_public = db_cell(&rows, 0, 0)->i != 0;
		t->last_request = db_cell(&rows, 0, 1)->s;
	}
	return e;
}

/* Of a record that was merged the survivor's own reference counts. */
static struct str climbing(struct ctx *x, const struct shape *s, size_t leaf)
{
	const char *col = s->leaves[leaf].f->col;

	if (!shape_merges(s))
		return arena_printf(x->arena, "SELECT id, %s FROM %s WHERE id = ? LOCK IN SHARE MODE", col, s->table);
	return arena_printf(x->arena, "SELECT s.id, s.%s FROM %s t JOIN %s s ON s.id = COALESCE(t.merged_into, t.id) WHERE t.id = ?"
			    " LOCK IN SHARE MODE", col, s->table, s->table);
}

enum err write_climbs_to(struct ctx *x, const struct shape *s, size_t leaf, struct uuid from, const struct uuid *goals,
			 size_t n_goals, bool *met)
{
	struct str sql = climbing(x, s, leaf);

	*met = false;
	if (!sql.p)
		return ERR_NOMEM;
	for (int i = 0; i < SHAPE_CLIMB_MAX; i++) {
		struct db_value key = db_uuid(&from);
		struct db_rows rows;
		struct uuid at;
		enum err e = db_query(x->db, x->arena, sql.p, &key, 1, &rows);
		if (!e && rows.rows)
			load_uuid(db_cell(&rows, 0, 0), &at);
		else
			at = from; /* a new record that refers to itself is not there yet */
		for (size_t j = 0; !e && j < n_goals && !*met; j++)
			*met = uuid_eq(at, goals[j]);
		if (e || *met || rows.rows == 0 || !load_uuid(db_cell(&rows, 0, 1), &from))
			return e;
	}
	return ERR_LIMIT;
}

enum err write_check_cycle(struct ctx *x, const struct shape *s, const struct record *r, size_t leaf)
{
	const struct field *f = s->leaves[leaf].f;
	bool met;
	enum err e = write_climbs_to(x, s, leaf, r->v[leaf].id, &r->id, 1, &met);

	if (e == ERR_LIMIT)
		return problem_set(x->problem, 422, "invalid", "The chain of %s is longer than %d records.", f->name, SHAPE_CLIMB_MAX);
	if (e || !met)
		return e;
	struct str pointer = arena_printf(x->arena, "/%s", f->name);
	problem_at_pointer(x->problem, pointer.p, "cycle", "This would make the record part of itself.");
	return problem_set(x->problem, 422, "invalid", "The content is refused.");
}

/* Roots that refer through column `col` of `s`, found by climbing the child tables. */
static enum err referrers(struct ctx *x, const struct shape *s, const char *col, const struct db_value *key,
			  struct db_rows *rows)
{
	const struct shape *root = s;
	struct str from = arena_printf(x->arena, "%s c0", s->table);
	int depth = 0;

	for (; from.p && root->parent; root = root->parent, depth++)
		from = arena_printf(x->arena, "%.*s JOIN %s c%d ON c%d.id = c%d.parent", STR_ARG(from), root->parent->table,
				    depth + 1, depth + 1, depth);
	if (!from.p)
		return ERR_NOMEM;
	struct str sql = arena_printf(x->arena, "SELECT DISTINCT c%d.id, c%d.%s, c%d.state FROM %.*s WHERE c0.%s = ? LIMIT %d", depth,
				      depth, root->leaves[root->label_leaf].f->col, depth, STR_ARG(from), col, REFERRERS_SHOWN);
	return sql.p ? db_query(x->db, x->arena, sql.p, key, 1, rows) : ERR_NOMEM;
}

/* Records that were merged into this one cannot be left without it; `published`: only those that are. */
static enum err check_answers_for_none(struct ctx *x, const struct shape *s, const struct db_value *key, bool published, const char *pointer)
{
	struct str sql = arena_printf(x->arena, "SELECT id, %s FROM %s WHERE merged_into = ?%s ORDER BY id LIMIT %d",
				      s->leaves[s->label_leaf].f->col, s->table, published ? " AND state = 'published'" : "", REFERRERS_SHOWN);
	struct db_rows rows;

	if (!shape_merges(s))
		return ERR_OK;
	enum err e = sql.p ? db_query(x->db, x->arena, sql.p, key, 1, &rows) : ERR_NOMEM;
	for (size_t i = 0; !e && i < rows.rows; i++) {
		char text[UUID_TEXT_LEN + 1];
		struct uuid id;
		load_uuid(db_cell(&rows, i, 0), &id);
		uuid_format(id, text);
		problem_at_pointer(x->problem, pointer, "answers_for", "%.*s/%s/%s (%.*s) was merged into it; undo that first: DELETE of its"
				   " address with /merge behind it.", STR_ARG(x->base_url), s->resource->path, text,
				   STR_ARG(db_cell(&rows, i, 1)->s));
	}
	return e;
}

/* `open`: the key may read the field that refers; `it`: what is referred to. */
static void name_referrers(struct ctx *x, const struct shape *s, bool open, const char *it, const struct db_rows *rows)
{
	for (size_t i = 0; i < rows->rows; i++) {
		char text[UUID_TEXT_LEN + 1];
		struct uuid id = { { 0 } };
		if (db_cell(rows, i, 0)->s.n == sizeof(id.b))
			memcpy(id.b, db_cell(rows, i, 0)->s.p, sizeof(id.b));
		uuid_format(id, text);
		if (!open || !load_state_visible(&x->view, s, db_cell(rows, i, 2)->s)) {
			problem_at_pointer(x->problem, "", "referenced", "A %s that this key may not see refers to %s.", s->resource->name, it);
			continue;
		}
		problem_at_pointer(x->problem, "", "referenced", "%.*s/%s/%s (%.*s) refers to %s.", STR_ARG(x->base_url),
				   s->resource->path, text, STR_ARG(db_cell(rows, i, 1)->s), it);
	}
}

enum err write_check_unreferenced(struct ctx *x, const struct shape *s, const struct record *r)
{
	struct db_value key = db_uuid(&r->id);
	size_t before = x->problem->n_faults;
	char it[UUID_TEXT_LEN + 64] = "it", id[UUID_TEXT_LEN + 1];

	uuid_format(r->id, id);
	if (s->parent)
		snprintf(it, sizeof(it), "the %s %s", s->served_as->name, id);
	enum err none = check_answers_for_none(x, s, &key, false, "");

	if (none)
		return none;
	for (size_t i = 0; i < shape_count(); i++) {
		const struct shape *t = shape_at(i);
		for (size_t j = 0; j < t->n_leaves; j++) {
			struct db_rows rows;
			if (t->leaves[j].target != s)
				continue;
			enum err e = referrers(x, t, t->leaves[j].f->col, &key, &rows);
			if (e)
				return e;
			const struct shape *root = t;
			while (root->parent)
				root = root->parent;
			name_referrers(x, root, t->leaves[j].f->cls <= shape_sight(&x->view, root)->fields, it, &rows);
		}
	}
	if (x->problem->n_faults == before)
		return ERR_OK;
	return problem_set(x->problem, 409, "referenced", "Other records refer to %s; change or delete them first.",
			   s->parent ? "an item that this change removes" : "this one");
}

enum err write_check_stays_public(struct ctx *x, const struct shape *s, const struct record *before, const struct record *after)
{
	struct db_value key = db_uuid(&after->id);
	size_t faults = x->problem->n_faults;

	if (!shape_merges(s) || !record_published(before) || record_published(after))
		return ERR_OK;
	enum err e = check_answers_for_none(x, s, &key, true, "/state");
	if (e || x->problem->n_faults == faults)
		return e;
	return problem_set(x->problem, 409, "answers_for", "Published records were merged into this one and would vanish with it; undo those merges first.");
}

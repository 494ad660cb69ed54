/* SPDX-License-Identifier: Apache-2.0
 * Aliases set and cleared, with everything that rests on them. */
#include "resource/merge.h"

#include "resource/document.h"
#include "resource/hooks.h"
#include "resource/write_internal.h"

#include <stdarg.h>
#include <stdio.h>

/* --- reading ---------------------------------------------------------------------------- */

/* Merges and their undoing, of whatever kind, wait for one another: each locks two records and all that come to either,
 * so that several at once would hardly ever come to their end.  Held until the transaction ends. */
static enum err wait_turn(struct ctx *x)
{
	struct db_rows rows;

	return db_query(x->db, x->arena, "SELECT type FROM name_lock WHERE type = 'organisation' FOR UPDATE", NULL, 0, &rows);
}

/* Whoever locks two records takes the lower id first; what somebody else holds nevertheless is a deadlock that
 * the transaction engine runs again. */
static enum err lock(struct ctx *x, const struct shape *s, const struct uuid *a, const struct uuid *b)
{
	struct str sql = arena_printf(x->arena, "SELECT id FROM %s WHERE id = ? FOR UPDATE", s->table);
	bool swap = memcmp(a->b, b->b, sizeof(a->b)) > 0;
	struct db_value first = db_uuid(swap ? b : a), second = db_uuid(swap ? a : b);
	struct db_rows rows;

	if (!sql.p)
		return ERR_NOMEM;
	enum err e = db_query(x->db, x->arena, sql.p, &first, 1, &rows);
	return e ? e : db_query(x->db, x->arena, sql.p, &second, 1, &rows);
}

static enum err whole(struct ctx *x, const struct shape *s, struct uuid id, struct record *r)
{
	struct records one = { .item = r, .n = 1, .cap = 1 };
	enum err e = load_root(x, s, id, false, r);

	return e ? e : load_kids(x, s, &one, LOAD_ALL_KIDS);
}

/* --- what forbids a merge ----------------------------------------------------------------- */

__attribute__((format(printf, 5, 6)))
static void forbid(struct ctx *x, struct merge *m, int status, const char *code, const char *fmt, ...)
{
	char text[600];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	problem_at_pointer(x->problem, m->undo ? "" : "/into", code, "%s", text);
	if (!m->status)
		m->status = status;
}

static void forbid_merged(struct ctx *x, struct merge *m, const struct record *r, const char *advice)
{
	char id[UUID_TEXT_LEN + 1], survivor[UUID_TEXT_LEN + 1];
	const char *path = m->s->resource->path;

	uuid_format(r->id, id);
	uuid_format(r->survivor, survivor);
	forbid(x, m, 409, "merged", "%.*s/%s/%s was merged into %.*s/%s/%s%s", STR_ARG(x->base_url), path, id, STR_ARG(x->base_url), path,
	       survivor, advice);
}

static bool names(const struct shape *s, const struct record *r, const struct shape *target, struct uuid id)
{
	for (size_t i = 0; i < s->n_leaves; i++)
		if (s->leaves[i].target == target && r->v[i].set && uuid_eq(value_answers(&r->v[i]), id))
			return true;
	return false;
}

static bool check_holder(struct ctx *x, struct merge *m, const struct record *holder, const struct record *named)
{
	for (size_t i = 0; i < m->s->n_kids; i++)
		for (size_t j = 0; j < holder->kids[i].n; j++) {
			if (!names(m->s->kids[i].shape, &holder->kids[i].item[j], m->s, named->id))
				continue;
			forbid(x, m, 409, "related", "One of the two%s has the other among its %s, so they are not one; change that first%s.",
			       holder->merged ? ", or what was merged into it," : "", m->s->kids[i].f->name,
			       holder->merged ? ", or undo that merge" : "");
			return true;
		}
	return false;
}

/* Two bodies of which one became the other, or was its partner, are two: an item of one, or of what it answers for, names
 * the other, or what that answers for. */
static void check_items(struct ctx *x, struct merge *m, const struct record *holder, const struct records *others, const struct record *named)
{
	bool found = check_holder(x, m, holder, named);

	for (size_t i = 0; !found && i < others->n; i++)
		found = check_holder(x, m, &others->item[i], named);
}

/* The rules of the resource, for a record and what it answers for; the first that breaks one is enough. */
static enum err check_hooks(struct ctx *x, struct merge *m, struct record *r, const struct records *const others[])
{
	size_t faults = x->problem->n_faults;
	enum err e = hooks_check(x, m->s, NULL, r);

	for (; *others; others++)
		for (size_t i = 0; !e && i < (*others)->n && x->problem->n_faults == faults; i++)
			e = hooks_check(x, m->s, NULL, &(*others)->item[i]);
	return e;
}

/* A record that has become another's alias, or none any more: with what its references lead to now, and those of
 * all it answers for (`others`, ends with NULL), it must not lie above itself. */
static enum err check_circles(struct ctx *x, struct merge *m, struct record *r, const struct records *const others[])
{
	size_t faults = x->problem->n_faults;

	for (size_t i = 0; i < m->s->n_leaves; i++) {
		bool met;
		if (m->s->leaves[i].target != m->s || !r->v[i].set)
			continue;
		enum err e = write_climbs_to(x, m->s, i, r->v[i].id, &r->id, 1, &met);
		if (e && e != ERR_LIMIT)
			return e;
		if (e || met)
			forbid(x, m, 409, "cycle", "By its %s it would become part of itself; change what lies above it first.",
			       m->s->leaves[i].f->name);
	}
	enum err e = check_hooks(x, m, r, others);
	for (size_t i = faults; i < x->problem->n_faults && i < FAULTS_MAX; i++)
		x->problem->faults[i].pointer = m->undo ? "" : "/into";
	if (x->problem->n_faults > faults && !m->status)
		m->status = 409;
	return e;
}

static enum err check(struct ctx *x, struct merge *m)
{
	if (m->survivor.merged)
		forbid_merged(x, m, &m->survivor, uuid_eq(m->survivor.survivor, m->from) ? ": the other way round it is so already."
				: "; name that one.");
	if (m->merged.merged)
		forbid_merged(x, m, &m->merged, "; undo that first.");
	if (m->status)
		return ERR_OK;
	if (record_published(&m->merged) && !record_published(&m->survivor))
		forbid(x, m, 409, "not_public", "It is not published, so that the other one, which is, would vanish; publish it first.");
	enum err e = alias_others(x, m->s, m->into, &m->besides);
	if (e)
		return e;
	check_items(x, m, &m->merged, &m->others, &m->survivor);
	check_items(x, m, &m->survivor, &m->besides, &m->merged);
	if (m->besides.n + m->others.n + 2 > ALIAS_MAX)
		forbid(x, m, 409, "too_many", "At most %d records can be one.", ALIAS_MAX);
	return ERR_OK;
}

enum err merge_read(struct ctx *x, struct merge *m)
{
	m->done = false;
	m->status = 0;
	enum err e = wait_turn(x);
	if (!e)
		e = lock(x, m->s, &m->from, &m->into);
	if (!e)
		e = whole(x, m->s, m->from, &m->merged);
	if (e)
		return e;
	uint64_t epoch = x->epoch;
	if (uuid_eq(m->from, m->into)) {
		forbid(x, m, 422, "itself", "A record cannot be merged into itself.");
		return ERR_OK;
	}
	e = whole(x, m->s, m->into, &m->survivor);
	x->epoch = epoch;
	if (e == ERR_NOT_FOUND) {
		forbid(x, m, 422, "not_found", "There is no %s with this id.", m->s->resource->name);
		return ERR_OK;
	}
	m->done = m->merged.merged && uuid_eq(m->merged.survivor, m->into);
	if (!e)
		e = alias_others(x, m->s, m->from, &m->others);
	return e || m->done ? e : check(x, m);
}

/* --- writing ------------------------------------------------------------------------------ */

/* The record's row with r->merged and r->survivor, as its next version. */
static enum err put(struct ctx *x, const struct shape *s, struct record *r)
{
	struct str sql = arena_printf(x->arena, "UPDATE %s SET merged_into = ?, version = ?, updated_at = ?, last_request = ? WHERE id = ? AND"
				      " version = ?", s->table);
	char text[CLOCK_SQL_LEN + 1];
	struct db_rows rows;
	int64_t old = r->v[ROOT_VERSION].i++;
	enum err e = sql.p ? write_stamp(x, r, false) : ERR_NOMEM;

	clock_format_sql(x->now_ms, text);
	struct db_value v[] = {
		r->merged ? db_uuid(&r->survivor) : db_null(), db_int(old + 1), db_text(str_from(text)),
		r->v[ROOT_LAST_REQUEST].set ? db_text(r->v[ROOT_LAST_REQUEST].s) : db_null(), db_uuid(&r->id), db_int(old),
	};
	if (!e)
		e = db_query(x->db, x->arena, sql.p, v, sizeof(v) / sizeof(*v), &rows);
	/* The row is locked by us, so a miss means somebody writes past the engine. */
	return !e && rows.affected != 1 ? ERR_INTERNAL : e;
}

static enum err ask(struct ctx *x, const struct shape *s, const struct uuid *id, const struct uuid *asked)
{
	struct str sql = arena_printf(x->arena, "UPDATE %s SET merge_asked = ? WHERE id = ?", s->table);
	struct db_value v[] = { asked ? db_uuid(asked) : db_null(), db_uuid(id) };

	return sql.p ? db_query(x->db, x->arena, sql.p, v, 2, NULL) : ERR_NOMEM;
}

/* What the engine keeps of a record whose alias, or whose answering for others, has changed. */
static enum err renew(struct ctx *x, const struct shape *s, const struct record *r, const char *action)
{
	enum err e = document_forget(x, s, r->id);

	if (!e)
		e = write_kept(x, s, NULL, r);
	return e ? e : write_change_row(x, s, r, record_version(r) - 1, action);
}

static enum err lead(struct ctx *x, const struct shape *s, struct records *list, const struct uuid *to)
{
	for (size_t i = 0; i < list->n; i++) {
		struct record *r = &list->item[i];
		r->merged = true;
		r->survivor = *to;
		enum err e = put(x, s, r);
		if (e)
			return e;
	}
	return ERR_OK;
}

enum err merge_set(struct ctx *x, struct merge *m)
{
	m->merged.merged = true;
	m->merged.survivor = m->into;
	enum err e = put(x, m->s, &m->merged);

	if (!e)
		e = ask(x, m->s, &m->from, &m->into);
	if (!e)
		e = lead(x, m->s, &m->others, &m->into);
	if (!e)
		e = put(x, m->s, &m->survivor);
	const struct records merged = { .item = &m->merged, .n = 1, .cap = 1 };
	const struct records *const all[] = { &merged, &m->others, &m->besides, NULL };
	return e ? e : check_circles(x, m, &m->survivor, all);
}

/* What rests on the aliases, once they are set. */
static enum err renew_all(struct ctx *x, const struct merge *m, const char *action)
{
	enum err e = renew(x, m->s, &m->merged, action);

	for (size_t i = 0; !e && i < m->others.n; i++)
		e = renew(x, m->s, &m->others.item[i], action);
	if (!e)
		e = renew(x, m->s, &m->survivor, action);
	return e ? e : write_raise_epoch(x);
}

enum err merge_finish(struct ctx *x, struct merge *m)
{
	return renew_all(x, m, "merge");
}

/* --- undoing ------------------------------------------------------------------------------ */

/* Of the records that come to the survivor, those that were merged into `from`, or into one of these. */
static enum err came_through(struct ctx *x, struct merge *m)
{
	struct str sql = arena_printf(x->arena, "SELECT id, merge_asked FROM %s WHERE merged_into = ? ORDER BY id FOR UPDATE", m->s->table);
	struct db_value key = db_uuid(&m->into);
	struct db_rows rows;
	struct uuid met[ALIAS_MAX + 1] = { m->from };
	size_t n = 1;

	m->others = (struct records){ 0 };
	enum err e = sql.p ? db_query(x->db, x->arena, sql.p, &key, 1, &rows) : ERR_NOMEM;
	for (size_t i = 0; !e && i < n; i++)
		for (size_t j = 0; !e && j < rows.rows && n <= ALIAS_MAX; j++) {
			struct uuid asked, id;
			if (!load_uuid(db_cell(&rows, j, 1), &asked) || !load_uuid(db_cell(&rows, j, 0), &id) || !uuid_eq(asked, met[i]))
				continue;
			met[n++] = id;
			struct record *r = records_add(x->arena, m->s, &m->others);
			e = r ? whole(x, m->s, id, r) : ERR_NOMEM;
		}
	return e;
}

/* Where it was merged to is read before anything is locked: only a merge changes that, and it is not their turn. */
static enum err read_undo(struct ctx *x, struct merge *m)
{
	enum err e = wait_turn(x);

	if (!e)
		e = load_root(x, m->s, m->from, false, &m->merged);
	if (e)
		return e;
	m->into = m->merged.merged ? m->merged.survivor : m->from;
	e = lock(x, m->s, &m->from, &m->into);
	if (!e)
		e = whole(x, m->s, m->from, &m->merged);
	if (e || !m->merged.merged)
		return e;
	uint64_t epoch = x->epoch;
	e = whole(x, m->s, m->into, &m->survivor);
	x->epoch = epoch;
	return e == ERR_NOT_FOUND ? ERR_RETRY : e;
}

enum err merge_undo(struct ctx *x, struct merge *m)
{
	m->undo = true;
	enum err e = read_undo(x, m);

	if (e)
		return e;
	if (!m->merged.merged) {
		const struct value *last = &m->merged.v[ROOT_LAST_REQUEST];
		m->done = x->nginx_id.n && last->set && str_eq(last->s, x->nginx_id);
		return m->done ? ERR_OK : problem_set(x->problem, 409, "not_merged", "This %s is not merged into another.", m->s->resource->name);
	}
	uint64_t epoch = x->epoch;
	e = came_through(x, m);
	x->epoch = epoch;
	m->merged.merged = false;
	if (!e)
		e = put(x, m->s, &m->merged);
	if (!e)
		e = ask(x, m->s, &m->from, NULL);
	if (!e)
		e = lead(x, m->s, &m->others, &m->from);
	if (!e)
		e = put(x, m->s, &m->survivor);
	const struct records *const all[] = { &m->others, NULL };
	if (!e)
		e = check_circles(x, m, &m->merged, all);
	if (!e && m->status)
		return problem_set(x->problem, 409, "cycle", "Answering for itself again it would lie above itself; every reason is listed.");
	return e ? e : renew_all(x, m, "unmerge");
}

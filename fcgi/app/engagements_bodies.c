/* SPDX-License-Identifier: Apache-2.0
 * Whose engagements: a record, what was merged into it, and what it was before. */
#include "app/engagements.h"

#include "resource/alias.h"

static struct uuid uuid_of(const struct db_value *c)
{
	struct uuid id = { { 0 } };

	if (c->type == DB_TEXT && c->s.n == sizeof(id.b))
		memcpy(id.b, c->s.p, sizeof(id.b));
	return id;
}

const struct engagement_body *engagements_body_of(const struct engagement_bodies *b, struct uuid id)
{
	for (size_t i = 0; i < b->n; i++)
		if (uuid_eq(b->item[i].id, id))
			return &b->item[i];
	return NULL;
}

static enum err too_many(struct ctx *x)
{
	problem_at_parameter(x->problem, "include", "too_many", "More than %d records stand for this one or came before it; ask for"
			     " their engagements one by one.", ENGAGEMENT_BODIES_MAX);
	return problem_set(x->problem, 400, "parameter", "The query has faults.");
}

/* A record with all that were merged into it; `name` p == NULL: the one asked for.  ERR_NOT_FOUND, or b->moved. */
static enum err add_body(struct ctx *x, const struct shape *s, struct uuid id, struct str name, struct engagement_bodies *b)
{
	struct alias *all = arena_alloc(x->arena, sizeof(*all));
	enum err e = all ? alias_of(x, s, id, all) : ERR_NOMEM;

	if (!e && !load_state_visible(&x->view, s, all->state))
		e = ERR_NOT_FOUND;
	if (e)
		return e;
	b->moved = !uuid_eq(all->survivor, id);
	b->survivor = all->survivor;
	b->survivor_label = all->label;
	for (size_t i = 0; i < all->n && !b->moved; i++) {
		if (b->n == ENGAGEMENT_BODIES_MAX)
			return too_many(x);
		b->item[b->n++] = (struct engagement_body){ all->all[i], id, name };
	}
	return ERR_OK;
}

/* What became these bodies, and what became that: as far as the view knows of them. */
static enum err add_predecessors(struct ctx *x, const struct shape *s, struct engagement_bodies *b)
{
	for (size_t at = 0; at < b->n; at++) {
		struct db_value v[] = { db_uuid(&b->item[at].id), db_int(shape_sight(&x->view, s)->writes) };
		struct db_rows rows;
		enum err e = db_query(x->db, x->arena, "SELECT DISTINCT o.id, o.name FROM organisation_succession s JOIN organisation m"
				      " ON m.id = s.parent JOIN organisation o ON o.id = COALESCE(m.merged_into, m.id)"
				      " WHERE s.organisation = ? AND (? OR o.state = 'published') LIMIT 201", v, 2, &rows);
		if (e)
			return e;
		for (size_t i = 0; i < rows.rows; i++) {
			struct uuid id = uuid_of(db_cell(&rows, i, 0));
			e = engagements_body_of(b, id) ? ERR_OK : add_body(x, s, id, db_cell(&rows, i, 1)->s, b);
			if (e)
				return e;
		}
	}
	return ERR_OK;
}

enum err engagements_bodies(struct ctx *x, const struct shape *s, struct uuid id, bool predecessors, struct engagement_bodies *b)
{
	struct str unnamed = { NULL, 0 };

	b->n = 0;
	enum err e = add_body(x, s, id, unnamed, b);
	b->n_own = b->n;
	return !e && !b->moved && predecessors ? add_predecessors(x, s, b) : e;
}

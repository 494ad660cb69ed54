/* SPDX-License-Identifier: Apache-2.0
 * What engagements are made of: whose they are, and the statements that find them. */
#ifndef ZIARA_APP_ENGAGEMENTS_H
#define ZIARA_APP_ENGAGEMENTS_H

#include "app/app.h"
#include "db/named.h"
#include "resource/shape.h"

enum { ENGAGEMENT_SOURCES_MAX = 13, ENGAGEMENT_BODIES_MAX = NAMED_LIST_MAX, ENGAGEMENT_PARAMS_MAX = 100 + 14 * NAMED_LIST_MAX };

/* A place where records name a body or a person; its number is its row, from 1. */
struct engagement_source {
	const char *type;        /* of the record that is taken part in */
	const char *field;       /* which of its fields names the body */
	const char *list;        /* code list of the role */
	enum access_group group; /* of the root */
	enum field_class cls;    /* of the field */
};

struct engagement_kind {
	const char *path;        /* whose engagements: a resource's path */
	const char *sql;
	const struct engagement_source *sources;
	size_t n;
	bool people;
};

extern const struct engagement_kind engagements_of_organisation, engagements_of_person;

struct engagement_filter {
	struct str type, role;   /* p == NULL: any */
	/* the last one of the page before; after_n 0: there is none */
	struct db_value after_lo;
	struct uuid after_tie;
	int64_t after_n;
	struct str after_role;
};

/* One page of `limit` rows of engagements_page.sql, or their number with limit 0.  The first `n_own` ids stand for the
 * record asked for.  Errors are sticky in `text`, which
 * ends with a NUL; the filter and the ids must outlive the statement. */
void engagements_sql(const struct view *v, const struct engagement_kind *kind, const struct engagement_filter *f,
		     const struct db_value *ids, size_t n_ids, size_t n_own, int64_t limit, struct buf *text, struct named_sql *out);

/* A record whose engagements are told, and the one it is told as: the one it was merged into, or itself. */
struct engagement_body {
	struct uuid id, as;
	struct str name;      /* of that one; p == NULL for the record asked for */
};

struct engagement_bodies {
	struct engagement_body item[ENGAGEMENT_BODIES_MAX];
	size_t n, n_own;      /* the first n_own are the record itself */
	bool moved;           /* the record was merged into `survivor`; item is not to be used */
	struct uuid survivor;
	struct str survivor_label;
};

/* The record `id` and those merged into it; with `predecessors` also bodies whose successions lead to them, as far as
 * the view knows of those.  ERR_NOT_FOUND: none that the view may know of; ERR_REFUSED: more than there is room for. */
MUST_USE enum err engagements_bodies(struct ctx *x, const struct shape *s, struct uuid id, bool predecessors,
				     struct engagement_bodies *b);
/* NULL when it is none of them. */
const struct engagement_body *engagements_body_of(const struct engagement_bodies *b, struct uuid id);

#endif

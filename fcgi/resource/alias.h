/* SPDX-License-Identifier: Apache-2.0
 * Records merged into others.  Nothing that pointed to one is rewritten: whoever follows a reference, a filter
 * or an address comes to the record that answers, the survivor, and undoing a merge gives everything back.
 *
 * Column merged_into holds the survivor itself (one hop: merging a survivor moves all that came to it), and
 * merge_asked the record somebody asked for, which is what undo goes by. */
#ifndef ZIARA_RESOURCE_ALIAS_H
#define ZIARA_RESOURCE_ALIAS_H

#include "resource/load.h"

/* Ids that may come to one record, its own included. */
enum { ALIAS_MAX = 50 };

struct alias {
	struct uuid survivor;      /* the record that answers: the one asked for unless it was merged */
	struct str label, state;   /* of that record */
	struct uuid all[ALIAS_MAX];/* the survivor, then what was merged into it, by id */
	size_t n;
};

/* The condition, beginning with AND, under which an id of table t (records of `root`) may lead the view to the record that
 * answers: it is that record, or has been published at some time.  A draft that was merged is as absent as before to
 * whoever sees no drafts.  p == NULL: no memory. */
struct str alias_known(struct ctx *x, const struct shape *root);

/* Everything an id comes to, in one statement; of a resource without merges that is the record alone.
 * ERR_NOT_FOUND: no such record, or alias_known has it so. */
MUST_USE enum err alias_of(struct ctx *x, const struct shape *root, struct uuid id, struct alias *out);

/* Adds to a list of ids, whose room is `max`, every id that comes to the same records; unknown ones become the nil UUID,
 * which no record has.  The first keeps its place.  One statement, or none for a resource without merges.  ERR_LIMIT: no room. */
MUST_USE enum err alias_expand(struct ctx *x, const struct shape *root, struct db_value *ids, size_t *n, size_t max);

/* The records merged into one (`survivor` itself left out), whole, by id: one statement when there are none. */
MUST_USE enum err alias_others(struct ctx *x, const struct shape *root, struct uuid survivor, struct records *out);
/* The record, and behind it those merged into it. */
MUST_USE enum err alias_all(struct ctx *x, const struct shape *root, const struct record *r, struct records *out);

/* For load_row: a reference whose target has this merged_into. */
MUST_USE enum err alias_met(struct ctx *x, const struct shape *target, const struct db_value *merged_into, struct value *v);
/* Gives label and sight of the survivor to every such reference read since: a statement a resource, none where
 * nothing is merged. */
MUST_USE enum err alias_settle(struct ctx *x);

#endif

/* SPDX-License-Identifier: Apache-2.0
 * What write.c needs around the rows themselves: traces and guards. */
#ifndef ZIARA_RESOURCE_WRITE_INTERNAL_H
#define ZIARA_RESOURCE_WRITE_INTERNAL_H

#include "resource/ctx.h"
#include "resource/record.h"

/* One row of change_log, with a snapshot that holds ids rather than embedded names. */
MUST_USE enum err write_change_row(struct ctx *x, const struct shape *s, const struct record *r, uint32_t old_version,
				   const char *action);
/* Tombstone and change row of a deleted record. */
MUST_USE enum err write_bury(struct ctx *x, const struct shape *s, const struct record *r);
/* Refuses (422) a self-reference that leads back to the record. */
MUST_USE enum err write_check_cycle(struct ctx *x, const struct shape *s, const struct record *r, size_t leaf);
/* Follows the self-reference `leaf` from the record `from` upwards, merged records through the one that answers, each
 * locked in share mode until commit: whether one of `goals` is met, `from` included.  ERR_LIMIT: longer
 * than SHAPE_CLIMB_MAX. */
MUST_USE enum err write_climbs_to(struct ctx *x, const struct shape *s, size_t leaf, struct uuid from, const struct uuid *goals,
				  size_t n_goals, bool *met);
/* Brings in line what the engine keeps of a record beside its rows: that is of the record and of all it answers for, and of
 * a merged one nothing.  `before`: the record as it was, when nothing else can have changed what is kept; else NULL. */
MUST_USE enum err write_kept(struct ctx *x, const struct shape *s, const struct record *before, const struct record *r);
/* Who updates a record's row sets these: updated_at and the request. */
MUST_USE enum err write_stamp(struct ctx *x, struct record *r, bool created);
/* Raises the label epoch, and x->epoch with it unless others raised it too. */
MUST_USE enum err write_raise_epoch(struct ctx *x);
/* Refuses (409) with a list of what refers to the record, or to an item that is removed. */
MUST_USE enum err write_check_unreferenced(struct ctx *x, const struct shape *s, const struct record *r);
/* Refuses (409) that a record is published no longer while it answers for others that are: they would vanish with it. */
MUST_USE enum err write_check_stays_public(struct ctx *x, const struct shape *s, const struct record *before, const struct record *after);

#endif

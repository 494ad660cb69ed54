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
/* Refuses (409) with a list of what refers to the record. */
MUST_USE enum err write_check_unreferenced(struct ctx *x, const struct shape *s, const struct record *r);

#endif

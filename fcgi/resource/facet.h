/* SPDX-License-Identifier: Apache-2.0
 * The table `facet`: what lists filter by across children, kept in the write's transaction. */
#ifndef ZIARA_RESOURCE_FACET_H
#define ZIARA_RESOURCE_FACET_H

#include "resource/ctx.h"
#include "resource/record.h"

/* Brings the facet rows of one root in line with the record (kids loaded) and all that it answers for, which
 * stand behind it (alias_all). */
MUST_USE enum err facet_write(struct ctx *x, const struct shape *s, const struct records *all);
MUST_USE enum err facet_delete(struct ctx *x, const struct shape *s, struct uuid id);
/* After a change of the self-reference `leaf` of a record: renews every record whose facets climb
 * through it. */
MUST_USE enum err facet_ancestry_changed(struct ctx *x, const struct shape *s, struct uuid id, const char *leaf);

/* The leaf a facet's path ends in; its type decides how values are written.  NULL: no such path. */
const struct leaf *facet_leaf(const struct shape *s, const struct facet *f);
/* False when the view shows no value of that leaf in any record: the filter is as unknown. */
bool facet_visible(const struct view *v, const struct shape *root, const struct facet *f);

#endif

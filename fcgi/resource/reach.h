/* SPDX-License-Identifier: Apache-2.0
 * Filters by what other resources say of a record (struct reach). */
#ifndef ZIARA_RESOURCE_REACH_H
#define ZIARA_RESOURCE_REACH_H

#include "resource/list.h"

/* What is wrong with the rows of a resource, once all shapes are there; NULL: nothing. */
const char *reach_fault(const struct resource *r);
/* Takes the value of one of resource->reaches into q->reach, with one term for all of them; faults go to the problem. */
MUST_USE enum err reach_term(struct ctx *x, struct list_query *q, const struct reach *f, const struct http_param *p);
/* Adds to the *n ids of `list`, which has room for LIST_BELOW_MAX, all that are below them by the self-reference
 * `closure`, as far as the view knows: what it could know of only through a hidden record is left out.  More than that
 * is a fault at the parameter. */
MUST_USE enum err reach_below(struct ctx *x, const struct shape *g, const char *closure, const struct http_param *p,
			      struct db_value *list, size_t *n);

#endif

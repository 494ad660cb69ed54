/* SPDX-License-Identifier: Apache-2.0
 * Values of filters, checked by the type of their field. */
#ifndef ZIARA_RESOURCE_TERM_H
#define ZIARA_RESOURCE_TERM_H

#include "resource/list.h"

/* Fills the values of a term; `l` NULL: ids.  Faults go to the problem. */
MUST_USE enum err term_values(struct ctx *x, const struct leaf *l, const struct http_param *p, struct term *t);
/* The same for a filter that reaches across; adds the term to the query unless another
 * parameter stands for both. */
MUST_USE enum err term_facet(struct ctx *x, struct list_query *q, struct http_request *r, const struct facet *f,
			     const struct http_param *p, struct term *t);

/* Adds to the values of every term over references the ids that come to the same records; once. */
MUST_USE enum err term_aliases(struct ctx *x, struct list_query *q);

#endif

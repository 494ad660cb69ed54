/* SPDX-License-Identifier: Apache-2.0
 * What one caller may see.  Every read takes a view; nothing is shown without one. */
#ifndef ZIARA_ACCESS_VIEW_H
#define ZIARA_ACCESS_VIEW_H

#include "base/conf.h"
#include "http/request.h"

/* Field classes, in rising order of care (domain.md, publication and personal data). */
enum field_class { CLASS_PUBLIC, CLASS_PARTNER, CLASS_RESTRICTED };

struct view {
	enum field_class fields; /* the highest class shown */
	bool all_states;         /* drafts and withdrawn records too, not only published ones */
	bool writes;             /* may change records */
	char letter;             /* in entity tags: 'p' public, 'w' writer */
};

/* The view of this request's caller.  Until keys exist everybody is public, unless the
 * setting open_writes makes everybody a writer (demo only). */
struct view access_view(const struct conf *c, const struct http_request *r);

#endif

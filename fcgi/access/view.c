/* SPDX-License-Identifier: Apache-2.0
 * From a request to the view its caller gets. */
#include "access/view.h"

struct view access_view(const struct conf *c, const struct http_request *r)
{
	(void)r; /* no credential is understood yet, so none can widen the view */
	if (c->open_writes)
		return (struct view){ CLASS_RESTRICTED, true, true, 'w' };
	return (struct view){ CLASS_PUBLIC, false, false, 'p' };
}

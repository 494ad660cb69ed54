/* SPDX-License-Identifier: Apache-2.0
 * Which requests may take long, told before they are read (serve/serve.h: slow). */
#ifndef ZIARA_APP_SLOW_H
#define ZIARA_APP_SLOW_H

#include "http/router.h"

/* What stands in a route's `slow`: the path's variables, raw, and the raw query string. */
typedef bool (*slow_fn)(const struct str *vars, struct str query);

bool slow_collection(const struct str *vars, struct str query);

/* Engagements: how many a body has is not known before they are read. */
bool slow_always(const struct str *vars, struct str query);

/* Asks the route.  A path with escapes counts as slow: nobody needs them, and something may hide there. */
bool slow_request(const struct route *routes, size_t n, http_param_fn param, void *param_arg);

#endif

/* SPDX-License-Identifier: Apache-2.0
 * The FastCGI parameters of one request by name; internal to serve/. */
#ifndef ZIARA_SERVE_PARAMS_H
#define ZIARA_SERVE_PARAMS_H

#include "base/arena.h"

struct params {
	struct params_slot *slots;
	size_t mask;
	struct str duplicate; /* the first guarded header that came twice */
};

/* Indexes "NAME=value" strings; of equal names the first counts. */
MUST_USE enum err params_index(struct params *p, struct arena *a, const char *const *envp);
/* p == NULL when absent.  "ZIARA_DUPLICATE" gives the name of a header that must come once
 * and came twice; a parameter of that name from the peer is not looked at. */
struct str params_get(const struct params *p, const char *name);

#endif

/* SPDX-License-Identifier: Apache-2.0
 * Routes are a const array; a pattern is path segments where "{name}" matches any one. */
#ifndef ZIARA_HTTP_ROUTER_H
#define ZIARA_HTTP_ROUTER_H

#include "http/request.h"

enum { ROUTE_VARS_MAX = 3 };

struct route {
	const char *pattern;   /* "/visits/{id}" ; one leading slash, none trailing */
	unsigned methods;      /* enum http_method bits, HEAD and OPTIONS not included */
	const void *handler;   /* what app/ makes of it; the router does not look */
	const void *slow;      /* likewise: which requests may take long; NULL: none */
};

struct route_match {
	const struct route *route;
	struct str vars[ROUTE_VARS_MAX]; /* in pattern order */
	unsigned allowed;                /* bits of every route on this path: Allow, with HEAD where GET is and OPTIONS */
};

/* First route whose path and method fit.  A literal segment beats a variable whatever the
 * order of rows.  ERR_NOT_FOUND: no such path; ERR_REFUSED: path known, method not
 * (m->allowed is set, m->route NULL). */
MUST_USE enum err router_find(const struct route *routes, size_t n, const struct http_request *r,
			      struct route_match *m);
/* "GET, HEAD, POST, OPTIONS" from method bits. */
struct str router_allow(struct arena *a, unsigned methods);

#endif

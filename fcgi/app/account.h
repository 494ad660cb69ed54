/* SPDX-License-Identifier: Apache-2.0
 * What is told of each request, to the operator and, when asked, to the caller: never an address,
 * a query, a body or a value out of them, as those may hold personal data. */
#ifndef ZIARA_APP_ACCOUNT_H
#define ZIARA_APP_ACCOUNT_H

#include "app/app.h"

/* Names the routes: once a process, after shape_init. */
void account_init(const struct route *routes, size_t n);
/* Routes are numbered; 0 is no route. */
size_t account_routes(void);
/* "/visits/{id}" rather than "/{type}/{id}"; "other" for 0. */
const char *account_pattern(size_t route);
size_t account_route(const struct route_match *m);

/* By its place in the figures: the bit of enum http_method, then "other". */
const char *account_method(size_t i);

/* What callers send in Prefer to be told the times. */
#define ACCOUNT_PREFERENCE "server-timing"

struct account {
	const struct conf *conf;
	struct db *db;                 /* its statistics are those of the request */
	const struct http_request *request;
	struct http_response *res;
	size_t route;
	uint64_t us;                   /* time since the request was whole */
};

/* Server-Timing (W3C) for callers that send `Prefer: server-timing`. */
void account_tell_caller(const struct account *a);
/* The log line, the figures, and a line more about a slow one. */
void account_end(const struct account *a);

#endif

/* SPDX-License-Identifier: Apache-2.0
 * One HTTP request as the house sees it: no FastCGI, no SQL.  Everything points into the
 * request's arena or the transport's buffers, which outlive the handler. */
#ifndef ZIARA_HTTP_REQUEST_H
#define ZIARA_HTTP_REQUEST_H

#include "base/fault.h"
#include "base/str.h"

enum http_method {
	HTTP_UNKNOWN = 0,
	HTTP_GET = 1 << 0,
	HTTP_HEAD = 1 << 1,
	HTTP_POST = 1 << 2,
	HTTP_PUT = 1 << 3,
	HTTP_PATCH = 1 << 4,
	HTTP_DELETE = 1 << 5,
	HTTP_OPTIONS = 1 << 6,
};

enum { HTTP_PATH_SEGMENTS_MAX = 8, HTTP_QUERY_MAX = 64 };

struct http_param {
	struct str name, value; /* percent-decoded, '+' is a space in values and names, valid UTF-8 without NUL */
	bool used;              /* set by whoever understood it; what stays unused is 400 */
};

struct http_request {
	struct arena *arena;
	enum http_method method;
	struct str method_text;
	struct str target;      /* REQUEST_URI as sent */
	struct str prefix;      /* ZIARA_PREFIX: where nginx hung the API, e.g. "/api/v1" */
	struct str path;        /* below the prefix, raw, without query: "/visits/…" */
	struct str query_text;  /* raw, without '?' */
	struct str segments[HTTP_PATH_SEGMENTS_MAX]; /* decoded path segments below the prefix */
	size_t n_segments;
	struct http_param query[HTTP_QUERY_MAX];
	size_t n_query;

	/* headers the house uses; p == NULL when absent */
	struct str accept, content_type, if_match, if_none_match, authorization, origin;
	struct str idempotency_key, prefer, client_request_id, traceparent;
	struct str access_control_request_method;

	const char *request_id; /* X-Request-Id: the client's if it is 1-64 of [A-Za-z0-9._~-], else nginx's or fresh */
	char trace_id[33];      /* W3C Trace Context: the caller's trace, else a fresh one; 32 hex digits */
	struct str proxy_request_id; /* nginx's own id of this request: the same when nginx repeats it */

	struct str body;        /* read whole; content_length said and bytes read agree */
	bool body_present;
};

/* How the request is learnt: the value of a FastCGI parameter, p == NULL when absent. */
typedef struct str (*http_param_fn)(void *arg, const char *name);

/* Fills *r from parameters (CGI names: REQUEST_METHOD, REQUEST_URI, ZIARA_PREFIX, ZIARA_REQUEST_ID,
 * HTTP_*, CONTENT_TYPE …).  Returns ERR_REFUSED with a 400 problem for: a path outside the
 * prefix, "//", dot segments, %00, %2F, bad percent escapes or UTF-8, more segments or query
 * parameters than the maxima, a query parameter given twice (code "repeated").
 * The request id is always set, also on refusal. */
MUST_USE enum err http_request_read(struct http_request *r, struct arena *a, http_param_fn param, void *arg,
				    struct problem *p);

/* Marks the parameter used and returns it; p == NULL when absent. */
struct str http_query(struct http_request *r, const char *name);

/* True when the media type of Content-Type equals `type` (parameters ignored, except that a
 * charset other than utf-8 makes it false). */
bool http_content_type_is(struct str content_type, const char *type);
/* Picks from `offers` (NULL-terminated, best first) by Accept (RFC 9110, 12.5.1: quality
 * values, wildcards, specificity); absent or empty Accept takes the first; NULL: 406. */
const char *http_negotiate(struct str accept, const char *const *offers);

/* Whether Prefer (RFC 7240) names this preference, with whatever value and parameters. */
bool http_prefers(struct str prefer, const char *name);
/* Whether it has this value there, in quotes or without; the first naming of a preference counts. */
bool http_prefers_value(struct str prefer, const char *name, const char *value);

const char *http_method_name(enum http_method m);

#endif

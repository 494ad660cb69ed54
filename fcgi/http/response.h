/* SPDX-License-Identifier: Apache-2.0
 * One answer: status, headers, body.  The transport sends it. */
#ifndef ZIARA_HTTP_RESPONSE_H
#define ZIARA_HTTP_RESPONSE_H

#include "base/buf.h"
#include "http/request.h"

struct http_response {
	int status;               /* 0 until somebody decides */
	struct buf *headers;      /* "Name: value\r\n" lines, without Status and the blank line */
	struct buf *body;
	const char *content_type; /* NULL: no body */
	bool no_body;             /* 204, 304, HEAD: neither body nor Content-Length is sent */
};

void http_response_init(struct http_response *res, struct buf *headers, struct buf *body);
/* Drops everything, for a fresh answer (a problem after a half-made body). */
void http_response_reset(struct http_response *res);
/* Values are from our own code or checked: CR and LF in a value are refused (logged, the
 * header is dropped). */
void http_header(struct http_response *res, const char *name, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Replaces the answer with application/problem+json built from *p, the status' reason as
 * title, instance = request target, request_id. */
void http_response_problem(struct http_response *res, const struct http_request *r, const struct problem *p);
/* The reason phrase (RFC 9110, 15); "Unknown" for others. */
const char *http_reason(int status);

#endif

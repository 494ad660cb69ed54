/* SPDX-License-Identifier: Apache-2.0
 * Headers line by line, and problem details (RFC 9457). */
#include "http/response.h"

#include "base/log.h"
#include "json/writer.h"

#include <stdarg.h>
#include <stdio.h>

enum { HEADER_VALUE_MAX = 16 * 1024, INSTANCE_MAX = 2048 };

static const struct {
	int status;
	const char *reason;
} reasons[] = {
	{ 100, "Continue" },
	{ 101, "Switching Protocols" },
	{ 200, "OK" },
	{ 201, "Created" },
	{ 202, "Accepted" },
	{ 203, "Non-Authoritative Information" },
	{ 204, "No Content" },
	{ 205, "Reset Content" },
	{ 206, "Partial Content" },
	{ 300, "Multiple Choices" },
	{ 301, "Moved Permanently" },
	{ 302, "Found" },
	{ 303, "See Other" },
	{ 304, "Not Modified" },
	{ 305, "Use Proxy" },
	{ 307, "Temporary Redirect" },
	{ 308, "Permanent Redirect" },
	{ 400, "Bad Request" },
	{ 401, "Unauthorized" },
	{ 402, "Payment Required" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 406, "Not Acceptable" },
	{ 407, "Proxy Authentication Required" },
	{ 408, "Request Timeout" },
	{ 409, "Conflict" },
	{ 410, "Gone" },
	{ 411, "Length Required" },
	{ 412, "Precondition Failed" },
	{ 413, "Content Too Large" },
	{ 414, "URI Too Long" },
	{ 415, "Unsupported Media Type" },
	{ 416, "Range Not Satisfiable" },
	{ 417, "Expectation Failed" },
	{ 421, "Misdirected Request" },
	{ 422, "Unprocessable Content" },
	{ 426, "Upgrade Required" },
	{ 428, "Precondition Required" },           /* RFC 6585 */
	{ 429, "Too Many Requests" },               /* RFC 6585 */
	{ 431, "Request Header Fields Too Large" }, /* RFC 6585 */
	{ 500, "Internal Server Error" },
	{ 501, "Not Implemented" },
	{ 502, "Bad Gateway" },
	{ 503, "Service Unavailable" },
	{ 504, "Gateway Timeout" },
	{ 505, "HTTP Version Not Supported" },
};

void http_response_init(struct http_response *res, struct buf *headers, struct buf *body)
{
	*res = (struct http_response){ .headers = headers, .body = body };
	http_response_reset(res);
}

void http_response_reset(struct http_response *res)
{
	buf_clear(res->headers);
	buf_clear(res->body);
	*res = (struct http_response){ .headers = res->headers, .body = res->body };
}

void http_header(struct http_response *res, const char *name, const char *fmt, ...)
{
	char space[HEADER_VALUE_MAX];
	const char *value = fmt;
	size_t n;
	va_list ap;

	/* Most values are constants or one text: printf would only copy them. */
	va_start(ap, fmt);
	if (strcmp(fmt, "%s") == 0) {
		value = va_arg(ap, const char *);
		n = value ? strlen(value) : SIZE_MAX;
	} else if (strchr(fmt, '%')) {
		int written = vsnprintf(space, sizeof(space), fmt, ap);
		n = written < 0 ? SIZE_MAX : (size_t)written;
		value = space;
	} else {
		n = strlen(fmt);
	}
	va_end(ap);
	if (n >= sizeof(space)) {
		log_error("response header %s dropped: its value is too long", name);
		return;
	}
	if (strpbrk(name, ":\r\n") || strpbrk(value, "\r\n")) {
		log_error("response header %s dropped: it holds a line break", name);
		return;
	}
	buf_z(res->headers, name);
	buf_add(res->headers, ": ", 2);
	buf_add(res->headers, value, n);
	buf_add(res->headers, "\r\n", 2);
}

/* A code that only repeats the reason ("not_found") adds nothing to the status, and RFC 9457,
 * 4.2.1 has about:blank for that. */
static bool code_is_generic(const char *code, const char *reason)
{
	if (!code || !*code)
		return true;
	for (; *code && *reason; code++, reason++) {
		char c = *reason;
		if (c == ' ' || c == '-')
			c = '_';
		else if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if (c != *code)
			return false;
	}
	return !*code && !*reason;
}

/* The target may be the very thing that is malformed: what no URI may hold is escaped. */
static void write_instance(struct json_writer *w, struct str target)
{
	static const char hex[] = "0123456789ABCDEF";
	char uri[INSTANCE_MAX];
	size_t n = 0;
	for (size_t i = 0; i < target.n && n + 3 <= sizeof(uri); i++) {
		unsigned char c = (unsigned char)target.p[i];
		if (c <= ' ' || c >= 0x7f || strchr("\"<>\\^`{|}", c)) {
			uri[n++] = '%';
			uri[n++] = hex[c >> 4];
			uri[n++] = hex[c & 15];
		} else {
			uri[n++] = (char)c;
		}
	}
	json_key(w, "instance");
	json_str(w, (struct str){ uri, n });
}

static void write_faults(struct json_writer *w, const struct problem *p)
{
	if (p->n_faults == 0)
		return;
	size_t n = p->n_faults < FAULTS_MAX ? p->n_faults : FAULTS_MAX;
	json_key(w, "errors");
	json_array(w);
	for (size_t i = 0; i < n; i++) {
		const struct fault *f = &p->faults[i];
		json_object(w);
		if (f->pointer) {
			json_key(w, "pointer");
			json_z(w, f->pointer);
		}
		if (f->parameter) {
			json_key(w, "parameter");
			json_z(w, f->parameter);
		}
		json_key(w, "code");
		json_z(w, f->code);
		json_key(w, "detail");
		json_z(w, f->detail);
		json_end_object(w);
	}
	json_end_array(w);
	if (p->n_faults > n) {
		json_key(w, "errors_omitted");
		json_int(w, (int64_t)(p->n_faults - n));
	}
}

void http_response_problem(struct http_response *res, const struct http_request *r, const struct problem *p)
{
	http_response_reset(res);
	res->status = p->status ? p->status : 500;
	res->content_type = "application/problem+json";
	res->no_body = r->method == HTTP_HEAD;
	const char *reason = http_reason(res->status);
	struct json_writer w;
	json_begin(&w, res->body);
	json_object(&w);
	json_key(&w, "type");
	if (code_is_generic(p->code, reason)) {
		json_z(&w, "about:blank");
	} else {
		char type[128];
		snprintf(type, sizeof(type), "urn:ziara:problem:%s", p->code);
		json_z(&w, type);
	}
	json_key(&w, "title");
	json_z(&w, reason);
	json_key(&w, "status");
	json_int(&w, res->status);
	if (p->detail) {
		json_key(&w, "detail");
		json_z(&w, p->detail);
	}
	if (r->target.n)
		write_instance(&w, r->target);
	if (r->request_id) {
		json_key(&w, "request_id");
		json_z(&w, r->request_id);
	}
	if (r->trace_id[0]) {
		json_key(&w, "trace_id");
		json_z(&w, r->trace_id);
	}
	write_faults(&w, p);
	if (p->member) {
		json_key(&w, p->member);
		json_raw(&w, p->value);
	}
	json_end_object(&w);
}

const char *http_reason(int status)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "Unknown";
}

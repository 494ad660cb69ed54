/* SPDX-License-Identifier: Apache-2.0
 * Gathers records and sends them with few system calls. */
#include "serve/record.h"

#include "base/err.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/uio.h>

enum { HEADER_LEN = 8, CONTENT_MAX = 65528, RECORDS_MAX = 16, IOV_MAX_USED = 64 };
enum { VERSION = 1, STDOUT = 6, END_REQUEST = 3 };

struct gather {
	int fd, id;
	struct iovec iov[IOV_MAX_USED];
	size_t n_iov;
	unsigned char headers[RECORDS_MAX][HEADER_LEN];
	size_t n_headers;
	struct buf *rest; /* not empty: the peer takes no more for now */
	bool failed;
};

static void flush(struct gather *g)
{
	size_t at = 0;
	while (at < g->n_iov && !g->failed) {
		struct msghdr msg = { .msg_iov = g->iov + at, .msg_iovlen = g->n_iov - at };
		ssize_t sent = g->rest->n ? 0 : sendmsg(g->fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (sent < 0 && errno == EINTR)
			continue;
		if (g->rest->n || (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))) {
			for (; at < g->n_iov; at++)
				buf_add(g->rest, g->iov[at].iov_base, g->iov[at].iov_len);
			g->failed = g->rest->err;
			break;
		}
		if (sent < 0) {
			g->failed = true;
			break;
		}
		size_t left = (size_t)sent;
		while (at < g->n_iov && left >= g->iov[at].iov_len)
			left -= g->iov[at++].iov_len;
		if (left) {
			g->iov[at].iov_base = (char *)g->iov[at].iov_base + left;
			g->iov[at].iov_len -= left;
		}
	}
	g->n_iov = g->n_headers = 0;
}

static void add(struct gather *g, const void *p, size_t n)
{
	if (n == 0)
		return;
	if (g->n_iov == IOV_MAX_USED)
		flush(g);
	g->iov[g->n_iov++] = (struct iovec){ (void *)p, n };
}

static void add_header(struct gather *g, int type, size_t content, size_t padding)
{
	if (g->n_headers == RECORDS_MAX || g->n_iov == IOV_MAX_USED) /* flushed later, its bytes could be overwritten */
		flush(g);
	unsigned char *h = g->headers[g->n_headers++];
	h[0] = VERSION;
	h[1] = (unsigned char)type;
	h[2] = (unsigned char)(g->id >> 8);
	h[3] = (unsigned char)g->id;
	h[4] = (unsigned char)(content >> 8);
	h[5] = (unsigned char)content;
	h[6] = (unsigned char)padding;
	h[7] = 0;
	add(g, h, HEADER_LEN);
}

/* A flush between a header and its content is no harm: bytes keep their order. */
static void add_stream(struct gather *g, const struct str *parts, size_t n_parts)
{
	static const unsigned char zeros[HEADER_LEN];
	size_t total = 0, part = 0, offset = 0;
	for (size_t i = 0; i < n_parts; i++)
		total += parts[i].n;
	while (total && !g->failed) {
		size_t content = total < CONTENT_MAX ? total : CONTENT_MAX;
		size_t padding = (HEADER_LEN - content % HEADER_LEN) % HEADER_LEN;
		add_header(g, STDOUT, content, padding);
		total -= content;
		while (content) {
			size_t left = parts[part].n - offset;
			if (left == 0) {
				part++;
				offset = 0;
				continue;
			}
			size_t run = left < content ? left : content;
			add(g, parts[part].p + offset, run);
			content -= run;
			offset += run;
		}
		add(g, zeros, padding);
	}
}

bool record_send(int fd, int id, const struct str *parts, size_t n_parts, struct buf *rest)
{
	static const unsigned char complete[8]; /* application status 0, FCGI_REQUEST_COMPLETE */
	struct gather g;
	g.fd = fd;
	g.id = id;
	g.n_iov = g.n_headers = 0;
	g.rest = rest;
	g.failed = false;
	add_stream(&g, parts, n_parts);
	add_header(&g, STDOUT, 0, 0);
	add_header(&g, END_REQUEST, sizeof(complete), 0);
	add(&g, complete, sizeof(complete));
	flush(&g);
	return !g.failed;
}

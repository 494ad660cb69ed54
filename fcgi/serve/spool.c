/* SPDX-License-Identifier: Apache-2.0
 * Reads the records of a body as they come. */
#include "serve/spool.h"

#include "base/log.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HEADER_LEN = 8, VERSION = 1, STDIN = 5 };

struct body {
	unsigned char header[HEADER_LEN];
	size_t n_header;         /* bytes of it that have come */
	size_t content, padding; /* bytes of the record still to come */
	unsigned char id[2];
	bool ended;
	size_t cap, total;
	struct buf *out;
};

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* NULL, or what is wrong with the header that has just become whole. */
static const char *begin_record(struct body *b)
{
	const unsigned char *h = b->header;

	b->n_header = 0;
	if (h[0] != VERSION)
		return "unknown protocol version";
	if (h[1] != STDIN || h[2] != b->id[0] || h[3] != b->id[1])
		return "a foreign record stands in the body";
	b->content = (size_t)h[4] << 8 | h[5];
	b->padding = h[6];
	b->ended = b->content == 0;
	return b->ended && b->padding ? "the end of the body is padded" : NULL;
}

/* How much of the n bytes belongs to the body: all of them, unless it ends among them. */
static size_t take(struct body *b, const unsigned char *p, size_t n, const char **why)
{
	size_t at = 0;

	while (at < n && !b->ended && !*why) {
		size_t run;
		if (b->content) {
			run = least(b->content, n - at);
			b->content -= run;
			b->total += run;
			if (b->total <= b->cap)
				buf_add(b->out, p + at, run);
		} else if (b->padding) {
			run = least(b->padding, n - at);
			b->padding -= run;
		} else {
			run = least(HEADER_LEN - b->n_header, n - at);
			memcpy(b->header + b->n_header, p + at, run);
			b->n_header += run;
			if (b->n_header == HEADER_LEN)
				*why = begin_record(b);
		}
		at += run;
	}
	return at;
}

/* The head, and behind it the end of a body. */
static bool fill(struct spool *s, const unsigned char *head, size_t n)
{
	const unsigned char end[HEADER_LEN] = { VERSION, STDIN, head[2], head[3] };

	if (s->fd < 0)
		s->fd = memfd_create("ziara-head", MFD_CLOEXEC);
	if (s->fd >= 0 && ftruncate(s->fd, 0) == 0 && pwrite(s->fd, head, n, 0) == (ssize_t)n &&
	    pwrite(s->fd, end, sizeof(end), (off_t)n) == sizeof(end) && lseek(s->fd, 0, SEEK_SET) == 0)
		return true;
	log_error("a file in memory for a request's head: %s", strerror(errno));
	return false;
}

static ssize_t receive(int fd, unsigned char *room, size_t n, int flags)
{
	ssize_t got;

	do
		got = recv(fd, room, n, flags);
	while (got < 0 && errno == EINTR);
	return got;
}

bool spool_read(struct spool *s, int fd, unsigned char room[SCAN_HEAD_MAX], size_t seen, size_t cap, struct buf *body,
		size_t *total, bool *trailing)
{
	const char *why = NULL;

	buf_clear(body);
	if (receive(fd, room, seen, MSG_WAITALL) != (ssize_t)seen)
		return false;
	size_t head = scan_head_size(room, seen);
	struct body b = { .id = { room[2], room[3] }, .cap = cap, .out = body };
	if (!fill(s, room, head))
		return false;
	size_t came = seen - head, taken = take(&b, room + head, came, &why);
	while (!b.ended && !why) {
		ssize_t n = receive(fd, room, SCAN_HEAD_MAX, 0);
		if (n <= 0) {
			why = n ? "the rest of a body does not come" : "it ends within a body";
			break;
		}
		came = (size_t)n;
		taken = take(&b, room, came, &why);
	}
	*total = b.total;
	*trailing = taken < came;
	if (why)
		log_warn("FastCGI connection closed: %s", why);
	return !why;
}

void spool_free(struct spool *s)
{
	if (s->fd >= 0)
		close(s->fd);
}

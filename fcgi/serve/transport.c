/* SPDX-License-Identifier: Apache-2.0
 * The only file that knows libfcgi.
 *
 * libfcgi normally owns the connection, which pins a thread to each idle one.  Here it is lent a
 * connection on which a request waits, reads exactly that request, and gives it back: ipcFd,
 * keepConnection and listen_sock are set by hand, and FCGX_Free(…, 0) ends the loan without
 * closing.  The answer is written past it, in one gathered write. */
#include "serve/transport.h"

#include "base/clock.h"
#include "base/log.h"
#include "serve/params.h"
#include "serve/record.h"
#include "serve/spool.h"

#include <errno.h>
#include <fcgiapp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/* The header calls these fields private; what is relied on is their place and meaning in 2.4.2. */
#if defined(__LP64__)
_Static_assert(offsetof(FCGX_Request, ipcFd) == 48 && offsetof(FCGX_Request, keepConnection) == 56 &&
	       offsetof(FCGX_Request, listen_sock) == 72 && sizeof(FCGX_Request) == 80,
	       "libfcgi's request differs from 2.4.2: read its FCGX_Accept_r and FCGX_Free again");
#endif

enum {
	CHUNK = 16 * 1024,
	HEADERS_CAP = 64 * 1024,
	BODY_CAP = 32 * 1024 * 1024,
	RECORD_HEADER = 8,
	RECORD_MOST = 65535,
	REST_CAP = 40 * 1024 * 1024, /* headers, body and what records add */
	KEEP_BUFFER_MAX = 1024 * 1024, /* larger ones are given back after the request */
	BODY_TIMEOUTS = 3, /* a body as a whole may take so many time limits of one read */
};

/* A body being read; the main thread looks at it. */
struct reading {
	pthread_mutex_t lock;
	int fd; /* -1: none */
	uint64_t until_us;
};

struct transport {
	const struct serve_app *app;
	void *state;
	const atomic_bool *closing;
	struct reading reading;
	struct spool spool;
	uint64_t patience_us; /* for a body */
	bool whole;    /* of the request last looked at everything is there, and was seen */
	bool arrived;  /* it is there, though it may reach beyond what was seen */
	bool trailing; /* bytes followed the request last looked at */
	size_t seen;   /* bytes of it in peek[] */
	struct arena *arena;
	struct params params;
	struct buf request_body, headers, body, rest;
	unsigned char peek[SCAN_HEAD_MAX];
	char chunk[CHUNK];
};

enum err transport_init(void)
{
	/* An operator's own setting stays. */
	if (setenv("LIBFCGI_OS_CLOSE_POLL_TIMEOUT", "200", 0) ||
	    setenv("LIBFCGI_IS_AF_UNIX_KEEPER_POLL_TIMEOUT", "200", 0) || FCGX_Init()) {
		log_error("libfcgi cannot be started");
		return ERR_INTERNAL;
	}
	/* FCGX_Init installs handlers of its own, which would cut reads and writes short. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGTERM, SIG_DFL);
	signal(SIGUSR1, SIG_DFL);
	return ERR_OK;
}

struct transport *transport_new(const struct conf *c, const struct serve_app *app, void *state,
				const atomic_bool *closing)
{
	struct transport *t = calloc(1, sizeof(*t));
	if (!t)
		return NULL;
	t->app = app;
	t->state = state;
	t->closing = closing;
	t->reading.fd = t->spool.fd = -1;
	t->patience_us = (uint64_t)c->io_timeout_ms * 1000 * BODY_TIMEOUTS;
	if (pthread_mutex_init(&t->reading.lock, NULL)) {
		free(t);
		return NULL;
	}
	buf_init(&t->request_body, app->body_cap_bytes);
	buf_init(&t->headers, HEADERS_CAP);
	buf_init(&t->body, BODY_CAP);
	buf_init(&t->rest, REST_CAP);
	t->arena = arena_new(c->request_memory_bytes);
	if (!t->arena) {
		transport_free(t);
		return NULL;
	}
	return t;
}

void transport_free(struct transport *t)
{
	if (!t)
		return;
	if (t->arena)
		arena_free(t->arena);
	buf_free(&t->request_body);
	buf_free(&t->headers);
	buf_free(&t->body);
	buf_free(&t->rest);
	pthread_mutex_destroy(&t->reading.lock);
	spool_free(&t->spool);
	free(t);
}

static void reading(struct transport *t, int fd)
{
	pthread_mutex_lock(&t->reading.lock);
	t->reading.fd = fd;
	t->reading.until_us = clock_mono_us() + t->patience_us;
	pthread_mutex_unlock(&t->reading.lock);
}

void transport_cut_overdue(struct transport *t, uint64_t now_us)
{
	pthread_mutex_lock(&t->reading.lock);
	if (t->reading.fd >= 0 && now_us > t->reading.until_us) {
		log_warn("FastCGI connection closed: its body comes too slowly");
		shutdown(t->reading.fd, SHUT_RDWR);
		t->reading.fd = -1;
	}
	pthread_mutex_unlock(&t->reading.lock);
}

enum err transport_prepare(const struct conf *c, int fd)
{
	struct timeval limit = { c->io_timeout_ms / 1000, c->io_timeout_ms % 1000 * 1000 };
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit))) {
		log_error("time limits of a connection: %s", strerror(errno));
		return ERR_IO;
	}
	return ERR_OK;
}

static struct str peeked_param(void *arg, const char *name)
{
	return scan_pair(*(const struct str *)arg, name);
}

/* False when it is no number, or one that no body can have. */
static bool read_length(struct str content_length, size_t *n)
{
	*n = 0;
	if (content_length.n > 18)
		return false;
	for (size_t i = 0; i < content_length.n; i++) {
		if (content_length.p[i] < '0' || content_length.p[i] > '9')
			return false;
		*n = *n * 10 + (size_t)(content_length.p[i] - '0');
	}
	return true;
}

/* Head, body and the least that records add to it wait on the connection, so that no thread would wait for them. */
static bool body_waits(int fd, size_t head, struct str content_length)
{
	size_t said;
	int waiting;
	return read_length(content_length, &said) && ioctl(fd, FIONREAD, &waiting) == 0 && waiting >= 0 &&
	       (size_t)waiting >= head + said + (said / RECORD_MOST + 2) * RECORD_HEADER;
}

enum peek transport_look(struct transport *t, int fd, enum pace *pace)
{
	enum peek found = peek(fd, t->peek, &t->seen, &t->whole, &t->trailing);

	t->arrived = t->whole;
	*pace = found == PEEK_REQUEST ? PACE_WAITS : PACE_QUICK;
	if (found != PEEK_REQUEST || (!t->whole && t->seen < SCAN_HEAD_MAX))
		return found;
	size_t head = scan_head_size(t->peek, t->seen);
	struct str pairs = scan_pairs(t->peek, t->seen);
	if (!t->whole)
		t->arrived = body_waits(fd, head, scan_pair(pairs, "CONTENT_LENGTH"));
	if (t->app->slow && t->app->slow(peeked_param, &pairs))
		*pace = PACE_SLOW;
	else if (t->arrived)
		*pace = PACE_QUICK;
	return found;
}

/* Reads the body to its end record whatever happens: a byte left over would be taken for the
 * start of the connection's next request.  False when the connection broke. */
static bool read_body(struct transport *t, FCGX_Request *req, size_t *total)
{
	int n;
	*total = 0;
	buf_clear(&t->request_body);
	do {
		n = FCGX_GetStr(t->chunk, sizeof(t->chunk), req->in);
		*total += (size_t)n;
		if (*total <= t->app->body_cap_bytes)
			buf_add(&t->request_body, t->chunk, (size_t)n);
	} while (n == (int)sizeof(t->chunk));
	return FCGX_GetError(req->in) == 0;
}

/* 0, or the status to answer.  An empty CONTENT_LENGTH is nginx's way to say there is no body. */
static int body_fault(struct str content_length, size_t total, size_t cap)
{
	size_t said;
	if (!read_length(content_length, &said) || said != total)
		return 400;
	return total > cap ? 413 : 0;
}

static struct str param(void *arg, const char *name)
{
	return params_get(arg, name);
}

/* When the handler's own answer cannot be sent, or there is no memory to ask it. */
static void answer_failure(struct http_response *res, int status)
{
	http_response_reset(res);
	res->status = status;
	res->content_type = "application/problem+json";
	http_header(res, "Cache-Control", "no-store");
	buf_printf(res->body, "{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%d}", http_reason(status), status);
}

static void answer(struct transport *t, FCGX_Request *req, size_t total, int refusal, struct http_response *res)
{
	http_response_init(res, &t->headers, &t->body);
	if (params_index(&t->params, t->arena, (const char *const *)req->envp) || t->request_body.err == ERR_NOMEM) {
		log_error("no memory to read a request");
		answer_failure(res, 503);
		return;
	}
	int fault = body_fault(params_get(&t->params, "CONTENT_LENGTH"), total, t->app->body_cap_bytes);
	if (!fault)
		fault = refusal;
	struct str body = fault || total == 0 ? STR("") : buf_view(&t->request_body);
	t->app->handle(t->state, t->arena, param, &t->params, body, fault, res);
	if (res->status < 200 || res->status > 599 || t->headers.err || t->body.err) {
		log_error("no usable answer: status %d, headers %s, body %s", res->status, err_name(t->headers.err),
			  err_name(t->body.err));
		answer_failure(res, 500);
		res->no_body = str_is(params_get(&t->params, "REQUEST_METHOD"), "HEAD");
	}
}

static bool send_answer(const struct http_response *res, int fd, int id, struct buf *rest)
{
	char start[256], end[64];
	bool with_type = res->content_type && res->status != 204 && res->status != 304;
	int n_start = snprintf(start, sizeof(start), "Status: %d %s\r\n%s%s%s", res->status, http_reason(res->status),
			       with_type ? "Content-Type: " : "", with_type ? res->content_type : "",
			       with_type ? "\r\n" : "");
	if (n_start < 0 || (size_t)n_start >= sizeof(start)) {
		log_error("the content type is too long");
		return false;
	}
	struct str body = res->no_body || !res->content_type ? STR("") : buf_view(res->body);
	bool with_length = !res->no_body && res->status != 204 && res->status != 304;
	int n_end = with_length ? snprintf(end, sizeof(end), "Content-Length: %zu\r\n\r\n", body.n) :
				  snprintf(end, sizeof(end), "\r\n");
	struct str parts[] = { { start, (size_t)n_start }, buf_view(res->headers), { end, (size_t)n_end }, body };
	return record_send(fd, id, parts, sizeof(parts) / sizeof(parts[0]), rest);
}

static void shrink(struct buf *b)
{
	size_t cap = b->cap;
	if (b->size > KEEP_BUFFER_MAX) {
		buf_free(b);
		buf_init(b, cap);
	}
}

static bool spool(struct transport *t, int fd, size_t *total)
{
	reading(t, fd);
	bool sound = spool_read(&t->spool, fd, t->peek, t->seen, t->app->body_cap_bytes, &t->request_body, total, &t->trailing);
	reading(t, -1);
	return sound;
}

/* What becomes of a connection whose answer has been sent as far as its peer took it. */
static enum outcome conclude(struct transport *t, int fd, bool keep, struct unsent *unsent)
{
	if (t->rest.n && unsent_add(unsent, fd, &t->rest, keep))
		return OUTCOME_UNSENT;
	if (!t->rest.n && keep)
		return OUTCOME_OPEN;
	shrink(&t->rest);
	/* In a drain the end of the connection follows the answer at once, so that nginx sees
	 * both together and does not pick the connection for another request. */
	shutdown(fd, SHUT_WR);
	close(fd);
	return OUTCOME_CLOSED;
}

enum outcome transport_serve(struct transport *t, int fd, int refusal, struct unsent *unsent)
{
	FCGX_Request req;
	struct http_response res;
	size_t total;
	if (refusal && !t->arrived)
		log_warn("FastCGI connection closed: a body does not come, and enough threads wait for others");
	if ((refusal && !t->arrived) || FCGX_InitRequest(&req, -1, 0) || (!t->whole && !spool(t, fd, &total))) {
		close(fd);
		return OUTCOME_CLOSED;
	}
	req.ipcFd = t->whole ? fd : t->spool.fd;
	req.keepConnection = 1; /* or FCGX_Accept_r closes it before it reads */
	if (FCGX_Accept_r(&req) < 0) {
		log_warn("FastCGI connection closed: libfcgi cannot read the request");
		if (!t->whole) /* what libfcgi has closed itself is the other */
			close(fd);
		t->spool.fd = t->whole ? t->spool.fd : -1;
		return OUTCOME_CLOSED;
	}
	/* Bytes after the request were partly taken into libfcgi's buffer, which ends with it. */
	bool keep = req.keepConnection && !t->trailing;
	bool sound = !t->whole || read_body(t, &req, &total);
	buf_clear(&t->rest);
	if (sound) {
		answer(t, &req, total, refusal, &res);
		sound = send_answer(&res, fd, req.requestId, &t->rest);
		keep = keep && !atomic_load(t->closing);
	}
	FCGX_Free(&req, 0);
	arena_reset(t->arena);
	shrink(&t->request_body);
	shrink(&t->body);
	if (sound)
		return conclude(t, fd, keep, unsent);
	close(fd);
	return OUTCOME_CLOSED;
}

/* SPDX-License-Identifier: Apache-2.0
 * An edge-triggered epoll wakes when a peer has made room, and for nothing else. */
#include "serve/unsent.h"

#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { WAITING_FIRST = 64, BATCH = 64, ALL_MAX = 10 /* patiences for one whole answer */ };
enum { BYTES_MAX = 256 * 1024 * 1024 };

enum err unsent_open(struct unsent *u, int patience_ms)
{
	*u = (struct unsent){ .patience_us = (uint64_t)patience_ms * 1000 };
	u->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	int failed = u->epoll_fd < 0 ? errno : pthread_mutex_init(&u->lock, NULL);
	if (failed)
		log_error("waiting answers of a worker: %s", strerror(failed));
	return failed ? ERR_IO : ERR_OK;
}

void unsent_close(struct unsent *u)
{
	for (size_t i = 0; i < u->n; i++) {
		close(u->waiting[i].fd);
		free(u->waiting[i].p);
	}
	free(u->waiting);
	close(u->epoll_fd);
	pthread_mutex_destroy(&u->lock);
}

static bool room_for_one(struct unsent *u)
{
	size_t size = u->size ? u->size * 2 : WAITING_FIRST;
	if (u->n < u->size)
		return true;
	struct rest *waiting = realloc(u->waiting, size * sizeof(*waiting));
	if (!waiting)
		return false;
	u->waiting = waiting;
	u->size = size;
	return true;
}

bool unsent_add(struct unsent *u, int fd, struct buf *rest, bool keep)
{
	/* Reports at once what room there is: nothing that was made since the caller tried is missed. */
	struct epoll_event ev = { .events = EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.fd = fd };
	uint64_t now_us = clock_mono_us();
	pthread_mutex_lock(&u->lock);
	bool added = rest->n <= BYTES_MAX - u->bytes && room_for_one(u) && epoll_ctl(u->epoll_fd, EPOLL_CTL_ADD, fd, &ev) == 0;
	if (added) {
		u->waiting[u->n++] = (struct rest){ fd, keep, rest->p, rest->n, 0, now_us + u->patience_us,
						    now_us + u->patience_us * ALL_MAX };
		u->bytes += rest->n;
	}
	pthread_mutex_unlock(&u->lock);
	if (added)
		buf_init(rest, rest->cap);
	else
		log_error("no room for an answer that its peer does not take");
	return added;
}

static bool get(struct unsent *u, int fd, struct rest *out)
{
	bool found = false;
	pthread_mutex_lock(&u->lock);
	for (size_t i = 0; i < u->n && !found; i++)
		if (u->waiting[i].fd == fd) {
			*out = u->waiting[i];
			found = true;
		}
	pthread_mutex_unlock(&u->lock);
	return found;
}

static void put(struct unsent *u, const struct rest *r)
{
	pthread_mutex_lock(&u->lock);
	for (size_t i = 0; i < u->n; i++)
		if (u->waiting[i].fd == r->fd)
			u->waiting[i] = *r;
	pthread_mutex_unlock(&u->lock);
}

static void forget(struct unsent *u, const struct rest *r)
{
	pthread_mutex_lock(&u->lock);
	for (size_t i = 0; i < u->n; i++)
		if (u->waiting[i].fd == r->fd) {
			u->waiting[i] = u->waiting[--u->n];
			break;
		}
	u->bytes -= r->n;
	pthread_mutex_unlock(&u->lock);
	if (epoll_ctl(u->epoll_fd, EPOLL_CTL_DEL, r->fd, NULL))
		log_error("epoll: %s", strerror(errno));
	free(r->p);
}

/* False when the connection is broken. */
static bool send_more(struct unsent *u, struct rest *r)
{
	while (r->at < r->n) {
		ssize_t sent = send(r->fd, r->p + r->at, r->n - r->at, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			return errno == EAGAIN || errno == EWOULDBLOCK;
		r->at += (size_t)sent;
		r->until_us = clock_mono_us() + u->patience_us;
	}
	return true;
}

static int out_of_time(struct unsent *u)
{
	int fd = -1;
	pthread_mutex_lock(&u->lock);
	uint64_t now_us = u->n ? clock_mono_us() : 0;
	for (size_t i = 0; i < u->n && fd < 0; i++)
		if (now_us > u->waiting[i].until_us || now_us > u->waiting[i].end_us)
			fd = u->waiting[i].fd;
	pthread_mutex_unlock(&u->lock);
	return fd;
}

void unsent_tend(struct unsent *u, void (*done)(void *arg, int fd), void (*drop)(void *arg, int fd), void *arg)
{
	struct epoll_event events[BATCH];
	struct rest r;
	int fd, n = epoll_wait(u->epoll_fd, events, BATCH, 0);

	for (int i = 0; i < n; i++) {
		if (!get(u, events[i].data.fd, &r))
			continue;
		bool sound = send_more(u, &r);
		if (sound && r.at < r.n) {
			put(u, &r);
			continue;
		}
		if (sound && !r.keep)
			shutdown(r.fd, SHUT_WR);
		forget(u, &r);
		(sound && r.keep ? done : drop)(arg, r.fd);
	}
	while ((fd = out_of_time(u)) >= 0 && get(u, fd, &r)) {
		log_warn("FastCGI connection closed: its answer is taken too slowly");
		forget(u, &r);
		drop(arg, fd);
	}
}

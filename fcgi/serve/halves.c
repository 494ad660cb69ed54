/* SPDX-License-Identifier: Apache-2.0
 * An edge-triggered epoll wakes for each piece that arrives, and for nothing else. */
#include "serve/halves.h"

#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { WAITING_FIRST = 64, BATCH = 64 };

enum err halves_open(struct halves *h, int patience_ms)
{
	h->waiting = NULL;
	h->n = h->size = 0;
	h->patience_us = (uint64_t)patience_ms * 1000;
	h->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	int failed = h->epoll_fd < 0 ? errno : pthread_mutex_init(&h->lock, NULL);
	if (failed)
		log_error("waiting room of a worker: %s", strerror(failed));
	return failed ? ERR_IO : ERR_OK;
}

void halves_close(struct halves *h)
{
	for (size_t i = 0; i < h->n; i++)
		close(h->waiting[i].fd);
	free(h->waiting);
	close(h->epoll_fd);
	pthread_mutex_destroy(&h->lock);
}

static bool room_for_one(struct halves *h)
{
	size_t size = h->size ? h->size * 2 : WAITING_FIRST;
	if (h->n < h->size)
		return true;
	struct half *waiting = realloc(h->waiting, size * sizeof(*waiting));
	if (!waiting)
		return false;
	h->waiting = waiting;
	h->size = size;
	return true;
}

bool halves_add(struct halves *h, int fd)
{
	/* Reports at once what is there: nothing that came since the caller looked is missed. */
	struct epoll_event ev = { .events = EPOLLIN | EPOLLRDHUP | EPOLLET, .data.fd = fd };
	pthread_mutex_lock(&h->lock);
	bool added = room_for_one(h) && epoll_ctl(h->epoll_fd, EPOLL_CTL_ADD, fd, &ev) == 0;
	if (added)
		h->waiting[h->n++] = (struct half){ fd, clock_mono_us() + h->patience_us };
	pthread_mutex_unlock(&h->lock);
	if (!added)
		log_error("no room for a connection that waits for the rest of a request");
	return added;
}

static void forget(struct halves *h, int fd)
{
	pthread_mutex_lock(&h->lock);
	for (size_t i = 0; i < h->n; i++) {
		if (h->waiting[i].fd != fd)
			continue;
		h->n--;
		memmove(h->waiting + i, h->waiting + i + 1, (h->n - i) * sizeof(*h->waiting));
		break;
	}
	pthread_mutex_unlock(&h->lock);
	if (epoll_ctl(h->epoll_fd, EPOLL_CTL_DEL, fd, NULL))
		log_error("epoll: %s", strerror(errno));
}

static int out_of_time(struct halves *h)
{
	pthread_mutex_lock(&h->lock);
	int fd = h->n && h->waiting[0].until_us <= clock_mono_us() ? h->waiting[0].fd : -1;
	pthread_mutex_unlock(&h->lock);
	return fd;
}

void halves_tend(struct halves *h, void (*give_back)(void *arg, int fd), void (*drop)(void *arg, int fd), void *arg)
{
	struct epoll_event events[BATCH];
	int fd, n = epoll_wait(h->epoll_fd, events, BATCH, 0);
	size_t seen;
	bool whole, trailing;

	for (int i = 0; i < n; i++) {
		fd = events[i].data.fd;
		enum peek found = peek(fd, h->room, &seen, &whole, &trailing);
		bool hung_up = events[i].events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR);
		if (found == PEEK_NOTHING || (found == PEEK_HALF && !hung_up))
			continue;
		if (found == PEEK_HALF)
			log_warn("FastCGI connection closed: it ends within the parameters");
		forget(h, fd);
		(found == PEEK_REQUEST ? give_back : drop)(arg, fd);
	}
	while ((fd = out_of_time(h)) >= 0) {
		log_warn("FastCGI connection closed: the rest of a request's parameters does not come");
		forget(h, fd);
		drop(arg, fd);
	}
}

int halves_take(struct halves *h)
{
	pthread_mutex_lock(&h->lock);
	int fd = h->n ? h->waiting[0].fd : -1;
	pthread_mutex_unlock(&h->lock);
	if (fd >= 0)
		forget(h, fd);
	return fd;
}

int halves_wait_ms(struct halves *h)
{
	int wait_ms = -1;
	pthread_mutex_lock(&h->lock);
	if (h->n) {
		uint64_t now_us = clock_mono_us(), until_us = h->waiting[0].until_us;
		wait_ms = until_us <= now_us ? 0 : (int)((until_us - now_us) / 1000) + 1;
	}
	pthread_mutex_unlock(&h->lock);
	return wait_ms;
}

/* SPDX-License-Identifier: Apache-2.0
 * Places for slow requests, and the queue before them. */
#include "serve/gate.h"

#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { QUEUE_FIRST = 64 };

enum err gate_open(struct gate *g, int places, int patience_ms, struct turns turns)
{
	*g = (struct gate){ .places = places, .patience_us = (uint64_t)patience_ms * 1000, .turns = turns, .epoll_fd = -1 };
	g->overdue_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE);
	int failed = g->overdue_fd < 0 ? errno : pthread_mutex_init(&g->lock, NULL);
	if (failed)
		log_error("places for slow requests: %s", strerror(failed));
	return failed ? ERR_IO : ERR_OK;
}

static bool watch(struct gate *g, int op, uint32_t events)
{
	struct epoll_event ev = { .events = events | EPOLLONESHOT, .data.fd = g->turns.fd };

	if (epoll_ctl(g->epoll_fd, op, g->turns.fd, &ev) == 0)
		return true;
	log_error("turns of slow requests: %s", strerror(errno));
	return false;
}

bool gate_watch(struct gate *g, int epoll_fd)
{
	g->epoll_fd = epoll_fd;
	return watch(g, EPOLL_CTL_ADD, 0);
}

void gate_close(struct gate *g)
{
	for (size_t i = 0; i < g->n; i++)
		close(g->queue[i].fd);
	free(g->queue);
	close(g->overdue_fd);
	pthread_mutex_destroy(&g->lock);
}

static bool room_for_one(struct gate *g)
{
	size_t size = g->size ? g->size * 2 : QUEUE_FIRST;
	if (g->n < g->size)
		return true;
	struct gate_parked *queue = realloc(g->queue, size * sizeof(*queue));
	if (!queue)
		return false;
	g->queue = queue;
	g->size = size;
	return true;
}

static int take(struct gate *g, size_t i)
{
	int fd = g->queue[i].fd;
	g->n--;
	memmove(g->queue + i, g->queue + i + 1, (g->n - i) * sizeof(*g->queue));
	return fd;
}

/* The first in time that needs a turn, or none; g->n: there is none. */
static size_t first(const struct gate *g, bool turn)
{
	size_t i = g->n_overdue;

	while (i < g->n && g->queue[i].turn != turn)
		i++;
	return i;
}

/* While somebody could begin as soon as there is a turn, the next one wakes a thread. */
static void ask_for_turn(struct gate *g)
{
	if (g->taken < g->places && first(g, true) < g->n)
		(void)watch(g, EPOLL_CTL_MOD, EPOLLIN);
}

bool gate_enter(struct gate *g, int fd, bool *turn)
{
	pthread_mutex_lock(&g->lock);
	bool enters = g->taken < g->places && (!*turn || turns_take(&g->turns));
	if (!enters && !room_for_one(g)) {
		/* Without memory for the queue it goes through: too many at once is better than one lost. */
		enters = true;
		*turn = false;
	}
	if (enters) {
		g->taken++;
	} else {
		g->queue[g->n++] = (struct gate_parked){ fd, *turn, clock_mono_us() + g->patience_us };
		ask_for_turn(g);
	}
	pthread_mutex_unlock(&g->lock);
	return enters;
}

int gate_next(struct gate *g, bool turn)
{
	int fd = -1;
	if (turn)
		turns_give(&g->turns);
	pthread_mutex_lock(&g->lock);
	size_t i = first(g, false);
	if (i < g->n && g->taken <= g->places) {
		fd = take(g, i);
	} else {
		g->taken--;
		ask_for_turn(g);
	}
	pthread_mutex_unlock(&g->lock);
	return fd;
}

int gate_admit(struct gate *g)
{
	int fd = -1;
	pthread_mutex_lock(&g->lock);
	size_t i = first(g, true);
	if (i < g->n && g->taken < g->places && turns_take(&g->turns)) {
		fd = take(g, i);
		g->taken++;
	}
	ask_for_turn(g);
	pthread_mutex_unlock(&g->lock);
	return fd;
}

void gate_tick(struct gate *g)
{
	pthread_mutex_lock(&g->lock);
	uint64_t now_us = g->n > g->n_overdue ? clock_mono_us() : 0;
	eventfd_t more = 0;
	while (g->n_overdue < g->n && g->queue[g->n_overdue].until_us <= now_us) {
		g->n_overdue++;
		more++;
	}
	pthread_mutex_unlock(&g->lock);
	if (more && eventfd_write(g->overdue_fd, more))
		log_error("eventfd: %s", strerror(errno));
}

int gate_overdue(struct gate *g)
{
	eventfd_t one;
	int fd = -1;
	if (eventfd_read(g->overdue_fd, &one))
		return -1; /* another thread was quicker */
	pthread_mutex_lock(&g->lock);
	if (g->n_overdue) {
		fd = take(g, 0);
		g->n_overdue--;
	}
	pthread_mutex_unlock(&g->lock);
	return fd;
}

bool gate_empty(struct gate *g)
{
	pthread_mutex_lock(&g->lock);
	bool empty = g->n == 0;
	pthread_mutex_unlock(&g->lock);
	return empty;
}

/* SPDX-License-Identifier: Apache-2.0
 * Places for slow requests, and the queue before them. */
#include "serve/gate.h"

#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { QUEUE_FIRST = 64 };

enum err gate_open(struct gate *g, int places, int patience_ms)
{
	*g = (struct gate){ .places = places, .patience_us = (uint64_t)patience_ms * 1000 };
	g->overdue_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE);
	int failed = g->overdue_fd < 0 ? errno : pthread_mutex_init(&g->lock, NULL);
	if (failed)
		log_error("places for slow requests: %s", strerror(failed));
	return failed ? ERR_IO : ERR_OK;
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

bool gate_enter(struct gate *g, int fd)
{
	pthread_mutex_lock(&g->lock);
	/* Without memory for the queue it goes through: too many at once is better than one lost. */
	bool enters = g->taken < g->places || !room_for_one(g);
	if (enters)
		g->taken++;
	else
		g->queue[g->n++] = (struct gate_parked){ fd, clock_mono_us() + g->patience_us };
	pthread_mutex_unlock(&g->lock);
	return enters;
}

static int take(struct gate *g, size_t i)
{
	int fd = g->queue[i].fd;
	g->n--;
	memmove(g->queue + i, g->queue + i + 1, (g->n - i) * sizeof(*g->queue));
	return fd;
}

int gate_next(struct gate *g)
{
	int fd = -1;
	pthread_mutex_lock(&g->lock);
	if (g->n > g->n_overdue && g->taken <= g->places)
		fd = take(g, g->n_overdue);
	else
		g->taken--;
	pthread_mutex_unlock(&g->lock);
	return fd;
}

int gate_left_ms(struct gate *g)
{
	int ms = -1;
	pthread_mutex_lock(&g->lock);
	if (g->n > g->n_overdue) {
		uint64_t until_us = g->queue[g->n_overdue].until_us, now_us = clock_mono_us();
		ms = until_us > now_us ? (int)((until_us - now_us) / 1000) : 0;
	}
	pthread_mutex_unlock(&g->lock);
	return ms;
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

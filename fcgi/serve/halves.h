/* SPDX-License-Identifier: Apache-2.0
 * Connections on which only part of a request's head has arrived; internal to serve/.
 *
 * They wait here without a thread: the worker's main thread looks at those that got more bytes, and
 * gives back whoever is whole. */
#ifndef ZIARA_SERVE_HALVES_H
#define ZIARA_SERVE_HALVES_H

#include "serve/peek.h"

#include "base/err.h"

#include <pthread.h>
#include <stdint.h>

struct halves {
	pthread_mutex_t lock;
	int epoll_fd;         /* readable when there is something to look at */
	uint64_t patience_us;
	struct half {
		int fd;
		uint64_t until_us;
	} *waiting;           /* in the order of their ends */
	size_t n, size;
	unsigned char room[SCAN_HEAD_MAX];
};

MUST_USE enum err halves_open(struct halves *h, int patience_ms);
/* Not before every thread has ended; who waits is closed. */
void halves_close(struct halves *h);
/* From any thread: `fd` waits here from now on.  False: out of memory, it is still the caller's. */
bool halves_add(struct halves *h, int fd);
/* From the main thread.  Looks at who got more: give_back(arg, fd) when there is a whole head, drop(arg,
 * fd) when it is to be closed, because it ended, is no request, or its time is over. */
void halves_tend(struct halves *h, void (*give_back)(void *arg, int fd), void (*drop)(void *arg, int fd), void *arg);
/* Takes one out that has not ended yet; -1: nobody waits. */
int halves_take(struct halves *h);
/* Milliseconds until the first one's time is over; -1: nobody waits. */
int halves_wait_ms(struct halves *h);

#endif

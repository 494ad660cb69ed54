/* SPDX-License-Identifier: Apache-2.0
 * Answers whose peer does not take them as fast as they are made; internal to serve/.
 *
 * What does not fit into the socket at once waits here without a thread, and the worker's main thread
 * sends it as the peer reads. */
#ifndef ZIARA_SERVE_UNSENT_H
#define ZIARA_SERVE_UNSENT_H

#include "base/buf.h"

#include <pthread.h>

struct unsent {
	pthread_mutex_t lock;
	int epoll_fd;         /* readable when some peer takes more */
	uint64_t patience_us; /* without a byte taken */
	size_t bytes;         /* of all */
	struct rest {
		int fd;
		bool keep;            /* the connection is to be used again */
		char *p;
		size_t n, at;         /* sent up to `at` */
		uint64_t until_us;    /* for the next byte to be taken … */
		uint64_t end_us;      /* … and for all */
	} *waiting;
	size_t n, size;
};

MUST_USE enum err unsent_open(struct unsent *u, int patience_ms);
/* Not before every thread has ended. */
void unsent_close(struct unsent *u);
/* From any thread: takes the memory of `rest` (which is empty then) and the connection.  False: there is no memory, or
 * too much waits already; both are still the caller's. */
bool unsent_add(struct unsent *u, int fd, struct buf *rest, bool keep);
/* From the main thread.  Sends what is taken: done(arg, fd) when all is sent and the connection is kept, drop(arg, fd)
 * when it is to be closed, because it was not to be kept, broke, or its time is over. */
void unsent_tend(struct unsent *u, void (*done)(void *arg, int fd), void (*drop)(void *arg, int fd), void *arg);

#endif

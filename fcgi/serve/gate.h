/* SPDX-License-Identifier: Apache-2.0
 * Lets slow requests have some of a worker's threads and no more; internal to serve/.
 *
 * Connections whose slow request finds no place are parked here unread, in their order, and hold no
 * thread.  Who ends a slow request takes the next one with the same place. */
#ifndef ZIARA_SERVE_GATE_H
#define ZIARA_SERVE_GATE_H

#include "base/err.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct gate {
	pthread_mutex_t lock;
	int places, taken;
	uint64_t patience_us;
	struct gate_parked {
		int fd;
		uint64_t until_us;
	} *queue;
	size_t n, size;
	size_t n_overdue;  /* so many at the front have waited too long */
	int overdue_fd;    /* readable once for each of them */
};

MUST_USE enum err gate_open(struct gate *g, int places, int patience_ms);
/* Not before every thread has ended; parked connections are closed. */
void gate_close(struct gate *g);
/* True: serve it, then gate_next.  False: `fd` is parked and no longer the caller's. */
bool gate_enter(struct gate *g, int fd);
/* After a slow request: the connection to serve next with the same place; -1: none, the place is
 * given back. */
int gate_next(struct gate *g);
/* Milliseconds until the next one that is parked has waited too long; -1: nobody is. */
int gate_left_ms(struct gate *g);
/* Notices who has waited too long. */
void gate_tick(struct gate *g);
/* One of those, to be answered 503; -1: none. */
int gate_overdue(struct gate *g);
/* Nobody is parked. */
bool gate_empty(struct gate *g);

#endif

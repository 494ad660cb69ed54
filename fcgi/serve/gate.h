/* SPDX-License-Identifier: Apache-2.0
 * Lets slow requests have some of a worker's threads and no more, and one of the turns that all workers share;
 * internal to serve/.
 *
 * Connections whose slow request finds no place or no turn are parked here unread, in their order, and hold no
 * thread.  Who ends a slow request takes the next one that needs no turn with the same place; those that do are
 * admitted when the epoll tells of a turn, so that no worker keeps it to itself. */
#ifndef ZIARA_SERVE_GATE_H
#define ZIARA_SERVE_GATE_H

#include "serve/turns.h"

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

struct gate {
	pthread_mutex_t lock;
	int places, taken;
	struct turns turns;
	int epoll_fd;      /* told of turns while somebody waits for one; -1: not yet */
	uint64_t patience_us;
	struct gate_parked {
		int fd;
		bool turn;         /* needs one */
		uint64_t until_us;
	} *queue;
	size_t n, size;
	size_t n_overdue;  /* so many at the front have waited too long */
	int overdue_fd;    /* readable once for each of them */
};

MUST_USE enum err gate_open(struct gate *g, int places, int patience_ms, struct turns turns);
/* From now on `epoll_fd` tells of turns, one thread at a time, by the descriptor turns.fd: then gate_admit. */
MUST_USE bool gate_watch(struct gate *g, int epoll_fd);
/* Not before every thread has ended; parked connections are closed. */
void gate_close(struct gate *g);
/* *turn: it needs one.  True: serve it, then gate_next with what *turn says now.  False: `fd` is parked and no longer
 * the caller's. */
MUST_USE bool gate_enter(struct gate *g, int fd, bool *turn);
/* After a slow request that had a turn, or had none: the connection to serve next with the same place, without a
 * turn; -1: none, the place is given back. */
int gate_next(struct gate *g, bool turn);
/* After an event: the connection to serve next, with a turn; -1: none. */
int gate_admit(struct gate *g);
/* Notices who has waited too long. */
void gate_tick(struct gate *g);
/* One of those, to be answered 503; -1: none. */
int gate_overdue(struct gate *g);
/* Nobody is parked. */
bool gate_empty(struct gate *g);

#endif

/* SPDX-License-Identifier: Apache-2.0
 * One reading for all threads that ask at the same time (request coalescing, "single flight"), and never one that
 * began before somebody asked: who comes while a reading is under way shares the next one. */
#ifndef ZIARA_BASE_COALESCE_H
#define ZIARA_BASE_COALESCE_H

#include "base/err.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct coalesce {
	pthread_mutex_t lock;
	pthread_cond_t ended[2];  /* of readings with even and odd numbers */
	uint64_t begun, done;   /* readings; done: the last one that succeeded */
	bool running;
	uint64_t value;
};
#define COALESCE { .lock = PTHREAD_MUTEX_INITIALIZER, .ended = { PTHREAD_COND_INITIALIZER, PTHREAD_COND_INITIALIZER } }

enum { COALESCE_WAIT_MS = 5 };

/* What `read` says: called by this thread, or by another one after this was called.  Who waits longer than
 * COALESCE_WAIT_MS for the others reads by itself, so a reading that hangs holds up its own thread alone.  An error is of
 * this thread's own reading; that of another one is nobody else's. */
MUST_USE enum err coalesce_read(struct coalesce *c, enum err (*read)(void *arg, uint64_t *value), void *arg, uint64_t *value);

#endif

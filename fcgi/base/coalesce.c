/* SPDX-License-Identifier: Apache-2.0
 * Readings have numbers: whoever asks is content with any that begins later. */
#include "base/coalesce.h"

#include <errno.h>
#include <time.h>

static struct timespec after_ms(long ms)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_nsec += ms * 1000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_nsec -= 1000000000;
		t.tv_sec++;
	}
	return t;
}

/* Until a reading that serves has succeeded, or it is this thread's turn to read, or it has waited long enough;
 * true in the first case.  The lock is held. */
static bool shared(struct coalesce *c, uint64_t wanted)
{
	struct timespec until;
	bool waited = false;

	while (c->done < wanted && c->running) {
		if (!waited)
			until = after_ms(COALESCE_WAIT_MS);
		waited = true;
		uint64_t number = c->begun < wanted ? wanted : c->begun;
		if (pthread_cond_clockwait(&c->ended[number % 2], &c->lock, CLOCK_MONOTONIC, &until) == ETIMEDOUT)
			break;
	}
	return c->done >= wanted;
}

enum err coalesce_read(struct coalesce *c, enum err (*read)(void *arg, uint64_t *value), void *arg, uint64_t *value)
{
	pthread_mutex_lock(&c->lock);
	bool given = shared(c, c->begun + 1);
	if (given)
		*value = c->value;
	bool alone = c->running;
	uint64_t mine = 0;
	if (!given && !alone) {
		c->running = true;
		mine = ++c->begun;
	}
	pthread_mutex_unlock(&c->lock);
	if (given)
		return ERR_OK;
	enum err e = read(arg, value);
	if (alone)
		return e;
	pthread_mutex_lock(&c->lock);
	c->running = false;
	if (!e) {
		c->done = mine;
		c->value = *value;
	}
	/* Those whom it serves go; of those who came since, one reads for all. */
	pthread_cond_broadcast(&c->ended[mine % 2]);
	pthread_cond_signal(&c->ended[(mine + 1) % 2]);
	pthread_mutex_unlock(&c->lock);
	return e;
}

/* SPDX-License-Identifier: Apache-2.0
 * A semaphore that can be waited for in an epoll and outlives those who hold it. */
#include "serve/turns.h"

#include "base/log.h"

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* What is slow keeps a processor of the database busy, and mostly it has the same ones. */
static unsigned at_once(const struct conf *c)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	if (c->slow_at_once)
		return (unsigned)c->slow_at_once;
	return processors > 3 ? (unsigned)processors / 2 : 1;
}

int turns_open(const struct conf *c)
{
	int fd = eventfd(at_once(c), EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE);

	if (fd < 0)
		log_error("turns of slow requests: %s", strerror(errno));
	return fd;
}

static void give(int fd, int n)
{
	if (n > 0 && eventfd_write(fd, (eventfd_t)n))
		log_error("turns of slow requests: %s", strerror(errno));
}

/* Noted before it is taken, and given back before that is noted: should the worker die in between, there is
 * one too many, which is better than none for ever. */
bool turns_take(const struct turns *t)
{
	eventfd_t one;

	atomic_fetch_add(t->mine, 1);
	if (eventfd_read(t->fd, &one) == 0)
		return true;
	atomic_fetch_sub(t->mine, 1);
	return false;
}

void turns_give(const struct turns *t)
{
	give(t->fd, 1);
	atomic_fetch_sub(t->mine, 1);
}

void turns_give_back(int fd, atomic_int *of_the_dead)
{
	give(fd, atomic_exchange(of_the_dead, 0));
}

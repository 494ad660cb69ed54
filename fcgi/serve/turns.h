/* SPDX-License-Identifier: Apache-2.0
 * How many slow requests run at once in all workers together; internal to serve/.
 *
 * A counter of the kernel that the workers inherit: who takes a turn lowers it, who gives it back raises it, and
 * whoever waits in an epoll wakes.  Each worker notes in its pulse how many it has, so that the master gives back
 * those of one that dies. */
#ifndef ZIARA_SERVE_TURNS_H
#define ZIARA_SERVE_TURNS_H

#include "base/conf.h"

#include <stdatomic.h>

struct turns {
	int fd;            /* readable while there is one */
	atomic_int *mine;  /* of this worker */
};

/* As many as the configuration says; -1 when there are no descriptors, and the log says why. */
int turns_open(const struct conf *c);
/* False: all are taken. */
bool turns_take(const struct turns *t);
void turns_give(const struct turns *t);
/* In the master: those of a worker that has ended. */
void turns_give_back(int fd, atomic_int *of_the_dead);

#endif

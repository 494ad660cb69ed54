/* SPDX-License-Identifier: Apache-2.0
 * A pair of sockets by which a worker hands connections to the one that serves at a place (unix(7),
 * SCM_RIGHTS), so that the web server notices nothing; internal to serve/. */
#ifndef ZIARA_SERVE_BATON_H
#define ZIARA_SERVE_BATON_H

#include "base/err.h"

#include <stdbool.h>

struct baton {
	int give, take; /* take is readable while connections lie there */
};

/* All of them, as one worker sees them.  It takes what lies in its own and in those of places there no longer are:
 * p where p and its place leave the same rest by `places`. */
struct batons {
	const struct baton *all; /* by place */
	int n;
	int place, places;       /* whose they are, and how many there are with its configuration */
};

/* In the master, before it forks. */
MUST_USE enum err baton_open(struct baton *b);
void baton_close(struct baton *b);
/* Neither waits.  True: the receiver will have it, the caller's descriptor is still to be closed. */
bool baton_give(const struct baton *b, int fd);
bool baton_waits(const struct baton *b);
/* -1: none lies there. */
int baton_take(const struct baton *b);

#endif

/* SPDX-License-Identifier: Apache-2.0
 * The socket the web server connects to; internal to serve/. */
#ifndef ZIARA_SERVE_LISTENER_H
#define ZIARA_SERVE_LISTENER_H

#include "base/conf.h"

#include <sys/types.h>

struct listener {
	int fd;
	int lock_fd;     /* of the master; -1: the socket is inherited */
	bool bound_here; /* rather than inherited */
	char path[108];
	dev_t dev;
	ino_t ino;
};

/* Takes the socket of LISTEN_FDS (sd_listen_fds(3)) or a listening descriptor 0, else binds
 * c->socket.  On failure ERR_IO, and the log says why. */
MUST_USE enum err listener_open(struct listener *l, const struct conf *c);
/* Removes the path if it is still ours, and leaves the place to another server.  Nobody new can connect afterwards; who is queued stays. */
void listener_unlink(const struct listener *l);

#endif

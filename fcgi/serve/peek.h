/* SPDX-License-Identifier: Apache-2.0
 * A look at what has arrived on a connection, without taking it out; internal to serve/. */
#ifndef ZIARA_SERVE_PEEK_H
#define ZIARA_SERVE_PEEK_H

#include "serve/scan.h"

enum peek {
	PEEK_REQUEST, /* a request whose head is whole and sound */
	PEEK_HALF,    /* sound so far, and there must be more of the head */
	PEEK_NOTHING,
	PEEK_END,     /* the peer is gone, or what it sent is no request: to be closed; a fault is logged */
};

/* Never waits.  What was seen is in room[0..*seen); *whole: the end of the body, too; *trailing: bytes
 * follow it. */
enum peek peek(int fd, unsigned char room[SCAN_HEAD_MAX], size_t *seen, bool *whole, bool *trailing);

#endif

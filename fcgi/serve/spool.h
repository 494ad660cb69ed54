/* SPDX-License-Identifier: Apache-2.0
 * A request whose body was not there when its head was looked at; internal to serve/.
 *
 * libfcgi answers management records out of a buffer of fixed size and trusts the lengths in them, so what
 * comes after the look is not for its eyes either.  The body is read here, record by record, and libfcgi
 * gets the head alone, as if the request had no body, from a file in memory. */
#ifndef ZIARA_SERVE_SPOOL_H
#define ZIARA_SERVE_SPOOL_H

#include "base/buf.h"
#include "serve/scan.h"

struct spool {
	int fd; /* for libfcgi to read from; -1: made when first needed */
};

/* Takes the request off `fd`, whose first `seen` bytes were looked at (PEEK_REQUEST); they come to `room` again, and
 * then others.
 * The body goes to `body`, no more than `cap` bytes of it; *total: how long it is; *trailing: bytes came behind it.
 * False, and the log says why, when the connection is to be closed. */
MUST_USE bool spool_read(struct spool *s, int fd, unsigned char room[SCAN_HEAD_MAX], size_t seen, size_t cap,
			 struct buf *body, size_t *total, bool *trailing);
void spool_free(struct spool *s);

#endif

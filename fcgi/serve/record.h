/* SPDX-License-Identifier: Apache-2.0
 * Answers as FastCGI records (FastCGI Specification, 3.3 and 5.5); internal to serve/. */
#ifndef ZIARA_SERVE_RECORD_H
#define ZIARA_SERVE_RECORD_H

#include "base/buf.h"

/* Sends the parts, one after the other, as FCGI_STDOUT of request `id`, then its end and
 * FCGI_END_REQUEST.  Never waits: what the peer does not take at once is left in `rest` (empty before).
 * False when the peer went away, or there is no memory for the rest. */
bool record_send(int fd, int id, const struct str *parts, size_t n_parts, struct buf *rest);

#endif

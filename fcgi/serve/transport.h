/* SPDX-License-Identifier: Apache-2.0
 * One request on one connection, through libfcgi; internal to serve/.  One transport a thread. */
#ifndef ZIARA_SERVE_TRANSPORT_H
#define ZIARA_SERVE_TRANSPORT_H

#include "serve/serve.h"

#include <stdatomic.h>

struct transport;

/* Once a process, before its threads; leaves SIGPIPE ignored. */
MUST_USE enum err transport_init(void);
/* `closing` is looked at when an answer is sent: once true, connections are no longer kept.
 * `state` goes to app->handle.  NULL when memory is out. */
struct transport *transport_new(const struct conf *c, const struct serve_app *app, void *state,
				const atomic_bool *closing);
void transport_free(struct transport *t);
/* Time limits for a freshly accepted connection. */
MUST_USE enum err transport_prepare(const struct conf *c, int fd);
/* Reads one request from `fd`, has it answered and sends the answer.  True when the connection
 * stays open and may be waited on again; false when it has been closed. */
bool transport_serve(struct transport *t, int fd);

#endif

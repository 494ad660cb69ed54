/* SPDX-License-Identifier: Apache-2.0
 * One request on one connection, through libfcgi; internal to serve/.  One transport a thread. */
#ifndef ZIARA_SERVE_TRANSPORT_H
#define ZIARA_SERVE_TRANSPORT_H

#include "serve/peek.h"
#include "serve/serve.h"
#include "serve/unsent.h"

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
/* What a request asks of the thread that serves it. */
enum pace {
	PACE_QUICK,
	PACE_WAITS, /* its body has not arrived, and the thread would have to wait for it */
	PACE_SLOW,  /* it is of the kind app->slow names */
};

/* Looks at what has arrived, without waiting or taking anything.  Before each transport_serve. */
enum peek transport_look(struct transport *t, int fd, enum pace *pace);
enum outcome {
	OUTCOME_OPEN,   /* the connection may be waited on again */
	OUTCOME_CLOSED, /* it has been closed */
	OUTCOME_UNSENT, /* it waits there, with the rest of the answer */
};

/* After PEEK_REQUEST: reads the request, has it answered and sends the answer; with a `refusal` (503)
 * the application is told to say just that, or, while the body is not there, the connection is closed. */
enum outcome transport_serve(struct transport *t, int fd, int refusal, struct unsent *unsent);
/* From another thread, now and then: ends a connection whose body has been under way for too long,
 * though each single read was in time. */
void transport_cut_overdue(struct transport *t, uint64_t now_us);

#endif

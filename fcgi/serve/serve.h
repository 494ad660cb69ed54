/* SPDX-License-Identifier: Apache-2.0
 * Master, worker processes and threads over one shared one-shot epoll; libfcgi reads one whole
 * request at a time (transport.c is the only file that sees fcgiapp.h).
 *
 * What is served is the caller's business, given as functions. */
#ifndef ZIARA_SERVE_SERVE_H
#define ZIARA_SERVE_SERVE_H

#include "base/conf.h"
#include "http/request.h"
#include "http/response.h"

struct serve_app {
	/* In each worker process after the fork, before its threads. */
	enum err (*process_start)(const struct conf *c);
	/* In each thread; *state is handed to handle and thread_stop. */
	enum err (*thread_start)(const struct conf *c, void **state);
	/* True for a request that may take long: some of the threads, at most half, serve such ones at a time.
	 * Asked before the request is read and for each one: cheap, no waiting, and what is malformed
	 * is not slow.  NULL: none is. */
	bool (*slow)(http_param_fn param, void *param_arg);
	/* One request.  `body` is whole and its length agrees with Content-Length; body_error
	 * is 0, or the status the transport already knows (400 short or long body, 413 over
	 * body_cap, 503 a slow request that waited slow_wait_ms in vain).  Must fill *res.  The
	 * arena is reset by the transport after sending. */
	void (*handle)(void *state, struct arena *a, http_param_fn param, void *param_arg, struct str body,
		       int body_error, struct http_response *res);
	void (*thread_stop)(void *state);
	/* After the last thread has stopped; not when process_start failed. */
	void (*process_stop)(void);
	size_t body_cap_bytes; /* bodies are read to their end, kept only up to this */
};

/* Binds c->socket (or takes the listening socket of LISTEN_FDS, or fd 0 when that is a
 * listening socket), forks, supervises until SIGTERM or SIGINT, drains.  On SIGHUP the
 * configuration is read again from `file` (NULL: none) and the environment, and workers are
 * replaced one after the other; a configuration that is refused, or under which no worker
 * starts, changes nothing.  Returns the process exit code. */
int serve_run(const struct conf *c, const char *file, const struct serve_app *app);

#endif

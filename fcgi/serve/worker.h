/* SPDX-License-Identifier: Apache-2.0
 * One worker process: threads over one shared epoll; internal to serve/. */
#ifndef ZIARA_SERVE_WORKER_H
#define ZIARA_SERVE_WORKER_H

#include "serve/baton.h"
#include "serve/listener.h"
#include "serve/pulse.h"
#include "serve/serve.h"

/* The process could not start: its exit code, which the master words. */
enum { WORKER_NOT_STARTED = 3 };

/* Serves until SIGTERM, drains, and returns the exit code; on SIGUSR1 the same, except that other
 * workers stay and get the connections through the batons.  Once every thread is up one byte,
 * `number`, is written to ready_fd; from then on pulses[number] is kept. */
int worker_run(const struct conf *c, const struct serve_app *app, const struct listener *l, int ready_fd,
	       unsigned char number, struct pulse *pulses, int n_pulses, const struct batons *batons);

#endif

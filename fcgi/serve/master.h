/* SPDX-License-Identifier: Apache-2.0
 * The master process: starts workers, starts them again, ends them; internal to serve/. */
#ifndef ZIARA_SERVE_MASTER_H
#define ZIARA_SERVE_MASTER_H

#include "serve/listener.h"
#include "serve/serve.h"

/* Supervises until SIGTERM or SIGINT, then drains; SIGHUP reloads, see serve_run.  Tells the service
 * manager (sd_notify(3)).  Closes and unlinks the listener.  0 when every worker ended in order,
 * else 1. */
int master_run(const struct conf *c, const char *file, const struct serve_app *app, const struct listener *l);

#endif

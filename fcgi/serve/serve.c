/* SPDX-License-Identifier: Apache-2.0
 * Opens the socket and hands over to the master. */
#include "serve/serve.h"

#include "base/log.h"
#include "serve/listener.h"
#include "serve/master.h"

#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <sys/resource.h>

/* Every kept connection takes a descriptor, and the usual soft limit of 1024 is for programs
 * that use select(2). */
static void raise_descriptor_limit(void)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		if (setrlimit(RLIMIT_NOFILE, &limit) == 0)
			return;
	}
	log_warn("the limit of open descriptors cannot be raised: %s", strerror(errno));
}

int serve_run(const struct conf *c, const char *file, const struct serve_app *app)
{
	struct listener l;
	signal(SIGXFSZ, SIG_IGN); /* a log file that has reached its limit ends no server */
	if (listener_open(&l, c))
		return 1;
	raise_descriptor_limit();
	mallopt(M_ARENA_MAX, 1); /* what one thread keeps another gives back: with an arena each, the holes add up */
	return master_run(c, file, app, &l);
}

/* SPDX-License-Identifier: Apache-2.0
 * What a worker tells the master and the others of itself: memory they share; internal to serve/. */
#ifndef ZIARA_SERVE_PULSE_H
#define ZIARA_SERVE_PULSE_H

#include "base/log.h"

#include <stdatomic.h>
#include <stdint.h>

struct pulse {
	atomic_uint_fast64_t at_us; /* of the monotonic clock: when some thread was last free or began a request */
	atomic_int place;           /* where it takes connections, counted from 1; 0: it takes none */
	atomic_int open;            /* its connections */
	atomic_int coming;          /* those passed on to it that it has not taken yet, roughly */
	struct log_held held;       /* its log lines that are not written yet: the master writes what a dead worker left */
};

#endif

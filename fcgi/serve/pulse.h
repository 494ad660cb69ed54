/* SPDX-License-Identifier: Apache-2.0
 * How a worker tells the master that it makes progress: memory they share; internal to serve/. */
#ifndef ZIARA_SERVE_PULSE_H
#define ZIARA_SERVE_PULSE_H

#include <stdatomic.h>
#include <stdint.h>

struct pulse {
	atomic_uint_fast64_t at_us; /* of the monotonic clock: when some thread was last free or began a request */
};

#endif

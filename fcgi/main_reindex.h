/* SPDX-License-Identifier: Apache-2.0
 * The command `ziara reindex`. */
#ifndef ZIARA_MAIN_REINDEX_H
#define ZIARA_MAIN_REINDEX_H

#include "base/conf.h"

#include <stdbool.h>

/* Makes anew what is kept beside all records; `if_due`: only where some of it is missing.  False, and why on stderr, when it
 * did not come to an end; it may be run again at any time. */
bool reindex_run(const struct conf *c, bool if_due);

#endif

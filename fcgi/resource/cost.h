/* SPDX-License-Identifier: Apache-2.0
 * What a list will cost, told from its query string before anything is read or asked. */
#ifndef ZIARA_RESOURCE_COST_H
#define ZIARA_RESOURCE_COST_H

#include "resource/shape.h"

/* True unless the descriptors declare an index for every filter with the order asked for: a count,
 * two orders, operators and fields without an index, facets in another order than theirs.  `query`
 * is raw; a name or order written with escapes counts as slow, so that nothing hides behind them. */
bool cost_is_slow(const struct served *v, struct str query);

#endif

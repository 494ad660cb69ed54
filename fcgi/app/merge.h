/* SPDX-License-Identifier: Apache-2.0
 * What a merge would change, told beforehand. */
#ifndef ZIARA_APP_MERGE_H
#define ZIARA_APP_MERGE_H

#include "app/app.h"
#include "resource/merge.h"

/* The plan of a merge that merge_read has read, its faults told as problems: in the same transaction. */
MUST_USE enum err merge_plan(struct call *c, const struct merge *m);

#endif

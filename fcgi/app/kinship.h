/* SPDX-License-Identifier: Apache-2.0
 * No body is, through others, part of itself or its own successor. */
#ifndef ZIARA_APP_KINSHIP_H
#define ZIARA_APP_KINSHIP_H

#include "resource/ctx.h"
#include "resource/record.h"

/* Follows what is new in relations (part_of, as far as they can have held at the same time) and successions of an
 * organisation upwards.  Each body met stays locked, shared, until the transaction ends, so that two writers cannot
 * close a circle together.  Faults go to the problem, at the item that would close it. */
MUST_USE enum err kinship_check(struct ctx *x, const struct shape *s, const struct record *before, const struct record *after);

#endif

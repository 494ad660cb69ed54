/* SPDX-License-Identifier: Apache-2.0
 * Rules of dates in nested items that several resources share. */
#ifndef ZIARA_APP_PERIOD_H
#define ZIARA_APP_PERIOD_H

#include "resource/ctx.h"
#include "resource/record.h"

/* The field is one date, and no interval; a fault stands at the item's member. */
void period_date(struct ctx *x, const struct shape *k, const struct record *item, const char *field);
/* "from" and "to" are such dates, and "from" does not certainly come after "to". */
void period_check(struct ctx *x, const struct shape *k, const struct record *item);
/* The bounds of "from" and "to" together; what is not said is open. */
struct edtf period_span(const struct shape *k, const struct record *item);

#endif

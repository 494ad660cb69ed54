/* SPDX-License-Identifier: Apache-2.0
 * Records that may be the same: the list of pairs, and what is said of it when one is made. */
#ifndef ZIARA_APP_DUPLICATES_H
#define ZIARA_APP_DUPLICATES_H

#include "app/app.h"

/* After the writing, inside its transaction: of records that are close to what this request made, a header Warning
 * tells (*warning is its value, p == NULL: none), and with "Prefer: handling=strict" they are a refusal, 409. */
MUST_USE enum err duplicates_tell(struct call *c, struct str *warning);

#endif

/* SPDX-License-Identifier: Apache-2.0
 * Idempotency-Key on POST: the stored answer stands for the repeated request. */
#ifndef ZIARA_APP_IDEMPOTENCY_H
#define ZIARA_APP_IDEMPOTENCY_H

#include "app/app.h"

struct idempotency {
	struct str scope, key;       /* key.n == 0: the request has none */
	uint8_t body_hash[32];
};

/* Reads and checks the header; 400 when it is empty or over 255 bytes. */
MUST_USE enum err idempotency_read(struct call *c, struct idempotency *i);
/* First step of the write's transaction: claims the key.  *replayed is set when a stored
 * answer was put into c->res.  ERR_REFUSED: 409 in flight, 422 other body. */
MUST_USE enum err idempotency_claim(struct call *c, const struct idempotency *i, bool *replayed);
/* Last step: stores the answer with the claim, and the headers that a repeat gets too (warning.p == NULL: none). */
MUST_USE enum err idempotency_store(struct call *c, const struct idempotency *i, struct str location, const char *etag,
				    struct str warning);
/* After the commit: removes some of what is older than 24 hours. */
void idempotency_expire(struct call *c);

#endif

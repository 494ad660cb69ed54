/* SPDX-License-Identifier: Apache-2.0
 * BLAKE2b (RFC 7693) by libsodium: fingerprints, cursor checks, body hashes. */
#ifndef ZIARA_BASE_HASH_H
#define ZIARA_BASE_HASH_H

#include "base/str.h"

#include <stdint.h>

enum { HASH_BYTES = 32 };

void hash_bytes(struct str data, uint8_t out[HASH_BYTES]);
/* The first eight bytes of the hash, big-endian. */
uint64_t hash_64(struct str data);

#endif

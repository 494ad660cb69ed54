/* SPDX-License-Identifier: Apache-2.0
 * Hashes of byte strings. */
#include "base/hash.h"

#include <sodium.h>

void hash_bytes(struct str data, uint8_t out[HASH_BYTES])
{
	crypto_generichash(out, HASH_BYTES, (const unsigned char *)data.p, data.n, NULL, 0);
}

uint64_t hash_64(struct str data)
{
	uint8_t h[HASH_BYTES];
	uint64_t v = 0;

	hash_bytes(data, h);
	for (int i = 0; i < 8; i++)
		v = v << 8 | h[i];
	return v;
}

/* SPDX-License-Identifier: Apache-2.0
 * Record ids: UUID version 7 (RFC 9562, 5.7), held as 16 bytes, written in lower case. */
#ifndef ZIARA_BASE_UUID_H
#define ZIARA_BASE_UUID_H

#include "base/str.h"

#include <stdint.h>

struct uuid {
	uint8_t b[16];
};

#define UUID_TEXT_LEN 36

/* A fresh version 7 id for `unix_ms`; ids made by one thread in one millisecond ascend. */
struct uuid uuid_v7(uint64_t unix_ms);
/* Accepts the 36-character form in either case, any version; false otherwise.
 * The nil and max UUIDs are refused. */
bool uuid_parse(struct str text, struct uuid *out);
/* Writes 36 characters and a NUL. */
void uuid_format(struct uuid id, char out[UUID_TEXT_LEN + 1]);
static inline bool uuid_eq(struct uuid a, struct uuid b)
{
	return memcmp(a.b, b.b, sizeof(a.b)) == 0;
}

#endif

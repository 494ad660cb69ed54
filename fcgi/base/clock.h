/* SPDX-License-Identifier: Apache-2.0
 * The one clock.  Tests set it; SQL never asks the database for the time. */
#ifndef ZIARA_BASE_CLOCK_H
#define ZIARA_BASE_CLOCK_H

#include <stdint.h>
#include <stddef.h>

#include "base/str.h"

/* Milliseconds since 1970-01-01T00:00:00Z. */
uint64_t clock_now_ms(void);
/* Monotonic microseconds, for durations only. */
uint64_t clock_mono_us(void);
/* Freezes clock_now_ms at `unix_ms`; 0 sets it going again. */
void clock_set_ms(uint64_t unix_ms);

#define CLOCK_SQL_LEN 23     /* 2018-07-28 09:30:00.000 */
#define CLOCK_RFC3339_LEN 24 /* 2018-07-28T09:30:00.000Z */
#define CLOCK_HTTP_LEN 29    /* Sat, 28 Jul 2018 09:30:00 GMT */
/* Each writes its length and a NUL.  Proleptic Gregorian, UTC, years 0000-9999. */
void clock_format_sql(uint64_t unix_ms, char out[CLOCK_SQL_LEN + 1]);
void clock_format_rfc3339(uint64_t unix_ms, char out[CLOCK_RFC3339_LEN + 1]);
void clock_format_http(uint64_t unix_ms, char out[CLOCK_HTTP_LEN + 1]);
/* "2018-07-28 09:30:00[.fraction]" or an RFC 3339 date-time with any offset (RFC 3339, 5.6;
 * 'T', 't' or a space; a leap second is refused) to milliseconds; false when malformed or
 * before 1970. */
bool clock_parse_sql(struct str text, uint64_t *unix_ms);
bool clock_parse_rfc3339(struct str text, uint64_t *unix_ms);

#endif

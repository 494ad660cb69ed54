/* SPDX-License-Identifier: Apache-2.0
 * Dates known to the year, month or day, and intervals of them: Extended Date/Time Format
 * (ISO 8601-2:2019 annex A; loc.gov/standards/datetime), level 0 dates and intervals, plus
 * the open ends ".." of level 1.  Times of day are refused: a visit's dates have none.
 *
 *   2018   2018-07   2018-07-28   2018-07-28/2018-08-03   2018-07/..   ../2018
 *
 * Bounds are integers yyyymmdd, so they index and compare without time zones:
 * "2018-07" is 20180701..20180731.  An open start is EDTF_OPEN_LO, an open end EDTF_OPEN_HI;
 * a record without dates stores EDTF_UNKNOWN in both columns, which overlaps nothing. */
#ifndef ZIARA_BASE_EDTF_H
#define ZIARA_BASE_EDTF_H

#include "base/str.h"

#include <stdint.h>

#define EDTF_UNKNOWN 0
#define EDTF_OPEN_LO 1
#define EDTF_OPEN_HI 99999999
#define EDTF_MAX_LEN 21 /* yyyy-mm-dd/yyyy-mm-dd */

struct edtf {
	int32_t lo, hi;
};

/* NULL when `text` is valid and *out is set; otherwise a sentence in English that says what
 * is wrong and what to write instead (static storage).  Both ends open ("../..") is refused;
 * so is an interval that ends before it starts (20180803 < 20180728 by lower start > upper end). */
const char *edtf_parse(struct str text, struct edtf *out);

#endif

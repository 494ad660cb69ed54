/* SPDX-License-Identifier: Apache-2.0
 * The code lists embedded at build time from sql/codelists and iso-codes: what a new database
 * starts with.  Rows of one list stand together, `pos` ascending from 1. */
#ifndef ZIARA_REGISTER_CODELISTS_H
#define ZIARA_REGISTER_CODELISTS_H

#include <stdbool.h>
#include <stddef.h>

struct codelist_row {
	const char *list, *code;
	const char *parent;                           /* NULL: none */
	const char *label_en, *label_sw, *label_fr;   /* NULL where there is none; English always is */
	int pos;
	bool active;                                  /* false: former, kept for old records */
};

extern const struct codelist_row codelist_rows[];
extern const size_t codelist_rows_count;

#endif

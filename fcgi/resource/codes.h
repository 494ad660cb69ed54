/* SPDX-License-Identifier: Apache-2.0
 * Code lists in memory: a copy a thread, read anew when the label epoch has moved. */
#ifndef ZIARA_RESOURCE_CODES_H
#define ZIARA_RESOURCE_CODES_H

#include "db/db.h"

enum code_label { CODE_EN, CODE_FR, CODE_SW, CODE_LABELS };

struct code {
	struct str list, code, parent;
	struct str label[CODE_LABELS]; /* p == NULL when there is none; English is always there */
	bool active;
};

struct codes;

struct codes *codes_new(void);
void codes_free(struct codes *c);
/* Reads the lists when `epoch` differs from that of the copy. */
MUST_USE enum err codes_refresh(struct codes *c, struct db *d, uint64_t epoch);
/* NULL when the list has no such code. */
const struct code *codes_find(const struct codes *c, const char *list, struct str code);
/* The codes of one list in their order: *n of them, NULL when the list is unknown. */
const struct code *codes_list(const struct codes *c, struct str list, size_t *n);
/* Names of all lists, NULL-terminated, in ascending order. */
const char *const *codes_lists(const struct codes *c);
/* The label in the wanted language, else English. */
struct str codes_label(const struct code *c, enum code_label lang);
/* NULL-terminated codes of one list, for nearest-spelling hints. */
const char *const *codes_spellings(const struct codes *c, struct arena *a, const char *list);

#endif

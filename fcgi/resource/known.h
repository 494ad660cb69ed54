/* SPDX-License-Identifier: Apache-2.0
 * What was found out and is likely to be asked again: small facts, kept in memory by key and shared by the threads of a
 * process.  Each holds while its stamp does, and for KNOWN_MS at most: data that was put back from a copy has old stamps. */
#ifndef ZIARA_RESOURCE_KNOWN_H
#define ZIARA_RESOURCE_KNOWN_H

#include "base/arena.h"

#include <stdint.h>

enum { KNOWN_BYTES = 2 * 1024 * 1024, KNOWN_KEY_MAX = 512, KNOWN_MS = 10 * 60 * 1000 };

/* For each thread; without it nothing is ever known. */
MUST_USE enum err known_open(void);
void known_close(void);

/* The first letter of a key says what is known by it. */
enum known_kind {
	KNOWN_NO_CHAIN = 'c',   /* that no chain of successions begins at a record, for a view; stamp: label epoch */
	KNOWN_WORDS = 'w',      /* which stored words begin so (list_posted.h); stamp: 0, the page says whether it holds */
	KNOWN_ESTIMATE = 'e',   /* how many postings a word has, roughly; stamp: 0 */
};
struct known_key {
	char text[KNOWN_KEY_MAX];
	size_t n;               /* 0: too long; then it is never known */
};
void known_begin(struct known_key *k, enum known_kind kind, uint64_t now_ms);
/* Parts of any bytes: their lengths are part of the key. */
void known_add(struct known_key *k, struct str part);

/* True when something is known with that stamp; the text is the arena's. */
bool known_get(struct arena *a, const struct known_key *k, uint64_t stamp, struct str *text);
void known_put(const struct known_key *k, uint64_t stamp, struct str text);

#endif

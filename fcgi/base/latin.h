/* SPDX-License-Identifier: Apache-2.0
 * Names of any script in plain Latin letters, by the transliteration rules of ICU. */
#ifndef ZIARA_BASE_LATIN_H
#define ZIARA_BASE_LATIN_H

#include "base/arena.h"

/* Small ASCII letters and digits in words with one space between, from well-formed UTF-8; signs that
 * stand inside words (apostrophes, soft signs) are dropped, and so is what ICU has no letter for.  Other
 * releases of ICU may give other letters.  ERR_NOMEM, ERR_INTERNAL (ICU failed). */
MUST_USE enum err latin_of(struct arena *a, struct str s, struct str *out);
/* The form in which transliterations of one word by different rules mostly meet: kh and h, sh and s, zh and z,
 * ts and c, y, j and i, and double letters are one; y and j before a vowel are dropped.  `s` as latin_of gives it. */
MUST_USE enum err latin_plain(struct arena *a, struct str s, struct str *out);

#endif

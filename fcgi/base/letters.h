/* SPDX-License-Identifier: Apache-2.0
 * Letters that writers of one name use for one another and that Unicode does not decompose.
 *
 * What each rule rests on:
 * - Latin: CLDR's transform Latin-ASCII, for the letters of living alphabets (ø ł đ æ ŋ ɓ …), and in the
 *   same way the African and Azeri letters it leaves out (ɔ ə ɣ ɩ ʊ ǝ).
 * - Arabic: alef wasla is alef, teh marbuta heh, alef maksura and the Persian and Urdu yehs yeh, keheh kaf,
 *   the Urdu and Kurdish hehs heh, as light normalisation for retrieval has it (Larkey and others 2002).
 *   Alef, waw and yeh with hamza or madda are decomposed by Unicode, and lose them as an accent.
 * - Hebrew: final forms are their letters, so that the beginning of a word matches.
 * - Ge'ez: Amharic writes ሀ ሐ ኀ for one sound, and ሰ ሠ, አ ዐ, ጸ ፀ; the first and fourth order of ሀ and
 *   of አ sound alike too.
 * - Cyrillic: ґ is г. */
#ifndef ZIARA_BASE_LETTERS_H
#define ZIARA_BASE_LETTERS_H

#include <unicode/umachine.h>

enum { LETTERS_MAX = 2 };

/* One or two UTF-16 units in `out` that stand for `c` (case-folded and decomposed), and their number; 0
 * when it stands for itself.  What stands for others stands for itself. */
int letters_same(UChar32 c, UChar out[LETTERS_MAX]);

#endif

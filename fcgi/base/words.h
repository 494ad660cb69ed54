/* SPDX-License-Identifier: Apache-2.0
 * Text as the folded words by which it is found, in any script.
 *
 * Text is folded (text_fold: case, accents, apostrophes, letters that stand for one another), then cut where
 * Unicode has word boundaries (UAX #29, by ICU with CLDR's root rules: at spaces and punctuation, the Ge'ez
 * wordspace among it; Thai, Khmer, Lao, Burmese, Chinese and Japanese by dictionary).  What is neither letter,
 * mark nor number is no word.  Beyond that:
 *
 * rule                                         text              stored                        asked
 * 1. An apostrophe within a word, a gershayim, Ng'ang'a          anga nganga                   nganga
 *    a comma between digits and the middle     Kenya's 1,000     kenyas 1000                   kenyas 1000
 *    dot go.
 * 2. What follows the article or prefix before Côte d'Ivoire     cote ivoire divoire           cote divoire
 *    an apostrophe is a word too: Latin, up to l'Intérieur       interieur linterieur          linterieur
 *    four letters before, three or more after.
 * 3. Single letters with dots are one word.    I.O.M.            iom                           iom
 * 4. Words on both sides of a hyphen, maqaf,   Guinea-Bissau     guinea bissau guineabissau    guinea bissau
 *    ampersand, dot or underscore without a    AT&T              at t att                      at t
 *    space are found alone and joined; single  R&D               rd                            rd
 *    letters only joined.
 * 5. Arabic words lose the article and what    الداخلية          داخليه الداخليه               داخليه
 *    hangs before it (light10: Larkey and      للهجرة            هجره للهجره                   هجره
 *    others 2002) where three letters stay.
 * 6. Hebrew ו ה ב ל (and וה) where three       ההגירה            הגירה ההגירה                  ההגירה
 *    letters stay, Amharic የ ለ በ ከ where two   የሰላም              ሰላም የሰላም                     የሰላም
 *    stay: found without them too.
 * 7. A word of more than WORDS_BYTES_MAX is cut between two characters.
 *
 * What is asked by a text is always stored by it.  Two spellings that differ only in case, accents or
 * apostrophes give the same words.  Transliteration is not done: another script is another spelling. */
#ifndef ZIARA_BASE_WORDS_H
#define ZIARA_BASE_WORDS_H

#include "base/arena.h"

/* The width of the column `token`. */
enum { WORDS_BYTES_MAX = 160 };

enum words_use {
	WORDS_STORED, /* every word under which the text is to be found */
	WORDS_ASKED,  /* one spelling of each word of a searcher's text */
};

struct words {
	struct str *item; /* in the order of the text; repeats stay */
	size_t n;
};

/* The words of well-formed UTF-8, in the arena.  ERR_NOMEM; ERR_INTERNAL: ICU failed. */
MUST_USE enum err words_of(struct arena *a, struct str text, enum words_use use, struct words *out);

#endif

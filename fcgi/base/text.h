/* SPDX-License-Identifier: Apache-2.0
 * Unicode on the way in: validity, normal form C (Unicode UAX #15, by ICU), length in
 * characters (code points), and the nearest spelling for hints. */
#ifndef ZIARA_BASE_TEXT_H
#define ZIARA_BASE_TEXT_H

#include "base/arena.h"

#include <stdint.h>

/* Well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates, at most U+10FFFF). */
bool text_utf8_valid(struct str s);
/* Bytes of the longest well-formed beginning. */
size_t text_utf8_span(struct str s);
/* Code points in well-formed UTF-8. */
size_t text_length(struct str s);
/* Well-formed UTF-8 of at most `max` characters as it is; of a longer text the first words within them and "…".
 * p == NULL when memory is out. */
struct str text_brief(struct arena *a, struct str s, size_t max);
/* NFC of well-formed UTF-8; returns `s` itself when it is already NFC (the usual case,
 * decided by a quick check without copying).  ERR_NOMEM, ERR_INTERNAL (ICU failed). */
MUST_USE enum err text_nfc(struct arena *a, struct str s, struct str *out);
/* What two spellings of one name have in common, for search (rule 4 of the domain): compatibility case
 * folding (Unicode's NFKC_Casefold) without accents and format characters, letters that stand for one another
 * made one (base/letters.h), decimal digits of every script ASCII; NFC, in the arena.  The modifier letters of
 * transcriptions (U+02B9 to U+02BF, glottal stops) and the Arabic tatweel go; whatever is typed for an
 * apostrophe becomes ', gershayim ".  Marks that make another letter (vowel signs, nukta, kana voicing,
 * virama) stay.  Folding what is folded changes nothing. */
MUST_USE enum err text_fold(struct arena *a, struct str s, struct str *out);
/* Whether anything of well-formed UTF-8 shows: one character at least is no space, control or format character,
 * combining mark or filler (Unicode: Default_Ignorable_Code_Point, the empty braille cell).  Unassigned characters
 * count as showing, for later versions of Unicode may give them a form. */
bool text_shows(struct str s);
/* The candidate nearest to `word` by edit distance (optimal string alignment), or NULL when
 * none is within a third of its length (at least 1, at most 3 edits).  `candidates` ends
 * with NULL. */
const char *text_nearest(struct str word, const char *const *candidates);
/* The end of a sentence that may offer one: printf("No such field%s%s%s", TEXT_HINT(near)). */
#define TEXT_HINT(near) (near) ? "; did you mean " : "", (near) ? (near) : "", (near) ? "?" : "."

/* base64url without padding (RFC 4648, 5). */
struct str text_base64url(struct arena *a, struct str bytes);
/* False on a character outside the alphabet, an impossible length or non-zero spare bits. */
bool text_unbase64url(struct arena *a, struct str text, struct str *bytes);

#endif

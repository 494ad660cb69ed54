/* SPDX-License-Identifier: Apache-2.0
 * The table `token`: the words (base/words.h) of every field marked FIELD_SEARCH, by which records are found, kept in
 * the write's transaction.  A word has the lowest class under which a field with it shows, so a view finds a
 * record by no word that it could not read there.
 *
 * Beside each word stand all of the record's, as long as they fit: " 0kenya 0ministry 2shelter ", the class before each.
 * So whoever asks for several words reads the postings of one, without a look-up for each row. */
#ifndef ZIARA_RESOURCE_TOKEN_H
#define ZIARA_RESOURCE_TOKEN_H

#include "resource/ctx.h"
#include "resource/list.h"
#include "resource/record.h"

/* Words of one parameter q: of more, as in a whole title, the longest count, for they are the rarest. */
enum { TOKEN_ASKED_MAX = 8 };
/* Bytes of the column `beside`. */
enum { TOKEN_BESIDE_MAX = 255 };

/* Brings the words that lead to the first record of `all` (locked or new, kids loaded) in line with those of all of
 * them: itself, then what it answers for.  A word that stands only in another record that is not published
 * is of the highest class. */
MUST_USE enum err token_write(struct ctx *x, const struct shape *s, const struct records *all);
MUST_USE enum err token_delete(struct ctx *x, const struct shape *s, struct uuid id);
/* Whether both have the same texts under the same classes, so that nothing is to be written. */
bool token_same(const struct shape *s, const struct record *a, const struct record *b);

/* A term of the words of `q`: each must begin a word of the record, one of a single character must be one.
 * Faults go to the problem. */
MUST_USE enum err token_term(struct ctx *x, const struct http_param *p, struct term *t);

#endif

/* SPDX-License-Identifier: Apache-2.0
 * The words of the parameter q in the statement of a list.
 *
 * Words lead: the statement begins with the postings of the rarest one (the server guesses by its index how many each
 * has), keeps the records that have the others, each once, and only then reads and sorts records.  So its
 * cost is that of the rarest word, whatever the order of the page, and never that of the table; a single word
 * that a third of all records have costs as much as reading these.  Where another filter is answered by an
 * index too, words are conditions, and the server begins with what is narrower. */
#ifndef ZIARA_RESOURCE_LIST_WORDS_H
#define ZIARA_RESOURCE_LIST_WORDS_H

#include "resource/list.h"

/* The term whose words lead, or NULL. */
const struct term *list_words(const struct list_query *q);
/* Puts the rarest word first, from whose postings the others are looked for, and finds out whether the page is to be
 * read in the order of its postings (list_posted.h). */
MUST_USE enum err list_words_lead(struct ctx *x, struct list_query *q);
/* How many postings each word has, as the server guesses by two looks into the index: the text for it. */
void list_words_guess(struct list_sql *out, const struct list_query *q, const struct term *t);
/* The records that have every word, as the derived table d. */
void list_words_found(struct list_sql *out, struct arena *a, const struct list_query *q, const struct term *t, int64_t cls);
/* That the posting `alias`, of the first word, is of a record that has the others: " AND …" for each. */
void list_words_others(struct list_sql *out, struct arena *a, const struct list_query *q, const struct term *t, int64_t cls, const char *alias);
/* The same as a condition on t.id; `lookup`: it must stay a look-up for each row. */
void list_words_condition(struct list_sql *out, const struct list_query *q, const struct term *t, int64_t cls, bool lookup);

#endif

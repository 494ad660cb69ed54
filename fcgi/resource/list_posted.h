/* SPDX-License-Identifier: Apache-2.0
 * A page of what words find, read in the order of the postings of the rarest one (posting.h): reading ends when the
 * page is full, however many are found.
 *
 * It is for lists that ask for words alone, in the order of default_sort or backwards.  The word that leads stands for
 * all stored words that it begins; each of these has an order of its own, so they must be few, and are asked of
 * the table `word`.  What that said is remembered (known.h): words never go from the table, so as many as then are the
 * same ones, and the statement of the page counts them.  Everything else goes the way of list_words.h. */
#ifndef ZIARA_RESOURCE_LIST_POSTED_H
#define ZIARA_RESOURCE_LIST_POSTED_H

#include "resource/list.h"

/* Below so many expected postings of the rarest word, reading them all costs no more than finding out. */
enum { POSTED_FROM = 50 };
/* Stored words that the rarest one may begin. */
enum { POSTED_WORDS_MAX = 16 };
/* Where it begins several, each has a page read of its own: this pays only from so many expected postings on. */
enum { POSTED_SEVERAL_FROM = 500 };

/* Sets t->posted where the page can be read so: no record is marked as written without postings.  `expected`: postings
 * of the rarest word, INT64_MAX where nobody asked. */
MUST_USE enum err list_posted_words(struct ctx *x, const struct list_query *q, struct term *t, int64_t expected);
/* The last columns of the page, which tell whether the words are still these and no record is marked. */
size_t list_posted_checks(const struct list_query *q);
/* Whether the page is to be read once more, since they are others or a record is marked; then the term is as it is now.
 * An empty page cannot tell, and they are asked for. */
MUST_USE enum err list_posted_again(struct ctx *x, struct list_query *q, const struct db_rows *page, bool *again);
/* The statement of the page. */
void list_posted(struct list_sql *out, struct arena *a, const struct list_query *q, const struct term *t, int64_t cls);

#endif

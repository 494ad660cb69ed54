/* SPDX-License-Identifier: Apache-2.0
 * Pages of lists that are asked for again, kept in memory while nobody has changed anything.
 *
 * Each change adds one to a row of `write_stamp` in its own transaction (db/tx.c), so the sum of those rows and
 * the label epoch say in one cheap statement whether anything has changed since a page was made.  A program from
 * before that table does not count its changes; it may run beside this one during an upgrade, so a page is
 * kept for ten seconds at most. */
#ifndef ZIARA_APP_PAGES_H
#define ZIARA_APP_PAGES_H

#include "app/app.h"
#include "resource/shape.h"

enum { PAGES_KEPT_MS = 10000 };

struct pages_asked {
	struct str key;     /* p == NULL: not to be kept */
	uint64_t stamp;
};

/* For each thread; the first makes the room (page_memory_bytes; 0: nothing is kept), the last gives it back. */
MUST_USE enum err pages_open(const struct conf *c);
void pages_close(void);

/* *done: the answer is complete.  Else `asked` says what pages_keep needs; what is asked for the first time is not
 * kept, since most of that is never asked for again. */
MUST_USE enum err pages_find(struct call *c, const struct served *v, struct pages_asked *asked, bool *done);
/* Keeps the answer just made; next: the address of the next page, n == 0: none. */
void pages_keep(struct call *c, const struct pages_asked *asked, struct str next);

/* Headers of a page, kept or new. */
void pages_headers(struct call *c, const struct served *v, struct str next);

#endif

/* SPDX-License-Identifier: Apache-2.0
 * Answers that are asked for again (pages of lists, whole records), kept in memory while nobody has changed anything.
 *
 * Each change adds one to a row of `write_stamp` in its own transaction (db/tx.c), so the sum of those rows says in one
 * cheap statement whether anything has changed since an answer was made; threads that want to know at the same
 * time share it (base/coalesce.h).  A program from before that table does not count its changes; it may run
 * beside this one during an upgrade, so an answer is kept for ten seconds at most. */
#ifndef ZIARA_APP_PAGES_H
#define ZIARA_APP_PAGES_H

#include "base/conf.h"
#include "resource/ctx.h"

enum { PAGES_KEPT_MS = 10000, PAGES_QUIET_MS = 20 };

struct kept {
	struct str line;    /* what the headers need, no line feed in it; p == NULL: nothing is kept */
	struct str body;
};

struct pages_asked {
	struct str key;     /* p == NULL: not to be kept */
	uint64_t stamp;
};

enum pages_worth {
	PAGES_DEAR,  /* making it costs much more than asking whether it holds */
	PAGES_CHEAP, /* it does not: so nothing is asked until PAGES_QUIET_MS after a change, and a register that
	              * changes all the time costs its readers nothing */
};

/* For each thread; the first makes the room (page_memory_bytes; 0: nothing is kept), the last gives it back. */
MUST_USE enum err pages_open(const struct conf *c);
void pages_close(void);

/* What is kept under `key` (everything the answer depends on but the data), if it holds.  Else `asked` says what
 * pages_keep needs; what is asked for the first time is not kept, since most of that is never asked for again. */
MUST_USE enum err pages_find(struct ctx *x, struct str key, enum pages_worth worth, struct pages_asked *asked, struct kept *kept);
/* Keeps the answer just made. */
void pages_keep(const struct ctx *x, const struct pages_asked *asked, const struct kept *made);

#endif

/* SPDX-License-Identifier: Apache-2.0
 * Which stored records are like one that is being written. */
#ifndef ZIARA_RESOURCE_LIKENESS_FIND_H
#define ZIARA_RESOURCE_LIKENESS_FIND_H

#include "resource/likeness.h"

struct likeness_match {
	struct uuid id;
	struct str name, state;
	unsigned reasons;     /* bits of likeness_find_reasons */
	int best;             /* score of the best of them */
	bool apart;           /* known to be another */
};

struct likeness_matches {
	struct likeness_match *item;
	size_t n, cap;
};

/* Reads with locks that hold until the transaction ends: the keys of the record itself are stored by now, so of two
 * that are written at once one sees the other.  `list` as likeness_write takes it. */
MUST_USE enum err likeness_find(struct ctx *x, const struct shape *s, const struct records *list, const struct likeness_keys *keys,
				bool created, struct likeness_matches *out);
/* Score and reasons ("name acronym") of a match; NULL when memory is out. */
const char *likeness_find_reasons(struct arena *a, const struct likeness_match *m, int *score);

#endif

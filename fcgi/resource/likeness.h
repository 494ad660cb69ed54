/* SPDX-License-Identifier: Apache-2.0
 * The tables `likeness` and `likely_pair`: which records may be the same body or person, kept in the write's
 * transaction.
 *
 * what two records share                       reason           score
 * an identifier, but for spaces and signs      identifier       95
 * a name                                       name             90
 * a name, transliterated                       transliteration  80
 * a name's words but the light ones            words            75
 * the name of one is the acronym of the other  acronym          65
 * a name's consonants                          spelling         60
 * the name of one are the initials of the other  acronym        45
 * an acronym                                   acronym          40
 * the acronym of one are the initials of the other  acronym     30
 *
 * The best counts, and 2 more for each further reason that does not follow from another.  Where the country of one
 * alone is known it is 15 less, but for identifiers; names and acronyms in two known countries are no reason.  A
 * record that says that another is its parent, relation or successor is no duplicate of it.  A merged record lends its
 * keys to the one that answers for it while it is published, and pairs with nobody. */
#ifndef ZIARA_RESOURCE_LIKENESS_H
#define ZIARA_RESOURCE_LIKENESS_H

#include "resource/ctx.h"
#include "resource/likeness_key.h"

/* A key that more records than that share says nothing: nobody is paired by it, or within its country only
 * where that has no more.  Pairs made before it became so common stay until one of the two is written again. */
enum { LIKENESS_COMMON = 50 };
/* From this score on who makes a record is told of the other. */
enum { LIKENESS_CLOSE = 60 };

/* One that a record made by this request is like. */
struct likely {
	const struct shape *shape;
	struct uuid id;
	struct str name;
	int score;
	const char *reasons;      /* "name acronym" */
};

/* The closest of a transaction, best first. */
enum { LIKELY_MAX = 5 };
struct likely_list {
	struct likely item[LIKELY_MAX];
	size_t n;
};

/* Brings keys and pairs in line with a record and those it answers for (`list`: itself first; all locked or new, kids
 * loaded).  `before` is the record as it was, when nothing else has changed: where neither names nor links differ there
 * is nothing to do; else NULL.  Those that are close to a new record (not known to the table), and that the caller may
 * know of, are added to x->likely. */
MUST_USE enum err likeness_write(struct ctx *x, const struct shape *s, const struct record *before, const struct records *list);
MUST_USE enum err likeness_delete(struct ctx *x, const struct shape *s, struct uuid id);

#endif

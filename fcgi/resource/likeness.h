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
 * record that says that another is its parent, relation or successor is no duplicate of it. */
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

/* Writes the keys and pairs of a new record, and adds those that are close, and that the caller may know of, to
 * x->likely. */
MUST_USE enum err likeness_create(struct ctx *x, const struct shape *s, const struct record *r);
/* Brings keys and pairs in line after a change; does nothing when neither names nor links differ. */
MUST_USE enum err likeness_update(struct ctx *x, const struct shape *s, const struct record *before, const struct record *after);
/* Brings keys and pairs in line whatever is stored; `list` is the record, then those it answers for (all locked, kids
 * loaded). */
MUST_USE enum err likeness_renew(struct ctx *x, const struct shape *s, const struct records *list);
MUST_USE enum err likeness_delete(struct ctx *x, const struct shape *s, struct uuid id);

#endif

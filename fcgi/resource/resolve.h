/* SPDX-License-Identifier: Apache-2.0
 * What references to a body show: its name at the time of the record that refers to it, and the body it is today.
 *
 * The time of a record is the first day of the first of its dated fields that is set: a day, or the month or year
 * in which that day lies.  A name that has come to an end (kind official or former, with `to`) is shown when it
 * was certainly in use on that day, whatever day of the month or year it was: `to` does not begin before the end of
 * that span, and `from` does not end after its beginning.  A name without `from` begins where the last of those that
 * ended before it has certainly ended.  The first such name in the order of the record is shown; where there is none,
 * or where it is not certain, today's name.
 *
 * Of a record that answers for others, the names of those count where its own tell nothing, and so do their successions;
 * what a merged draft says shows to those who see drafts.
 *
 * The body of today is the last of the chain of full successions (neither partial nor a split), as far as the view
 * sees it: a body that it does not see is as absent. */
#ifndef ZIARA_RESOURCE_RESOLVE_H
#define ZIARA_RESOURCE_RESOLVE_H

#include "resource/ctx.h"
#include "resource/record.h"

/* The span in which the first day of an EDTF text lies; hi == 0: open or not known. */
struct edtf resolve_first_day(struct str edtf);
/* The same for a root, from its dated fields. */
struct edtf resolve_when(const struct shape *s, const struct record *r);
/* The leaves that it looks at. */
uint64_t resolve_leaves(const struct shape *s);
/* Fills `standing` of every reference in these records and in the kids that are loaded: one statement for names and
 * one for successions (and one for each further link of their chains), none when nothing refers to a body with a
 * history.  Records of a child's shape bring `when`. */
MUST_USE enum err resolve_references(struct ctx *x, const struct shape *s, struct records *list);
/* The same for n values, those of them that are set, each with its time: references to records of `target` which the
 * view sees. */
MUST_USE enum err resolve_values(struct ctx *x, const struct shape *target, struct value *v, const struct edtf *when, size_t n);
/* Whether references to the record show something else after this change, its label and state left aside. */
bool resolve_differs(const struct shape *s, const struct record *before, const struct record *after);

#endif

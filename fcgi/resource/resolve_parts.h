/* SPDX-License-Identifier: Apache-2.0
 * What references are resolved from: former names, and chains of successions, of many bodies at once. */
#ifndef ZIARA_RESOURCE_RESOLVE_PARTS_H
#define ZIARA_RESOURCE_RESOLVE_PARTS_H

#include "resource/ctx.h"
#include "resource/shape.h"

/* Sorts ids and drops repetitions; returns how many are left. */
size_t resolve_distinct(struct uuid *ids, size_t n);

struct resolve_period;
struct resolve_names {
	struct resolve_period *item;
	size_t n;
};
/* Names that have come to an end, of these bodies and of what was merged into them: a statement for each LOAD_IN_MAX. */
MUST_USE enum err resolve_names_load(struct ctx *x, const struct shape *target, const struct uuid *bodies, size_t n,
				     struct resolve_names *out);
/* The name certainly in use in `when`; p == NULL: none. */
struct str resolve_names_at(const struct resolve_names *names, struct uuid body, struct edtf when);

struct resolve_step {
	struct uuid body, of;    /* `of` has the succession: the body itself, or what was merged into it */
	struct uuid next;        /* the record that answers */
	struct str name;
};
struct resolve_chains {
	struct resolve_step *item;
	size_t n, cap;
};
/* Chains of full successions from these bodies, as far as the view sees them: a statement a link. */
MUST_USE enum err resolve_chains_load(struct ctx *x, const struct shape *target, const struct uuid *bodies, size_t n,
				      struct resolve_chains *out);
/* The last link of the body's chain; NULL: none. */
const struct resolve_step *resolve_chains_last(const struct resolve_chains *chains, struct uuid body);

#endif

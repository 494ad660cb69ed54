/* SPDX-License-Identifier: Apache-2.0
 * What one request carries through the engine. */
#ifndef ZIARA_RESOURCE_CTX_H
#define ZIARA_RESOURCE_CTX_H

#include "access/key.h"
#include "access/view.h"
#include "base/clock.h"
#include "base/conf.h"
#include "base/fault.h"
#include "db/db.h"
#include "resource/codes.h"

struct likely_list;

struct ctx {
	struct arena *arena;
	struct db *db;
	const struct conf *conf;
	struct view view;
	struct problem *problem;
	struct codes *codes;        /* this thread's copy */
	uint64_t epoch;             /* label epoch of the snapshot being read */
	uint64_t chains_at;         /* the label epoch read beside references, outside any change; 0: none was */
	uint64_t now_ms;            /* one time a request */
	struct alias_ref *merged;   /* references read that lead to merged records; alias_settle sees to them */
	const struct key *key;      /* of the caller; NULL: none, and no writes */
	uint64_t kept;              /* rows beside the records (facets, words, likenesses) written or removed */
	unsigned scope_needed;      /* by a request refused for want of it */
	const char *request_id;     /* for change rows */
	struct str nginx_id;        /* nginx's id of this request, for answers to repeats; may be empty */
	struct str base_url;        /* public URL and prefix, for links */
	struct likely_list *likely; /* what records made in this transaction are like (likeness.h); NULL: nothing */
};

/* 403 insufficient_scope (RFC 6750, 3.1). */
MUST_USE static inline enum err ctx_refuse_scope(struct ctx *x, unsigned scope)
{
	x->scope_needed = scope;
	return problem_set(x->problem, 403, "insufficient_scope", "This needs a key with the scope %s.", scope_name(scope));
}

#endif

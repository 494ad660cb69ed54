/* SPDX-License-Identifier: Apache-2.0
 * From a JSON body to a record: every fault is collected with its pointer. */
#ifndef ZIARA_RESOURCE_PARSE_H
#define ZIARA_RESOURCE_PARSE_H

#include "json/reader.h"
#include "resource/ctx.h"
#include "resource/record.h"

struct parse {
	struct ctx *x;
	bool patch;                  /* merge patch (RFC 7396) over `before` */
	bool ids_allowed;            /* items may bring ids the record does not know: on create */
	bool child;                  /* the body is a child served by itself, which names its root */
	bool reference;              /* the body is a reference that also says "create" */
	struct str state;            /* of records made on the way that say none: that of the record they are made for */
	/* How {name, create: true} makes a record: given by the writer, so that parsing stays below it. */
	enum err (*create)(struct ctx *x, const struct shape *s, struct record *r);
};

/* Fills `out` (record_init done) from the members of `body`; `before` (NULL on create) lends
 * unchanged values to a patch and item ids to nested arrays.  Returns ERR_OK also when faults
 * were added to x->problem: check n_faults.  Other errors: database, memory. */
MUST_USE enum err parse_record(const struct parse *p, const struct shape *s, struct json body, const char *pointer,
			       const struct record *before, struct record *out);

/* One leaf from its JSON value (not null).  Adds a fault, or sets *out. */
MUST_USE enum err parse_value(const struct parse *p, const struct leaf *l, struct json v, const char *pointer,
			      struct value *out);
/* A reference: {id}, {identifier} or {name, create: true}. */
MUST_USE enum err parse_ref(const struct parse *p, const struct leaf *l, struct json v, const char *pointer,
			    struct value *out);

/* Checks shared with filters: a sentence that says what is wrong, or NULL. */
const char *parse_decimal_fault(struct str s);
const char *parse_url_fault(struct str s);

/* Reads the code lists anew when the epoch of this snapshot is not theirs. */
MUST_USE enum err parse_codes_ready(struct ctx *x);

#endif

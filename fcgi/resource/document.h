/* SPDX-License-Identifier: Apache-2.0
 * Stored renderings of whole roots: a cache in the database.  A text is there only while the record
 * has the version it shows (document_store, document_forget), and valid only while label epoch and
 * build match.  What depends on the clock or on other roots is never in one. */
#ifndef ZIARA_RESOURCE_DOCUMENT_H
#define ZIARA_RESOURCE_DOCUMENT_H

#include "resource/ctx.h"
#include "resource/record.h"

enum { DOCUMENT_VARIANT_MAX = 20 };

struct document {
	char variant[DOCUMENT_VARIANT_MAX + 1]; /* view and address: what else the text depends on */
	const char *build;
	uint32_t version;        /* of the record, as it is now */
	struct str updated_at;   /* RFC 3339 */
	struct str state;        /* document_head only */
	bool merged;             /* document_head only: merged into another, so that this is not for answers */
	struct str body;         /* document_read only; n == 0: nothing valid is stored */
};

/* Says which text is meant: for this view, with addresses below x->base_url. */
void document_name(const struct ctx *x, const char *build, struct document *d);
/* One statement: the record's version, state and time, and the label epoch (into x->epoch): all that an
 * entity tag is made of.  ERR_NOT_FOUND: no such record. */
MUST_USE enum err document_head(struct ctx *x, const struct shape *s, struct uuid id, struct document *d);
/* One statement: the stored text if it is valid, with version, time and epoch (into x->epoch).  A text for
 * a view that sees only published records exists only for those. */
MUST_USE enum err document_read(struct ctx *x, const struct shape *s, struct uuid id, struct document *d);
/* Keeps a text rendered from a snapshot in which the record had d->version and the epoch was
 * x->epoch, if that is its version still.  A failure only costs the next reader time, so it is
 * logged and not returned. */
void document_store(struct ctx *x, const struct shape *s, struct uuid id, const struct document *d, struct str body);
/* Forgets every text of a record that changes or goes, in the transaction under way. */
MUST_USE enum err document_forget(struct ctx *x, const struct shape *s, struct uuid id);

#endif

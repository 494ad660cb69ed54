/* SPDX-License-Identifier: Apache-2.0
 * Answering for a whole record without reading its tables: from memory (app/pages.h), from its stored text
 * (resource/document.h), or with 304. */
#ifndef ZIARA_APP_RECORDS_STORED_H
#define ZIARA_APP_RECORDS_STORED_H

#include "app/app.h"
#include "app/pages.h"
#include "resource/record.h"
#include "resource/shape.h"

/* Each of them: *done: it is answered.  `asked` goes from the first to the others, which keep what they found. */
MUST_USE enum err records_kept(struct call *c, const struct served *v, struct uuid id, struct pages_asked *asked, bool *done);
/* 304, decided on version, epoch and view alone.  ERR_NOT_FOUND: no such record, or none for this view. */
MUST_USE enum err records_not_modified(struct call *c, const struct served *v, struct uuid id, const struct pages_asked *asked,
				       bool *done);
MUST_USE enum err records_stored(struct call *c, const struct served *v, struct uuid id, const struct pages_asked *asked, bool *done);

/* Keeps the answer just made of the record, in the database and in memory. */
void records_store(struct call *c, const struct served *v, const struct record *r, const struct pages_asked *asked);

/* The header Last-Modified. */
MUST_USE enum err records_last_modified(struct call *c, struct str rfc3339);

#endif

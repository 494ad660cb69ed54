/* SPDX-License-Identifier: Apache-2.0
 * Reading and writing records over HTTP: the same for every resource. */
#ifndef ZIARA_APP_RECORDS_H
#define ZIARA_APP_RECORDS_H

#include "app/app.h"
#include "http/etag.h"
#include "json/reader.h"
#include "resource/render.h"

MUST_USE enum err records_list(struct call *c, const struct served *v);
MUST_USE enum err records_read(struct call *c, const struct served *v, struct uuid id);
MUST_USE enum err records_create(struct call *c, const struct served *v);
MUST_USE enum err records_put(struct call *c, const struct served *v, struct uuid id);
MUST_USE enum err records_patch(struct call *c, const struct served *v, struct uuid id);
MUST_USE enum err records_delete(struct call *c, const struct served *v, struct uuid id);

/* Status, headers and body for one record. */
MUST_USE enum err records_answer(struct call *c, const struct served *v, const struct render *o, const struct record *r,
				 int status, uint32_t version);
/* 410 or 404 for an id that is not there. */
MUST_USE enum err records_absent(struct call *c, const struct served *v, struct uuid id);
/* This request's query at the address `path`, fit for a header: with another cursor, or as it is (cursor.p NULL).
 * p == NULL when memory is out. */
struct str records_url(struct call *c, const char *path, struct str cursor);
/* What a write is refused with at a merged record: 409 that names the one to write to. */
MUST_USE enum err records_refuse_merged(struct ctx *x, const struct shape *s, const struct record *merged);
/* Refuses who may not write records of this kind; `id` NULL: whether there is such a record says nothing to the
 * caller. */
MUST_USE enum err records_may_write(struct call *c, const struct served *v, const struct uuid *id);
/* The JSON object of the request's body.  accept_header: sent when the media type is another; NULL: none. */
MUST_USE enum err records_body(struct call *c, const char *type, const char *accept_header, struct json *out);
/* If-Match against the record's version: 428, 412 or 400 unless it fits. */
MUST_USE enum err records_precondition(struct call *c, uint32_t version);
/* Whether answers hold personal data, which no cache may keep. */
bool records_personal(const struct call *c, const struct served *v);
/* Every member that the caller may see. */
struct render records_whole(const struct call *c, const struct served *v);
/* ERR_OK for a record that the caller may know of; else the answer of records_absent. */
MUST_USE enum err records_seen(struct call *c, const struct served *v, struct uuid id);
void records_etag(const struct ctx *x, uint32_t version, char out[ETAG_MAX]);
/* "https://…/visits/", to which ids are added. */
MUST_USE enum err records_self(struct ctx *x, const struct served *v, struct str *out);

#endif

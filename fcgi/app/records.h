/* SPDX-License-Identifier: Apache-2.0
 * Reading and writing records over HTTP: the same for every resource. */
#ifndef ZIARA_APP_RECORDS_H
#define ZIARA_APP_RECORDS_H

#include "app/app.h"
#include "http/etag.h"
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
void records_etag(const struct ctx *x, uint32_t version, char out[ETAG_MAX]);
/* "https://…/visits/", to which ids are added. */
MUST_USE enum err records_self(struct ctx *x, const struct served *v, struct str *out);

#endif

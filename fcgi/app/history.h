/* SPDX-License-Identifier: Apache-2.0
 * ?at=DATE on one record with a history: what it was called, belonged to and had become at that time. */
#ifndef ZIARA_APP_HISTORY_H
#define ZIARA_APP_HISTORY_H

#include "http/request.h"
#include "resource/ctx.h"
#include "resource/record.h"

struct history {
	bool asked;
	struct str date;   /* as it was asked */
	struct edtf when;
};

/* Takes the parameter `at` where the resource has a history; elsewhere it stays unknown.  Faults go to the problem. */
void history_parse(struct ctx *x, const struct served *v, struct http_request *r, struct history *h);
/* The member `at` of the answer, from a record with all its kids: {date, name, parent, successors, exists}.  Only what
 * is certain for the whole of the date counts: a parent that is not is null, so is `exists`; the name follows
 * resource/resolve.h.  Successors are those the record had by the end of the date.  What it answers for tells of the
 * same body, after the record itself, as far as the view sees it. */
MUST_USE enum err history_write(struct ctx *x, const struct shape *s, const struct record *r, const struct history *h, struct str *json);

#endif

/* SPDX-License-Identifier: Apache-2.0
 * What one request carries through the engine. */
#ifndef ZIARA_RESOURCE_CTX_H
#define ZIARA_RESOURCE_CTX_H

#include "access/view.h"
#include "base/clock.h"
#include "base/conf.h"
#include "base/fault.h"
#include "db/db.h"
#include "resource/codes.h"

struct ctx {
	struct arena *arena;
	struct db *db;
	const struct conf *conf;
	struct view view;
	struct problem *problem;
	struct codes *codes;        /* this thread's copy */
	uint64_t epoch;             /* label epoch of the snapshot being read */
	uint64_t now_ms;            /* one time a request */
	const char *request_id;     /* for change rows */
	struct str nginx_id;        /* nginx's id of this request, for answers to repeats; may be empty */
	struct str base_url;        /* public URL and prefix, for links */
};

#endif

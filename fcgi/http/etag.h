/* SPDX-License-Identifier: Apache-2.0
 * Entity tags (RFC 9110, 8.8.3 and 13.1): version.epoch.build.view.format, all in one. */
#ifndef ZIARA_HTTP_ETAG_H
#define ZIARA_HTTP_ETAG_H

#include "base/str.h"

#include <stdint.h>

#define ETAG_MAX 80

struct etag {
	uint32_t version;   /* of the root record */
	uint64_t epoch;     /* label epoch */
	const char *build;  /* fingerprint of descriptors and configuration, 8 hex digits */
	char view;          /* 'p' public, 'r' … : see access/view.h */
	char format;        /* 'j' JSON */
};

/* Writes the quoted tag and a NUL. */
void etag_format(const struct etag *t, char out[ETAG_MAX]);

/* If-None-Match: weak comparison over the list; "*" matches any existing record. */
bool etag_none_match_hits(struct str if_none_match, const char *tag);

enum etag_match { ETAG_ABSENT, ETAG_ANY, ETAG_HIT, ETAG_MISS, ETAG_MALFORMED };
/* If-Match: compares the version part only and ignores W/, so that a tag read in another
 * view, format or epoch, or weakened by a compressing proxy, still serves. */
enum etag_match etag_match_version(struct str if_match, uint32_t version);

#endif

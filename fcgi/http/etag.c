/* SPDX-License-Identifier: Apache-2.0
 * Entity tags: written, listed, compared. */
#include "http/etag.h"

#include <inttypes.h>
#include <stdio.h>

void etag_format(const struct etag *t, char out[ETAG_MAX])
{
	snprintf(out, ETAG_MAX, "\"%" PRIu32 ".%" PRIx64 ".%.16s.%c.%c\"", t->version, t->epoch, t->build, t->view,
		 t->format);
}

/* Takes one entity-tag off the list: 1 with its opaque part (without quotes and W/), 0 at the
 * end, -1 when the list is malformed.  Commas may stand inside a tag (RFC 9110, 8.8.3). */
static int next_tag(struct str *list, struct str *opaque)
{
	size_t i = 0;
	while (i < list->n && (list->p[i] == ' ' || list->p[i] == '\t' || list->p[i] == ','))
		i++;
	if (i == list->n)
		return 0;
	if (i + 2 < list->n && list->p[i] == 'W' && list->p[i + 1] == '/')
		i += 2;
	if (list->p[i] != '"')
		return -1;
	size_t start = ++i;
	while (i < list->n && list->p[i] != '"') {
		unsigned char c = (unsigned char)list->p[i];
		if (c <= ' ' || c == 0x7f)
			return -1;
		i++;
	}
	if (i == list->n)
		return -1;
	*opaque = (struct str){ list->p + start, i - start };
	i++;
	while (i < list->n && (list->p[i] == ' ' || list->p[i] == '\t'))
		i++;
	if (i < list->n && list->p[i] != ',')
		return -1;
	*list = (struct str){ list->p + i, list->n - i };
	return 1;
}

/* The digits before the first dot; false when the tag is none of ours. */
static bool version_of(struct str opaque, uint32_t *version)
{
	struct str rest;
	struct str digits = str_cut(opaque, '.', &rest);
	uint64_t value = 0;
	if (digits.n < 1 || digits.n > 10 || (digits.n > 1 && digits.p[0] == '0'))
		return false;
	for (size_t i = 0; i < digits.n; i++) {
		if (digits.p[i] < '0' || digits.p[i] > '9')
			return false;
		value = value * 10 + (uint64_t)(digits.p[i] - '0');
	}
	*version = (uint32_t)value;
	return value <= UINT32_MAX;
}

bool etag_none_match_hits(struct str if_none_match, const char *tag)
{
	struct str list = str_trim(if_none_match), own = str_from(tag), ours, opaque;
	if (str_is(list, "*"))
		return true;
	if (next_tag(&own, &ours) != 1)
		return false;
	while (next_tag(&list, &opaque) == 1)
		if (str_eq(opaque, ours))
			return true;
	return false;
}

enum etag_match etag_match_version(struct str if_match, uint32_t version)
{
	struct str list = str_trim(if_match), opaque;
	enum etag_match match = ETAG_MISS;
	size_t n = 0;
	int got;
	if (!if_match.p)
		return ETAG_ABSENT;
	if (str_is(list, "*"))
		return ETAG_ANY;
	for (; (got = next_tag(&list, &opaque)) == 1; n++) {
		uint32_t theirs;
		if (version_of(opaque, &theirs) && theirs == version)
			match = ETAG_HIT;
	}
	return got < 0 || n == 0 ? ETAG_MALFORMED : match;
}

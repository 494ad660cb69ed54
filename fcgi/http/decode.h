/* SPDX-License-Identifier: Apache-2.0
 * Percent-decoding of one path segment, parameter name or value (RFC 3986, 2.1), internal to http/. */
#ifndef ZIARA_HTTP_DECODE_H
#define ZIARA_HTTP_DECODE_H

#include "base/arena.h"

enum { DECODE_EXCERPT_MAX = 40 };

/* The decoded text: `raw` itself when there is nothing to decode.  ERR_SYNTAX with a sentence
 * in *why: a broken escape, NUL, a raw space or control character, or bytes that are not UTF-8. */
MUST_USE enum err decode_percent(struct arena *a, struct str raw, bool plus_is_space, struct str *out,
				 const char **why);
/* The start of `raw` with everything but printable ASCII replaced by '?', for sentences. */
const char *decode_excerpt(struct arena *a, struct str raw);

#endif

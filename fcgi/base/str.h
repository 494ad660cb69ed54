/* SPDX-License-Identifier: Apache-2.0
 * Text slices: a pointer and a length in bytes, not owned, not terminated. */
#ifndef ZIARA_BASE_STR_H
#define ZIARA_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct str {
	const char *p;
	size_t n;
};

/* A slice of a string literal. */
#define STR(lit) ((struct str){ (lit), sizeof(lit) - 1 })
/* printf("%.*s", STR_ARG(s)) */
#define STR_ARG(s) (int)(s).n, ((s).p ? (s).p : "")

static inline struct str str_from(const char *z)
{
	return (struct str){ z, z ? strlen(z) : 0 };
}

static inline bool str_eq(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool str_is(struct str a, const char *z)
{
	return str_eq(a, str_from(z));
}

static inline bool str_starts(struct str a, struct str prefix)
{
	return a.n >= prefix.n && (prefix.n == 0 || memcmp(a.p, prefix.p, prefix.n) == 0);
}

/* Cuts `s` at the first `sep`: returns the part before it and leaves the part
 * after it in *rest (p == NULL when there was no `sep`). */
static inline struct str str_cut(struct str s, char sep, struct str *rest)
{
	const char *at = s.n ? memchr(s.p, sep, s.n) : NULL;
	if (!at) {
		*rest = (struct str){ NULL, 0 };
		return s;
	}
	size_t head = (size_t)(at - s.p);
	*rest = (struct str){ at + 1, s.n - head - 1 };
	return (struct str){ s.p, head };
}

/* ASCII case-insensitive comparison (header names, media types). */
bool str_ieq(struct str a, struct str b);
/* Without leading and trailing spaces and tabs. */
struct str str_trim(struct str s);

#endif

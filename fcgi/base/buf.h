/* SPDX-License-Identifier: Apache-2.0
 * A growing byte buffer with a hard cap and a sticky error: write freely, check once.
 *
 * Lives outside arenas, so one buffer serves many requests without new allocations. */
#ifndef ZIARA_BASE_BUF_H
#define ZIARA_BASE_BUF_H

#include "base/err.h"
#include "base/str.h"

#include <stdint.h>

struct buf {
	char *p;
	size_t n, size, cap;
	enum err err; /* ERR_LIMIT or ERR_NOMEM once a write did not fit; later writes do nothing */
};

void buf_init(struct buf *b, size_t cap_bytes);
/* Forgets content and error, keeps the memory. */
void buf_clear(struct buf *b);
void buf_free(struct buf *b);

void buf_add(struct buf *b, const void *p, size_t n);
void buf_str(struct buf *b, struct str s);
void buf_z(struct buf *b, const char *z);
void buf_char(struct buf *b, char c);
void buf_int(struct buf *b, int64_t i);
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Where n > 0 more bytes may be written, which the caller then adds to b->n; NULL (error set)
 * when they do not fit. */
char *buf_grow(struct buf *b, size_t n);
static inline char *buf_room(struct buf *b, size_t n)
{
	return !b->err && n <= b->size - b->n ? b->p + b->n : buf_grow(b, n);
}
/* The content; valid until the next write. */
static inline struct str buf_view(const struct buf *b)
{
	return (struct str){ b->p, b->n };
}

#endif

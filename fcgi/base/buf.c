/* SPDX-License-Identifier: Apache-2.0
 * The growing buffer: doubling up to its cap, numbers written without printf. */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { FIRST_SIZE = 4096, INT_DIGITS = 20 };

void buf_init(struct buf *b, size_t cap_bytes)
{
	*b = (struct buf){ .cap = cap_bytes };
}

void buf_clear(struct buf *b)
{
	b->n = 0;
	b->err = ERR_OK;
}

void buf_free(struct buf *b)
{
	free(b->p);
	*b = (struct buf){ .cap = b->cap };
}

char *buf_grow(struct buf *b, size_t n)
{
	if (b->err)
		return NULL;
	if (n > b->cap - b->n) {
		b->err = ERR_LIMIT;
		return NULL;
	}
	size_t need = b->n + n;

	if (need > b->size) {
		size_t size = b->size ? b->size : FIRST_SIZE;

		while (size < need && size <= b->cap / 2)
			size *= 2;
		if (size < need || size > b->cap)
			size = b->cap;
		/* One byte more than promised, for the NUL that vsnprintf writes. */
		char *p = size < SIZE_MAX ? realloc(b->p, size + 1) : NULL;
		if (!p) {
			b->err = ERR_NOMEM;
			return NULL;
		}
		b->p = p;
		b->size = size;
	}
	return b->p ? b->p + b->n : NULL;
}

void buf_add(struct buf *b, const void *p, size_t n)
{
	if (!n)
		return;
	char *at = buf_room(b, n);

	if (!at)
		return;
	memcpy(at, p, n);
	b->n += n;
}

void buf_str(struct buf *b, struct str s)
{
	buf_add(b, s.p, s.n);
}

void buf_z(struct buf *b, const char *z)
{
	buf_add(b, z, strlen(z));
}

void buf_char(struct buf *b, char c)
{
	char *at = buf_room(b, 1);

	if (!at)
		return;
	*at = c;
	b->n++;
}

void buf_int(struct buf *b, int64_t i)
{
	char digits[INT_DIGITS];
	char *p = digits + sizeof(digits);
	/* Negating in unsigned arithmetic is defined for INT64_MIN too. */
	uint64_t u = i < 0 ? 0 - (uint64_t)i : (uint64_t)i;

	do {
		*--p = (char)('0' + u % 10);
		u /= 10;
	} while (u);
	if (i < 0)
		*--p = '-';
	buf_add(b, p, (size_t)(digits + sizeof(digits) - p));
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list args, again;

	if (b->err)
		return;
	va_start(args, fmt);
	va_copy(again, args);
	int n = vsnprintf(NULL, 0, fmt, args);
	va_end(args);

	if (n < 0) {
		b->err = ERR_NOMEM;
	} else if (n > 0) {
		char *at = buf_room(b, (size_t)n);

		if (at) {
			vsnprintf(at, (size_t)n + 1, fmt, again);
			b->n += (size_t)n;
		}
	}
	va_end(again);
}

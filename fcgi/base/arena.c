/* SPDX-License-Identifier: Apache-2.0
 * The arena: blocks from which memory is cut front to back, or one malloc a piece under
 * AddressSanitizer. */
#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#if defined(__SANITIZE_ADDRESS__) && !defined(ZIARA_ARENA_MALLOC)
#define ZIARA_ARENA_MALLOC
#endif
#if defined(__has_feature)
#if __has_feature(address_sanitizer) && !defined(ZIARA_ARENA_MALLOC)
#define ZIARA_ARENA_MALLOC
#endif
#endif

enum { ROOM_FIRST = 8 }; /* items */

enum {
	ALIGN = alignof(max_align_t),
	FIRST_BLOCK = 32 * 1024,
	LATER_BLOCK = 128 * 1024,
};

struct cleanup {
	struct cleanup *next;
	void (*fn)(void *);
	void *arg;
};

struct block {
	struct block *next;
	size_t size, used;
	alignas(max_align_t) char data[];
};

struct arena {
	size_t cap, used;
	struct cleanup *cleanups;
#ifdef ZIARA_ARENA_MALLOC
	void **pieces; /* a list of its own: a header before each piece would hide underruns */
	size_t n_pieces, size_pieces;
#else
	struct block *first, *last;
#endif
};

static _Thread_local unsigned long fail_countdown;

void arena_fail_nth(unsigned long n)
{
	fail_countdown = n;
}

static size_t round_up(size_t n)
{
	return (n + ALIGN - 1) & ~(size_t)(ALIGN - 1);
}

#ifdef ZIARA_ARENA_MALLOC

static bool storage_init(struct arena *a)
{
	(void)a;
	return true;
}

static void *storage_take(struct arena *a, size_t asked, size_t rounded)
{
	(void)rounded;
	if (a->n_pieces == a->size_pieces) {
		size_t size = a->size_pieces ? a->size_pieces * 2 : 64;
		void **grown = realloc(a->pieces, size * sizeof(*grown));

		if (!grown)
			return NULL;
		a->pieces = grown;
		a->size_pieces = size;
	}
	void *p = malloc(asked ? asked : 1);
	if (p)
		a->pieces[a->n_pieces++] = p;
	return p;
}

static void storage_reset(struct arena *a)
{
	while (a->n_pieces)
		free(a->pieces[--a->n_pieces]);
}

static void storage_free(struct arena *a)
{
	storage_reset(a);
	free(a->pieces);
}

#else

static struct block *block_new(size_t size)
{
	if (size > SIZE_MAX - sizeof(struct block))
		return NULL;
	struct block *b = malloc(sizeof(*b) + size);

	if (b)
		*b = (struct block){ .size = size };
	return b;
}

static bool storage_init(struct arena *a)
{
	a->first = a->last = block_new(a->cap < FIRST_BLOCK ? a->cap : FIRST_BLOCK);
	return a->first;
}

static void *storage_take(struct arena *a, size_t asked, size_t rounded)
{
	struct block *b = a->last;

	(void)asked;
	if (rounded > b->size - b->used) {
		b = block_new(rounded > LATER_BLOCK ? rounded : LATER_BLOCK);
		if (!b)
			return NULL;
		a->last->next = b;
		a->last = b;
	}
	void *p = b->data + b->used;
	b->used += rounded;
	return p;
}

static void storage_reset(struct arena *a)
{
	struct block *b = a->first->next;

	while (b) {
		struct block *next = b->next;

		free(b);
		b = next;
	}
	a->first->next = NULL;
	a->first->used = 0;
	a->last = a->first;
}

static void storage_free(struct arena *a)
{
	storage_reset(a);
	free(a->first);
}

#endif

static void run_cleanups(struct arena *a)
{
	while (a->cleanups) {
		struct cleanup *c = a->cleanups;

		a->cleanups = c->next;
		c->fn(c->arg);
	}
}

struct arena *arena_new(size_t cap_bytes)
{
	struct arena *a = calloc(1, sizeof(*a));

	if (!a)
		return NULL;
	/* Pieces count with their padding, so the cap must be one they can fill. */
	a->cap = cap_bytes > SIZE_MAX - ALIGN ? SIZE_MAX - ALIGN : round_up(cap_bytes);
	if (!storage_init(a)) {
		free(a);
		return NULL;
	}
	return a;
}

void arena_free(struct arena *a)
{
	if (!a)
		return;
	run_cleanups(a);
	storage_free(a);
	free(a);
}

void arena_reset(struct arena *a)
{
	run_cleanups(a);
	storage_reset(a);
	a->used = 0;
}

void *arena_raw(struct arena *a, size_t n)
{
	if (fail_countdown && --fail_countdown == 0)
		return NULL;
	if (n > a->cap)
		return NULL;
	size_t rounded = round_up(n ? n : 1);

	if (rounded > a->cap - a->used)
		return NULL;
	void *p = storage_take(a, n, rounded);
	if (p)
		a->used += rounded;
	return p;
}

void *arena_alloc(struct arena *a, size_t n)
{
	void *p = arena_raw(a, n);

	return p ? memset(p, 0, n) : NULL;
}

void *arena_array(struct arena *a, size_t count, size_t size)
{
	size_t n;

	if (__builtin_mul_overflow(count, size, &n))
		return NULL;
	return arena_alloc(a, n);
}

void *arena_room(struct arena *a, void *items, size_t n, size_t *cap, size_t more, size_t size)
{
	size_t need, wide = *cap > ROOM_FIRST / 2 ? *cap * 2 : ROOM_FIRST;

	if (__builtin_add_overflow(n, more, &need))
		return NULL;
	if (items && need <= *cap)
		return items;
	if (wide < need)
		wide = need;
	void *longer = arena_array(a, wide, size);
	if (!longer)
		return NULL;
	if (n)
		memcpy(longer, items, n * size);
	*cap = wide;
	return longer;
}

struct str arena_dup(struct arena *a, struct str s)
{
	char *p = s.n == SIZE_MAX ? NULL : arena_raw(a, s.n + 1);

	if (!p)
		return (struct str){ NULL, 0 };
	if (s.n)
		memcpy(p, s.p, s.n);
	p[s.n] = '\0';
	return (struct str){ p, s.n };
}

struct str arena_printf(struct arena *a, const char *fmt, ...)
{
	char small[256];
	va_list args, again;

	va_start(args, fmt);
	va_copy(again, args);
	int n = vsnprintf(small, sizeof(small), fmt, args);
	va_end(args);

	struct str out = { NULL, 0 };
	if (n >= 0 && (size_t)n < sizeof(small)) {
		out = arena_dup(a, (struct str){ small, (size_t)n });
	} else if (n >= 0) {
		char *p = arena_raw(a, (size_t)n + 1);

		if (p && vsnprintf(p, (size_t)n + 1, fmt, again) == n)
			out = (struct str){ p, (size_t)n };
	}
	va_end(again);
	return out;
}

enum err arena_defer(struct arena *a, void (*fn)(void *), void *arg)
{
	struct cleanup *c = arena_alloc(a, sizeof(*c));

	if (!c) {
		fn(arg);
		return ERR_NOMEM;
	}
	*c = (struct cleanup){ a->cleanups, fn, arg };
	a->cleanups = c;
	return ERR_OK;
}

size_t arena_used(const struct arena *a)
{
	return a->used;
}

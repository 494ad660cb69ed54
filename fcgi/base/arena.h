/* SPDX-License-Identifier: Apache-2.0
 * One region of memory a request, with a hard cap: freed whole, never piece by piece.
 *
 * Under AddressSanitizer (or with ZIARA_ARENA_MALLOC defined) each allocation is its own
 * malloc, so overruns are seen.  Foreign objects register a cleanup, run in reverse order
 * by arena_reset and arena_free. */
#ifndef ZIARA_BASE_ARENA_H
#define ZIARA_BASE_ARENA_H

#include "base/err.h"
#include "base/str.h"

#include <stddef.h>

struct arena;

/* `cap_bytes` (rounded up to 16) bounds the sum of all allocations, each counted with its
 * padding to 16 bytes.  NULL when memory is out. */
struct arena *arena_new(size_t cap_bytes);
void arena_free(struct arena *a);
/* Runs the cleanups and forgets every allocation; keeps the first block for reuse. */
void arena_reset(struct arena *a);

/* Zeroed memory aligned for any type; NULL past the cap or when memory is out.
 * n == 0 gives a valid pointer. */
void *arena_alloc(struct arena *a, size_t n);
/* The same, not zeroed: for what is filled at once. */
void *arena_raw(struct arena *a, size_t n);
/* Zeroed, for an array; NULL also when count * size overflows. */
void *arena_array(struct arena *a, size_t count, size_t size);
/* Room for `more` items behind the n of an array that has *cap: the array itself, or one at least twice as long with
 * them copied and the rest zeroed, *cap as it is then.  `items` is NULL at first.  NULL when memory is out: all is as it was. */
void *arena_room(struct arena *a, void *items, size_t n, size_t *cap, size_t more, size_t size);
/* A NUL-terminated copy (the slice's n excludes the NUL); p == NULL when memory is out. */
struct str arena_dup(struct arena *a, struct str s);
/* printf into the arena; p == NULL when memory is out. */
struct str arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Calls fn(arg) on reset or free.  When the note itself cannot be allocated fn(arg) is
 * called at once and ERR_NOMEM returned. */
MUST_USE enum err arena_defer(struct arena *a, void (*fn)(void *), void *arg);
/* Bytes handed out since the last reset. */
size_t arena_used(const struct arena *a);

/* Fault injection for tests: the nth allocation from now fails (0: off), thread-local. */
void arena_fail_nth(unsigned long n);

#endif

/* SPDX-License-Identifier: Apache-2.0
 * Texts kept in memory by key, shared by the threads of a process; when the room is used up, the one not asked
 * for the longest goes. */
#ifndef ZIARA_BASE_LRU_H
#define ZIARA_BASE_LRU_H

#include "base/arena.h"

#include <pthread.h>
#include <stdint.h>

struct lru;

/* `bytes_max`: of keys, texts and what keeping them costs.  NULL when memory is out. */
struct lru *lru_new(size_t bytes_max);
void lru_free(struct lru *l);

/* Copies what is kept under `key` into the arena.  ERR_NOT_FOUND; ERR_NOMEM of the arena. */
MUST_USE enum err lru_get(struct lru *l, struct arena *a, struct str key, uint64_t *stamp, struct str *text);
/* Keeps a copy, in place of what had the key.  A text of more than an eighth of the room is not kept, nor
 * one for which memory is out: what had the key is gone all the same. */
void lru_put(struct lru *l, struct str key, uint64_t stamp, struct str text);

/* A room that the threads of a process share: the first who comes makes it, the last who goes gives it back. */
struct lru_shared {
	pthread_mutex_t lock;
	size_t threads;
	struct lru *room; /* NULL: nothing is kept */
};
#define LRU_SHARED { .lock = PTHREAD_MUTEX_INITIALIZER }
/* bytes_max 0: no room.  ERR_NOMEM: the thread has not come. */
MUST_USE enum err lru_come(struct lru_shared *s, size_t bytes_max);
/* True for the last one. */
bool lru_go(struct lru_shared *s);

struct lru_use {
	size_t texts, bytes;
};
struct lru_use lru_use(struct lru *l);

#endif

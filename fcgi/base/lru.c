/* SPDX-License-Identifier: Apache-2.0
 * Chains of a hash table, and one list in the order of use. */
#include "base/lru.h"

#include "base/fault.h"
#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 1024, PART = 8 };

struct entry {
	struct entry *chain;         /* next of the same bucket */
	struct entry *newer, *older;
	uint64_t hash, stamp;
	size_t key_n, text_n;
	char bytes[];                /* the key, then the text */
};

struct lru {
	pthread_mutex_t lock;
	size_t bytes_max;
	struct lru_use use;
	struct entry *newest, *oldest;
	struct entry *buckets[BUCKETS];
};

struct lru *lru_new(size_t bytes_max)
{
	struct lru *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->bytes_max = bytes_max;
	pthread_mutex_init(&l->lock, NULL);
	return l;
}

static size_t cost(const struct entry *e)
{
	return sizeof(*e) + e->key_n + e->text_n;
}

static struct entry **place(struct lru *l, uint64_t hash, struct str key)
{
	struct entry **at = &l->buckets[hash % BUCKETS];

	while (*at && ((*at)->hash != hash || (*at)->key_n != key.n || memcmp((*at)->bytes, key.p, key.n) != 0))
		at = &(*at)->chain;
	return at;
}

static void unlink_use(struct lru *l, struct entry *e)
{
	*(e->newer ? &e->newer->older : &l->newest) = e->older;
	*(e->older ? &e->older->newer : &l->oldest) = e->newer;
}

static void link_newest(struct lru *l, struct entry *e)
{
	e->newer = NULL;
	e->older = l->newest;
	*(l->newest ? &l->newest->newer : &l->oldest) = e;
	l->newest = e;
}

static void take_out(struct lru *l, struct entry **at)
{
	struct entry *e = *at;

	*at = e->chain;
	unlink_use(l, e);
	l->use.texts--;
	l->use.bytes -= cost(e);
	free(e);
}

void lru_free(struct lru *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < BUCKETS; i++)
		while (l->buckets[i])
			take_out(l, &l->buckets[i]);
	pthread_mutex_destroy(&l->lock);
	free(l);
}

enum err lru_get(struct lru *l, struct arena *a, struct str key, uint64_t *stamp, struct str *text)
{
	enum err err = ERR_NOT_FOUND;
	uint64_t hash = hash_64(key);

	pthread_mutex_lock(&l->lock);
	struct entry *e = *place(l, hash, key);
	if (e) {
		*stamp = e->stamp;
		*text = arena_dup(a, (struct str){ e->bytes + e->key_n, e->text_n });
		err = text->p ? ERR_OK : ERR_NOMEM;
		unlink_use(l, e);
		link_newest(l, e);
	}
	pthread_mutex_unlock(&l->lock);
	return err;
}

static struct entry *entry_new(uint64_t hash, struct str key, uint64_t stamp, struct str text)
{
	struct entry *e = malloc(sizeof(*e) + key.n + text.n);

	if (!e)
		return NULL;
	*e = (struct entry){ .hash = hash, .stamp = stamp, .key_n = key.n, .text_n = text.n };
	memcpy(e->bytes, key.p, key.n);
	if (text.n)
		memcpy(e->bytes + key.n, text.p, text.n);
	return e;
}

void lru_put(struct lru *l, struct str key, uint64_t stamp, struct str text)
{
	uint64_t hash = hash_64(key);
	bool fits = sizeof(struct entry) + key.n + text.n <= l->bytes_max / PART;
	struct entry *e = fits ? entry_new(hash, key, stamp, text) : NULL;

	pthread_mutex_lock(&l->lock);
	struct entry **at = place(l, hash, key);
	if (*at)
		take_out(l, at);
	while (e && l->oldest && l->use.bytes + cost(e) > l->bytes_max)
		take_out(l, place(l, l->oldest->hash, (struct str){ l->oldest->bytes, l->oldest->key_n }));
	if (e) {
		at = &l->buckets[hash % BUCKETS];
		e->chain = *at;
		*at = e;
		link_newest(l, e);
		l->use.texts++;
		l->use.bytes += cost(e);
	}
	pthread_mutex_unlock(&l->lock);
}

struct lru_use lru_use(struct lru *l)
{
	pthread_mutex_lock(&l->lock);
	struct lru_use use = l->use;
	pthread_mutex_unlock(&l->lock);
	return use;
}

enum err lru_come(struct lru_shared *s, size_t bytes_max)
{
	enum err e = ERR_OK;

	pthread_mutex_lock(&s->lock);
	if (!s->room && bytes_max) {
		s->room = lru_new(bytes_max);
		e = s->room ? ERR_OK : ERR_NOMEM;
	}
	if (!e)
		s->threads++;
	pthread_mutex_unlock(&s->lock);
	return e;
}

bool lru_go(struct lru_shared *s)
{
	pthread_mutex_lock(&s->lock);
	bool last = --s->threads == 0;
	if (last) {
		lru_free(s->room);
		s->room = NULL;
	}
	pthread_mutex_unlock(&s->lock);
	return last;
}

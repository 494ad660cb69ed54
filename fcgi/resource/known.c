/* SPDX-License-Identifier: Apache-2.0
 * Keys are made of a letter, of the span of time, and of parts, each behind its length in two bytes. */
#include "resource/known.h"

#include "base/lru.h"

static struct lru_shared known = LRU_SHARED;

enum err known_open(void)
{
	return lru_come(&known, KNOWN_BYTES);
}

void known_close(void)
{
	lru_go(&known);
}

void known_begin(struct known_key *k, enum known_kind kind, uint64_t now_ms)
{
	uint64_t span = now_ms / KNOWN_MS;

	k->text[0] = (char)kind;
	memcpy(k->text + 1, &span, sizeof(span));
	k->n = 1 + sizeof(span);
}

void known_add(struct known_key *k, struct str part)
{
	if (k->n == 0)
		return;
	if (k->n + 2 + part.n > sizeof(k->text)) {
		k->n = 0;
		return;
	}
	k->text[k->n++] = (char)(part.n >> 8);
	k->text[k->n++] = (char)part.n;
	if (part.n)
		memcpy(k->text + k->n, part.p, part.n);
	k->n += part.n;
}

bool known_get(struct arena *a, const struct known_key *k, uint64_t stamp, struct str *text)
{
	uint64_t was;

	return known.room && k->n && lru_get(known.room, a, (struct str){ k->text, k->n }, &was, text) == ERR_OK && was == stamp;
}

void known_put(const struct known_key *k, uint64_t stamp, struct str text)
{
	if (known.room && k->n)
		lru_put(known.room, (struct str){ k->text, k->n }, stamp, text);
}

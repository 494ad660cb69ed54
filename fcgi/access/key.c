/* SPDX-License-Identifier: Apache-2.0
 * Proving keys.  Only proven ones are remembered, so a wrong secret takes the way of an unknown id. */
#include "access/key.h"

#include "base/clock.h"
#include "base/log.h"

#include <sodium.h>
#include <stdlib.h>

enum { SLOTS = 32, REMEMBER_US = 2000000, NOTE_EVERY_MS = 60000 };

struct slot {
	uint64_t looked_us;      /* 0: empty */
	uint64_t noted_ms;       /* when this thread last noted a use, or tried to */
	uint8_t hash[HASH_BYTES];
	struct key key;
};

struct key_cache {
	struct slot slots[SLOTS];
	struct slot scratch;     /* for a key that is not proven yet */
};

struct key_cache *key_cache_new(void)
{
	return calloc(1, sizeof(struct key_cache));
}

void key_cache_free(struct key_cache *c)
{
	free(c);
}

/* --- tokens ------------------------------------------------------------------------------- */

static bool all_of(struct str s, const char *allowed)
{
	for (size_t i = 0; i < s.n; i++)
		if (!s.p[i] || !strchr(allowed, s.p[i]))
			return false;
	return true;
}

bool key_token_id(struct str token, struct str *id)
{
	static const char hex[] = "0123456789abcdef";
	static const char base64url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

	if (token.n != KEY_TOKEN_LEN || !str_starts(token, STR("zk_")) || token.p[3 + KEY_ID_LEN] != '_')
		return false;
	*id = (struct str){ token.p + 3, KEY_ID_LEN };
	return all_of(*id, hex) && all_of((struct str){ id->p + KEY_ID_LEN + 1, KEY_SECRET_LEN }, base64url);
}

/* Schemes are compared without regard to case (RFC 9110, 11.1). */
static bool bearer(struct str authorization, struct str *token)
{
	struct str scheme = str_cut(str_trim(authorization), ' ', token);

	*token = str_trim(*token);
	return str_ieq(scheme, STR("Bearer"));
}

/* --- rows --------------------------------------------------------------------------------- */

static enum err row_text(const struct db_value *v, char *out, size_t size)
{
	if (v->type == DB_TEXT && v->s.n >= size)
		return ERR_INTERNAL;
	memset(out, 0, size);
	if (v->type == DB_TEXT)
		memcpy(out, v->s.p, v->s.n);
	return ERR_OK;
}

static enum err row_time(const struct db_value *v, uint64_t *out)
{
	*out = 0;
	return v->type == DB_NULL || clock_parse_sql(v->s, out) ? ERR_OK : ERR_INTERNAL;
}

enum err key_row(const struct db_rows *rows, size_t row, struct key *k, uint8_t hash[HASH_BYTES])
{
	const struct db_value *c = db_cell(rows, row, 0);
	uint64_t *const times[] = { &k->created_ms, &k->expires_ms, &k->revoked_ms, &k->last_used_ms };
	struct str unknown;
	enum err e = row_text(&c[0], k->id, sizeof(k->id));

	if (!e)
		e = row_text(&c[1], k->name, sizeof(k->name));
	if (!e)
		e = row_text(&c[2], k->role, sizeof(k->role));
	/* a scope of a later version means nothing here, and the others stand */
	(void)scope_parse(c[3].s, &k->scopes, &unknown);
	for (size_t i = 0; !e && i < sizeof(times) / sizeof(*times); i++)
		e = row_time(&c[4 + i], times[i]);
	if (e || c[8].s.n != HASH_BYTES)
		return e ? e : ERR_INTERNAL;
	memcpy(hash, c[8].s.p, HASH_BYTES);
	return ERR_OK;
}

/* --- proving ------------------------------------------------------------------------------ */

static struct slot *slot_of(struct key_cache *c, struct str id)
{
	struct slot *oldest = &c->slots[0];

	for (size_t i = 0; i < SLOTS; i++) {
		struct slot *s = &c->slots[i];
		if (s->looked_us && str_is(id, s->key.id))
			return s;
		if (s->looked_us < oldest->looked_us)
			oldest = s;
	}
	return oldest;
}

/* One statement and one comparison whatever the token is worth. */
static enum err prove(struct key_cache *c, struct db *d, struct arena *a, struct str id, const uint8_t hash[HASH_BYTES], bool *proven)
{
	struct db_value v = db_text(id);
	struct db_rows rows;
	struct slot *s = &c->scratch;

	*s = (struct slot){ .looked_us = clock_mono_us() };
	enum err e = db_query(d, a, "SELECT " KEY_COLUMNS " FROM api_key WHERE id = ?", &v, 1, &rows);
	bool found = !e && rows.rows == 1;
	if (found)
		e = key_row(&rows, 0, &s->key, s->hash);
	bool same = sodium_memcmp(hash, s->hash, HASH_BYTES) == 0;
	*proven = found & same & (s->key.revoked_ms == 0);
	return e;
}


static void note_use(struct slot *s, struct db *d, struct arena *a, uint64_t now_ms)
{
	char now[CLOCK_SQL_LEN + 1], early[CLOCK_SQL_LEN + 1];
	uint64_t known = s->noted_ms > s->key.last_used_ms ? s->noted_ms : s->key.last_used_ms;

	if (known + NOTE_EVERY_MS > now_ms)
		return;
	s->noted_ms = now_ms;
	clock_format_sql(now_ms, now);
	clock_format_sql(now_ms - NOTE_EVERY_MS, early);
	struct db_value v[] = { db_text(str_from(now)), db_text(str_from(s->key.id)), db_text(str_from(early)) };
	enum err e = db_query(d, a, "SET STATEMENT innodb_lock_wait_timeout=0 FOR UPDATE api_key SET last_used_at = ?"
			      " WHERE id = ? AND (last_used_at IS NULL OR last_used_at < ?)", v, 3, NULL);
	if (e && e != ERR_LOCKED && e != ERR_RETRY) /* another thread notes the same */
		log_warn("the use of key %s could not be noted: %s", s->key.id, err_name(e));
}

/* The slot of a proven key, or NULL. */
static enum err find(struct key_cache *c, struct db *d, struct arena *a, struct str token, struct slot **out)
{
	struct str id;
	uint8_t hash[HASH_BYTES];
	bool proven;

	*out = NULL;
	if (!key_token_id(token, &id))
		return ERR_OK;
	hash_bytes(token, hash);
	struct slot *s = slot_of(c, id);
	bool fresh = s->looked_us && str_is(id, s->key.id) && clock_mono_us() - s->looked_us < REMEMBER_US;
	if (fresh && sodium_memcmp(hash, s->hash, HASH_BYTES) == 0) {
		*out = s;
		return ERR_OK;
	}
	enum err e = prove(c, d, a, id, hash, &proven);
	if (e || !proven)
		return e;
	c->scratch.noted_ms = str_is(id, s->key.id) ? s->noted_ms : 0;
	*s = c->scratch;
	*out = s;
	return ERR_OK;
}

enum err key_check(struct key_cache *c, struct db *d, struct arena *a, struct str authorization, uint64_t now_ms,
		   struct problem *p, const struct key **out)
{
	struct str token;
	struct slot *s = NULL;

	*out = NULL;
	if (!authorization.p)
		return ERR_OK;
	enum err e = bearer(authorization, &token) ? find(c, d, a, token, &s) : ERR_OK;
	if (e)
		return e;
	if (!s || (s->key.expires_ms && s->key.expires_ms <= now_ms))
		return problem_set(p, 401, "invalid_token", "The key is malformed, unknown, expired or revoked; send "
				   "\"Authorization: Bearer\" and a valid one, or no such header for public data.");
	note_use(s, d, a, now_ms);
	*out = &s->key;
	return ERR_OK;
}

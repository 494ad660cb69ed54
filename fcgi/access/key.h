/* SPDX-License-Identifier: Apache-2.0
 * Who calls: a key in the Authorization header (RFC 6750, 2.1), "Bearer zk_<id>_<secret>". */
#ifndef ZIARA_ACCESS_KEY_H
#define ZIARA_ACCESS_KEY_H

#include "access/scope.h"
#include "base/fault.h"
#include "base/hash.h"
#include "db/db.h"

enum {
	KEY_ID_LEN = 16,      /* hex digits */
	KEY_SECRET_LEN = 43,  /* 256 random bits in base64url (RFC 4648, 5): may hold _ and - */
	KEY_TOKEN_LEN = 3 + KEY_ID_LEN + 1 + KEY_SECRET_LEN,
	KEY_NAME_MAX = 100,   /* characters */
	KEY_ROLE_MAX = 20,
};

/* What is known of a key, without its hash. */
struct key {
	char id[KEY_ID_LEN + 1];
	char name[KEY_NAME_MAX * 4 + 1];
	char role[KEY_ROLE_MAX + 1];                             /* "": made with scopes of its own */
	unsigned scopes;
	uint64_t created_ms, expires_ms, revoked_ms, last_used_ms; /* 0: not */
};

/* Columns of api_key in the order key_row reads them. */
#define KEY_COLUMNS "id, name, role, scopes, created_at, expires_at, revoked_at, last_used_at, hash"
MUST_USE enum err key_row(const struct db_rows *rows, size_t row, struct key *k, uint8_t hash[HASH_BYTES]);

/* The id in a well-formed token; false for anything else. */
bool key_token_id(struct str token, struct str *id);

/* Keys proven a moment ago, for one thread: what was revoked or rotated is refused within two
 * seconds.  NULL when memory is out. */
struct key_cache;
struct key_cache *key_cache_new(void);
void key_cache_free(struct key_cache *c);

/* The caller of a request.  `authorization` as sent; p == NULL: *out is NULL, a public caller.
 * ERR_REFUSED with one 401 for whatever is wrong: another scheme, a malformed token, an unknown id, a
 * wrong secret, an expired or revoked key; each of the latter four costs the same statement.  Other
 * errors: the database.  *out lives until the next call with this cache.  Notes the use at most once
 * a minute; a failure there is logged only. */
MUST_USE enum err key_check(struct key_cache *c, struct db *d, struct arena *a, struct str authorization, uint64_t now_ms,
			    struct problem *p, const struct key **out);

#endif

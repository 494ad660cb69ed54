/* SPDX-License-Identifier: Apache-2.0
 * Rows of api_key as an administrator changes them. */
#include "access/key_store.h"

#include "base/clock.h"
#include "base/text.h"

#include <sodium.h>
#include <stdio.h>

_Static_assert(KEY_SECRET_LEN + 1 == sodium_base64_ENCODED_LEN(32, sodium_base64_VARIANT_URLSAFE_NO_PADDING), "256 bits");

const char *key_name_fault(struct str name)
{
	if (!text_utf8_valid(name))
		return "The name is no UTF-8.";
	if (name.n == 0 || text_length(name) > KEY_NAME_MAX)
		return "A name has 1 to 100 characters.";
	for (size_t i = 0; i < name.n; i++) {
		unsigned char c = (unsigned char)name.p[i];
		/* U+0080-U+009F command terminals just as the first ones do */
		if (c < ' ' || c == 0x7f || (c == 0xc2 && (unsigned char)name.p[i + 1] < 0xa0))
			return "A name has no control characters.";
	}
	return str_trim(name).n ? NULL : "A name has more than spaces.";
}

static enum err make_token(const char id[KEY_ID_LEN + 1], char token[KEY_TOKEN_LEN + 1], uint8_t hash[HASH_BYTES])
{
	unsigned char secret[32];
	char text[KEY_SECRET_LEN + 1];

	if (sodium_init() < 0)
		return ERR_INTERNAL;
	randombytes_buf(secret, sizeof(secret));
	sodium_bin2base64(text, sizeof(text), secret, sizeof(secret), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	snprintf(token, KEY_TOKEN_LEN + 1, "zk_%s_%s", id, text);
	hash_bytes((struct str){ token, KEY_TOKEN_LEN }, hash);
	sodium_memzero(secret, sizeof(secret));
	sodium_memzero(text, sizeof(text));
	return ERR_OK;
}

/* In `text`, which must outlive the statement; 0 is none. */
static struct db_value sql_time(uint64_t ms, char text[CLOCK_SQL_LEN + 1])
{
	if (!ms)
		return db_null();
	clock_format_sql(ms, text);
	return db_text(str_from(text));
}

enum err key_add(struct db *d, struct arena *a, struct key *k, uint64_t now_ms, char token[KEY_TOKEN_LEN + 1])
{
	unsigned char id[KEY_ID_LEN / 2];
	uint8_t hash[HASH_BYTES];
	char scopes[SCOPE_LIST_MAX], created[CLOCK_SQL_LEN + 1], expires[CLOCK_SQL_LEN + 1];

	if (sodium_init() < 0)
		return ERR_INTERNAL;
	randombytes_buf(id, sizeof(id));
	sodium_bin2hex(k->id, sizeof(k->id), id, sizeof(id));
	k->created_ms = now_ms;
	scope_list(k->scopes, scopes);
	enum err e = make_token(k->id, token, hash);
	if (e)
		return e;
	struct db_value v[] = {
		db_text(str_from(k->id)), db_text(str_from(k->name)), k->role[0] ? db_text(str_from(k->role)) : db_null(),
		db_text(str_from(scopes)), sql_time(k->created_ms, created), sql_time(k->expires_ms, expires), db_null(), db_null(),
		db_text((struct str){ (const char *)hash, sizeof(hash) }),
	};
	return db_query(d, a, "INSERT INTO api_key (" KEY_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", v, 9, NULL);
}

enum err key_rotate(struct db *d, struct arena *a, struct str id, char token[KEY_TOKEN_LEN + 1])
{
	uint8_t hash[HASH_BYTES];
	char text[KEY_ID_LEN + 1] = "";
	struct db_value key = db_text(id);
	struct db_rows rows;

	enum err e = db_query(d, a, "SELECT revoked_at FROM api_key WHERE id = ?", &key, 1, &rows);
	if (e || rows.rows == 0 || id.n != KEY_ID_LEN)
		return e ? e : ERR_NOT_FOUND;
	if (db_cell(&rows, 0, 0)->type != DB_NULL)
		return ERR_CONFLICT;
	memcpy(text, id.p, id.n);
	e = make_token(text, token, hash);
	if (e)
		return e;
	struct db_value v[] = { db_text((struct str){ (const char *)hash, sizeof(hash) }), key };
	e = db_query(d, a, "UPDATE api_key SET hash = ? WHERE id = ? AND revoked_at IS NULL", v, 2, &rows);
	return !e && rows.affected != 1 ? ERR_CONFLICT : e;
}

enum err key_revoke(struct db *d, struct arena *a, struct str id, uint64_t now_ms)
{
	char now[CLOCK_SQL_LEN + 1];
	struct db_value v[] = { sql_time(now_ms, now), db_text(id) };
	struct db_rows rows;
	enum err e = db_query(d, a, "UPDATE api_key SET revoked_at = COALESCE(revoked_at, ?) WHERE id = ?", v, 2, &rows);

	return !e && rows.affected != 1 ? ERR_NOT_FOUND : e;
}

enum err key_list(struct db *d, struct arena *a, struct key **keys, size_t *n)
{
	struct db_rows rows;
	uint8_t hash[HASH_BYTES];
	enum err e = db_query(d, a, "SELECT " KEY_COLUMNS " FROM api_key ORDER BY created_at, id", NULL, 0, &rows);

	*n = e ? 0 : rows.rows;
	*keys = e ? NULL : arena_array(a, rows.rows + 1, sizeof(**keys));
	if (!e && !*keys)
		return ERR_NOMEM;
	for (size_t i = 0; !e && i < rows.rows; i++)
		e = key_row(&rows, i, &(*keys)[i], hash);
	return e;
}

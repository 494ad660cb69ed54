/* SPDX-License-Identifier: Apache-2.0
 * Keys made, listed and ended: by an administrator, never by a caller. */
#ifndef ZIARA_ACCESS_KEY_STORE_H
#define ZIARA_ACCESS_KEY_STORE_H

#include "access/key.h"

/* A sentence on what is wrong with a name, or NULL. */
const char *key_name_fault(struct str name);

/* Makes a key from k->name, role, scopes and expires_ms; fills its id and created_ms.  The token is
 * given out here and never again. */
MUST_USE enum err key_add(struct db *d, struct arena *a, struct key *k, uint64_t now_ms, char token[KEY_TOKEN_LEN + 1]);
/* A new secret under the same id; the old one is refused from now on (two seconds in threads that have just
 * seen it).  ERR_NOT_FOUND: no such key; ERR_CONFLICT: it is revoked. */
MUST_USE enum err key_rotate(struct db *d, struct arena *a, struct str id, char token[KEY_TOKEN_LEN + 1]);
/* For good.  Again is no error.  ERR_NOT_FOUND. */
MUST_USE enum err key_revoke(struct db *d, struct arena *a, struct str id, uint64_t now_ms);
/* Every key, oldest first, in the arena. */
MUST_USE enum err key_list(struct db *d, struct arena *a, struct key **keys, size_t *n);

#endif

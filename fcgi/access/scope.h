/* SPDX-License-Identifier: Apache-2.0
 * What a key may do, as names for people and bits for the program; and the roles that bundle them. */
#ifndef ZIARA_ACCESS_SCOPE_H
#define ZIARA_ACCESS_SCOPE_H

#include "base/str.h"

enum scope {
	SCOPE_READ_PARTNER = 1 << 0,
	SCOPE_READ_RESTRICTED = 1 << 1,
	SCOPE_WRITE_VISITS = 1 << 2,
	SCOPE_WRITE_DIRECTORY = 1 << 3,  /* organisations, people, programmes */
	SCOPE_WRITE_POLICIES = 1 << 4,
	SCOPE_COMMENT = 1 << 5,
	SCOPE_MODERATE = 1 << 6,
	SCOPE_ADMIN = 1 << 7,            /* stands for all of them */
};

enum { SCOPES = 8, SCOPE_LIST_MAX = 128 };

/* One name to its bit, 0 when unknown; and back ("" for no single scope). */
unsigned scope_bit(struct str name);
const char *scope_name(unsigned bit);
/* Names to bits, separated by commas or spaces, none of them empty.  False: *bad is the first
 * name that is none; the others still count in *bits. */
bool scope_parse(struct str list, unsigned *bits, struct str *bad);
/* The names, separated by single spaces (RFC 6749, 3.3), in the order above. */
void scope_list(unsigned bits, char out[SCOPE_LIST_MAX]);
/* Every scope name, then NULL: for hints. */
const char *const *scope_names(void);

/* Scopes of a role, 0 when unknown; role_names: every role, then NULL. */
unsigned scope_of_role(struct str role);
const char *const *scope_roles(void);

#endif

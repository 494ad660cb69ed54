/* SPDX-License-Identifier: Apache-2.0
 * The one set of result codes every layer shares. */
#ifndef ZIARA_BASE_ERR_H
#define ZIARA_BASE_ERR_H

#define MUST_USE __attribute__((warn_unused_result))

enum err {
	ERR_OK = 0,
	ERR_NOMEM,       /* allocator or arena cap exhausted */
	ERR_LIMIT,       /* larger than its documented bound */
	ERR_SYNTAX,      /* malformed input */
	ERR_REFUSED,     /* a problem was described on the request; nothing more to say */
	ERR_NOT_FOUND,
	ERR_CONFLICT,    /* unique key already taken */
	ERR_REFERENCED,  /* a foreign key forbids it */
	ERR_INVALID,     /* the database refused the value (CHECK, length, type) */
	ERR_LOCKED,      /* a lock is held elsewhere and the caller asked not to wait */
	ERR_RETRY,       /* deadlock or the like: the whole transaction may be run again */
	ERR_TIMEOUT,     /* statement time-out */
	ERR_UNAVAILABLE, /* database unreachable, read-only or full of connections */
	ERR_UNCERTAIN,   /* the connection broke during COMMIT: outcome unknown */
	ERR_IO,
	ERR_INTERNAL,    /* our own mistake */
};

/* A short name for logs ("no memory"); never NULL. */
const char *err_name(enum err e);

#endif

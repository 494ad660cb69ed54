/* SPDX-License-Identifier: Apache-2.0
 * A look at a request before libfcgi reads it (FastCGI Specification, 3.3 and 3.4).
 *
 * libfcgi trusts the lengths of name-value pairs: it allocates what the peer claims and aborts
 * the process when that fails, and it answers management records from a buffer of fixed size.
 * So nothing reaches it whose head has not been seen whole and found sound. */
#ifndef ZIARA_SERVE_SCAN_H
#define ZIARA_SERVE_SCAN_H

#include "base/str.h"

enum { SCAN_HEAD_MAX = 96 * 1024 }; /* FCGI_BEGIN_REQUEST and all FCGI_PARAMS, headers included */

enum scan_verdict {
	SCAN_SOUND, /* the head is whole and well-formed, and so is what follows as far as seen */
	SCAN_SHORT, /* sound so far; the head goes on */
	SCAN_BAD,   /* *why says what is wrong */
};

/* *whole: the FCGI_STDIN end record was seen, too; *trailing: bytes follow it, which no web
 * server sends before it has its answer. */
enum scan_verdict scan_request(const unsigned char *p, size_t n, bool *whole, bool *trailing, const char **why);

/* Bytes of the head, the empty FCGI_PARAMS record included; only after SCAN_SOUND. */
size_t scan_head_size(const unsigned char *p, size_t n);
/* Joins the contents of all FCGI_PARAMS records in place; only after SCAN_SOUND, and the records are
 * gone then.  The pairs, one after the other. */
struct str scan_pairs(unsigned char *p, size_t n);
/* Value of the first pair of that name; p == NULL: none. */
struct str scan_pair(struct str pairs, const char *name);

#endif

/* SPDX-License-Identifier: Apache-2.0
 * What is wrong with a request: one problem, and every fault of its body or parameters. */
#ifndef ZIARA_BASE_FAULT_H
#define ZIARA_BASE_FAULT_H

#include "base/arena.h"

enum { FAULTS_MAX = 100 }; /* reported; further ones are only counted */

struct fault {
	const char *pointer;   /* RFC 6901 JSON pointer into the body, or NULL */
	const char *parameter; /* query parameter or header name, or NULL */
	const char *code;      /* stable word for programs: "required", "unknown", "wrong_type" … */
	const char *detail;    /* a sentence for people that says what to do */
};

/* The problem details object being collected (RFC 9457).  status 0: none so far. */
struct problem {
	struct arena *arena;
	int status;
	const char *code;   /* stable word, last segment of the problem's type */
	const char *detail;
	struct fault faults[FAULTS_MAX];
	size_t n_faults;    /* may exceed FAULTS_MAX */
	const char *member; /* a further member (RFC 9457, 3.2), or NULL … */
	struct str value;   /* … and its value, JSON already */
};

/* Starts afresh; what was collected is dropped (a transaction that runs again). */
void problem_reset(struct problem *p, struct arena *a);
/* Sets status, code and detail (printf).  Always returns ERR_REFUSED (ERR_NOMEM when the
 * detail cannot be stored), so a function can end with `return problem_set(…)`. */
MUST_USE enum err problem_set(struct problem *p, int status, const char *code, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* Adds a fault at a JSON pointer or parameter; `pointer` / `name` is copied. */
void problem_at_pointer(struct problem *p, const char *pointer, const char *code, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
void problem_at_parameter(struct problem *p, const char *name, const char *code, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

#endif

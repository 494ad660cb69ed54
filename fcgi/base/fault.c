/* SPDX-License-Identifier: Apache-2.0
 * Collecting what is wrong with a request. */
#include "base/fault.h"

#include <stdarg.h>
#include <stdio.h>

static const char no_room[] = "Memory ran out while this fault was described; send a smaller request.";

void problem_reset(struct problem *p, struct arena *a)
{
	/* The faults themselves are 3 KiB that n_faults == 0 makes unreachable. */
	p->arena = a;
	p->status = 0;
	p->code = NULL;
	p->detail = NULL;
	p->n_faults = 0;
	p->member = NULL;
}

__attribute__((format(printf, 2, 0)))
static const char *describe(struct arena *a, const char *fmt, va_list args)
{
	va_list again;

	va_copy(again, args);
	int n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0)
		return NULL;
	char *text = arena_alloc(a, (size_t)n + 1);

	if (text)
		vsnprintf(text, (size_t)n + 1, fmt, args);
	return text;
}

enum err problem_set(struct problem *p, int status, const char *code, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	const char *detail = describe(p->arena, fmt, args);
	va_end(args);

	p->status = status;
	p->code = code;
	p->detail = detail ? detail : no_room;
	return detail ? ERR_REFUSED : ERR_NOMEM;
}

/* A fault that cannot be stored whole still counts and still has its code. */
__attribute__((format(printf, 3, 0)))
static struct fault *fault_add(struct problem *p, const char *code, const char *fmt, va_list args)
{
	if (p->n_faults++ >= FAULTS_MAX)
		return NULL;
	struct fault *f = &p->faults[p->n_faults - 1];
	const char *detail = describe(p->arena, fmt, args);

	*f = (struct fault){ .code = code, .detail = detail ? detail : no_room };
	return f;
}

void problem_at_pointer(struct problem *p, const char *pointer, const char *code, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	struct fault *f = fault_add(p, code, fmt, args);
	va_end(args);
	if (f)
		f->pointer = arena_dup(p->arena, str_from(pointer)).p;
}

void problem_at_parameter(struct problem *p, const char *name, const char *code, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	struct fault *f = fault_add(p, code, fmt, args);
	va_end(args);
	if (f)
		f->parameter = arena_dup(p->arena, str_from(name)).p;
}

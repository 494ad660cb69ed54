/* SPDX-License-Identifier: Apache-2.0
 * A hash table over the parameters, made once a request. */
#include "serve/params.h"

#include <stdint.h>

struct params_slot {
	struct str name, value;
};

/* nginx before 1.23 hands on repeated header lines as repeated parameters, and readers would
 * silently believe the first. */
static const char *const guarded[] = {
	"HTTP_AUTHORIZATION",
	"HTTP_IF_MATCH",
	"HTTP_IF_NONE_MATCH",
	"HTTP_IDEMPOTENCY_KEY",
};

static bool is_guarded(struct str name)
{
	for (size_t i = 0; i < sizeof(guarded) / sizeof(guarded[0]); i++)
		if (str_is(name, guarded[i]))
			return true;
	return false;
}

/* FNV-1a. */
static uint32_t hash(struct str s)
{
	uint32_t h = 2166136261u;
	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * 16777619u;
	return h;
}

/* The slot that holds `name`, or the empty one where it belongs. */
static struct params_slot *find(const struct params *p, struct str name)
{
	size_t at = hash(name) & p->mask;
	while (p->slots[at].name.p && !str_eq(p->slots[at].name, name))
		at = (at + 1) & p->mask;
	return &p->slots[at];
}

enum err params_index(struct params *p, struct arena *a, const char *const *envp)
{
	size_t n = 0, size = 64;
	while (envp[n])
		n++;
	while (size < 2 * n)
		size *= 2;
	*p = (struct params){ .slots = arena_array(a, size, sizeof(struct params_slot)), .mask = size - 1 };
	if (!p->slots)
		return ERR_NOMEM;
	for (size_t i = 0; i < n; i++) {
		struct str value, name = str_cut(str_from(envp[i]), '=', &value);
		struct params_slot *slot = find(p, name);
		if (!slot->name.p)
			*slot = (struct params_slot){ name, value };
		else if (!p->duplicate.p && is_guarded(name))
			p->duplicate = name;
	}
	return ERR_OK;
}

struct str params_get(const struct params *p, const char *name)
{
	struct str wanted = str_from(name);
	if (str_eq(wanted, STR("ZIARA_DUPLICATE")))
		return p->duplicate;
	return find(p, wanted)->value;
}

/* SPDX-License-Identifier: Apache-2.0
 * The one table of scopes, and the one of roles. */
#include "access/scope.h"

#include <stdio.h>

static const char *const names[SCOPES + 1] = {
	"read.partner", "read.restricted", "write.visits", "write.directory", "write.policies", "comment", "moderate", "admin", NULL,
};

static const char *const role_names[] = { "reader", "editor", "admin", NULL };
static const unsigned role_bits[] = {
	SCOPE_READ_PARTNER,
	SCOPE_READ_RESTRICTED | SCOPE_WRITE_VISITS | SCOPE_WRITE_DIRECTORY | SCOPE_WRITE_POLICIES | SCOPE_COMMENT,
	SCOPE_ADMIN,
};

unsigned scope_bit(struct str name)
{
	for (unsigned i = 0; i < SCOPES; i++)
		if (str_is(name, names[i]))
			return 1u << i;
	return 0;
}

const char *scope_name(unsigned bit)
{
	for (unsigned i = 0; i < SCOPES; i++)
		if (bit == 1u << i)
			return names[i];
	return "";
}

bool scope_parse(struct str list, unsigned *bits, struct str *bad)
{
	size_t at = 0;
	bool all = true;

	*bits = 0;
	while (at <= list.n) {
		size_t from = at;
		while (at < list.n && list.p[at] != ',' && list.p[at] != ' ')
			at++;
		struct str name = { list.p + from, at - from };
		unsigned bit = scope_bit(name);
		if (!bit && all)
			*bad = name;
		all &= bit != 0;
		*bits |= bit;
		at++;
	}
	return all;
}

void scope_list(unsigned bits, char out[SCOPE_LIST_MAX])
{
	int n = 0;

	out[0] = '\0';
	for (unsigned i = 0; i < SCOPES; i++)
		if (bits & 1u << i)
			n += snprintf(out + n, SCOPE_LIST_MAX - (size_t)n, "%s%s", n ? " " : "", names[i]);
}

const char *const *scope_names(void)
{
	return names;
}

unsigned scope_of_role(struct str role)
{
	for (size_t i = 0; role_names[i]; i++)
		if (str_is(role, role_names[i]))
			return role_bits[i];
	return 0;
}

const char *const *scope_roles(void)
{
	return role_names;
}

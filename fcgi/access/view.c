/* SPDX-License-Identifier: Apache-2.0
 * From scopes to the view they give. */
#include "access/view.h"

static const enum scope write_scopes[GROUPS] = {
	[GROUP_VISITS] = SCOPE_WRITE_VISITS,
	[GROUP_DIRECTORY] = SCOPE_WRITE_DIRECTORY,
	[GROUP_POLICIES] = SCOPE_WRITE_POLICIES,
};

#define ALL { CLASS_RESTRICTED, true }
const struct view view_everything = { { [GROUP_VISITS] = ALL, [GROUP_DIRECTORY] = ALL, [GROUP_POLICIES] = ALL }, 'x' };

const char *const view_class_names[3] = { [CLASS_PUBLIC] = "public", [CLASS_PARTNER] = "partner", [CLASS_RESTRICTED] = "restricted" };

enum field_class view_class(struct str name)
{
	for (enum field_class c = CLASS_PUBLIC; c < CLASS_RESTRICTED; c++)
		if (str_is(name, view_class_names[c]))
			return c;
	return CLASS_RESTRICTED;
}

enum scope view_write_scope(enum access_group g)
{
	return write_scopes[g];
}

struct view view_of(unsigned scopes)
{
	/* by the class that reads (3) and the groups that are written (8) */
	static const char letters[] = "pabcdefgqhijklmnrstuvzyw";
	struct view v = { 0 };
	enum field_class reads = scopes & SCOPE_READ_RESTRICTED ? CLASS_RESTRICTED : scopes & SCOPE_READ_PARTNER ? CLASS_PARTNER : CLASS_PUBLIC;
	unsigned written = 0;

	for (enum access_group g = GROUP_VISITS; g < GROUPS; g++) {
		bool writes = scopes & (write_scopes[g] | SCOPE_ADMIN);
		v.of[g] = (struct sight){ writes ? CLASS_RESTRICTED : reads, writes };
		written |= writes ? 1u << (g - GROUP_VISITS) : 0;
	}
	if (written == 7)
		reads = CLASS_RESTRICTED; /* nothing is left to be only read */
	v.letter = letters[(unsigned)reads * 8 + written];
	return v;
}

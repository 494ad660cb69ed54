/* SPDX-License-Identifier: Apache-2.0
 * What one caller may see and change.  Every read takes a view; nothing is shown without one. */
#ifndef ZIARA_ACCESS_VIEW_H
#define ZIARA_ACCESS_VIEW_H

#include "access/scope.h"

/* Field classes, in rising order of care (domain.md, publication and personal data). */
enum field_class { CLASS_PUBLIC, CLASS_PARTNER, CLASS_RESTRICTED };

/* Their names, in that order. */
extern const char *const view_class_names[3];
/* The class of that name; a name that is none is as restricted as can be. */
enum field_class view_class(struct str name);

/* Resources that are written with one scope. */
enum access_group { GROUP_NONE, GROUP_VISITS, GROUP_DIRECTORY, GROUP_POLICIES, GROUPS };

/* What is seen of the resources of one group. */
struct sight {
	enum field_class fields; /* the highest class shown */
	bool writes;             /* may change records, and so sees drafts and withdrawn ones too */
};

struct view {
	struct sight of[GROUPS];
	char letter;             /* in entity tags and stored texts: one for each combination; 'p' public */
};

/* A caller sees everything of what it may write; else published records, and of those the fields
 * that read.partner or read.restricted open.  0: public. */
struct view view_of(unsigned scopes);
/* The scope that writes a group. */
enum scope view_write_scope(enum access_group g);

/* Everything, for snapshots and descriptions that no caller gets. */
extern const struct view view_everything;

#endif

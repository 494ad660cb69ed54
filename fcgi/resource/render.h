/* SPDX-License-Identifier: Apache-2.0
 * Records as JSON, for one view. */
#ifndef ZIARA_RESOURCE_RENDER_H
#define ZIARA_RESOURCE_RENDER_H

#include "json/writer.h"
#include "resource/ctx.h"
#include "resource/record.h"

struct render {
	const struct view *view;
	const struct codes *codes;
	uint64_t leaves;          /* bit a leaf to show; UINT64_MAX: all */
	uint32_t kids;            /* bit a kid to show */
	bool labels;              /* add <field>_label beside each code */
	enum code_label lang;
	bool ids_only;            /* snapshots: references without embedded names */
	struct str self_prefix;   /* "https://…/api/v1/visits/": adds "self"; n == 0: none */
	const char *more;         /* a member that is no part of the record, after all others; NULL: none */
	struct str more_json;
	const struct served *served; /* children across roots: adds the root's reference */
};

/* Whether `view` may see this leaf of this record (class, or what open_if makes of it). */
bool render_visible(const struct view *v, const struct shape *s, const struct record *r, size_t leaf);
/* False for an item whose every subject (FIELD_SUBJECT) is hidden: it is left out of its array. */
bool render_item_shown(const struct view *v, const struct shape *s, const struct record *r);
/* The class under which this leaf of this record shows. */
enum field_class render_class(const struct shape *s, const struct record *r, size_t leaf);
void render_record(struct json_writer *w, const struct render *o, const struct shape *s, const struct record *r);

#endif

/* SPDX-License-Identifier: Apache-2.0
 * People who hold seats. */
#include "register/registry.h"

static const struct field person_fields[] = {
	{ "name", F_TEXT, .col = "name", .len = { 1, 300 }, .flags = FIELD_REQUIRED, .ops = OPS_TEXT,
	  .doc = "Name in the order the person uses." },
	{ "honorific", F_TEXT, .col = "honorific", .len = { 1, 60 }, .doc = "Dr., Hon., Col.: kept apart from the name." },
	{ "note", F_TEXT, .col = "note", .len = { 1, 10000 }, .cls = CLASS_RESTRICTED, .doc = "Remark; restricted." },
	{ 0 },
};

static const struct sort person_sorts[] = {
	{ "name", "name", KEY_TEXT },
	{ "created_at", "created_at", KEY_TIME },
	{ "updated_at", "updated_at", KEY_TIME },
	{ 0 },
};

const struct resource person_resource = {
	.name = "person", .group = GROUP_DIRECTORY, .path = "people", .table = "person", .title = "People",
	.label = "name", .default_sort = "name",
	.fields = person_fields, .sorts = person_sorts,
	.methods = HTTP_GET | HTTP_PUT | HTTP_PATCH | HTTP_DELETE,
	.doc = "People of the partner directory.",
};

/* SPDX-License-Identifier: Apache-2.0
 * Policies: the works that visits serve. */
#include "register/registry.h"

static const struct field policy_fields[] = {
	{ "title", F_TEXT, .col = "title", .len = { 1, 300 }, .flags = FIELD_REQUIRED | FIELD_MATCH | FIELD_SEARCH, .ops = OPS_TEXT,
	  .doc = "Its name." },
	{ "kind", F_CODE, .col = "kind", .list = "policy_kind", .ops = OPS_CODE, .doc = "Policy, bill, strategy and so on." },
	{ "country", F_CODE, .col = "country", .list = "country", .flags = FIELD_MATCH, .ops = OPS_CODE,
	  .doc = "Country whose policy it is." },
	{ "language", F_CODE, .col = "language", .list = "language", .ops = OPS_CODE, .doc = "Language of its text." },
	{ "stage", F_CODE, .col = "stage", .list = "policy_stage", .ops = OPS_CODE, .doc = "How far it has come." },
	{ "dates", F_EDTF, .col = "dates", .ops = OPS_EDTF, .doc = "From when until when it was drafted or in force." },
	{ "summary", F_TEXT, .col = "summary", .len = { 1, 10000 }, .doc = "In short." },
	{ "organisation", F_REF, .col = "organisation", .ref = "organisation", .ops = OP_EQ | OP_NULL,
	  .doc = "Body that leads the work." },
	{ "url", F_URL, .col = "url", .len = { 1, 2000 }, .doc = "Where its text is." },
	{ "identifiers", F_CHILD, .table = "policy_identifier", .sub = identifier_fields, .len = { 0, 50 },
	  .doc = "Numbers given to it." },
	{ "sources", F_CHILD, .table = "policy_source", .sub = source_fields, .len = { 0, 50 },
	  .doc = "Where these facts come from." },
	{ 0 },
};

static const struct sort policy_sorts[] = {
	{ "title", "title", KEY_TEXT },
	{ "created_at", "created_at", KEY_TIME },
	{ "updated_at", "updated_at", KEY_TIME },
	{ 0 },
};

static const char *const policy_indexed[] = { "country title", NULL };

const struct resource policy_resource = {
	.name = "policy", .group = GROUP_POLICIES, .path = "policies", .table = "policy", .title = "Policies",
	.label = "title", .default_sort = "title", .dated = { "dates" },
	.fields = policy_fields, .sorts = policy_sorts, .indexed = policy_indexed,
	.methods = HTTP_GET | HTTP_PUT | HTTP_PATCH | HTTP_DELETE,
	.doc = "Policies, bills, strategies and other works.",
};

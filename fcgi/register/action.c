/* SPDX-License-Identifier: Apache-2.0
 * The action: what is done about one or more recommendations, and how far that has come. */
#include "register/registry.h"

static const struct field party_fields[] = {
	{ "role", F_CODE, .col = "role", .list = "action_party_role", .flags = FIELD_REQUIRED, .doc = "lead or supporting." },
	{ "organisation", F_REF, .col = "organisation", .flags = FIELD_SUBJECT, .ref = "organisation", .doc = "The body." },
	{ "name_as_written", F_TEXT, .col = "name_as_written", .flags = FIELD_SUBJECT | FIELD_SEARCH, .len = { 1, 300 },
	  .doc = "The body as the source writes it." },
	{ "note", F_TEXT, .col = "note", .len = { 1, 2000 }, .doc = "Remark." },
	{ 0 },
};

static const struct field served_fields[] = {
	{ "recommendation", F_REF, .col = "recommendation", .flags = FIELD_REQUIRED | FIELD_SUBJECT, .ref = "recommendation",
	  .doc = "A recommendation of any visit." },
	{ "visit", F_REF, .col = "visit", .flags = FIELD_READ_ONLY, .ref = "visit", .doc = "The visit that made it." },
	{ "note", F_TEXT, .col = "note", .len = { 1, 2000 }, .doc = "Which part of it, and how." },
	{ 0 },
};

static const struct field result_fields[] = {
	{ "visit", F_REF, .col = "visit", .flags = FIELD_SUBJECT, .ref = "visit", .doc = "A visit that came of it." },
	{ "policy", F_REF, .col = "policy", .flags = FIELD_SUBJECT, .ref = "policy", .doc = "A policy that came of it or was changed by it." },
	{ "section", F_TEXT, .col = "section", .len = { 1, 300 }, .doc = "Key of the policy's section, when known." },
	{ "url", F_URL, .col = "url", .flags = FIELD_SUBJECT, .len = { 1, 2000 }, .doc = "Address of any other result." },
	{ "note", F_TEXT, .col = "note", .len = { 1, 2000 }, .doc = "What the result is." },
	{ 0 },
};

static const struct field update_fields[] = {
	{ "status", F_CODE, .col = "status", .list = "action_status", .flags = FIELD_REQUIRED, .doc = "How far it had come." },
	{ "date", F_EDTF, .col = "date", .flags = FIELD_REQUIRED, .doc = "When that was so." },
	{ "text", F_TEXT, .col = "text", .len = { 1, 10000 }, .doc = "What was done." },
	{ "lang", F_CODE, .col = "lang", .list = "language", .doc = "Language of the text." },
	{ "recorded_at", F_TIME, .col = "recorded_at", .flags = FIELD_READ_ONLY, .doc = "When the update was added." },
	{ "evidence", F_CHILD, .table = "action_update_evidence", .sub = source_fields, .len = { 0, 20 }, .doc = "What shows it." },
	{ 0 },
};

static const struct field action_fields[] = {
	{ "title", F_TEXT, .col = "title", .len = { 1, 300 }, .flags = FIELD_REQUIRED | FIELD_SEARCH, .ops = OPS_TEXT,
	  .doc = "What is done, in short." },
	{ "description", F_TEXT, .col = "description", .len = { 1, 10000 }, .ops = OP_CONTAINS, .doc = "What is done." },
	{ "language", F_CODE, .col = "language", .list = "language", .ops = OPS_CODE, .doc = "Language of the free text." },
	{ "status", F_CODE, .col = "status", .list = "action_status", .flags = FIELD_READ_ONLY, .ops = OPS_CODE,
	  .doc = "That of the latest update; one added later counts unless it is certainly of an earlier date. Absent without updates." },
	{ "start", F_EDTF, .col = "start", .ops = OPS_EDTF, .doc = "When it begins or began." },
	{ "due", F_EDTF, .col = "due", .ops = OPS_EDTF, .doc = "When it should be done." },
	{ "note", F_TEXT, .col = "note", .len = { 1, 10000 }, .doc = "Remark." },
	{ "parties", F_CHILD, .table = "action_party", .sub = party_fields, .len = { 0, 100 }, .doc = "Who leads it, and who supports it." },
	{ "recommendations", F_CHILD, .table = "action_recommendation", .sub = served_fields, .len = { 0, 200 },
	  .doc = "The recommendations it serves, one at least." },
	{ "results", F_CHILD, .table = "action_result", .sub = result_fields, .len = { 0, 100 },
	  .doc = "What came of it: a visit, a policy or its section, or an address." },
	{ "updates", F_CHILD, .table = "action_update", .sub = update_fields, .flags = FIELD_READ_ONLY, .len = { 0, 400 },
	  .doc = "How far it had come when, in the order they were added; POST to /actions/{id}/updates adds one, none is changed." },
	{ "sources", F_CHILD, .table = "action_source", .sub = source_fields, .len = { 0, 50 },
	  .doc = "Where these facts come from." },
	{ 0 },
};

static const struct facet action_facets[] = {
	{ "organisation", "parties.organisation", .doc = "Body that leads or supports it." },
	{ "organisation_role", "parties.organisation", .with = "role", .needs = "organisation",
	  .doc = "Role the organisation has; goes with organisation." },
	{ "recommendation", "recommendations.recommendation", .doc = "Recommendation it serves." },
	{ "visit", "recommendations.visit", .doc = "Visit whose recommendations it serves." },
	{ "result_visit", "results.visit", .doc = "Visit that came of it." },
	{ "policy", "results.policy", .doc = "Policy that came of it or was changed by it." },
	{ 0 },
};

static const struct sort action_sorts[] = {
	{ "due", "due_lo", KEY_INT },
	{ "title", "title", KEY_TEXT },
	{ "created_at", "created_at", KEY_TIME },
	{ "updated_at", "updated_at", KEY_TIME },
	{ 0 },
};

static const char *const action_indexed[] = { "status -due", NULL };

const struct resource action_resource = {
	.name = "action", .group = GROUP_VISITS, .path = "actions", .table = "action", .title = "Actions", .label = "title",
	.default_sort = "-due", .facet_sort = "due", .dated = { "start" },
	.fields = action_fields, .facets = action_facets, .sorts = action_sorts, .indexed = action_indexed,
	.methods = HTTP_GET | HTTP_PUT | HTTP_PATCH | HTTP_DELETE,
	.doc = "What is done about recommendations, and how far it has come.",
};

/* SPDX-License-Identifier: Apache-2.0
 * Funded efforts with parties, countries, phases and components. */
#include "register/registry.h"

static const struct field programme_party_fields[] = {
	{ "role", F_CODE, .col = "role", .list = "programme_party_role", .flags = FIELD_REQUIRED, .doc = "IATI role." },
	{ "organisation", F_REF, .col = "organisation", .flags = FIELD_SUBJECT, .ref = "organisation", .doc = "The body." },
	{ "name_as_written", F_TEXT, .col = "name_as_written", .flags = FIELD_SUBJECT, .len = { 1, 300 }, .doc = "As the source writes it." },
	{ "via", F_REF, .col = "via", .ref = "organisation", .doc = "Fund through which a funder acts." },
	{ "note", F_TEXT, .col = "note", .len = { 1, 2000 }, .doc = "Remark." },
	{ 0 },
};

static const struct field programme_fields[] = {
	{ "title", F_TEXT, .col = "title", .len = { 1, 300 }, .flags = FIELD_REQUIRED | FIELD_MATCH | FIELD_SEARCH, .ops = OPS_TEXT,
	  .doc = "Its name." },
	{ "acronym", F_TEXT, .col = "acronym", .len = { 1, 60 }, .flags = FIELD_SEARCH, .ops = OPS_TEXT, .doc = "Short form in use." },
	{ "kind", F_CODE, .col = "kind", .list = "programme_kind", .ops = OPS_CODE,
	  .doc = "Programme, project, phase or component." },
	{ "parent", F_REF, .col = "parent", .ref = "programme", .ops = OP_EQ | OP_NULL,
	  .doc = "Programme it is a phase or component of." },
	{ "dates", F_EDTF, .col = "dates", .ops = OPS_EDTF, .doc = "From when until when it runs." },
	{ "objectives", F_TEXTS, .col = "objectives", .len = { 0, 50 }, .doc = "What it aims at." },
	{ "origin", F_TEXT, .col = "origin", .len = { 1, 10000 }, .doc = "Why it came about." },
	{ "summary", F_TEXT, .col = "summary", .len = { 1, 10000 }, .doc = "In short." },
	{ "countries", F_CODES, .col = "countries", .list = "country", .len = { 0, 250 }, .doc = "Where it is active." },
	{ "website", F_URL, .col = "website", .len = { 1, 2000 }, .doc = "Its own site." },
	{ "parties", F_CHILD, .table = "programme_party", .sub = programme_party_fields, .len = { 0, 200 },
	  .doc = "Funders, funds, implementing and other bodies." },
	{ "identifiers", F_CHILD, .table = "programme_identifier", .sub = unique_identifier_fields, .len = { 0, 50 },
	  .doc = "Numbers in other registers." },
	{ "sources", F_CHILD, .table = "programme_source", .sub = source_fields, .len = { 0, 50 },
	  .doc = "Where these facts come from." },
	{ 0 },
};

static const struct facet programme_facets[] = {
	{ "country", "countries", .doc = "Country the programme is active in." },
	{ "organisation", "parties.organisation", .doc = "Body in any role." },
	{ "organisation", "parties.via", .doc = "" },
	{ "organisation_role", "parties.organisation", .with = "role", .needs = "organisation",
	  .doc = "Role the organisation has; goes with organisation." },
	{ "identifier", "identifiers.scheme", .with = "value", .doc = "Identifier as scheme-value." },
	{ 0 },
};

static const struct sort programme_sorts[] = {
	{ "title", "title", KEY_TEXT },
	{ "dates", "dates_lo", KEY_INT },
	{ "created_at", "created_at", KEY_TIME },
	{ "updated_at", "updated_at", KEY_TIME },
	{ 0 },
};

static const char *const programme_indexed[] = { "acronym title", "parent title", NULL };

const struct resource programme_resource = {
	.name = "programme", .group = GROUP_DIRECTORY, .path = "programmes", .table = "programme", .title = "Programmes",
	.label = "title", .default_sort = "title", .dated = { "dates" },
	.fields = programme_fields, .facets = programme_facets, .sorts = programme_sorts, .indexed = programme_indexed,
	.methods = HTTP_GET | HTTP_PUT | HTTP_PATCH | HTTP_DELETE,
	.doc = "Programmes, projects, phases and components.",
};

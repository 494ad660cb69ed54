/* SPDX-License-Identifier: Apache-2.0
 * Any body: ministry, agency, intergovernmental organisation, donor, fund. */
#include "register/registry.h"

static const struct field organisation_fields[] = {
	{ "name", F_TEXT, .col = "name", .len = { 1, 300 }, .flags = FIELD_REQUIRED | FIELD_MATCH, .ops = OPS_TEXT,
	  .doc = "Official name." },
	{ "acronym", F_TEXT, .col = "acronym", .len = { 1, 60 }, .ops = OPS_TEXT, .doc = "Short form in use." },
	{ "type", F_CODE, .col = "type", .list = "organisation_type", .ops = OPS_CODE, .doc = "IATI organisation type." },
	{ "country", F_CODE, .col = "country", .list = "country", .flags = FIELD_MATCH, .ops = OPS_CODE,
	  .doc = "Country it belongs to; absent for international bodies." },
	{ "parent", F_REF, .col = "parent", .ref = "organisation", .ops = OP_EQ | OP_NULL,
	  .doc = "Body it is part of." },
	{ "website", F_URL, .col = "website", .len = { 1, 2000 }, .doc = "Its own site." },
	{ "active", F_EDTF, .col = "active", .ops = OPS_EDTF, .doc = "From when until when it existed." },
	{ "note", F_TEXT, .col = "note", .len = { 1, 10000 }, .doc = "Remark." },
	{ "identifiers", F_CHILD, .table = "organisation_identifier", .sub = unique_identifier_fields, .len = { 0, 50 },
	  .doc = "Numbers in other registers, for example XM-DAC 47066." },
	{ 0 },
};

static const struct facet organisation_facets[] = {
	{ "identifier", "identifiers.scheme", .with = "value", .doc = "Identifier as scheme-value, for example XM-DAC-47066." },
	{ 0 },
};

static const struct sort organisation_sorts[] = {
	{ "name", "name", KEY_TEXT },
	{ "created_at", "created_at", KEY_TIME },
	{ "updated_at", "updated_at", KEY_TIME },
	{ 0 },
};

static const char *const organisation_indexed[] = { "country name", "type name", "acronym name", "parent name", NULL };

const struct resource organisation_resource = {
	.name = "organisation", .group = GROUP_DIRECTORY, .path = "organisations", .table = "organisation", .title = "Organisations",
	.label = "name", .default_sort = "name",
	.fields = organisation_fields, .facets = organisation_facets, .sorts = organisation_sorts,
	.indexed = organisation_indexed,
	.methods = HTTP_GET | HTTP_PUT | HTTP_PATCH | HTTP_DELETE,
	.doc = "The partner directory's bodies.",
};

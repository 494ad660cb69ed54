/* SPDX-License-Identifier: Apache-2.0
 * Any body: ministry, agency, intergovernmental organisation, donor, fund. */
#include "register/queries.h"
#include "register/registry.h"

static const struct field organisation_name_fields[] = {
	{ "name", F_TEXT, .col = "name", .len = { 1, 300 }, .flags = FIELD_REQUIRED | FIELD_SEARCH, .doc = "The name, as it is written." },
	{ "kind", F_CODE, .col = "kind", .list = "name_kind", .flags = FIELD_REQUIRED,
	  .doc = "official: beside the one above, in another language say; former; short; transliteration." },
	{ "language", F_CODE, .col = "language", .list = "language", .doc = "Language of the name." },
	{ "script", F_CODE, .col = "script", .list = "script", .doc = "Script it is written in, by ISO 15924." },
	{ "from", F_EDTF, .col = "valid_from", .doc = "First day in use; one date." },
	{ "to", F_EDTF, .col = "valid_to", .doc = "Last day in use; one date." },
	{ "note", F_TEXT, .col = "note", .len = { 1, 2000 }, .doc = "Remark." },
	{ 0 },
};

static const struct field relation_fields[] = {
	{ "kind", F_CODE, .col = "kind", .list = "organisation_relation", .flags = FIELD_REQUIRED, .doc = "part_of or partner." },
	{ "organisation", F_REF, .col = "organisation", .flags = FIELD_SUBJECT, .ref = "organisation", .doc = "The other body." },
	{ "name_as_written", F_TEXT, .col = "name_as_written", .flags = FIELD_SUBJECT, .len = { 1, 300 },
	  .doc = "The other body as the source writes it." },
	{ "from", F_EDTF, .col = "valid_from", .doc = "First day; one date." },
	{ "to", F_EDTF, .col = "valid_to", .doc = "Last day; one date." },
	{ "note", F_TEXT, .col = "note", .len = { 1, 2000 }, .doc = "Remark." },
	{ 0 },
};

static const struct field succession_fields[] = {
	{ "kind", F_CODE, .col = "kind", .list = "succession_kind", .flags = FIELD_REQUIRED, .doc = "How it came about." },
	{ "organisation", F_REF, .col = "organisation", .flags = FIELD_SUBJECT, .ref = "organisation", .doc = "The body it became." },
	{ "name_as_written", F_TEXT, .col = "name_as_written", .flags = FIELD_SUBJECT, .len = { 1, 300 },
	  .doc = "The body it became as the source writes it." },
	{ "partial", F_BOOL, .col = "partial", .doc = "True when only part of it went there." },
	{ "date", F_EDTF, .col = "date", .doc = "When; one date." },
	{ "note", F_TEXT, .col = "note", .len = { 1, 2000 }, .doc = "Remark." },
	{ 0 },
};

static const struct field organisation_fields[] = {
	{ "name", F_TEXT, .col = "name", .len = { 1, 300 }, .flags = FIELD_REQUIRED | FIELD_MATCH | FIELD_SEARCH, .ops = OPS_TEXT,
	  .doc = "Official name of today, or the last one it had." },
	{ "acronym", F_TEXT, .col = "acronym", .len = { 1, 60 }, .flags = FIELD_SEARCH, .ops = OPS_TEXT, .doc = "Short form in use." },
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
	{ "names", F_CHILD, .table = "organisation_name", .sub = organisation_name_fields, .len = { 0, 100 },
	  .doc = "Other names, in languages and scripts, and when they were in use." },
	{ "relations", F_CHILD, .table = "organisation_relation", .sub = relation_fields, .len = { 0, 100 },
	  .doc = "Bodies it was part of in other times than today, and its partners." },
	{ "successions", F_CHILD, .table = "organisation_succession", .sub = succession_fields, .len = { 0, 50 },
	  .doc = "What it became." },
	{ 0 },
};

static const struct facet organisation_facets[] = {
	{ "identifier", "identifiers.scheme", .with = "value", .doc = "Identifier as scheme-value, for example XM-DAC-47066." },
	{ 0 },
};

static const struct reach organisation_reaches[] = {
	{ "role", "any_role", .lists = { "party_role", "programme_party_role" },
	  .doc = "Bodies that were party in this role to a visit or programme; with programme, to that one." },
	{ "programme", "any_programme", .ref = "programme", .closure = "parent",
	  .doc = "Bodies that are party to this programme, its phases and components, or to visits under them." },
	{ 0 },
};

static const struct likeness organisation_likeness[] = {
	{ LIKE_NAME, .path = "name" }, { LIKE_NAME, .path = "names.name" }, { LIKE_ACRONYM, .path = "acronym" },
	{ LIKE_IDENTIFIER, .path = "identifiers.scheme", .with = "value" }, { LIKE_COUNTRY, .path = "country" },
	{ LIKE_LINK, .path = "parent" }, { LIKE_LINK, .path = "relations.organisation" }, { LIKE_LINK, .path = "successions.organisation" },
	{ 0 },
};

/* English, French, Spanish, Portuguese and Swahili; elided French articles stay with their word. */
static const char *const organisation_light_words[] = {
	"the", "of", "for", "and", "in", "on", "to", "a", "an", "de", "la", "le", "les", "des", "du", "et", "pour", "en", "el", "los",
	"las", "del", "para", "y", "do", "da", "dos", "das", "e", "ya", "wa", "na", "za", "cha", "vya", "kwa", NULL,
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
	.label = "name", .default_sort = "name", .chronicled = true,
	.fields = organisation_fields, .facets = organisation_facets, .reaches = organisation_reaches,
	.reach_sql = query_organisations_by_part, .likeness = organisation_likeness, .posted = true, .light_words = organisation_light_words,
	.sorts = organisation_sorts,
	.indexed = organisation_indexed,
	.methods = HTTP_GET | HTTP_PUT | HTTP_PATCH | HTTP_DELETE, .merges = true,
	.doc = "The partner directory's bodies.",
};

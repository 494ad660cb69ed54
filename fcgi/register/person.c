/* SPDX-License-Identifier: Apache-2.0
 * People who hold seats. */
#include "register/queries.h"
#include "register/registry.h"

static const struct field person_name_fields[] = {
	{ "name", F_TEXT, .col = "name", .len = { 1, 300 }, .flags = FIELD_REQUIRED | FIELD_SEARCH, .doc = "The name, as it is written." },
	{ "kind", F_CODE, .col = "kind", .list = "name_kind", .flags = FIELD_REQUIRED,
	  .doc = "official: in another language say; former; short; transliteration; other for a second spelling." },
	{ "language", F_CODE, .col = "language", .list = "language", .doc = "Language of the name." },
	{ "script", F_CODE, .col = "script", .list = "script", .doc = "Script it is written in, by ISO 15924." },
	{ "note", F_TEXT, .col = "note", .len = { 1, 2000 }, .doc = "Remark." },
	{ 0 },
};

static const struct field membership_fields[] = {
	{ "organisation", F_REF, .col = "organisation", .flags = FIELD_SUBJECT, .ref = "organisation", .doc = "Body the post is in." },
	{ "name_as_written", F_TEXT, .col = "name_as_written", .flags = FIELD_SUBJECT, .len = { 1, 300 },
	  .doc = "The body as the source writes it." },
	{ "post", F_TEXT, .col = "post", .len = { 1, 300 }, .doc = "Post or rank." },
	{ "on_behalf_of", F_REF, .col = "on_behalf_of", .ref = "organisation", .doc = "Body represented there, when another." },
	{ "from", F_EDTF, .col = "valid_from", .doc = "First day in the post; one date." },
	{ "to", F_EDTF, .col = "valid_to", .doc = "Last day in the post; one date." },
	{ "note", F_TEXT, .col = "note", .len = { 1, 2000 }, .doc = "Remark." },
	{ 0 },
};

/* What a row's own class does not open stays restricted, the existence of the row too. */
#define CONTACT_CLASS .cls = CLASS_RESTRICTED, .open_if = "class"

static const struct field contact_fields[] = {
	{ "kind", F_CODE, .col = "kind", .list = "contact_kind", .flags = FIELD_REQUIRED, CONTACT_CLASS, .doc = "email, phone and so on." },
	{ "value", F_TEXT, .col = "value", .len = { 1, 300 }, .flags = FIELD_REQUIRED | FIELD_SUBJECT, CONTACT_CLASS,
	  .doc = "Address or number." },
	{ "class", F_CODE, .col = "class", .list = "field_class", CONTACT_CLASS,
	  .doc = "Who may see this contact: public, partner or restricted; restricted when left out." },
	{ "keep_until", F_EDTF, .col = "keep_until", CONTACT_CLASS, .doc = "Last day on which it may be kept; one date." },
	{ "note", F_TEXT, .col = "note", .len = { 1, 2000 }, CONTACT_CLASS, .doc = "Remark." },
	{ 0 },
};

static const struct field person_fields[] = {
	{ "name", F_TEXT, .col = "name", .len = { 1, 300 }, .flags = FIELD_REQUIRED | FIELD_SEARCH, .ops = OPS_TEXT,
	  .doc = "Name in the order the person uses." },
	{ "honorific", F_TEXT, .col = "honorific", .len = { 1, 60 }, .doc = "Dr., Hon., Col.: kept apart from the name." },
	{ "note", F_TEXT, .col = "note", .len = { 1, 10000 }, .cls = CLASS_RESTRICTED, .doc = "Remark; restricted." },
	{ "names", F_CHILD, .table = "person_name", .sub = person_name_fields, .len = { 0, 100 },
	  .doc = "Other names and spellings, in languages and scripts, without honorific." },
	{ "memberships", F_CHILD, .table = "person_membership", .sub = membership_fields, .len = { 0, 200 },
	  .doc = "Posts the person held; they may repeat and overlap." },
	{ "contacts", F_CHILD, .table = "person_contact", .sub = contact_fields, .len = { 0, 50 },
	  .doc = "How to reach the person; each shown to its own class." },
	{ 0 },
};

static const struct reach person_reaches[] = {
	{ "role", "any_role", .lists = { "seat_capacity" }, .doc = "People who had such a seat in a visit or meeting." },
	{ "programme", "any_programme", .ref = "programme", .closure = "parent",
	  .doc = "People at a seat in visits of this programme, its phases and components, or at their meetings." },
	{ "organisation", "any_organisation", .ref = "organisation",
	  .doc = "People who held a post in this body, or had a seat for it; with role or programme such seats alone." },
	{ 0 },
};

static const struct likeness person_likeness[] = { { LIKE_NAME, .path = "name" }, { LIKE_NAME, .path = "names.name" }, { 0 } };

/* Honorifics that were written into a name. */
static const char *const person_light_words[] = {
	"dr", "prof", "eng", "hon", "mr", "mrs", "ms", "mme", "m", "sir", "amb", "col", "gen", "lt", "maj", "capt", "rev", "sheikh", "ambassador",
	"professor", "doctor", "honourable", "he", NULL,
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
	.fields = person_fields, .reaches = person_reaches, .reach_sql = query_people_by_part, .likeness = person_likeness,
	.light_words = person_light_words, .sorts = person_sorts,
	.methods = HTTP_GET | HTTP_PUT | HTTP_PATCH | HTTP_DELETE, .merges = true,
	.doc = "People of the partner directory.",
};

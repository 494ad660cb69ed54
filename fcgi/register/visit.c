/* SPDX-License-Identifier: Apache-2.0
 * The visit: one trip or exchange, with everything that belongs to it. */
#include "register/registry.h"

static const struct field leg_fields[] = {
	{ "country", F_CODE, .col = "country", .list = "country",
	  .doc = "Host country; absent when the host is no country." },
	{ "place", F_TEXT, .col = "place", .len = { 1, 300 },
	  .doc = "Town or site, as written in the source." },
	{ "dates", F_EDTF, .col = "dates", .doc = "Dates of this stay." },
	{ "note", F_TEXT, .col = "note", .len = { 1, 2000 }, .doc = "Remark." },
	{ 0 },
};

static const struct field party_fields[] = {
	{ "role", F_CODE, .col = "role", .list = "party_role", .flags = FIELD_REQUIRED,
	  .doc = "What the body was to the visit." },
	{ "organisation", F_REF, .col = "organisation", .flags = FIELD_SUBJECT, .ref = "organisation", .doc = "The body." },
	{ "name_as_written", F_TEXT, .col = "name_as_written", .flags = FIELD_SUBJECT | FIELD_SEARCH, .len = { 1, 300 },
	  .doc = "The body as the source writes it." },
	{ "country", F_CODE, .col = "country", .flags = FIELD_SUBJECT, .list = "country", .doc = "Country acting in this role." },
	{ "via", F_REF, .col = "via", .ref = "organisation", .doc = "Fund or body through which a funder acted." },
	{ "note", F_TEXT, .col = "note", .len = { 1, 2000 }, .doc = "Remark." },
	{ 0 },
};

static const struct field cost_fields[] = {
	{ "amount", F_DECIMAL, .col = "cost_amount", .cls = CLASS_RESTRICTED, .doc = "Decimal string." },
	{ "currency", F_CODE, .col = "cost_currency", .list = "currency", .cls = CLASS_RESTRICTED,
	  .doc = "ISO 4217 code." },
	{ "payer", F_REF, .col = "cost_payer", .ref = "organisation", .cls = CLASS_RESTRICTED,
	  .doc = "Body that paid." },
	{ 0 },
};

/* What a place in a delegation and a place at a meeting have in common. */
#define SEAT_FIELDS \
	{ "capacity", F_CODE, .col = "capacity", .list = "seat_capacity", .flags = FIELD_REQUIRED, \
	  .doc = "Leader, member, staff, counterpart and so on." }, \
	{ "post", F_TEXT, .col = "post", .len = { 1, 300 }, .doc = "Post or rank as written; stands without a name too." }, \
	{ "organisation", F_REF, .col = "organisation", .ref = "organisation", .doc = "Body the seat belongs to." }, \
	{ "on_behalf_of", F_REF, .col = "on_behalf_of", .ref = "organisation", .doc = "Body represented, when another." }, \
	{ "person", F_REF, .col = "person", .ref = "person", .cls = CLASS_RESTRICTED, .open_if = "public_office", \
	  .doc = "Who held the seat; public only with public_office." }, \
	{ "name_as_written", F_TEXT, .col = "name_as_written", .len = { 1, 300 }, .flags = FIELD_SEARCH, .cls = CLASS_RESTRICTED, \
	  .open_if = "public_office", .doc = "Name as the source writes it; public only with public_office." }, \
	{ "public_office", F_BOOL, .col = "public_office", \
	  .doc = "True for a leader or senior counterpart acting in office, whose name is public." }, \
	{ "represented_by", F_TEXT, .col = "represented_by", .len = { 1, 300 }, .flags = FIELD_SEARCH, .cls = CLASS_RESTRICTED, \
	  .open_if = "public_office", .doc = "Who sat in for the holder of the post." }, \
	{ "country", F_CODE, .col = "country", .list = "country", .doc = "Country the seat speaks for." }, \
	{ "count", F_INT, .col = "head_count", .len = { 1, 100000 }, .doc = "People in a seat that stands for a group." }, \
	{ "count_women", F_INT, .col = "count_women", .len = { 0, 100000 }, .doc = "Women among them." }, \
	{ "count_men", F_INT, .col = "count_men", .len = { 0, 100000 }, .doc = "Men among them." }, \
	{ "note", F_TEXT, .col = "note", .len = { 1, 2000 }, .doc = "Remark." }, \
	{ "uncertain", F_BOOL, .col = "uncertain", .doc = "True when the source leaves the pairing of name and post unclear." }

static const struct field seat_fields[] = {
	SEAT_FIELDS,
	{ "dates", F_EDTF, .col = "dates", .doc = "Own dates, when other than the visit's." },
	{ "cost", F_GROUP, .sub = cost_fields, .doc = "What the seat cost and who paid; restricted." },
	{ 0 },
};

static const struct field meeting_seat_fields[] = {
	SEAT_FIELDS,
	{ 0 },
};

static const struct field meeting_fields[] = {
	{ "date", F_EDTF, .col = "date", .ops = OPS_EDTF, .doc = "Day of the meeting." },
	{ "place", F_TEXT, .col = "place", .len = { 1, 300 }, .ops = OPS_TEXT, .doc = "Where it took place." },
	{ "subject", F_TEXT, .col = "subject", .len = { 1, 300 }, .ops = OPS_TEXT, .doc = "What it was about." },
	{ "note", F_TEXT, .col = "note", .len = { 1, 2000 }, .doc = "Remark." },
	{ "seats", F_CHILD, .table = "visit_meeting_seat", .sub = meeting_seat_fields, .len = { 0, 200 },
	  .doc = "Who was there." },
	{ 0 },
};

static const struct field learning_fields[] = {
	{ "text", F_TEXT, .col = "text", .len = { 1, 10000 }, .flags = FIELD_REQUIRED, .ops = OP_CONTAINS,
	  .doc = "What was observed." },
	{ "lang", F_CODE, .col = "lang", .list = "language", .ops = OPS_CODE, .doc = "Language of the text." },
	{ "themes", F_CODES, .col = "themes", .list = "theme", .len = { 0, 50 }, .doc = "Themes of this learning." },
	{ 0 },
};

static const struct field addressee_fields[] = {
	{ "organisation", F_REF, .col = "organisation", .flags = FIELD_SUBJECT, .ref = "organisation", .doc = "Body asked to act." },
	{ "name_as_written", F_TEXT, .col = "name_as_written", .flags = FIELD_SUBJECT, .len = { 1, 300 }, .doc = "As the source writes it." },
	{ "focal_point", F_TEXT, .col = "focal_point", .len = { 1, 300 }, .cls = CLASS_PARTNER,
	  .doc = "Post that follows it up." },
	{ "note", F_TEXT, .col = "note", .len = { 1, 2000 }, .doc = "Remark." },
	{ 0 },
};

static const struct field counterpart_fields[] = {
	{ "organisation", F_REF, .col = "organisation", .flags = FIELD_SUBJECT, .ref = "organisation", .doc = "Body to link with." },
	{ "name_as_written", F_TEXT, .col = "name_as_written", .flags = FIELD_SUBJECT, .len = { 1, 300 }, .doc = "As the source writes it." },
	{ 0 },
};

static const struct field recommendation_fields[] = {
	{ "number", F_TEXT, .col = "number", .len = { 1, 40 }, .ops = OPS_TEXT, .doc = "Local number within the visit." },
	{ "text", F_TEXT, .col = "text", .len = { 1, 10000 }, .flags = FIELD_REQUIRED, .ops = OP_CONTAINS,
	  .doc = "What was proposed." },
	{ "lang", F_CODE, .col = "lang", .list = "language", .ops = OPS_CODE, .doc = "Language of the text." },
	{ "rationale", F_TEXT, .col = "rationale", .len = { 1, 10000 }, .doc = "Why." },
	{ "levels", F_CODES, .col = "levels", .list = "level", .len = { 0, 20 }, .doc = "Levels of government it speaks to." },
	{ "due", F_EDTF, .col = "due", .ops = OPS_EDTF, .doc = "When it should be done." },
	{ "addressees", F_CHILD, .table = "visit_recommendation_addressee", .sub = addressee_fields, .len = { 0, 100 },
	  .doc = "Bodies asked to act." },
	{ "counterparts", F_CHILD, .table = "visit_recommendation_counterpart", .sub = counterpart_fields,
	  .len = { 0, 100 }, .doc = "Bodies to link with." },
	{ 0 },
};

static const struct field purpose_link_fields[] = {
	{ "policy", F_REF, .col = "policy", .ref = "policy", .flags = FIELD_REQUIRED | FIELD_SUBJECT, .doc = "The policy." },
	{ "section", F_TEXT, .col = "section", .len = { 1, 300 }, .doc = "Key of the section, when known." },
	{ "relation", F_CODE, .col = "relation", .list = "purpose_relation",
	  .doc = "serves: the visit's own reform; studied: a policy of the host." },
	{ "rationale", F_TEXT, .col = "rationale", .len = { 1, 2000 }, .doc = "Why this visit serves it." },
	{ 0 },
};

static const struct field clearance_fields[] = {
	{ "reference", F_TEXT, .col = "clearance_reference", .len = { 1, 100 }, .ops = OP_EQ | OP_NULL,
	  .doc = "Number of the clearance." },
	{ "authority", F_TEXT, .col = "clearance_authority", .len = { 1, 300 }, .doc = "Who cleared the travel." },
	{ "date", F_EDTF, .col = "clearance_date", .doc = "When." },
	{ 0 },
};

static const struct field return_report_fields[] = {
	{ "due", F_EDTF, .col = "report_due", .ops = OPS_EDTF, .doc = "When the return report falls due." },
	{ "received", F_EDTF, .col = "report_received", .ops = OPS_EDTF, .doc = "When it came in." },
	{ "source", F_TEXT, .col = "report_source", .len = { 1, 2000 }, .doc = "Where it can be found." },
	{ 0 },
};

static const struct field visit_fields[] = {
	{ "title", F_TEXT, .col = "title", .len = { 1, 300 }, .flags = FIELD_REQUIRED | FIELD_SEARCH, .ops = OPS_TEXT,
	  .doc = "What the visit is called." },
	{ "ref", F_TEXT, .col = "ref", .len = { 1, 100 }, .ops = OPS_TEXT, .doc = "Local reference." },
	{ "kind", F_CODE, .col = "kind", .list = "visit_kind", .ops = OPS_CODE, .doc = "Kind of visit." },
	{ "mode", F_CODE, .col = "mode", .list = "visit_mode", .ops = OPS_CODE, .doc = "In person, virtual or both." },
	{ "status", F_CODE, .col = "status", .list = "visit_status", .ops = OPS_CODE,
	  .doc = "How far the visit has come." },
	{ "language", F_CODE, .col = "language", .list = "language", .ops = OPS_CODE,
	  .doc = "Language of the free text." },
	{ "summary", F_TEXT, .col = "summary", .len = { 1, 10000 }, .ops = OP_CONTAINS, .doc = "In short." },
	{ "outcome", F_TEXT, .col = "outcome", .len = { 1, 10000 }, .doc = "What came of it." },
	{ "objectives", F_TEXTS, .col = "objectives", .len = { 0, 50 }, .doc = "What the visit was for." },
	{ "planned_dates", F_EDTF, .col = "planned_dates", .ops = OPS_EDTF, .doc = "Dates as planned." },
	{ "dates", F_EDTF, .col = "dates", .ops = OPS_EDTF, .doc = "Dates as travelled; absent when the year is unknown." },
	{ "dates_as_written", F_TEXT, .col = "dates_as_written", .len = { 1, 300 }, .doc = "The source's wording." },
	{ "duration_as_written", F_TEXT, .col = "duration_as_written", .len = { 1, 300 }, .doc = "The source's wording." },
	{ "direction", F_COMPUTED,
	  .doc = "outbound, inbound, domestic or third_country, seen from the configured home country; "
		 "absent when host or delegating countries are not known." },
	{ "delegation_size", F_INT, .col = "delegation_size", .len = { 1, 100000 }, .ops = OPS_RANGE,
	  .doc = "People in the delegation, when only the number is known or it differs from the seats." },
	{ "delegation_women", F_INT, .col = "delegation_women", .len = { 0, 100000 }, .doc = "Women among them." },
	{ "delegation_men", F_INT, .col = "delegation_men", .len = { 0, 100000 }, .doc = "Men among them." },
	{ "programme", F_REF, .col = "programme", .ref = "programme", .ops = OP_NULL, .doc = "Funded effort the visit was part of." },
	{ "themes", F_CODES, .col = "themes", .list = "theme", .len = { 0, 50 }, .doc = "What it was about." },
	{ "recommendations_complete", F_BOOL, .col = "recommendations_complete", .ops = OP_EQ | OP_NULL,
	  .doc = "True when the recommendations below are known to be all of them." },
	{ "clearance", F_GROUP, .sub = clearance_fields, .doc = "Travel clearance." },
	{ "return_report", F_GROUP, .sub = return_report_fields, .doc = "The report owed after return." },
	{ "note", F_TEXT, .col = "note", .len = { 1, 10000 }, .doc = "Remark." },
	{ "identifiers", F_CHILD, .table = "visit_identifier", .sub = identifier_fields, .len = { 0, 50 },
	  .doc = "Numbers given to it elsewhere." },
	{ "legs", F_CHILD, .table = "visit_leg", .sub = leg_fields, .len = { 0, 100 }, .doc = "Host stays, in order." },
	{ "parties", F_CHILD, .table = "visit_party", .sub = party_fields, .len = { 0, 200 },
	  .doc = "Bodies and countries, each in a role." },
	{ "seats", F_CHILD, .table = "visit_seat", .sub = seat_fields, .len = { 0, 500 }, .doc = "The delegation." },
	{ "meetings", F_CHILD, .table = "visit_meeting", .sub = meeting_fields, .len = { 0, 200 }, .doc = "Whom they met." },
	{ "learnings", F_CHILD, .table = "visit_learning", .sub = learning_fields, .len = { 0, 200 },
	  .doc = "What was observed." },
	{ "recommendations", F_CHILD, .table = "visit_recommendation", .sub = recommendation_fields, .len = { 0, 200 },
	  .doc = "What was proposed." },
	{ "purpose_links", F_CHILD, .table = "visit_purpose_link", .sub = purpose_link_fields, .len = { 0, 50 },
	  .doc = "Policies the visit was made for, or studied." },
	{ "sources", F_CHILD, .table = "visit_source", .sub = source_fields, .len = { 0, 50 },
	  .doc = "Where these facts come from." },
	{ 0 },
};

static const struct facet visit_facets[] = {
	{ "host_country", "legs.country", .doc = "Country of a leg or of a host party." },
	{ "host_country", "parties.country", .when = "role", .is = "host", .doc = "" },
	{ "delegating_country", "parties.country", .when = "role", .is = "delegating",
	  .doc = "Country that sent the delegation or part of it." },
	{ "organisation", "parties.organisation", .doc = "Body in any role, at a seat, or behind a funder." },
	{ "organisation", "parties.via", .doc = "" },
	{ "organisation", "seats.organisation", .doc = "" },
	{ "organisation", "seats.on_behalf_of", .doc = "" },
	{ "organisation", "meetings.seats.organisation", .doc = "" },
	{ "organisation", "meetings.seats.on_behalf_of", .doc = "" },
	{ "organisation", "recommendations.addressees.organisation", .doc = "" },
	{ "organisation", "recommendations.counterparts.organisation", .doc = "" },
	{ "organisation_role", "parties.organisation", .with = "role", .needs = "organisation",
	  .doc = "Role the organisation had; goes with organisation." },
	{ "person", "seats.person", .doc = "Person at a seat of the delegation or of a meeting." },
	{ "person", "meetings.seats.person", .doc = "" },
	{ "programme", "programme", .closure = "parent", .doc = "Programme, its phases and components included." },
	{ "theme", "themes", .doc = "Theme of the visit or of a learning, narrower themes included." },
	{ "theme", "learnings.themes", .doc = "" },
	{ "policy", "purpose_links.policy", .doc = "Policy the visit serves or studied." },
	{ "identifier", "identifiers.scheme", .with = "value", .doc = "Identifier as scheme-value." },
	{ 0 },
};

static const struct sort visit_sorts[] = {
	{ "dates", "dates_lo", KEY_INT },
	{ "title", "title", KEY_TEXT },
	{ "created_at", "created_at", KEY_TIME },
	{ "updated_at", "updated_at", KEY_TIME },
	{ 0 },
};

static const char *const visit_indexed[] = { "kind -dates", "ref -dates", NULL };

const struct resource visit_resource = {
	.name = "visit", .group = GROUP_VISITS, .path = "visits", .table = "visit", .title = "Visits", .label = "title",
	.default_sort = "-dates", .facet_sort = "dates",
	.dated = { "dates", "planned_dates" },
	.fields = visit_fields, .facets = visit_facets, .sorts = visit_sorts, .indexed = visit_indexed,
	.methods = HTTP_GET | HTTP_PUT | HTTP_PATCH | HTTP_DELETE,
	.doc = "Benchmarking and study visits, each with its whole trail.",
};

static const struct sort child_sorts[] = {
	{ "id", "id", KEY_ID },
	{ 0 },
};

const struct resource meeting_resource = {
	.name = "meeting", .path = "meetings", .within = "visit.meetings", .title = "Meetings",
	.default_sort = "id", .sorts = child_sorts, .methods = HTTP_GET,
	.doc = "Meetings of all visits.",
};

const struct resource learning_resource = {
	.name = "learning", .path = "learnings", .within = "visit.learnings", .title = "Learnings",
	.default_sort = "id", .sorts = child_sorts, .methods = HTTP_GET,
	.doc = "Learnings of all visits.",
};

const struct resource recommendation_resource = {
	.name = "recommendation", .path = "recommendations", .within = "visit.recommendations",
	.title = "Recommendations", .label = "text", .default_sort = "id", .sorts = child_sorts,
	.methods = HTTP_GET | HTTP_PATCH,
	.doc = "Recommendations of all visits; a change here raises the visit's version.",
};

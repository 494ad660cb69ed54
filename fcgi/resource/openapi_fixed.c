/* SPDX-License-Identifier: Apache-2.0
 * The addresses that are no resource's own: code lists, keys, engagements, health. */
#include "resource/openapi_parts.h"

#include "resource/openapi_schema.h"

#include <stdio.h>

static void single_answers(struct json_writer *w)
{
	static const struct { const char *path, *id, *doc, *schema; bool keyed; } fixed[] = {
		{ "/codelists", "list_codelists", "Names of all code lists.", "CodeLists", false },
		{ "/codelists/{name}", "read_codelist", "One code list with its labels.", "CodeList", false },
		{ "/countries", "list_countries", "The code list of countries.", "CodeList", false },
		{ "/keys/self", "read_key", "The key of the request: its scopes, and until when it works.", "Key", true },
		{ "/openapi.json", "describe", "This description.", NULL, false },
		{ "/health/live", "live", "200 while the process serves.", "Health", false },
		{ "/health/ready", "ready", "200 when the database answers and its schema fits, else 503.", "Health", false },
	};

	for (size_t i = 0; i < sizeof(fixed) / sizeof(*fixed); i++) {
		json_key(w, fixed[i].path);
		json_object(w);
		openapi_common_all(w);
		json_key(w, "get");
		json_object(w);
		schema_pair(w, "operationId", fixed[i].id);
		schema_pair(w, "summary", fixed[i].doc);
		openapi_security(w, fixed[i].keyed ? "" : NULL);
		if (strchr(fixed[i].path, '{')) {
			json_key(w, "parameters");
			json_array(w);
			openapi_parameter(w, "name", "path", "string", "Name of the list.");
			json_end_array(w);
		}
		json_key(w, "responses");
		json_object(w);
		openapi_response(w, "200", fixed[i].doc, fixed[i].schema);
		if (strncmp(fixed[i].path, "/health", 7) != 0)
			openapi_refusals(w, false);
		openapi_problem(w);
		json_end_object(w);
		json_end_object(w);
		json_end_object(w);
	}
}

static void query(struct json_writer *w, const char *name, const char *type, const char *doc)
{
	openapi_parameter(w, name, "query", type, doc);
}

/* people: has none of what only bodies have. */
static void engagements(struct json_writer *w, const char *path, const char *id, bool people)
{
	char whole[80];

	snprintf(whole, sizeof(whole), "/%s/{id}/engagements", path);
	json_key(w, whole);
	json_object(w);
	openapi_common_all(w);
	json_key(w, "get");
	json_object(w);
	schema_pair(w, "operationId", id);
	schema_pair(w, "summary", people ? "Seats in visits and meetings, and posts held; newest first, without dates last."
					 : "Every visit, meeting, recommendation, programme, policy and action that names the body, by role; newest"
					   " first, without dates last.");
	openapi_security(w, NULL);
	json_key(w, "parameters");
	json_array(w);
	openapi_parameter(w, "id", "path", "string", "Id of the record.");
	query(w, "type", "string", people ? "visit, meeting or membership." : "visit, meeting, recommendation, programme, policy or action.");
	query(w, "role", "string", people ? "A code of seat_capacity, or post." :
	      "A code of party_role, programme_party_role, action_party_role, seat_capacity or engagement_role.");
	if (!people)
		query(w, "include", "string", "predecessors: those of the bodies that became this one too, each with its organisation.");
	query(w, "labels", "string", "en, fr or sw: adds role_label.");
	query(w, "limit", "integer", "Items a page, 1 to 200; default 25.");
	query(w, "cursor", "string", "From the address in next; opaque.");
	query(w, "count", "string", "exact adds total.");
	json_end_array(w);
	json_key(w, "responses");
	json_object(w);
	openapi_page(w, "Engagement");
	openapi_response(w, "308", "It was merged into the record whose engagements Location names; the query is kept.", "MergedInto");
	openapi_refusals(w, false);
	openapi_problem(w);
	json_end_object(w);
	json_end_object(w);
	json_end_object(w);
}

static void updates_operation(struct json_writer *w, const char *method, const char *id, const char *doc, bool one)
{
	bool adds = strcmp(method, "post") == 0;

	json_key(w, method);
	json_object(w);
	schema_pair(w, "operationId", id);
	schema_pair(w, "summary", doc);
	openapi_security(w, adds ? "write.visits" : NULL);
	json_key(w, "parameters");
	json_array(w);
	openapi_parameter(w, "id", "path", "string", "Id of the action.");
	if (one)
		openapi_parameter(w, "update", "path", "string", "Id of the update.");
	if (adds) {
		openapi_parameter(w, "If-Match", "header", "string", "ETag of the action; not needed, as nothing is overwritten.");
		openapi_parameter(w, "Idempotency-Key", "header", "string", "The same key and body get the first answer again, for 24 hours.");
	} else {
		query(w, "labels", "string", "en, fr or sw: adds a label beside each code.");
	}
	json_end_array(w);
	if (adds) {
		json_key(w, "requestBody");
		json_object(w);
		json_key(w, "required");
		json_bool(w, true);
		openapi_content(w, "application/json", "ActionUpdate");
		json_end_object(w);
	}
	json_key(w, "responses");
	json_object(w);
	if (one || adds)
		openapi_response(w, adds ? "201" : "200", adds ? "The update; ETag is the action's new one." : "The update.", "ActionUpdate");
	else
		openapi_page(w, "ActionUpdate");
	openapi_refusals(w, adds);
	openapi_problem(w);
	json_end_object(w);
	json_end_object(w);
}

static void updates(struct json_writer *w)
{
	json_key(w, "/actions/{id}/updates");
	json_object(w);
	openapi_common_all(w);
	updates_operation(w, "get", "list_action_updates", "All updates of an action, in the order they were added.", false);
	updates_operation(w, "post", "add_action_update", "Adds an update, which raises the action's version; none is ever changed or removed.",
			  false);
	json_end_object(w);
	json_key(w, "/actions/{id}/updates/{update}");
	json_object(w);
	openapi_common_all(w);
	updates_operation(w, "get", "read_action_update", "One update of an action.", true);
	json_end_object(w);
}

void openapi_fixed(struct json_writer *w)
{
	single_answers(w);
	engagements(w, "organisations", "list_organisation_engagements", false);
	engagements(w, "people", "list_person_engagements", true);
	updates(w);
}

void openapi_engagement(struct json_writer *w)
{
	static const char *const members[][2] = {
		{ "type", "What is taken part in: visit, meeting, recommendation, programme, policy, action, or membership for a post." },
		{ "id", "Its id." },
		{ "self", "Its address; a post has none." },
		{ "number", "Of a recommendation: its local number." },
		{ "title", "Its title; a meeting's subject; the first words of a recommendation." },
		{ "role", "Code of the list that the field goes by, or of engagement_role." },
		{ "role_label", "With labels." },
		{ "field", "Which of its fields names the body or the person." },
		{ "dates", "EDTF: its own dates, else those of its visit or seat; absent when unknown." },
		{ "due", "Of a recommendation or an action: when it should be done." },
		{ "status", "Of an action: how far it has come." },
		{ "post", "Of a person: the post as written." },
		{ "name_as_written", "Of a post: the body as the source writes it." },
		{ "from", "Of a post: its first day." },
		{ "to", "Of a post: its last day." },
	};

	json_key(w, "Engagement");
	json_object(w);
	schema_pair(w, "type", "object");
	json_key(w, "properties");
	json_object(w);
	for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++) {
		json_key(w, members[i][0]);
		json_object(w);
		schema_pair(w, "type", "string");
		schema_pair(w, "description", members[i][1]);
		json_end_object(w);
	}
	json_key(w, "visit");
	schema_ref(w, "VisitReference");
	json_key(w, "organisation");
	schema_ref(w, "OrganisationReference");
	json_end_object(w);
	json_end_object(w);
}

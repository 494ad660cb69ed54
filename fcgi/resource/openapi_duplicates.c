/* SPDX-License-Identifier: Apache-2.0
 * Pairs, and the candidates of a refusal. */
#include "resource/openapi_duplicates.h"

#include "resource/openapi_parts.h"
#include "resource/openapi_schema.h"

#include <stdio.h>

void openapi_duplicates_path(struct json_writer *w, const struct served *s)
{
	char text[120];

	if (!s->resource->likeness || s->kid >= 0)
		return;
	snprintf(text, sizeof(text), "/%s/duplicates", s->resource->path);
	json_key(w, text);
	json_object(w);
	openapi_common_all(w);
	json_key(w, "get");
	json_object(w);
	snprintf(text, sizeof(text), "propose_%s_duplicates", s->resource->name);
	schema_pair(w, "operationId", text);
	schema_pair(w, "summary", "Pairs of records that may be the same, likeliest first. Whoever makes a record that is like another is told in"
		    " a Warning header, or refused with Prefer: handling=strict.");
	json_key(w, "tags");
	json_array(w);
	json_z(w, s->resource->title);
	json_end_array(w);
	openapi_security(w, NULL);
	json_key(w, "parameters");
	json_array(w);
	openapi_parameter(w, "limit", "query", "integer", "Items a page, 1 to 200; default 25.");
	openapi_parameter(w, "cursor", "query", "string", "From the address in next; opaque.");
	openapi_parameter(w, "count", "query", "string", "exact adds total.");
	json_end_array(w);
	json_key(w, "responses");
	json_object(w);
	openapi_page(w, "LikelyPair");
	openapi_refusals(w, false);
	openapi_problem(w);
	json_end_object(w);
	json_end_object(w);
	json_end_object(w);
}

static void score_and_reasons(struct json_writer *w)
{
	static const char *const reasons[] = { "identifier", "name", "transliteration", "words", "spelling", "acronym" };

	schema_member(w, "score", "integer", false, "Up to 100; from 60 on whoever makes one is told of the other.");
	json_key(w, "reasons");
	json_object(w);
	schema_pair(w, "type", "array");
	schema_pair(w, "description", "What both have: a number, a name, one transliterated, its words but the light ones, its consonants; or one is,"
		    " or abbreviates to, the acronym of the other.");
	json_key(w, "items");
	json_object(w);
	schema_pair(w, "type", "string");
	json_key(w, "enum");
	json_array(w);
	for (size_t i = 0; i < sizeof(reasons) / sizeof(*reasons); i++)
		json_z(w, reasons[i]);
	json_end_array(w);
	json_end_object(w);
	json_end_object(w);
}

static void id_and_self(struct json_writer *w)
{
	json_key(w, "id");
	json_object(w);
	schema_pair(w, "type", "string");
	schema_pair(w, "format", "uuid");
	json_end_object(w);
	schema_member(w, "self", "string", false, "Its address.");
}

void openapi_duplicates_schemas(struct json_writer *w)
{
	json_key(w, "LikelyRecord");
	json_object(w);
	schema_pair(w, "type", "object");
	json_key(w, "properties");
	json_object(w);
	id_and_self(w);
	schema_member(w, "state", "string", false, "Code of record_state.");
	schema_member(w, "name", "string", false, "Its name.");
	schema_member(w, "acronym", "string", false, "Of a body: its short form.");
	schema_member(w, "country", "string", false, "Of a body: its country.");
	json_end_object(w);
	json_end_object(w);
	json_key(w, "LikelyPair");
	json_object(w);
	schema_pair(w, "type", "object");
	json_key(w, "properties");
	json_object(w);
	json_key(w, "first");
	schema_ref(w, "LikelyRecord");
	json_key(w, "second");
	schema_ref(w, "LikelyRecord");
	score_and_reasons(w);
	json_end_object(w);
	json_end_object(w);
}

void openapi_duplicates_candidates(struct json_writer *w)
{
	json_key(w, "candidates");
	json_object(w);
	schema_pair(w, "type", "array");
	schema_pair(w, "description", "With the type urn:ziara:problem:duplicate and strict handling: what the record may be the same as, at most five.");
	json_key(w, "items");
	json_object(w);
	schema_pair(w, "type", "object");
	json_key(w, "properties");
	json_object(w);
	id_and_self(w);
	schema_member(w, "name", "string", false, "Its name.");
	score_and_reasons(w);
	json_end_object(w);
	json_end_object(w);
	json_end_object(w);
}

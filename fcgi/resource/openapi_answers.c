/* SPDX-License-Identifier: Apache-2.0
 * What the addresses beside the records answer, member by member. */
#include "resource/openapi_answers.h"

#include "access/scope.h"
#include "resource/openapi_schema.h"

#include <stdio.h>

static void begin_schema(struct json_writer *w, const char *name, const char *doc)
{
	json_key(w, name);
	json_object(w);
	schema_pair(w, "type", "object");
	schema_pair(w, "description", doc);
}

static void required(struct json_writer *w, const char *const *names)
{
	json_key(w, "required");
	json_array(w);
	for (; *names; names++)
		json_z(w, *names);
	json_end_array(w);
}

static void begin_properties(struct json_writer *w)
{
	json_key(w, "properties");
	json_object(w);
}

static void end(struct json_writer *w)
{
	json_end_object(w);
	json_end_object(w);
}

static void texts(struct json_writer *w, const char *name, const char *doc)
{
	schema_begin_member(w, name, "array", false, doc);
	json_key(w, "items");
	json_object(w);
	schema_pair(w, "type", "string");
	end(w);
}

/* An array of objects, left open for their members. */
static void begin_objects(struct json_writer *w, const char *name, const char *doc)
{
	schema_begin_member(w, name, "array", false, doc);
	json_key(w, "items");
	json_object(w);
	schema_pair(w, "type", "object");
	begin_properties(w);
}

static void end_objects(struct json_writer *w)
{
	end(w);
	json_end_object(w);
}

static void array_of(struct json_writer *w, const char *name, const char *schema, const char *doc)
{
	schema_begin_member(w, name, "array", false, doc);
	json_key(w, "items");
	schema_ref(w, schema);
	json_end_object(w);
}

/* --- merges ------------------------------------------------------------------------------- */

void openapi_answers_merged(const struct shape *s, char out[], size_t size)
{
	char name[SCHEMA_NAME_MAX];

	schema_name(s->table, name);
	snprintf(out, size, "%sMerged", name);
}

static void merge_plan(struct json_writer *w)
{
	static const char *const always[] = { "merges", "done", "references", "names", "identifiers", "holds", "problems", NULL };

	begin_schema(w, "MergePlan", "What a merge would change; nothing that points to the record is rewritten.");
	required(w, always);
	begin_properties(w);
	schema_named(w, "merges", "name", false, "The record that would be merged.");
	schema_named(w, "into", "name", false, "The one that would answer; absent when there is none with that id.");
	schema_member(w, "done", "boolean", false, "It is so already.");
	begin_objects(w, "references", "What would lead to the record.");
	schema_member(w, "in", "string", false, "The collection.");
	schema_member(w, "at", "string", false, "The field, as in meetings.seats.person.");
	schema_member(w, "role", "string", false, "In which role; absent where the field has none.");
	schema_member(w, "items", "integer", false, "How often.");
	schema_member(w, "records", "integer", false, "In how many records of the collection.");
	end_objects(w);
	texts(w, "names", "Names that would answer beside its own.");
	texts(w, "identifiers", "Identifiers that would answer beside its own, as scheme-value.");
	begin_objects(w, "holds", "What the record and those merged into it hold. It stays with them and is read beside the one that answers (GET of the"
		      " same address).");
	schema_member(w, "at", "string", false, "The field, as in memberships or contacts.");
	schema_member(w, "items", "integer", false, "How many.");
	end_objects(w);
	begin_objects(w, "problems", "Everything that forbids it; empty: it can be done.");
	schema_member(w, "code", "string", false, "Which rule.");
	schema_member(w, "detail", "string", false, "Why, in words.");
	end_objects(w);
	end(w);
}

static void merges(struct json_writer *w)
{
	static const char *const asked[] = { "into", NULL };
	char name[SCHEMA_NAME_MAX + 8], record[SCHEMA_NAME_MAX];

	begin_schema(w, "Merge", "What is asked of a merge.");
	required(w, asked);
	begin_properties(w);
	schema_member(w, "into", "string", false, "Id of the record that is to answer for both.");
	end(w);
	merge_plan(w);
	begin_schema(w, "MergedInto", "Where a record that was merged has gone; its address is in Location.");
	begin_properties(w);
	schema_named(w, "merged_into", "name", false, "The record that answers.");
	end(w);
	for (size_t i = 0; i < shape_count(); i++) {
		const struct shape *s = shape_at(i);
		if (!shape_merges(s))
			continue;
		openapi_answers_merged(s, name, sizeof(name));
		schema_name(s->table, record);
		begin_schema(w, name, "What a record answers for.");
		begin_properties(w);
		schema_named(w, "into", s->resource->label, false, "The record that answers.");
		array_of(w, "merged", record, "The records that were merged into it, whole.");
		end(w);
	}
}

/* --- code lists, keys, health ------------------------------------------------------------- */

static void code_lists(struct json_writer *w)
{
	begin_schema(w, "CodeLists", "The code lists there are.");
	begin_properties(w);
	begin_objects(w, "items", "By name.");
	schema_member(w, "name", "string", false, "Name of the list, as x-codelist has it.");
	schema_member(w, "self", "string", false, "Its address.");
	end_objects(w);
	end(w);
	begin_schema(w, "CodeList", "One code list.");
	begin_properties(w);
	schema_member(w, "name", "string", false, "Its name.");
	array_of(w, "items", "Code", "In their order.");
	end(w);
	begin_schema(w, "Code", "One code with its labels.");
	begin_properties(w);
	schema_member(w, "code", "string", false, "What records hold.");
	schema_member(w, "parent", "string", false, "In a tree: the code above it.");
	schema_begin_member(w, "labels", "object", false, "By language; English is always there.");
	begin_properties(w);
	schema_text(w, "en", NULL);
	schema_text(w, "fr", NULL);
	schema_text(w, "sw", NULL);
	end(w);
	schema_member(w, "active", "boolean", false, "False: kept for what holds it, and not for new records.");
	end(w);
}

static void key(struct json_writer *w)
{
	static const char *const members[][2] = {
		{ "id", NULL }, { "name", NULL }, { "role", NULL }, { "created_at", "date-time" }, { "expires_at", "date-time" },
		{ "last_used_at", "date-time" },
	};

	json_key(w, "Key");
	json_object(w);
	schema_pair(w, "type", "object");
	schema_pair(w, "description", "What a key is; never its secret. last_used_at is right to the minute.");
	json_key(w, "properties");
	json_object(w);
	for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++)
		schema_text(w, members[i][0], members[i][1]);
	json_key(w, "scopes");
	json_object(w);
	schema_pair(w, "type", "array");
	json_key(w, "items");
	json_object(w);
	schema_pair(w, "type", "string");
	json_key(w, "enum");
	json_array(w);
	for (const char *const *name = scope_names(); *name; name++)
		json_z(w, *name);
	json_end_array(w);
	json_end_object(w);
	json_end_object(w);
	json_end_object(w);
	json_end_object(w);
}

static void health(struct json_writer *w)
{
	begin_schema(w, "Health", "The process, and what it stands on.");
	begin_properties(w);
	schema_member(w, "status", "string", false, "alive or ready.");
	schema_member(w, "version", "string", false, "Of the program.");
	schema_member(w, "schema", "integer", false, "Of readiness: the last migration of the database.");
	end(w);
}

void openapi_answers_schemas(struct json_writer *w)
{
	merges(w);
	code_lists(w);
	key(w);
	health(w);
}

/* SPDX-License-Identifier: Apache-2.0
 * Pieces of operations: parameters, answers, security. */
#include "resource/openapi_parts.h"

#include "resource/openapi_schema.h"

void openapi_parameter(struct json_writer *w, const char *name, const char *in, const char *type, const char *doc)
{
	json_object(w);
	schema_pair(w, "name", name);
	schema_pair(w, "in", in);
	if (strcmp(in, "path") == 0) {
		json_key(w, "required");
		json_bool(w, true);
	}
	json_key(w, "schema");
	json_object(w);
	schema_pair(w, "type", type);
	if (strcmp(in, "path") == 0 && strcmp(name, "id") == 0)
		schema_pair(w, "format", "uuid");
	json_end_object(w);
	schema_pair(w, "description", doc);
	json_end_object(w);
}

void openapi_content(struct json_writer *w, const char *type, const char *schema)
{
	json_key(w, "content");
	json_object(w);
	json_key(w, type);
	json_object(w);
	json_key(w, "schema");
	schema_ref(w, schema);
	json_end_object(w);
	json_end_object(w);
}

void openapi_problem(struct json_writer *w)
{
	json_key(w, "default");
	json_object(w);
	schema_pair(w, "description", "A problem, with all faults of the request.");
	openapi_content(w, "application/problem+json", "Problem");
	json_end_object(w);
}

/* What a key that is wrong, or not enough, is answered. */
void openapi_refusals(struct json_writer *w, bool writes)
{
	json_key(w, "401");
	json_object(w);
	schema_pair(w, "description", writes ? "No key, or one that is malformed, unknown, expired or revoked."
					     : "A key that is malformed, unknown, expired or revoked.");
	openapi_content(w, "application/problem+json", "Problem");
	json_end_object(w);
	if (!writes)
		return;
	json_key(w, "403");
	json_object(w);
	schema_pair(w, "description", "The key lacks the scope that WWW-Authenticate names.");
	openapi_content(w, "application/problem+json", "Problem");
	json_end_object(w);
}

void openapi_response(struct json_writer *w, const char *status, const char *doc, const char *schema)
{
	json_key(w, status);
	json_object(w);
	schema_pair(w, "description", doc);
	if (schema)
		openapi_content(w, "application/json", schema);
	json_end_object(w);
}

/* Of an answer's body: three objects are left open. */
static void begin_schema(struct json_writer *w)
{
	json_key(w, "content");
	json_object(w);
	json_key(w, "application/json");
	json_object(w);
	json_key(w, "schema");
	json_object(w);
}

void openapi_either(struct json_writer *w, const char *status, const char *doc, const char *one, const char *other)
{
	json_key(w, status);
	json_object(w);
	schema_pair(w, "description", doc);
	begin_schema(w);
	json_key(w, "oneOf");
	json_array(w);
	schema_ref(w, one);
	schema_ref(w, other);
	json_end_array(w);
	json_end_object(w);
	json_end_object(w);
	json_end_object(w);
	json_end_object(w);
}

/* Without a scope a key is welcome and not needed. */
void openapi_security(struct json_writer *w, const char *scope)
{
	json_key(w, "security");
	json_array(w);
	if (!scope) {
		json_object(w);
		json_end_object(w);
	}
	json_object(w);
	json_key(w, "key");
	json_array(w);
	if (scope && scope[0])
		json_z(w, scope);
	json_end_array(w);
	json_end_object(w);
	json_end_array(w);
}

void openapi_page(struct json_writer *w, const char *schema)
{
	json_key(w, "200");
	json_object(w);
	schema_pair(w, "description", "A page; next is the address of the following one, or null.");
	begin_schema(w);
	schema_pair(w, "type", "object");
	json_key(w, "properties");
	json_object(w);
	json_key(w, "items");
	json_object(w);
	schema_pair(w, "type", "array");
	json_key(w, "items");
	schema_ref(w, schema);
	json_end_object(w);
	json_key(w, "next");
	json_object(w);
	json_key(w, "type");
	json_array(w);
	json_z(w, "string");
	json_z(w, "null");
	json_end_array(w);
	json_end_object(w);
	json_key(w, "total");
	json_object(w);
	schema_pair(w, "type", "integer");
	json_end_object(w);
	json_end_object(w);
	json_end_object(w);
	json_end_object(w);
	json_end_object(w);
	json_end_object(w);
}

/* What every address takes; inside a list of parameters. */
void openapi_common(struct json_writer *w)
{
	json_object(w);
	schema_pair(w, "$ref", "#/components/parameters/Prefer");
	json_end_object(w);
}

void openapi_common_all(struct json_writer *w)
{
	json_key(w, "parameters");
	json_array(w);
	openapi_common(w);
	json_end_array(w);
}

/* SPDX-License-Identifier: Apache-2.0
 * Paths and parameters of the description. */
#include "resource/openapi.h"

#include "resource/facet.h"
#include "resource/list.h"
#include "resource/openapi_answers.h"
#include "resource/openapi_duplicates.h"
#include "resource/openapi_parts.h"
#include "resource/openapi_schema.h"

#include <stdio.h>

static const char *const op_names[] = { "", ".ne", ".in", ".lt", ".lte", ".gt", ".gte", ".prefix", ".contains", ".null", ".overlaps" };

/* Sentence on how a filter is served: "kind -dates" among resource->indexed, or facets. */
static const char *served_by(const struct resource *r, const char *field)
{
	size_t n = strlen(field);

	for (const char *const *i = r->indexed; i && *i; i++)
		if (strncmp(*i, field, n) == 0 && (*i)[n] == ' ')
			return "Indexed with the default order.";
	for (const struct sort *o = r->sorts; o->name; o++)
		if (strcmp(o->name, field) == 0)
			return "Indexed.";
	return "Not indexed: answered within the server's statement time-out.";
}

static void filter_parameters(struct json_writer *w, const struct view *v, const struct served *s)
{
	for (size_t i = 0; i < s->shape->n_leaves; i++) {
		const struct leaf *l = &s->shape->leaves[i];
		if (!l->f->ops || l->f->cls > shape_sight(v, s->root)->fields)
			continue;
		for (size_t op = 0; op < sizeof(op_names) / sizeof(*op_names); op++) {
			char name[120], doc[400];
			if (!(l->f->ops & 1u << op))
				continue;
			snprintf(name, sizeof(name), "%s%s%s%s", l->group ? l->group->name : "", l->group ? "." : "", l->f->name,
				 op_names[op]);
			snprintf(doc, sizeof(doc), "%s %s", l->f->doc, served_by(s->resource, l->f->name));
			openapi_parameter(w, name, "query", "string", doc);
		}
	}
}

static void facet_parameters(struct json_writer *w, const struct view *v, const struct served *s)
{
	const char *last = "";

	for (const struct facet *f = s->root->resource->facets; f && f->name; f++) {
		char name[120], doc[400];
		if (strcmp(f->name, last) == 0 || !facet_visible(v, s->root, f))
			continue;
		last = f->name;
		snprintf(doc, sizeof(doc), "%s Indexed with the order %s.", f->doc,
			 s->root->resource->facet_sort ? s->root->resource->facet_sort : "of ids");
		openapi_parameter(w, f->name, "query", "string", doc);
		if (f->with)
			continue;
		snprintf(name, sizeof(name), "%s.in", f->name);
		openapi_parameter(w, name, "query", "string", "Any of several, separated by commas.");
	}
}

static void reach_parameters(struct json_writer *w, const struct served *s)
{
	for (const struct reach *f = s->resource->reaches; f && f->name; f++) {
		char doc[400];
		snprintf(doc, sizeof(doc), "%s Answered within the server's statement time-out.", f->doc);
		openapi_parameter(w, f->name, "query", "string", doc);
	}
}

static void list_parameters(struct json_writer *w, const struct view *v, const struct served *s)
{
	char doc[600];
	int n = snprintf(doc, sizeof(doc), "At most two of these, separated by commas, - before one for descending order; default %s:",
			 s->resource->default_sort);
	for (const struct sort *o = s->resource->sorts; o->name && n < (int)sizeof(doc); o++)
		n += snprintf(doc + n, sizeof(doc) - (size_t)n, " %s", o->name);
	json_key(w, "parameters");
	json_array(w);
	openapi_parameter(w, "sort", "query", "string", doc);
	openapi_parameter(w, "limit", "query", "integer", "Items a page, 1 to 200; default 25.");
	openapi_parameter(w, "cursor", "query", "string", "From the address in next; opaque.");
	openapi_parameter(w, "count", "query", "string", "exact adds total.");
	openapi_parameter(w, "fields", "query", "string", "Only these members (and id), separated by commas.");
	openapi_parameter(w, "include", "query", "string", "Arrays to add to each item, separated by commas.");
	openapi_parameter(w, "labels", "query", "string", "en, fr or sw: adds <field>_label beside each code.");
	openapi_parameter(w, "id", "query", "string", "The record with this id.");
	openapi_parameter(w, "id.in", "query", "string", "Records with these ids, separated by commas.");
	if (s->kid >= 0)
		openapi_parameter(w, s->root->resource->name, "query", "string", "Only those of this record.");
	else if (s->shape->searchable)
		openapi_parameter(w, "q", "query", "string", "Words of a name or title in any recorded spelling, at most 8: each must begin a word there, a"
			  " single letter be one. Case, accents and apostrophes do not count. Indexed, in any order.");
	filter_parameters(w, v, s);
	facet_parameters(w, v, s);
	reach_parameters(w, s);
	json_end_array(w);
}

static void begin_operation(struct json_writer *w, const char *method, const struct served *s, const char *verb)
{
	const struct resource *r = s->resource;
	char id[120];

	json_key(w, method);
	json_object(w);
	snprintf(id, sizeof(id), "%s_%s", verb, r->name);
	schema_pair(w, "operationId", id);
	schema_pair(w, "summary", r->doc);
	json_key(w, "tags");
	json_array(w);
	json_z(w, r->title);
	json_end_array(w);
	openapi_security(w, strcmp(method, "get") == 0 ? NULL : scope_name(view_write_scope(s->root->resource->group)));
}

static void body(struct json_writer *w, const char *type, const char *schema)
{
	json_key(w, "requestBody");
	json_object(w);
	json_key(w, "required");
	json_bool(w, true);
	openapi_content(w, type, schema);
	json_end_object(w);
}

static void header_parameter(struct json_writer *w, const char *name, const char *doc)
{
	json_key(w, "parameters");
	json_array(w);
	openapi_parameter(w, name, "header", "string", doc);
	json_end_array(w);
}

static void write_collection(struct json_writer *w, const struct view *v, const struct served *s, const char *schema)
{
	char path[120];

	snprintf(path, sizeof(path), "/%s", s->resource->path);
	json_key(w, path);
	json_object(w);
	openapi_common_all(w);
	begin_operation(w, "get", s, "list");
	list_parameters(w, v, s);
	json_key(w, "responses");
	json_object(w);
	openapi_page(w, schema);
	openapi_refusals(w, false);
	openapi_problem(w);
	json_end_object(w);
	json_end_object(w);
	if (s->resource->methods & HTTP_PUT) {
		begin_operation(w, "post", s, "create");
		header_parameter(w, "Idempotency-Key", "The same key and body get the first answer again, for 24 hours.");
		body(w, "application/json", schema);
		json_key(w, "responses");
		json_object(w);
		openapi_response(w, "201", "Created; Location and ETag are set. Warning names what it, or a body made with it, is like.", schema);
		openapi_refusals(w, true);
		openapi_problem(w);
		json_end_object(w);
		json_end_object(w);
	}
	json_end_object(w);
}

static void write_operation(struct json_writer *w, const struct served *s, const char *schema, const char *method, const char *verb)
{
	bool patch = strcmp(method, "patch") == 0, removes = strcmp(method, "delete") == 0, reads = strcmp(method, "get") == 0;

	begin_operation(w, method, s, verb);
	if (reads) {
		json_key(w, "parameters");
		json_array(w);
		openapi_parameter(w, "fields", "query", "string", "Only these members (and id), separated by commas.");
		openapi_parameter(w, "labels", "query", "string", "en, fr or sw: adds <field>_label beside each code.");
		if (s->kid < 0 && s->resource->chronicled)
			openapi_parameter(w, "at", "query", "string", "One date, such as 2008-05: the answer has the member at besides, with name, parent,"
				  " successors and existence at that time; it has no ETag.");
		openapi_parameter(w, "If-None-Match", "header", "string", "An ETag: 304 when nothing has changed.");
		json_end_array(w);
	} else {
		header_parameter(w, "If-Match", "The ETag of the record as it was read; needed to change or delete.");
	}
	if (!reads && !removes)
		body(w, patch ? "application/merge-patch+json" : "application/json", schema);
	json_key(w, "responses");
	json_object(w);
	if (removes)
		openapi_response(w, "204", "Deleted; its id answers 410 from now on.", NULL);
	else
		openapi_response(w, "200", reads ? "The record, whole." : "The record as it is now.", schema);
	if (reads && shape_merges(s->shape))
		openapi_response(w, "308", "It was merged into the record that Location names; the query is kept.", "MergedInto");
	if (strcmp(method, "put") == 0)
		openapi_response(w, "201", "Created under the id of the address.", schema);
	openapi_refusals(w, !reads);
	openapi_problem(w);
	json_end_object(w);
	json_end_object(w);
}

static void write_item(struct json_writer *w, const struct served *s, const char *schema)
{
	char path[120];
	unsigned m = s->resource->methods;

	snprintf(path, sizeof(path), "/%s/{id}", s->resource->path);
	json_key(w, path);
	json_object(w);
	json_key(w, "parameters");
	json_array(w);
	openapi_parameter(w, "id", "path", "string", "Id of the record.");
	openapi_common(w);
	json_end_array(w);
	write_operation(w, s, schema, "get", "read");
	if (m & HTTP_PUT)
		write_operation(w, s, schema, "put", "replace");
	if (m & HTTP_PATCH)
		write_operation(w, s, schema, "patch", "change");
	if (m & HTTP_DELETE)
		write_operation(w, s, schema, "delete", "delete");
	json_end_object(w);
}

/* /{type}/{id}/merge, where records can be merged. */
static void write_merge(struct json_writer *w, const struct served *s, const char *schema)
{
	static const struct { const char *method, *verb, *doc; } operations[] = {
		{ "get", "merged", "The record that answers, and what was merged into it, whole." },
		{ "post", "merge", "The record that answers for both from now on; with dry_run the plan." },
		{ "delete", "unmerge", "The record, which answers for itself again." },
	};
	char path[120], merged[SCHEMA_NAME_MAX + 8];

	openapi_answers_merged(s->shape, merged, sizeof(merged));
	snprintf(path, sizeof(path), "/%s/{id}/merge", s->resource->path);
	json_key(w, path);
	json_object(w);
	json_key(w, "parameters");
	json_array(w);
	openapi_parameter(w, "id", "path", "string", "Id of the record that is merged into another.");
	openapi_common(w);
	json_end_array(w);
	for (size_t i = 0; i < sizeof(operations) / sizeof(*operations); i++) {
		begin_operation(w, operations[i].method, s, operations[i].verb);
		if (i == 1) {
			json_key(w, "parameters");
			json_array(w);
			openapi_parameter(w, "dry_run", "query", "boolean", "true: nothing is changed, and the answer is the plan.");
			openapi_parameter(w, "If-Match", "header", "string", "An ETag of the record that is merged; not needed, as nothing is overwritten.");
			openapi_parameter(w, "Idempotency-Key", "header", "string", "The same key and body get the first answer again, for 24 hours.");
			json_end_array(w);
			body(w, "application/json", "Merge");
		}
		json_key(w, "responses");
		json_object(w);
		if (i == 1)
			openapi_either(w, "200", operations[i].doc, schema, "MergePlan");
		else
			openapi_response(w, "200", operations[i].doc, i ? schema : merged);
		openapi_refusals(w, i > 0);
		openapi_problem(w);
		json_end_object(w);
		json_end_object(w);
	}
	json_end_object(w);
}

static void security_scheme(struct json_writer *w)
{
	json_key(w, "securitySchemes");
	json_object(w);
	json_key(w, "key");
	json_object(w);
	schema_pair(w, "type", "http");
	schema_pair(w, "scheme", "bearer");
	schema_pair(w, "description", "Authorization: Bearer zk_<id>_<secret>, made with ziara key add. Without a key: published "
		    "records and public fields. Scopes: read.partner and read.restricted show more fields; write.visits, "
		    "write.directory and write.policies show and change everything of those resources; admin stands for all.");
	json_end_object(w);
	json_end_object(w);
}

void openapi_write(struct json_writer *w, const struct view *v, struct str server)
{
	json_object(w);
	schema_pair(w, "openapi", "3.1.0");
	json_key(w, "info");
	json_object(w);
	schema_pair(w, "title", "Ziara");
	schema_pair(w, "description", "A register of benchmarking visits, partners and policy drafts.");
	schema_pair(w, "version", "1");
	json_key(w, "license");
	json_object(w);
	schema_pair(w, "name", "Apache-2.0");
	schema_pair(w, "identifier", "Apache-2.0");
	json_end_object(w);
	json_end_object(w);
	json_key(w, "servers");
	json_array(w);
	json_object(w);
	json_key(w, "url");
	json_str(w, server);
	json_end_object(w);
	json_end_array(w);
	json_key(w, "paths");
	json_object(w);
	for (size_t i = 0; i < shape_served_count(); i++) {
		const struct served *s = shape_served(i);
		char schema[SCHEMA_NAME_MAX];
		schema_name(s->shape->table, schema);
		write_collection(w, v, s, schema);
		write_item(w, s, schema);
		if (s->kid < 0 && shape_merges(s->shape))
			write_merge(w, s, schema);
		openapi_duplicates_path(w, s);
	}
	openapi_fixed(w);
	json_end_object(w);
	json_key(w, "components");
	json_object(w);
	json_key(w, "parameters");
	json_object(w);
	json_key(w, "Prefer");
	openapi_parameter(w, "Prefer", "header", "string", "server-timing: the answer has a Server-Timing header with the milliseconds it took, in all and in"
		  " the database, and Preference-Applied. handling=strict: a record that may be there already is not made, but refused with 409.");
	json_end_object(w);
	json_key(w, "schemas");
	json_object(w);
	schema_write_all(w, v);
	openapi_answers_schemas(w);
	openapi_engagement(w);
	openapi_duplicates_schemas(w);
	json_end_object(w);
	security_scheme(w);
	json_end_object(w);
	json_end_object(w);
}

/* SPDX-License-Identifier: Apache-2.0
 * One schema serves reading and writing: what only answers carry is readOnly. */
#include "resource/openapi_schema.h"

#include "base/edtf.h"
#include "resource/openapi_duplicates.h"

#include <ctype.h>
#include <stdio.h>

void schema_name(const char *table, char out[SCHEMA_NAME_MAX])
{
	size_t n = 0;
	bool upper = true;

	for (; *table && n < SCHEMA_NAME_MAX - 1; table++) {
		if (*table == '_') {
			upper = true;
			continue;
		}
		out[n++] = upper ? (char)toupper((unsigned char)*table) : *table;
		upper = false;
	}
	out[n] = '\0';
}

void schema_pair(struct json_writer *w, const char *key, const char *value)
{
	json_key(w, key);
	json_z(w, value);
}

static void number(struct json_writer *w, const char *key, int64_t value)
{
	json_key(w, key);
	json_int(w, value);
}

void schema_ref(struct json_writer *w, const char *name)
{
	char text[SCHEMA_NAME_MAX + 32];

	snprintf(text, sizeof(text), "#/components/schemas/%s", name);
	json_object(w);
	schema_pair(w, "$ref", text);
	json_end_object(w);
}

void schema_begin_member(struct json_writer *w, const char *name, const char *type, bool nullable, const char *doc)
{
	json_key(w, name);
	json_object(w);
	if (nullable) {
		json_key(w, "type");
		json_array(w);
		json_z(w, type);
		json_z(w, "null");
		json_end_array(w);
	} else {
		schema_pair(w, "type", type);
	}
	schema_pair(w, "description", doc);
}

void schema_member(struct json_writer *w, const char *name, const char *type, bool nullable, const char *doc)
{
	schema_begin_member(w, name, type, nullable, doc);
	json_end_object(w);
}

static void begin_named(struct json_writer *w, const char *name, const char *label, bool nullable, const char *doc)
{
	schema_begin_member(w, name, "object", nullable, doc);
	json_key(w, "properties");
	json_object(w);
	schema_member(w, "id", "string", false, "Its id.");
	schema_member(w, label, "string", false, "Its name.");
	json_end_object(w);
}

void schema_named(struct json_writer *w, const char *name, const char *label, bool nullable, const char *doc)
{
	begin_named(w, name, label, nullable, doc);
	json_end_object(w);
}

static void text_limits(struct json_writer *w, unsigned min, unsigned max)
{
	number(w, "minLength", min);
	number(w, "maxLength", max);
}

static void describe_items(struct json_writer *w, const struct field *f)
{
	schema_pair(w, "type", "array");
	number(w, "maxItems", f->len.max);
	json_key(w, "items");
	json_object(w);
	schema_pair(w, "type", "string");
	if (f->type == F_TEXTS)
		text_limits(w, 1, 2000);
	else
		schema_pair(w, "x-codelist", f->list);
	json_end_object(w);
	if (f->type == F_CODES) {
		json_key(w, "uniqueItems");
		json_bool(w, true);
	}
}

static void describe_type(struct json_writer *w, const struct leaf *l)
{
	const struct field *f = l->f;

	switch (f->type) {
	case F_INT:
		schema_pair(w, "type", "integer");
		number(w, "minimum", f->len.min);
		number(w, "maximum", f->len.max);
		return;
	case F_BOOL:
		schema_pair(w, "type", "boolean");
		return;
	case F_TEXTS:
	case F_CODES:
		describe_items(w, f);
		return;
	case F_TEXT:
		schema_pair(w, "type", "string");
		text_limits(w, f->len.min, f->len.max);
		return;
	case F_URL:
		schema_pair(w, "type", "string");
		schema_pair(w, "format", "uri");
		text_limits(w, f->len.min, f->len.max);
		return;
	case F_DECIMAL:
		schema_pair(w, "type", "string");
		schema_pair(w, "pattern", "^-?[0-9]{1,16}(\\.[0-9]{1,2})?$");
		return;
	case F_TIME:
		schema_pair(w, "type", "string");
		schema_pair(w, "format", "date-time");
		return;
	case F_EDTF:
		schema_pair(w, "type", "string");
		schema_pair(w, "format", "edtf");
		number(w, "maxLength", EDTF_MAX_LEN);
		return;
	case F_CODE:
		schema_pair(w, "type", "string");
		schema_pair(w, "x-codelist", f->list);
		return;
	default:
		schema_pair(w, "type", "string");
	}
}

/* Beside a code, when labels are asked for. */
static void describe_label(struct json_writer *w, const struct leaf *l)
{
	char name[SCHEMA_NAME_MAX];
	bool many = l->f->type == F_CODES;

	snprintf(name, sizeof(name), "%s_label", l->f->name);
	schema_begin_member(w, name, many ? "array" : "string", false, many ? "With labels only: the name of each." : "With labels only: its name.");
	json_key(w, "readOnly");
	json_bool(w, true);
	if (many) {
		json_key(w, "items");
		json_object(w);
		schema_pair(w, "type", "string");
		json_end_object(w);
	}
	json_end_object(w);
}

static void describe_leaf(struct json_writer *w, const struct shape *s, const struct leaf *l)
{
	const struct field *f = l->f;
	char target[SCHEMA_NAME_MAX], name[SCHEMA_NAME_MAX + 40];

	json_key(w, f->name);
	json_object(w);
	if (l->target) {
		schema_name(l->target->table, target);
		snprintf(name, sizeof(name), "#/components/schemas/%sReference", target);
		schema_pair(w, "$ref", name);
	} else {
		describe_type(w, l);
	}
	schema_pair(w, "description", f->doc);
	if (f->flags & FIELD_READ_ONLY || f->type == F_COMPUTED) {
		json_key(w, "readOnly");
		json_bool(w, true);
	}
	if (f->cls != CLASS_PUBLIC)
		schema_pair(w, "x-class", view_class_names[f->cls]);
	if (f->open_if)
		schema_pair(w, s->leaves[l->open_if].f->type == F_BOOL ? "x-public-if" : "x-class-in", f->open_if);
	json_end_object(w);
	if (f->list)
		describe_label(w, l);
}

static bool described(const struct view *v, const struct shape *s, const struct leaf *l)
{
	return !(l->f->flags & FIELD_INTERNAL) && (l->f->cls <= shape_sight(v, s)->fields || l->open_if >= 0);
}

static bool group_described(const struct view *v, const struct shape *s, const struct field *group)
{
	for (size_t i = 0; i < s->n_leaves; i++)
		if (s->leaves[i].group == group && described(v, s, &s->leaves[i]))
			return true;
	return false;
}

static void describe_group(struct json_writer *w, const struct view *v, const struct shape *s, const struct field *group)
{
	json_key(w, group->name);
	json_object(w);
	schema_pair(w, "type", "object");
	schema_pair(w, "description", group->doc);
	json_key(w, "additionalProperties");
	json_bool(w, false);
	json_key(w, "properties");
	json_object(w);
	for (size_t i = 0; i < s->n_leaves; i++)
		if (s->leaves[i].group == group && described(v, s, &s->leaves[i]))
			describe_leaf(w, s, &s->leaves[i]);
	json_end_object(w);
	json_end_object(w);
}

static void describe_kid(struct json_writer *w, const struct kid *k)
{
	char name[SCHEMA_NAME_MAX];

	schema_name(k->shape->table, name);
	json_key(w, k->f->name);
	json_object(w);
	schema_pair(w, "type", "array");
	schema_pair(w, "description", k->f->doc);
	number(w, "maxItems", k->f->len.max);
	if (k->f->flags & FIELD_READ_ONLY) {
		json_key(w, "readOnly");
		json_bool(w, true);
	}
	json_key(w, "items");
	schema_ref(w, name);
	json_end_object(w);
}

static void end_read_only(struct json_writer *w)
{
	json_key(w, "readOnly");
	json_bool(w, true);
	json_end_object(w);
}

static void describe_id(struct json_writer *w, const struct shape *s)
{
	json_key(w, "id");
	json_object(w);
	schema_pair(w, "type", "string");
	schema_pair(w, "format", "uuid");
	schema_pair(w, "description", s->parent ? "Known id: the item is changed; left out: it is added."
						: "Of the record; the last part of its address.");
	json_end_object(w);
	if (!s->served_as)
		return;
	schema_begin_member(w, "self", "string", false, s->parent ? "Its own address; not inside its record." : "Address of the record.");
	schema_pair(w, "format", "uri");
	end_read_only(w);
	if (!s->parent)
		return;
	begin_named(w, s->resource->name, s->resource->label, false, "The record it belongs to; not inside that.");
	end_read_only(w);
}

static void describe_successors(struct json_writer *w, const char *label)
{
	schema_begin_member(w, "successors", "array", false, "What it had become by then.");
	json_key(w, "items");
	json_object(w);
	schema_pair(w, "type", "object");
	json_key(w, "properties");
	json_object(w);
	schema_member(w, "id", "string", false, "Absent when only a name is known.");
	schema_member(w, label, "string", false, "Its name, or what the source calls it.");
	schema_member(w, "kind", "string", false, "A code of succession_kind.");
	schema_member(w, "date", "string", false, "When.");
	schema_member(w, "partial", "boolean", false, "A part of it only.");
	json_end_object(w);
	json_end_object(w);
	json_end_object(w);
}

/* Only answers to ?at= have it. */
static void describe_past(struct json_writer *w, const struct shape *s)
{
	json_key(w, "at");
	json_object(w);
	schema_pair(w, "type", "object");
	schema_pair(w, "description", "With ?at= only: how it stood then.");
	json_key(w, "readOnly");
	json_bool(w, true);
	json_key(w, "properties");
	json_object(w);
	schema_member(w, "date", "string", false, "As it was asked.");
	schema_member(w, s->resource->label, "string", false, "The name in use then; today's when no other was certainly in use.");
	schema_named(w, "parent", s->resource->label, true, "What it was part of; null when there was nothing or it is not certain.");
	describe_successors(w, s->resource->label);
	schema_member(w, "exists", "boolean", true, "null when it is not certain.");
	json_end_object(w);
	json_end_object(w);
}

static void write_shape(struct json_writer *w, const struct view *v, const struct shape *s)
{
	char name[SCHEMA_NAME_MAX];
	const struct field *group = NULL;

	schema_name(s->table, name);
	json_key(w, name);
	json_object(w);
	schema_pair(w, "type", "object");
	json_key(w, "additionalProperties");
	json_bool(w, false);
	json_key(w, "required");
	json_array(w);
	for (size_t i = 0; i < s->n_leaves; i++)
		if (s->leaves[i].f->flags & FIELD_REQUIRED)
			json_z(w, s->leaves[i].f->name);
	json_end_array(w);
	json_key(w, "properties");
	json_object(w);
	describe_id(w, s);
	for (size_t i = 0; i < s->n_leaves; i++) {
		const struct leaf *l = &s->leaves[i];
		if (l->group && l->group != group && group_described(v, s, l->group))
			describe_group(w, v, s, l->group);
		group = l->group;
		if (!l->group && described(v, s, l))
			describe_leaf(w, s, l);
	}
	for (size_t i = 0; i < s->n_kids; i++)
		describe_kid(w, &s->kids[i]);
	if (!s->parent && s->resource->chronicled)
		describe_past(w, s);
	json_end_object(w);
	json_end_object(w);
}

/* A child is named by its id alone. */
static void write_child_reference(struct json_writer *w, const struct shape *s)
{
	char name[SCHEMA_NAME_MAX], key[SCHEMA_NAME_MAX + 16], doc[200];

	schema_name(s->table, name);
	snprintf(key, sizeof(key), "%sReference", name);
	snprintf(doc, sizeof(doc), "In answers id and the first words of its %s. In bodies the id.", s->served_as->label);
	schema_named(w, key, s->served_as->label, false, doc);
}

static void write_reference(struct json_writer *w, const struct shape *s)
{
	char name[SCHEMA_NAME_MAX], key[SCHEMA_NAME_MAX + 16], doc[400];

	schema_name(s->table, name);
	snprintf(key, sizeof(key), "%sReference", name);
	snprintf(doc, sizeof(doc), "In answers id and %s%s. In bodies one of: id; identifier (scheme-value); or %s with "
		 "create: true and further members of the new %s.", s->resource->label, s->resource->chronicled ? " (as it was called when what names it took place)" : "",
		 s->resource->label, s->resource->name);
	json_key(w, key);
	json_object(w);
	schema_pair(w, "type", "object");
	schema_pair(w, "description", doc);
	json_key(w, "properties");
	json_object(w);
	static const char *const members[][2] = { { "id", "string" }, { "identifier", "string" }, { NULL, "string" }, { "create", "boolean" } };
	for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++) {
		json_key(w, members[i][0] ? members[i][0] : s->resource->label);
		json_object(w);
		schema_pair(w, "type", members[i][1]);
		json_end_object(w);
	}
	if (s->resource->chronicled)
		schema_named(w, "now", s->resource->label, false, "In answers, when it has wholly become another: the body it is today.");
	json_end_object(w);
	json_end_object(w);
}

void schema_text(struct json_writer *w, const char *name, const char *format)
{
	json_key(w, name);
	json_object(w);
	schema_pair(w, "type", "string");
	if (format)
		schema_pair(w, "format", format);
	json_end_object(w);
}

static void write_problem(struct json_writer *w)
{
	static const char *const strings[] = { "type", "title", "detail", "instance", "request_id", "trace_id" };
	static const char *const fault[] = { "pointer", "parameter", "code", "detail" };

	json_key(w, "Problem");
	json_object(w);
	schema_pair(w, "type", "object");
	schema_pair(w, "description", "Problem details (RFC 9457), with every fault of the request.");
	json_key(w, "properties");
	json_object(w);
	for (size_t i = 0; i < sizeof(strings) / sizeof(*strings); i++)
		schema_text(w, strings[i], NULL);
	json_key(w, "status");
	json_object(w);
	schema_pair(w, "type", "integer");
	json_end_object(w);
	json_key(w, "errors");
	json_object(w);
	schema_pair(w, "type", "array");
	json_key(w, "items");
	json_object(w);
	schema_pair(w, "type", "object");
	json_key(w, "properties");
	json_object(w);
	for (size_t i = 0; i < sizeof(fault) / sizeof(*fault); i++)
		schema_text(w, fault[i], NULL);
	json_end_object(w);
	json_end_object(w);
	json_end_object(w);
	openapi_duplicates_candidates(w);
	json_end_object(w);
	json_end_object(w);
}

void schema_write_all(struct json_writer *w, const struct view *v)
{
	for (size_t i = 0; i < shape_count(); i++) {
		write_shape(w, v, shape_at(i));
		if (!shape_at(i)->parent)
			write_reference(w, shape_at(i));
		else if (shape_at(i)->referred)
			write_child_reference(w, shape_at(i));
	}
	write_problem(w);
}

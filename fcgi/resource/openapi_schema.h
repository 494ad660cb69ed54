/* SPDX-License-Identifier: Apache-2.0
 * JSON Schemas of records, one a shape. */
#ifndef ZIARA_RESOURCE_OPENAPI_SCHEMA_H
#define ZIARA_RESOURCE_OPENAPI_SCHEMA_H

#include "access/view.h"
#include "json/writer.h"
#include "resource/shape.h"

enum { SCHEMA_NAME_MAX = 80 };

/* "visit_meeting_seat" → "VisitMeetingSeat". */
void schema_name(const char *table, char out[SCHEMA_NAME_MAX]);
/* Members of components.schemas for every shape, and the shared ones (Problem, references). */
void schema_write_all(struct json_writer *w, const struct view *v);
/* Shorthand used all over: "key": "value". */
void schema_pair(struct json_writer *w, const char *key, const char *value);
/* A member with its type, or null where nullable, and what it is; the first is left open for more. */
void schema_begin_member(struct json_writer *w, const char *name, const char *type, bool nullable, const char *doc);
void schema_member(struct json_writer *w, const char *name, const char *type, bool nullable, const char *doc);
/* A text; format may be NULL. */
void schema_text(struct json_writer *w, const char *name, const char *format);
/* A record as it is named in answers, by id and label. */
void schema_named(struct json_writer *w, const char *name, const char *label, bool nullable, const char *doc);
/* {"$ref": "#/components/schemas/<name>"} */
void schema_ref(struct json_writer *w, const char *name);

#endif

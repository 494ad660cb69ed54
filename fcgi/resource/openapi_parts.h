/* SPDX-License-Identifier: Apache-2.0
 * What operations of the description have in common. */
#ifndef ZIARA_RESOURCE_OPENAPI_PARTS_H
#define ZIARA_RESOURCE_OPENAPI_PARTS_H

#include "json/writer.h"

/* One parameter object; `in` is "path", "query" or "header". */
void openapi_parameter(struct json_writer *w, const char *name, const char *in, const char *type, const char *doc);
/* Inside a list of parameters: what every address takes; and the member "parameters" with that alone. */
void openapi_common(struct json_writer *w);
void openapi_common_all(struct json_writer *w);
/* The member "content" with one media type; the schema by its name. */
void openapi_content(struct json_writer *w, const char *type, const char *schema);
/* Members of "responses": one answer (schema may be NULL), one of either schema, a page of such records, what keys are refused with, and
 * the default. */
void openapi_response(struct json_writer *w, const char *status, const char *doc, const char *schema);
void openapi_either(struct json_writer *w, const char *status, const char *doc, const char *one, const char *other);
void openapi_page(struct json_writer *w, const char *schema);
void openapi_refusals(struct json_writer *w, bool writes);
void openapi_problem(struct json_writer *w);
/* NULL: a key is welcome and not needed; "": any key; else one with this scope. */
void openapi_security(struct json_writer *w, const char *scope);

/* The addresses that are no resource's own (openapi_fixed.c). */
void openapi_fixed(struct json_writer *w);
/* The schema of what they alone answer. */
void openapi_engagement(struct json_writer *w);

#endif

/* SPDX-License-Identifier: Apache-2.0
 * Schemas of answers that are no records: merges, code lists, keys, health. */
#ifndef ZIARA_RESOURCE_OPENAPI_ANSWERS_H
#define ZIARA_RESOURCE_OPENAPI_ANSWERS_H

#include "json/writer.h"
#include "resource/shape.h"

/* Members of components.schemas: Merge, MergePlan and MergedInto; CodeLists, CodeList and Code; Key; Health; and what
 * a record answers for, one for each kind that can be merged. */
void openapi_answers_schemas(struct json_writer *w);
/* Name of that last one: "OrganisationMerged". */
void openapi_answers_merged(const struct shape *s, char out[], size_t size);

#endif

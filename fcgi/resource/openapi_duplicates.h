/* SPDX-License-Identifier: Apache-2.0
 * The description of likely duplicates. */
#ifndef ZIARA_RESOURCE_OPENAPI_DUPLICATES_H
#define ZIARA_RESOURCE_OPENAPI_DUPLICATES_H

#include "json/writer.h"
#include "resource/shape.h"

/* The path of a resource's pairs; nothing for one without `likeness`. */
void openapi_duplicates_path(struct json_writer *w, const struct served *s);
/* Members of components.schemas: LikelyPair, LikelyRecord. */
void openapi_duplicates_schemas(struct json_writer *w);
/* The member of a problem that a refused creation has. */
void openapi_duplicates_candidates(struct json_writer *w);

#endif

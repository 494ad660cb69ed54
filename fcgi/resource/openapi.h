/* SPDX-License-Identifier: Apache-2.0
 * OpenAPI 3.1 of the resources, made from the tables that serve them. */
#ifndef ZIARA_RESOURCE_OPENAPI_H
#define ZIARA_RESOURCE_OPENAPI_H

#include "access/view.h"
#include "json/writer.h"

/* The whole description; fields above the view's class are left out.  `server` is the base URL. */
void openapi_write(struct json_writer *w, const struct view *v, struct str server);

#endif

/* SPDX-License-Identifier: Apache-2.0
 * The OpenAPI description over HTTP. */
#include "app/app.h"

#include "resource/openapi.h"

enum err app_openapi(struct call *c)
{
	struct json_writer w;
	enum err e = app_no_query(c);

	if (e)
		return e;
	c->res->status = 200;
	c->res->content_type = "application/json";
	app_cache_headers(c, false);
	json_begin(&w, c->res->body);
	openapi_write(&w, &c->x->view, c->x->base_url);
	buf_char(c->res->body, '\n');
	return c->res->body->err;
}

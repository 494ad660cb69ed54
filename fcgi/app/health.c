/* SPDX-License-Identifier: Apache-2.0
 * Alive, and ready to serve. */
#include "app/app.h"

#include "db/migrate.h"
#include "json/writer.h"

static enum err say(struct call *c, const char *status, int schema)
{
	struct json_writer w;

	c->res->status = 200;
	c->res->content_type = "application/json";
	http_header(c->res, "Cache-Control", "no-store");
	json_begin(&w, c->res->body);
	json_object(&w);
	json_key(&w, "status");
	json_z(&w, status);
	json_key(&w, "version");
	json_z(&w, ZIARA_VERSION);
	if (schema) {
		json_key(&w, "schema");
		json_int(&w, schema);
	}
	json_end_object(&w);
	buf_char(c->res->body, '\n');
	return c->res->body->err;
}

enum err app_live(struct call *c)
{
	enum err e = app_no_query(c);

	return e ? e : say(c, "alive", 0);
}

enum err app_ready(struct call *c)
{
	struct migrate_state s = { 0 };
	enum err e = app_no_query(c);

	if (e)
		return e;
	e = migrate_check(c->x->db, c->x->arena, &s);
	if (e == ERR_CONFLICT || (!e && (s.applied < s.known || s.unfinished >= 0)))
		return problem_set(c->x->problem, 503, "schema", "%s", s.message);
	return e ? e : say(c, "ready", s.applied);
}

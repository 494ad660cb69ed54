/* SPDX-License-Identifier: Apache-2.0
 * What a key is, told to whoever holds it. */
#include "app/app.h"

#include "json/writer.h"

static void member_time(struct json_writer *w, const char *name, uint64_t ms)
{
	char text[CLOCK_RFC3339_LEN + 1];

	if (!ms)
		return;
	clock_format_rfc3339(ms, text);
	json_key(w, name);
	json_z(w, text);
}

static void write_key(struct json_writer *w, const struct key *k)
{
	json_object(w);
	json_key(w, "id");
	json_z(w, k->id);
	json_key(w, "name");
	json_z(w, k->name);
	if (k->role[0]) {
		json_key(w, "role");
		json_z(w, k->role);
	}
	json_key(w, "scopes");
	json_array(w);
	for (unsigned i = 0; i < SCOPES; i++)
		if (k->scopes & 1u << i)
			json_z(w, scope_name(1u << i));
	json_end_array(w);
	member_time(w, "created_at", k->created_ms);
	member_time(w, "expires_at", k->expires_ms);
	member_time(w, "last_used_at", k->last_used_ms);
	json_end_object(w);
}

enum err app_key_self(struct call *c)
{
	struct json_writer w;
	enum err e = app_no_query(c);

	if (e)
		return e;
	if (!c->x->key)
		return problem_set(c->x->problem, 401, "key_required", "Send \"Authorization: Bearer\" and the key that is meant.");
	c->res->status = 200;
	c->res->content_type = "application/json";
	app_cache_headers(c, true);
	json_begin(&w, c->res->body);
	write_key(&w, c->x->key);
	buf_char(c->res->body, '\n');
	return c->res->body->err;
}

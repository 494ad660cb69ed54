/* SPDX-License-Identifier: Apache-2.0
 * Code lists and countries, as data. */
#include "app/app.h"

#include "json/writer.h"
#include "resource/load.h"
#include "resource/parse.h"

#include "base/text.h"

static enum err ready(struct call *c)
{
	enum err e = app_no_query(c);

	if (!e)
		e = load_epoch(c->x);
	return e ? e : parse_codes_ready(c->x);
}

static void head(struct call *c)
{
	c->res->status = 200;
	c->res->content_type = "application/json";
	app_cache_headers(c, false);
}

enum err app_codelists(struct call *c)
{
	struct json_writer w;
	enum err e = ready(c);

	if (e)
		return e;
	head(c);
	json_begin(&w, c->res->body);
	json_object(&w);
	json_key(&w, "items");
	json_array(&w);
	for (const char *const *name = codes_lists(c->x->codes); *name; name++) {
		struct str url = arena_printf(c->x->arena, "%.*s/codelists/%s", STR_ARG(c->x->base_url), *name);
		if (!url.p)
			return ERR_NOMEM;
		json_object(&w);
		json_key(&w, "name");
		json_z(&w, *name);
		json_key(&w, "self");
		json_str(&w, url);
		json_end_object(&w);
	}
	json_end_array(&w);
	json_end_object(&w);
	buf_char(c->res->body, '\n');
	return c->res->body->err;
}

static void write_code(struct json_writer *w, const struct code *code)
{
	static const char *const languages[CODE_LABELS] = { "en", "fr", "sw" };

	json_object(w);
	json_key(w, "code");
	json_str(w, code->code);
	if (code->parent.n) {
		json_key(w, "parent");
		json_str(w, code->parent);
	}
	json_key(w, "labels");
	json_object(w);
	for (int i = 0; i < CODE_LABELS; i++) {
		if (!code->label[i].p)
			continue;
		json_key(w, languages[i]);
		json_str(w, code->label[i]);
	}
	json_end_object(w);
	json_key(w, "active");
	json_bool(w, code->active);
	json_end_object(w);
}

static enum err list(struct call *c, struct str name)
{
	struct json_writer w;
	size_t n;
	enum err e = ready(c);

	if (e)
		return e;
	const struct code *codes = codes_list(c->x->codes, name, &n);
	if (!codes) {
		const char *near = text_nearest(name, codes_lists(c->x->codes));
		return problem_set(c->x->problem, 404, "not_found", "There is no code list of this name%s%s%s", TEXT_HINT(near));
	}
	head(c);
	json_begin(&w, c->res->body);
	json_object(&w);
	json_key(&w, "name");
	json_str(&w, name);
	json_key(&w, "items");
	json_array(&w);
	for (size_t i = 0; i < n; i++)
		write_code(&w, &codes[i]);
	json_end_array(&w);
	json_end_object(&w);
	buf_char(c->res->body, '\n');
	return c->res->body->err;
}

enum err app_codelist(struct call *c)
{
	return list(c, c->match->vars[0]);
}

enum err app_countries(struct call *c)
{
	return list(c, STR("country"));
}

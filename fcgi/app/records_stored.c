/* SPDX-License-Identifier: Apache-2.0
 * Answers out of kept and stored texts. */
#include "app/records_stored.h"

#include "app/records.h"
#include "http/etag.h"
#include "resource/document.h"
#include "resource/load.h"

#include <stdio.h>

enum err records_last_modified(struct call *c, struct str rfc3339)
{
	char text[CLOCK_HTTP_LEN + 1];
	uint64_t ms;

	if (!clock_parse_rfc3339(rfc3339, &ms))
		return ERR_INTERNAL;
	clock_format_http(ms, text);
	http_header(c->res, "Last-Modified", "%s", text);
	return ERR_OK;
}

/* ETag, cache and time headers of a read. */
static enum err describe(struct call *c, const struct served *v, const char *tag, struct str updated_at)
{
	app_cache_headers(c, records_personal(c, v));
	http_header(c->res, "ETag", "%s", tag);
	return records_last_modified(c, updated_at);
}

static enum err answer_304(struct call *c, const struct served *v, const char *tag, struct str updated_at)
{
	c->res->status = 304;
	c->res->no_body = true;
	return describe(c, v, tag, updated_at);
}

static enum err answer_200(struct call *c, const struct served *v, const char *tag, struct str updated_at, struct str body)
{
	c->res->status = 200;
	c->res->content_type = "application/json";
	buf_str(c->res->body, body);
	enum err e = describe(c, v, tag, updated_at);
	return e ? e : c->res->body->err;
}

/* --- memory ------------------------------------------------------------------------------- */

/* The line is the tag, a space and the time; there is no body where the record was only ever asked for
 * with If-None-Match. */
static void keep(struct call *c, const struct pages_asked *asked, const char *tag, struct str updated_at, struct str body)
{
	struct kept made = { { NULL, 0 }, body };

	if (!asked->key.p)
		return;
	made.line = arena_printf(c->x->arena, "%s %.*s", tag, STR_ARG(updated_at));
	if (made.line.p)
		pages_keep(c->x, asked, &made);
}

enum err records_kept(struct call *c, const struct served *v, struct uuid id, struct pages_asked *asked, bool *done)
{
	char name[UUID_TEXT_LEN + 1];
	struct str updated_at;
	struct kept kept;

	*done = false;
	uuid_format(id, name);
	struct str key = arena_printf(c->x->arena, "%c %.*s/%s/%s", c->x->view.letter, STR_ARG(c->x->base_url), v->resource->path, name);
	enum err e = pages_find(c->x, key, PAGES_CHEAP, asked, &kept);
	if (e || !kept.line.p)
		return e;
	struct str tag = str_cut(kept.line, ' ', &updated_at);
	char text[ETAG_MAX];
	snprintf(text, sizeof(text), "%.*s", STR_ARG(tag));
	if (c->request->if_none_match.p && etag_none_match_hits(c->request->if_none_match, text)) {
		*done = true;
		return answer_304(c, v, text, updated_at);
	}
	*done = kept.body.n > 0;
	return *done ? answer_200(c, v, text, updated_at, kept.body) : ERR_OK;
}

/* --- database ----------------------------------------------------------------------------- */

enum err records_not_modified(struct call *c, const struct served *v, struct uuid id, const struct pages_asked *asked, bool *done)
{
	struct document d;
	char tag[ETAG_MAX];
	enum err e = document_head(c->x, v->shape, id, &d);

	if (!e && !d.merged && !load_state_visible(&c->x->view, v->shape, d.state))
		e = ERR_NOT_FOUND;
	if (e || d.merged)
		return e;
	records_etag(c->x, d.version, tag);
	*done = etag_none_match_hits(c->request->if_none_match, tag);
	if (!*done)
		return ERR_OK;
	keep(c, asked, tag, d.updated_at, (struct str){ NULL, 0 });
	return answer_304(c, v, tag, d.updated_at);
}

enum err records_stored(struct call *c, const struct served *v, struct uuid id, const struct pages_asked *asked, bool *done)
{
	struct document d;
	char tag[ETAG_MAX];

	document_name(c->x, app_build(), &d);
	enum err e = document_read(c->x, v->shape, id, &d);
	if (e || !d.body.n)
		return e;
	*done = true;
	records_etag(c->x, d.version, tag);
	keep(c, asked, tag, d.updated_at, d.body);
	return answer_200(c, v, tag, d.updated_at, d.body);
}

void records_store(struct call *c, const struct served *v, const struct record *r, const struct pages_asked *asked)
{
	struct str body = buf_view(c->res->body);
	struct document d;
	char tag[ETAG_MAX];

	document_name(c->x, app_build(), &d);
	d.version = record_version(r);
	records_etag(c->x, d.version, tag);
	keep(c, asked, tag, r->v[ROOT_UPDATED].s, body);
	document_store(c->x, v->shape, r->id, &d, body);
}

/* SPDX-License-Identifier: Apache-2.0
 * The application: what the transport calls, and what its handlers share. */
#ifndef ZIARA_APP_APP_H
#define ZIARA_APP_APP_H

#include "http/response.h"
#include "http/router.h"
#include "resource/ctx.h"

enum { APP_BODY_MAX = 256 * 1024 };

/* Everything one handler gets. */
struct call {
	struct ctx *x;
	struct http_request *request;
	struct http_response *res;
	const struct route_match *match;
};

typedef enum err (*app_handler)(struct call *c);

/* Handlers, one file a subject. */
enum err app_collection(struct call *c);   /* records.c: /{type} */
enum err app_item(struct call *c);         /* records.c: /{type}/{id} */
enum err app_organisation_engagements(struct call *c); /* engagements.c */
enum err app_person_engagements(struct call *c);
enum err app_action_updates(struct call *c); /* action_updates.c */
enum err app_action_update(struct call *c);
enum err app_merge(struct call *c);        /* merge.c: /{type}/{id}/merge */
enum err app_codelists(struct call *c);    /* codelists.c */
enum err app_codelist(struct call *c);
enum err app_countries(struct call *c);
enum err app_live(struct call *c);         /* health.c */
enum err app_ready(struct call *c);
enum err app_metrics(struct call *c);      /* metrics.c */
enum err app_duplicates(struct call *c);   /* duplicates.c */
enum err app_openapi(struct call *c);      /* description.c */
enum err app_key_self(struct call *c);     /* keys.c */

/* Methods of a resource's item or collection, from its descriptor. */
unsigned app_record_methods(struct str type, bool item);

/* Methods of its /merge, 0 for a resource whose records cannot be merged. */
unsigned app_merge_methods(struct str type);

/* What a thread knows of the schema; zero: nothing yet. */
struct schema_watch {
	bool fits;
	uint64_t looked_ms;
};
/* Whether the register has the home country among its countries; a site may have added it. */
MUST_USE enum err app_home_known(struct db *d, struct arena *a, const struct conf *c, bool *known);
#define APP_HOME_UNKNOWN "home_country = %s: there is no such country in the register, so no visit is told as inward or outward" \
	" by it; use a code of /countries"
/* Looks once a second, and the first time in a process at the home country, too: ERR_REFUSED with 503 when migrations are pending or unfinished, differ, or the
 * database is newer than this program is good for. */
MUST_USE enum err app_schema_fits(struct ctx *x, struct schema_watch *w);

/* Refuses query parameters where none are known. */
MUST_USE enum err app_no_query(struct call *c);
/* Cache-Control: public for callers without a key only; personal: the answer holds personal data. */
void app_cache_headers(struct call *c, bool personal);
/* The `build` part of entity tags: descriptors and configuration. */
const char *app_build(void);

/* The functions a transport calls (serve/serve.h); main.c joins the two. */
bool app_slow(http_param_fn param, void *param_arg);
/* How to reach the database as the configuration says. */
struct db_params app_db_params(const struct conf *c);

/* The three functions a transport calls (serve/serve.h); main.c joins the two. */
enum err app_thread_start(const struct conf *c, void **state);
void app_thread_stop(void *state);
void app_handle(void *state, struct arena *a, http_param_fn param, void *param_arg, struct str body, int body_error,
		struct http_response *res);

/* Registers hooks and checks the descriptors: once a process.  False with a message. */
MUST_USE bool app_init(const struct conf *c, char *message, size_t message_size);

#endif

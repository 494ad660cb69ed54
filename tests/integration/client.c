/* SPDX-License-Identifier: Apache-2.0
 * Requests as a web server would hand them over. */
#include "client.h"

#include "base/log.h"
#include "db/migrate.h"
#include "json/reader.h"
#include "register/install.h"

#include <stdio.h>

enum { REGISTER_MEMORY = 64 << 20, REQUEST_MEMORY = 16 << 20, HEADERS_MAX = 65536, BODY_MAX = 8 << 20 };

int client_register(struct db *d, struct conf *conf)
{
	struct migrate_state s = { 0 };
	struct arena *a = arena_new(REGISTER_MEMORY);
	char message[512];
	size_t added;

	log_set_level(LOG_ERROR);
	harness_drop_tables(d);
	json_reader_init();
	bool good = a && conf_load(conf, NULL, message, sizeof(message)) == ERR_OK;
	if (good) {
		snprintf(conf->db_option_file, sizeof(conf->db_option_file), "%s", harness_option_file());
		snprintf(conf->db_name, sizeof(conf->db_name), "%s", harness_database());
		good = migrate_up(d, a, &s, NULL) == ERR_OK && install_codelists(d, a, &added) == ERR_OK && app_init(conf, message, sizeof(message));
	}
	arena_free(a);
	return good ? 0 : -1;
}

bool client_key(struct db *d, unsigned scopes, char out[CLIENT_KEY_SIZE])
{
	struct key key = { .name = "caller", .scopes = scopes };
	struct arena *a = arena_new(REQUEST_MEMORY);
	char token[KEY_TOKEN_LEN + 1];
	bool good = a && key_add(d, a, &key, clock_now_ms(), token) == ERR_OK;

	if (good)
		snprintf(out, CLIENT_KEY_SIZE, "Bearer %s", token);
	arena_free(a);
	return good;
}

bool client_open(struct client *c, const struct conf *conf, const char *authorization)
{
	*c = (struct client){ .arena = arena_new(REQUEST_MEMORY), .authorization = authorization };
	buf_init(&c->headers, HEADERS_MAX);
	buf_init(&c->body, BODY_MAX);
	return c->arena && app_thread_start(conf, &c->thread) == ERR_OK;
}

void client_close(struct client *c)
{
	app_thread_stop(c->thread);
	buf_free(&c->headers);
	buf_free(&c->body);
	arena_free(c->arena);
}

static bool sends(const char *method)
{
	return method[0] == 'P'; /* POST, PUT, PATCH */
}

static struct str parameter(void *arg, const char *name)
{
	const struct client *c = arg;
	bool patches = strcmp(c->method, "PATCH") == 0;

	if (strcmp(name, "REQUEST_METHOD") == 0)
		return str_from(c->method);
	if (strcmp(name, "REQUEST_URI") == 0)
		return str_from(c->uri);
	if (strcmp(name, "ZIARA_PREFIX") == 0)
		return STR("/api/v1");
	if (strcmp(name, "CONTENT_TYPE") == 0 && sends(c->method))
		return str_from(patches ? "application/merge-patch+json" : "application/json");
	if (strcmp(name, "HTTP_AUTHORIZATION") == 0)
		return str_from(c->authorization);
	if (strcmp(name, "HTTP_IF_NONE_MATCH") == 0)
		return str_from(c->if_none_match);
	if (strcmp(name, "HTTP_IF_MATCH") == 0 && (patches || strcmp(c->method, "DELETE") == 0))
		return STR("*");
	return (struct str){ NULL, 0 };
}

int client_ask(struct client *c, const char *method)
{
	c->method = method;
	arena_reset(c->arena);
	buf_clear(&c->headers);
	buf_clear(&c->body);
	http_response_init(&c->res, &c->headers, &c->body);
	app_handle(c->thread, c->arena, parameter, c, sends(method) ? str_from(c->text) : (struct str){ NULL, 0 }, 0, &c->res);
	return c->res.status;
}

void client_must(struct client *c, const char *method, const char *path, int status)
{
	snprintf(c->uri, sizeof(c->uri), "/api/v1/%s", path);
	if (client_ask(c, method) != status)
		fail_msg("%s %s: %d %.*s", method, path, c->res.status, STR_ARG(buf_view(&c->body)));
}

void client_make(struct client *c, const char *path, const char *text, char id[UUID_TEXT_LEN + 1])
{
	snprintf(c->text, sizeof(c->text), "%s", text);
	client_must(c, "POST", path, 201);
	snprintf(id, UUID_TEXT_LEN + 1, "%.36s", c->body.p + strlen("{\"id\":\""));
}

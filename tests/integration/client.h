/* SPDX-License-Identifier: Apache-2.0
 * Callers of the application in this process, without a web server between. */
#ifndef ZIARA_TEST_CLIENT_H
#define ZIARA_TEST_CLIENT_H

#include "harness.h"

#include "access/key_store.h"
#include "app/app.h"

enum { CLIENT_KEY_SIZE = sizeof("Bearer ") + KEY_TOKEN_LEN };

struct client {
	void *thread;              /* the application's, with a connection of its own */
	struct arena *arena;       /* of the latest request */
	struct buf headers, body;  /* of the latest answer */
	struct http_response res;
	const char *authorization; /* NULL: none; the owner is the test */
	const char *method, *if_none_match; /* NULL: none */
	char uri[400], text[600];  /* what is asked for; the body sent by POST, PUT and PATCH */
};

/* Makes the schema anew, with the code lists, and begins the application; *conf is as the tests need it.  For a
 * group's set-up: 0, or -1. */
int client_register(struct db *d, struct conf *conf);
/* A new key with these scopes, as the Authorization header. */
MUST_USE bool client_key(struct db *d, unsigned scopes, char out[CLIENT_KEY_SIZE]);

MUST_USE bool client_open(struct client *c, const struct conf *conf, const char *authorization);
void client_close(struct client *c);

/* Asks c->uri, with If-Match: * where something is changed; the status of the answer. */
int client_ask(struct client *c, const char *method);
/* Asks /api/v1/`path` with c->text as it is; fails the test at any other status. */
void client_must(struct client *c, const char *method, const char *path, int status);
/* POST of `text` to /api/v1/`path`, which must succeed; the new record's id. */
void client_make(struct client *c, const char *path, const char *text, char id[UUID_TEXT_LEN + 1]);

#endif

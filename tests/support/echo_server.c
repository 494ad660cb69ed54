/* SPDX-License-Identifier: Apache-2.0
 * A server without a database, for tests of serve/: it answers what it was asked.
 *
 *   echo_server CONFIG
 *
 * CONFIG is a file of settings as `ziara` takes them.  With home_country = XP or XT each process or
 * thread fails to start; with XS it takes a process a second to fail.  Paths do things: see `commands`; those below /slow are slow requests. */
#include "base/log.h"
#include "json/writer.h"
#include "serve/serve.h"

#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

struct call {
	long number; /* after the command: "/sleep/200" */
	struct http_response *res;
};

static void do_sleep(const struct call *c)
{
	struct timespec t = { c->number / 1000, c->number % 1000 * 1000000 };
	nanosleep(&t, NULL);
}

static void do_crash(const struct call *c)
{
	(void)c;
	signal(SIGSEGV, SIG_DFL);
	kill(getpid(), SIGSEGV);
	pause();
}

/* With a line in hand. */
static void do_die(const struct call *c)
{
	struct log_fields l;

	if (log_begin(&l, LOG_INFO, STR("last words")))
		log_hold(&l);
	(void)c;
	kill(getpid(), SIGKILL);
	pause();
}

static void do_exit(const struct call *c)
{
	_exit((int)c->number);
}

static void do_large(const struct call *c)
{
	buf_clear(c->res->body);
	for (long i = 0; i < c->number; i++)
		buf_char(c->res->body, (char)('a' + i % 26));
}

static void do_headers(const struct call *c)
{
	for (long i = 0; i < c->number; i++)
		http_header(c->res, "X-Filler", "%ld", i);
}

static void do_status(const struct call *c)
{
	c->res->status = (int)c->number;
	c->res->no_body = c->number == 204 || c->number == 304;
}

static void do_bodiless(const struct call *c)
{
	(void)c;
	c->res->content_type = NULL;
}

static const struct {
	const char *name;
	void (*run)(const struct call *c);
} commands[] = {
	{ "sleep",    do_sleep },    /* milliseconds */
	{ "crash",    do_crash },
	{ "die",      do_die },
	{ "exit",     do_exit },     /* code */
	{ "large",    do_large },    /* bytes of body */
	{ "headers",  do_headers },  /* lines */
	{ "status",   do_status },
	{ "bodiless", do_bodiless },
};

static void describe(struct http_response *res, const struct http_request *r, struct str body, int body_error,
		     const struct conf *c)
{
	struct json_writer w;
	unsigned sum = 0;
	for (size_t i = 0; i < body.n; i++)
		sum = sum * 31 + (unsigned char)body.p[i];
	json_begin(&w, res->body);
	json_object(&w);
	json_key(&w, "method");
	json_str(&w, r->method_text);
	json_key(&w, "path");
	json_str(&w, r->path);
	json_key(&w, "body_bytes");
	json_int(&w, (int64_t)body.n);
	json_key(&w, "body_sum");
	json_int(&w, sum);
	json_key(&w, "body_error");
	json_int(&w, body_error);
	json_key(&w, "authorization");
	json_str(&w, r->authorization.p ? r->authorization : STR(""));
	json_key(&w, "pid");
	json_int(&w, getpid());
	json_key(&w, "home_country");
	json_str(&w, str_from(c->home_country));
	json_end_object(&w);
}

static void handle(void *state, struct arena *a, http_param_fn param, void *param_arg, struct str body, int body_error,
		   struct http_response *res)
{
	static __thread struct http_request r;
	static __thread struct problem problem;
	if (http_request_read(&r, a, param, param_arg, &problem)) {
		http_response_problem(res, &r, &problem);
		return;
	}
	res->status = body_error ? body_error : 200;
	res->content_type = "application/json";
	res->no_body = r.method == HTTP_HEAD;
	describe(res, &r, body, body_error, state);
	size_t at = r.n_segments && str_is(r.segments[0], "slow");
	if (body_error == 503 || r.n_segments == at)
		return;
	struct call call = { 0, res };
	struct str second = r.n_segments > at + 1 ? arena_dup(a, r.segments[at + 1]) : STR("");
	if (second.p)
		call.number = strtol(second.p, NULL, 10);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (str_is(r.segments[at], commands[i].name))
			commands[i].run(&call);
}

/* "/slow/sleep/200" does what "/sleep/200" does. */
static bool slow(http_param_fn param, void *param_arg)
{
	return str_starts(param(param_arg, "REQUEST_URI"), STR("/slow/"));
}

static enum err process_start(const struct conf *c)
{
	bool slowly = strcmp(c->home_country, "XS") == 0;

	if (slowly)
		do_sleep(&(struct call){ .number = 1000 });
	return slowly || strcmp(c->home_country, "XP") == 0 ? ERR_UNAVAILABLE : ERR_OK;
}

static enum err thread_start(const struct conf *c, void **state)
{
	*state = (void *)(uintptr_t)c;
	return strcmp(c->home_country, "XT") == 0 ? ERR_UNAVAILABLE : ERR_OK;
}

int main(int argc, char **argv)
{
	static const struct serve_app app = { .process_start = process_start, .thread_start = thread_start, .slow = slow,
					      .handle = handle, .body_cap_bytes = 1024 * 1024 };
	struct conf c;
	char message[512];
	const char *file = argc > 1 ? argv[1] : NULL;
	if (conf_load(&c, file, message, sizeof(message))) {
		fprintf(stderr, "%s\n", message);
		return 2;
	}
	return serve_run(&c, file, &app);
}

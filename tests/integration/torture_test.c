/* SPDX-License-Identifier: Apache-2.0
 * Whole requests in which one allocation, or one database call, fails: each in its turn.  Every
 * answer must be whole, and what is stored must be all of a change or nothing of it. */
#include "harness.h"

#include "access/key_store.h"
#include "app/app.h"
#include "db/migrate.h"
#include "json/reader.h"
#include "register/install.h"
#include "resource/shape.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { MEMORY = 16 << 20, ROUNDS_MAX = 20000, LOOK_EVERY = 32, LEFT_MAX = 1000 };

static struct db *d;
static struct arena *a, *request_arena;
static struct buf headers, body;
static struct http_response res;
static struct conf conf;
static void *thread;
static char authorization[sizeof("Bearer ") + KEY_TOKEN_LEN];

struct sent {
	const char *method, *uri, *type, *if_match, *key;
	const char *text;
	char nginx_id[40];
};

static struct str parameter(void *arg, const char *name)
{
	const struct sent *s = arg;
	static const char base[] = "/api/v1";

	if (strcmp(name, "REQUEST_METHOD") == 0)
		return str_from(s->method);
	if (strcmp(name, "REQUEST_URI") == 0)
		return str_from(s->uri);
	if (strcmp(name, "ZIARA_PREFIX") == 0)
		return str_from(base);
	if (strcmp(name, "ZIARA_REQUEST_ID") == 0)
		return str_from(s->nginx_id);
	if (strcmp(name, "HTTP_AUTHORIZATION") == 0)
		return str_from(authorization);
	if (strcmp(name, "CONTENT_TYPE") == 0)
		return str_from(s->type);
	if (strcmp(name, "HTTP_IF_MATCH") == 0)
		return str_from(s->if_match);
	if (strcmp(name, "HTTP_IDEMPOTENCY_KEY") == 0)
		return str_from(s->key);
	return (struct str){ NULL, 0 };
}

static int ask(struct sent *s)
{
	static unsigned long n;

	snprintf(s->nginx_id, sizeof(s->nginx_id), "torture%lu", n++);
	buf_clear(&headers);
	buf_clear(&body);
	http_response_init(&res, &headers, &body);
	app_handle(thread, request_arena, parameter, s, str_from(s->text), 0, &res);
	return res.status;
}

static void done(void)
{
	arena_reset(request_arena);
}

static int64_t count(const char *sql)
{
	arena_reset(a);
	return harness_int(d, sql);
}

static void make(const char *uri, const char *text)
{
	struct sent s = { .method = "POST", .uri = uri, .type = "application/json", .text = text };

	if (ask(&s) != 201)
		fail_msg("POST %s: %d %.*s", uri, res.status, STR_ARG(buf_view(&body)));
	done();
}

#define VISIT \
	"{\"title\":\"Torture\",\"dates\":\"2018-07-28/2018-08-03\",\"objectives\":[\"One\"],\"themes\":[\"diaspora\"]," \
	"\"programme\":{\"title\":\"P\",\"create\":true},\"identifiers\":[{\"scheme\":\"T\",\"value\":\"1\"}]," \
	"\"parties\":[{\"role\":\"host\",\"organisation\":{\"name\":\"Host\",\"create\":true},\"country\":\"GH\"}]," \
	"\"meetings\":[{\"subject\":\"M\",\"seats\":[{\"capacity\":\"host\",\"post\":\"Director\"}]}]," \
	"\"recommendations\":[{\"text\":\"R\",\"addressees\":[{\"name_as_written\":\"A\"}]}]}"

/* The host of the visit, under another name then, and another body now. */
#define HOST \
	"{\"name\":\"Host\",\"names\":[{\"name\":\"Host of then\",\"kind\":\"former\",\"to\":\"2020\"}]," \
	"\"relations\":[{\"kind\":\"part_of\",\"organisation\":{\"name\":\"Ministry\",\"create\":true},\"to\":\"2010\"}]," \
	"\"successions\":[{\"kind\":\"renamed\",\"organisation\":{\"name\":\"Heir\",\"create\":true},\"date\":\"2022\"}]}"
#define MERGED "Merged body"
#define SURVIVOR "Body that answers"

static int begin(void **state)
{
	struct migrate_state s = { 0 };
	char message[512];
	size_t added;

	(void)state;
	a = arena_new(64 << 20);
	request_arena = arena_new(MEMORY);
	buf_init(&headers, 65536);
	buf_init(&body, 8 << 20);
	d = harness_db(0, 0);
	harness_drop_tables(d);
	json_reader_init();
	if (conf_load(&conf, NULL, message, sizeof(message)))
		return -1;
	snprintf(conf.db_option_file, sizeof(conf.db_option_file), "%s", harness_option_file());
	snprintf(conf.db_name, sizeof(conf.db_name), "%s", harness_database());
	if (migrate_up(d, a, &s, NULL) || install_codelists(d, a, &added) || !app_init(&conf, message, sizeof(message)))
		return -1;
	struct key key = { .name = "torture", .scopes = SCOPE_ADMIN };
	char token[KEY_TOKEN_LEN + 1];
	if (key_add(d, a, &key, clock_now_ms(), token) || app_thread_start(&conf, &thread))
		return -1;
	snprintf(authorization, sizeof(authorization), "Bearer %s", token);
	make("/api/v1/organisations", HOST);
	make("/api/v1/visits", VISIT);
	make("/api/v1/visits", "{\"title\":\"Other\"}");
	make("/api/v1/organisations", "{\"name\":\"" MERGED "\",\"identifiers\":[{\"scheme\":\"M\",\"value\":\"1\"}]}");
	make("/api/v1/organisations", "{\"name\":\"" SURVIVOR "\",\"names\":[{\"name\":\"S\",\"kind\":\"short\"}]}");
	return 0;
}

static int end(void **state)
{
	(void)state;
	app_thread_stop(thread);
	harness_drop_tables(d);
	shape_end();
	db_free(d);
	buf_free(&headers);
	buf_free(&body);
	arena_free(a);
	arena_free(request_arena);
	return 0;
}

/* Versions and change rows tell of one another: a half-written change would show here, also some rounds later. */
static void consistent(void)
{
	static const char *const tables[] = { "visit", "organisation", "programme", "action" };

	for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++) {
		char sql[400];
		snprintf(sql, sizeof(sql), "SELECT COUNT(*) FROM %s r WHERE version <> (SELECT COUNT(*) FROM change_log c"
			 " WHERE c.type = '%s' AND c.id = r.id)", tables[i], tables[i]);
		assert_int_equal(count(sql), 0);
	}
	assert_int_equal(count("SELECT COUNT(*) FROM facet f WHERE facet LIKE 'visit.%' AND NOT EXISTS"
			       " (SELECT 1 FROM visit v WHERE v.id = f.id)"), 0);
	assert_int_equal(count("SELECT COUNT(*) FROM idempotency WHERE status = 0"), 0);
}

static bool well_formed(void)
{
	if (res.status < 200 || res.status > 599)
		return false;
	if (res.no_body || res.status == 204 || res.status == 304)
		return true;
	return body.n > 2 && body.p[0] == '{' && body.p[body.n - 1] == '\n' ? true : body.n > 2 && body.p[body.n - 1] == '}';
}

/* What fails: an allocation (number 0), or a call of the client library with this error. */
struct failure {
	unsigned number;
	bool after;
};
static const struct failure allocation = { 0, false };

/* The server may still be busy undoing what a lost connection left behind. */
static int ask_settled(struct sent *s)
{
	int status = ask(s);

	for (int i = 0; status == 409 && memmem(body.p, body.n, "in_flight", 9) && i < 100; i++) {
		struct timespec t = { 0, 10 * 1000000L };
		nanosleep(&t, NULL);
		done();
		status = ask(s);
	}
	return status;
}

/* The connection ends and nobody can tell what the server has done. */
static bool lost_for_good(struct failure f)
{
	return f.number == 2013;
}

/* Without ZIARA_TEST_ALL only one step of so many fails. */
enum { SHORT_STEP = 3 };

/* Runs the request with its nth step failing, n = 1, 2, … until the fault no longer strikes.  A
 * change may be made once at most: `undo` brings the register back after a success. */
static void torture(struct sent *s, int success, struct failure f, int step, void (*undo)(void))
{
	if (!getenv("ZIARA_TEST_ALL"))
		step *= SHORT_STEP;
	for (int n = 1; n < ROUNDS_MAX; n += step) {
		int64_t before = count("SELECT COUNT(*) FROM change_log"), visits = count("SELECT COUNT(*) FROM visit");
		if (f.number == 0)
			arena_fail_nth((unsigned long)n);
		else
			(void)db_fail_nth((unsigned long)n, f.number, f.after);
		int status = ask_settled(s);
		bool beyond;
		if (f.number == 0) {
			beyond = false; /* a fault still waiting strikes one of these */
			for (int i = 0; i < LEFT_MAX; i++)
				beyond |= arena_alloc(request_arena, 1) == NULL;
			arena_fail_nth(0);
		} else {
			beyond = db_fail_nth(0, 0, false);
		}
		bool uncertain = status == 500 && memmem(body.p, body.n, "uncertain", 9);
		if (lost_for_good(f) && status == 500 && !uncertain)
			fail_msg("step %d of %s %s: not said to be uncertain: %.*s", n, s->method, s->uri, STR_ARG(buf_view(&body)));
		if (!well_formed() || (beyond && status != success))
			fail_msg("step %d of %s %s: %d %.*s", n, s->method, s->uri, status, STR_ARG(buf_view(&body)));
		if (status != success && status < 400)
			fail_msg("step %d of %s %s: %d", n, s->method, s->uri, status);
		done();
		if (uncertain) {
			/* it may be repeated with its key, and is done once */
			status = ask_settled(s);
			if (status != success)
				fail_msg("repeated after step %d of %s %s: %d", n, s->method, s->uri, status);
			done();
		}
		int64_t after = count("SELECT COUNT(*) FROM change_log");
		if (status != success)
			assert_int_equal(after, before);
		if (s->key)
			assert_int_equal(count("SELECT COUNT(*) FROM visit") - visits, status == success);
		if (beyond || n / step % LOOK_EVERY == 0)
			consistent();
		if (status == success && undo)
			undo();
		if (beyond) {
			assert_int_equal(status, success);
			return;
		}
	}
	fail_msg("%s %s: the fault always strikes", s->method, s->uri);
}

static void undo_post(void)
{
	harness_sql(d, "DELETE FROM idempotency");
	harness_sql(d, "UPDATE visit_identifier SET value = UUID() WHERE scheme = 'T'");
}

static char target[100], child[100], host[100], host_then[120], part[200], taking_part[130], by_part[160];

static void find_host(void)
{
	struct db_rows rows;

	assert_int_equal(db_query(d, a, "SELECT HEX(h.id), HEX(m.id) FROM organisation h JOIN organisation m ON m.name = 'Ministry'"
				  " WHERE h.name = 'Host'", NULL, 0, &rows), ERR_OK);
	const char *h = db_cell(&rows, 0, 0)->s.p, *m = db_cell(&rows, 0, 1)->s.p;
	snprintf(host, sizeof(host), "/api/v1/organisations/%.8s-%.4s-%.4s-%.4s-%.12s", h, h + 8, h + 12, h + 16, h + 20);
	snprintf(host_then, sizeof(host_then), "%s?at=2008-05", host);
	snprintf(part, sizeof(part), "{\"relations\":[{\"kind\":\"part_of\",\"organisation\":{\"id\":\"%.8s-%.4s-%.4s-%.4s-%.12s\"},"
		 "\"to\":\"2009\"}]}", m, m + 8, m + 12, m + 16, m + 20);
}

static void find_target(void)
{
	struct db_rows rows;

	arena_reset(a);
	assert_int_equal(db_query(d, a, "SELECT HEX(id) FROM visit ORDER BY id LIMIT 1", NULL, 0, &rows), ERR_OK);
	const char *h = db_cell(&rows, 0, 0)->s.p;
	snprintf(target, sizeof(target), "/api/v1/visits/%.8s-%.4s-%.4s-%.4s-%.12s", h, h + 8, h + 12, h + 16, h + 20);
	assert_int_equal(db_query(d, a, "SELECT HEX(id) FROM visit_recommendation ORDER BY id LIMIT 1", NULL, 0, &rows), ERR_OK);
	h = db_cell(&rows, 0, 0)->s.p;
	snprintf(child, sizeof(child), "/api/v1/recommendations/%.8s-%.4s-%.4s-%.4s-%.12s", h, h + 8, h + 12, h + 16, h + 20);
	assert_int_equal(db_query(d, a, "SELECT HEX(organisation) FROM visit_party ORDER BY id LIMIT 1", NULL, 0, &rows), ERR_OK);
	h = db_cell(&rows, 0, 0)->s.p;
	snprintf(taking_part, sizeof(taking_part), "/api/v1/organisations/%.8s-%.4s-%.4s-%.4s-%.12s/engagements?limit=1&count=exact&labels=sw"
		 "&include=predecessors", h, h + 8, h + 12, h + 16, h + 20);
	assert_int_equal(db_query(d, a, "SELECT HEX(id) FROM programme ORDER BY id LIMIT 1", NULL, 0, &rows), ERR_OK);
	h = db_cell(&rows, 0, 0)->s.p;
	snprintf(by_part, sizeof(by_part), "/api/v1/organisations?role=host&programme=%.8s-%.4s-%.4s-%.4s-%.12s", h, h + 8, h + 12, h + 16,
		 h + 20);
}

/* An action has room for so many. */
static void undo_update(void)
{
	harness_sql(d, "DELETE FROM action_update_evidence");
	harness_sql(d, "DELETE FROM action_update");
	harness_sql(d, "UPDATE action SET status = NULL");
}

/* What is done about the recommendation of the first visit, and told of it. */
static void act(struct failure f, int step)
{
	char text[400], path[120];
	struct sent s = { .method = "POST", .uri = "/api/v1/actions", .type = "application/json", .text = text };
	struct db_rows rows;

	snprintf(text, sizeof(text), "{\"title\":\"Act\",\"parties\":[{\"role\":\"lead\",\"organisation\":{\"name\":\"Host\",\"create\":true}}],"
		 "\"recommendations\":[{\"recommendation\":{\"id\":\"%s\"}}]}", strrchr(child, '/') + 1);
	torture(&s, 201, f, step, NULL);
	arena_reset(a);
	assert_int_equal(db_query(d, a, "SELECT HEX(id) FROM action ORDER BY id LIMIT 1", NULL, 0, &rows), ERR_OK);
	const char *h = db_cell(&rows, 0, 0)->s.p;
	snprintf(path, sizeof(path), "/api/v1/actions/%.8s-%.4s-%.4s-%.4s-%.12s/updates", h, h + 8, h + 12, h + 16, h + 20);
	struct sent update = { .method = "POST", .uri = path, .type = "application/json", .text = "{\"status\":\"planned\",\"date\":\"2019\","
			       "\"evidence\":[{\"url\":\"https://example.org\"}]}" };
	torture(&update, 201, f, step, undo_update);
	struct sent all = { .method = "GET", .uri = path };
	torture(&all, 200, f, 1, NULL);
}

static void post(struct failure f, int step)
{
	struct sent s = { .method = "POST", .uri = "/api/v1/visits", .type = "application/json", .text = VISIT, .key = "k" };

	torture(&s, 201, f, step, undo_post);
}

static void set_apart(void)
{
	harness_sql(d, "UPDATE organisation SET merged_into = NULL, merge_asked = NULL");
}

static void set_merged(void)
{
	harness_sql(d, "UPDATE organisation m JOIN organisation s ON s.name = '" SURVIVOR "' SET m.merged_into = s.id, m.merge_asked = s.id"
		    " WHERE m.name = '" MERGED "'");
}

/* Two bodies become one and two again. */
static void merge(struct failure f, int step)
{
	char uri[2][120], text[100];
	struct db_rows rows;

	arena_reset(a);
	assert_int_equal(db_query(d, a, "SELECT HEX(id) FROM organisation WHERE name IN ('" MERGED "', '" SURVIVOR "') ORDER BY name DESC", NULL, 0,
				  &rows), ERR_OK);
	const char *h = db_cell(&rows, 0, 0)->s.p, *into = db_cell(&rows, 1, 0)->s.p;
	for (int i = 0; i < 2; i++)
		snprintf(uri[i], sizeof(uri[i]), "/api/v1/organisations/%.8s-%.4s-%.4s-%.4s-%.12s%s", h, h + 8, h + 12, h + 16, h + 20, i ? "/merge" : "");
	snprintf(text, sizeof(text), "{\"into\":\"%.8s-%.4s-%.4s-%.4s-%.12s\"}", into, into + 8, into + 12, into + 16, into + 20);
	set_apart();
	char plan_uri[140];
	snprintf(plan_uri, sizeof(plan_uri), "%s?dry_run=true", uri[1]);
	struct sent plan = { .method = "POST", .uri = plan_uri, .type = "application/json", .text = text };
	torture(&plan, 200, f, step, NULL);
	struct sent both = { .method = "POST", .uri = uri[1], .type = "application/json", .text = text };
	torture(&both, 200, f, step, set_apart);
	set_merged();
	struct sent look = { .method = "GET", .uri = uri[0] };
	torture(&look, 308, f, step, NULL);
	look.uri = uri[1];
	torture(&look, 200, f, step, NULL);
	struct sent undo = { .method = "DELETE", .uri = uri[1] };
	if (!lost_for_good(f)) /* whoever repeats it is told that it is undone */
		torture(&undo, 200, f, step, set_merged);
	set_apart();
}

static void each(struct failure f, int step)
{
	struct sent get = { .method = "GET" };
	static const char *const uris[] = {
		"/api/v1/visits?include=legs,parties,meetings&labels=fr&count=exact&limit=1",
		"/api/v1/visits?host_country=GH&theme=diaspora&dates.overlaps=2018&sort=-dates",
		"/api/v1/recommendations?limit=1", "/api/v1/organisations/duplicates?limit=1&count=exact", "/api/v1/codelists/theme", "/api/v1/health/ready", "/api/v1/openapi.json",
	};

	find_target();
	find_host();
	get.uri = target;
	torture(&get, 200, f, 1, NULL);
	assert_non_null(memmem(body.p, body.n, "Host of then", 12));
	assert_non_null(memmem(body.p, body.n, "\"now\"", 5));
	get.uri = host_then;
	torture(&get, 200, f, 1, NULL);
	for (size_t i = 0; i < sizeof(uris) / sizeof(*uris); i++) {
		if (f.number && strstr(uris[i], "openapi"))
			continue;
		get.uri = uris[i];
		torture(&get, 200, f, 1, NULL);
	}
	get.uri = taking_part;
	torture(&get, 200, f, 1, NULL);
	get.uri = by_part;
	torture(&get, 200, f, 1, NULL);
	post(f, step);
	/* one that is like others */
	struct sent alike = { .method = "POST", .uri = "/api/v1/organisations", .type = "application/json",
			     .text = "{\"name\":\"Бюро пыток\",\"acronym\":\"BP\",\"names\":[{\"name\":\"The Bureau of Torture\",\"kind\":\"other\"}]}" };
	torture(&alike, 201, f, step, NULL);
	static const char patch_body[] = "{\"legs\":[{\"country\":\"TG\"}],\"themes\":[\"trafficking\"],\"title\":\"Torture\"}";
	struct sent patch = { .method = "PATCH", .uri = target, .type = "application/merge-patch+json", .if_match = "*", .text = patch_body };
	torture(&patch, 200, f, step, NULL);
	struct sent deep = { .method = "PATCH", .uri = child, .type = "application/merge-patch+json", .if_match = "*",
			     .text = "{\"addressees\":[{\"name_as_written\":\"B\"}]}" };
	torture(&deep, 200, f, step, NULL);
	struct sent move = { .method = "PATCH", .uri = host, .type = "application/merge-patch+json", .if_match = "*", .text = part };
	torture(&move, 200, f, step, NULL);
	act(f, step);
	merge(f, f.number ? step : step * 4);
}

static void every_allocation_fails_in_turn(void **state)
{
	(void)state;
	each(allocation, 3);
}

static void every_database_call_fails_in_turn(void **state)
{
	static const struct failure everywhere[] = {
		{ 2013, false }, { 2013, true }, /* the connection is lost, before the call or after it */
		{ 1969, false },                 /* too slow */
		{ 1243, false },                 /* a prepared statement is forgotten */
	};
	static const struct failure in_a_change[] = {
		{ 2006, false }, { 1927, false }, /* the connection was gone already; the server ended it */
		{ 1064, false }, { 1062, false }, /* a mistake of ours, a duplicate */
		{ 1205, false },                  /* a lock is held elsewhere */
		{ 1290, false }, { 1040, false }, /* read-only; no connection is free */
		{ 1461, false }, { 2008, false }, /* no room for a prepared statement; out of memory */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(everywhere) / sizeof(*everywhere); i++)
		each(everywhere[i], 1);
	for (size_t i = 0; i < sizeof(in_a_change) / sizeof(*in_a_change); i++)
		post(in_a_change[i], 1);
}

/* A deadlock anywhere in a change is answered by running the whole of it again. */
static void a_deadlock_anywhere_is_run_again(void **state)
{
	(void)state;
	struct sent post = { .method = "POST", .uri = "/api/v1/visits", .type = "application/json", .text = VISIT };
	struct sent look = { .method = "GET", .uri = "/api/v1/keys/self" };
	for (int n = 1, before_it = 0; n < ROUNDS_MAX; n++) {
		int64_t before = count("SELECT COUNT(*) FROM visit");
		/* schema and key are known now, so that the first call is the change's own: unless all this takes a second */
		assert_int_equal(ask(&look), 200);
		done();
		(void)db_fail_nth((unsigned long)n, 1213, false);
		int status = ask(&post);
		bool beyond = db_fail_nth(0, 0, false);
		if (status == 503 && before_it++ < 5) {
			n--;
			done();
			continue;
		}
		if (status != 201)
			fail_msg("step %d: %d %.*s", n, status, STR_ARG(buf_view(&body)));
		done();
		assert_int_equal(count("SELECT COUNT(*) FROM visit"), before + 1);
		if (beyond || n % LOOK_EVERY == 0)
			consistent();
		if (beyond)
			return;
	}
	fail_msg("the fault always strikes");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_allocation_fails_in_turn),
		cmocka_unit_test(every_database_call_fails_in_turn),
		cmocka_unit_test(a_deadlock_anywhere_is_run_again),
	};

	if (!harness_begin())
		return HARNESS_SKIPPED;
	int failed = cmocka_run_group_tests(tests, begin, end);
	harness_end();
	return failed;
}

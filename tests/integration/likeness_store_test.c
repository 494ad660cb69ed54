/* SPDX-License-Identifier: Apache-2.0
 * Stored pairs against the rules: several threads make, change and delete bodies that are like each other; then the
 * pairs are what one question over all keys says, and what is computed anew for each body. */
#include "client.h"

#include "resource/likeness.h"
#include "resource/load.h"

#include <pthread.h>
#include <stdio.h>

enum { THREADS = 3, CHANGES = 120, BODIES = 30 };

static struct db *d;
static struct conf conf;
static char authorization[CLIENT_KEY_SIZE];
static char bodies[BODIES][UUID_TEXT_LEN + 1];

static int begin(void **state)
{
	(void)state;
	d = harness_db(0, 0);
	return client_register(d, &conf) || !client_key(d, SCOPE_ADMIN, authorization) ? -1 : 0;
}

static int end(void **state)
{
	(void)state;
	harness_drop_tables(d);
	shape_end();
	db_free(d);
	return 0;
}

/* Members that meet those of others in every way there is. */
static void write_body(struct client *c, unsigned *seed)
{
	static const char *const names[] = { "Ministry of Labour", "Ministry of Labor", "The Labour Ministry", "Ministère du Travail", "IOM",
		"International Organization for Migration", "Организация миграции", "Organizatsiya migratsii", "National Employment Authority" };
	static const char *const countries[] = { "null", "\"KE\"", "\"UG\"" }, *const acronyms[] = { "null", "\"IOM\"", "\"NEA\"", "\"ML\"" };
	enum { NAMES = sizeof(names) / sizeof(*names) };
	unsigned n = harness_random(seed), parent = harness_random(seed) % (BODIES * 2);

	int at = snprintf(c->text, sizeof(c->text), "{\"name\":\"%s\",\"country\":%s,\"acronym\":%s,\"state\":\"published\"",
			  names[n % NAMES], countries[harness_random(seed) % 3], acronyms[harness_random(seed) % 4]);
	if (n % 3 == 0)
		at += snprintf(c->text + at, sizeof(c->text) - (size_t)at, ",\"names\":[{\"name\":\"%s\",\"kind\":\"former\"}]",
			       names[harness_random(seed) % NAMES]);
	if (n % 5 == 0)
		at += snprintf(c->text + at, sizeof(c->text) - (size_t)at, ",\"identifiers\":[{\"scheme\":\"%s\",\"value\":\"%s %u\"}]",
			       n % 2 ? "XM-DAC" : "xm dac", n % 2 ? "4" : "  4", harness_random(seed) % 6);
	if (parent < BODIES && bodies[parent][0])
		at += snprintf(c->text + at, sizeof(c->text) - (size_t)at, ",\"parent\":{\"id\":\"%s\"}", bodies[parent]);
	snprintf(c->text + at, sizeof(c->text) - (size_t)at, "}");
}

static int change(struct client *c, unsigned *seed)
{
	unsigned kind = harness_random(seed) % 8;

	snprintf(c->uri, sizeof(c->uri), "/api/v1/organisations/%s", bodies[harness_random(seed) % BODIES]);
	if (kind == 0)
		return client_ask(c, "DELETE");
	write_body(c, seed);
	if (kind > 2)
		return client_ask(c, "PATCH");
	snprintf(c->uri, sizeof(c->uri), "/api/v1/organisations");
	return client_ask(c, "POST");
}

static void *change_at_random(void *arg)
{
	/* also deleted meanwhile, referred to, a parent below the body, a number that another has, busy */
	static const int fine[] = { 200, 201, 204, 404, 409, 410, 422, 503 };
	unsigned seed = *(unsigned *)arg;
	struct client c;
	void *said = NULL;

	if (!client_open(&c, &conf, authorization))
		return (void *)(uintptr_t)"a client does not open";
	for (int i = 0; i < CHANGES && !said; i++) {
		int status = change(&c, &seed);
		bool known = false;
		for (size_t k = 0; k < sizeof(fine) / sizeof(*fine); k++)
			known |= fine[k] == status;
		if (!known) {
			fprintf(stderr, "%s %s %s: %d %.*s\n", c.method, c.uri, c.text, status, STR_ARG(buf_view(&c.body)));
			said = (void *)(uintptr_t)"a change fails";
		}
	}
	client_close(&c);
	return said;
}

/* The table in likeness.h once more, over all keys at once. */
#define EXPECTED "WITH looks (o, t, r, s) AS (SELECT 'identifier', 'identifier', 'i', 95 UNION ALL SELECT 'name', 'name', 'n', 90" \
	" UNION ALL SELECT 'transliteration', 'transliteration', 't', 80 UNION ALL SELECT 'words', 'words', 'w', 75" \
	" UNION ALL SELECT 'name', 'acronym', 'a', 65 UNION ALL SELECT 'acronym', 'name', 'a', 65 UNION ALL SELECT 'spelling', 'spelling', 's', 60" \
	" UNION ALL SELECT 'name', 'initials', 'a', 45 UNION ALL SELECT 'initials', 'name', 'a', 45 UNION ALL SELECT 'acronym', 'acronym', 'a', 40" \
	" UNION ALL SELECT 'acronym', 'initials', 'a', 30 UNION ALL SELECT 'initials', 'acronym', 'a', 30)," \
	" k AS (SELECT reason, SUBSTRING_INDEX(likeness, '|', 1) body, SUBSTRING_INDEX(likeness, '|', -1) c, id FROM likeness" \
	" WHERE resource = 'organisation')," \
	" found AS (SELECT a.id x, b.id y, l.r, l.s - IF((a.c = '') <> (b.c = ''), 15, 0) s FROM k a JOIN looks l ON l.o = a.reason" \
	" JOIN k b ON b.reason = l.t AND b.body = a.body AND b.id > a.id WHERE a.c = b.c OR a.c = '' OR b.c = '')," \
	" whys AS (SELECT x, y, MAX(s) s, MAX(r = 'i') i, MAX(r = 'n') n, MAX(r = 't') t, MAX(r = 'w') w, MAX(r = 's') p, MAX(r = 'a') a" \
	" FROM found GROUP BY x, y)," \
	" expected AS (SELECT x, y, s + 2 * (i + a + IF(n, 1, IF(t OR w, t + w, p)) - 1) s FROM whys JOIN organisation q ON q.id = x" \
	" JOIN organisation z ON z.id = y WHERE NOT (q.parent <=> y) AND NOT (z.parent <=> x))," \
	" stored AS (SELECT first x, second y, score s FROM likely_pair WHERE resource = 'organisation') "

static void pairs_are_what_the_keys_say(void)
{
	int64_t missing = harness_int(d, EXPECTED "SELECT COUNT(*) FROM (SELECT * FROM expected EXCEPT SELECT * FROM stored) e");
	int64_t wrong = harness_int(d, EXPECTED "SELECT COUNT(*) FROM (SELECT * FROM stored EXCEPT SELECT * FROM expected) e");

	if (missing || wrong)
		fail_msg("%lld pairs are missing, %lld should not be", (long long)missing, (long long)wrong);
}

static void pairs_hold_while_threads_change_bodies(void **state)
{
	pthread_t threads[THREADS];
	unsigned seeds[THREADS] = { 5, 17, 29 }, seed = 3;
	struct client c;
	void *said;

	(void)state;
	assert_true(client_open(&c, &conf, authorization));
	for (int i = 0; i < BODIES; i++) {
		snprintf(c.uri, sizeof(c.uri), "/api/v1/organisations");
		do {
			write_body(&c, &seed);
		} while (client_ask(&c, "POST") != 201); /* a number that another has */
		snprintf(bodies[i], sizeof(bodies[i]), "%.36s", c.body.p + strlen("{\"id\":\""));
	}
	client_close(&c);
	pairs_are_what_the_keys_say();
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, change_at_random, &seeds[i]), 0);
	for (int i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], &said), 0);
		if (said)
			fail_msg("%s", (const char *)said);
	}
	pairs_are_what_the_keys_say();
	assert_true(harness_int(d, "SELECT COUNT(*) FROM likely_pair") > 50);
	assert_true(harness_int(d, "SELECT COUNT(DISTINCT reasons) FROM likely_pair") > 5);
	assert_int_equal(harness_int(d, "SELECT COUNT(*) FROM likeness l LEFT JOIN organisation o ON o.id = l.id WHERE o.id IS NULL"), 0);
}

struct renewal {
	struct ctx x;
	struct uuid id;
};

static enum err renew(struct db *db, void *arg)
{
	struct renewal *r = arg;
	const struct shape *s = shape_by_path(STR("organisations"))->shape;
	struct record one = { 0 };
	struct records list = { .item = &one, .n = 1, .cap = 1 };

	(void)db;
	enum err e = load_root(&r->x, s, r->id, true, &one);
	if (!e)
		e = load_kids(&r->x, s, &list, LOAD_ALL_KIDS);
	return e ? e : likeness_write(&r->x, s, NULL, &list);
}

static void renew_all(struct arena *a)
{
	struct renewal r = { .x = { .arena = a, .db = d, .view = view_everything } };
	struct db_rows rows;

	assert_int_equal(db_query(d, a, "SELECT id FROM organisation ORDER BY SHA1(id)", NULL, 0, &rows), ERR_OK);
	for (size_t i = 0; i < rows.rows; i++) {
		memcpy(r.id.b, db_cell(&rows, i, 0)->s.p, sizeof(r.id.b));
		assert_int_equal(db_tx(d, DB_WRITE, renew, &r), ERR_OK);
	}
}

static void what_is_stored_equals_what_is_computed_anew(void **state)
{
	struct arena *a = arena_new(64 << 20);

	(void)state;
	harness_sql(d, "CREATE TABLE kept_keys AS SELECT * FROM likeness");
	harness_sql(d, "CREATE TABLE kept_pairs AS SELECT * FROM likely_pair");
	for (int empty = 0; empty < 2; empty++) {
		renew_all(a);
		assert_int_equal(harness_int(d, "SELECT COUNT(*) FROM (SELECT * FROM likeness EXCEPT SELECT * FROM kept_keys) e"), 0);
		assert_int_equal(harness_int(d, "SELECT COUNT(*) FROM (SELECT * FROM kept_keys EXCEPT SELECT * FROM likeness) e"), 0);
		assert_int_equal(harness_int(d, "SELECT COUNT(*) FROM (SELECT * FROM likely_pair EXCEPT SELECT * FROM kept_pairs) e"), 0);
		assert_int_equal(harness_int(d, "SELECT COUNT(*) FROM (SELECT * FROM kept_pairs EXCEPT SELECT * FROM likely_pair) e"), 0);
		harness_sql(d, "DELETE FROM likeness");
		harness_sql(d, "DELETE FROM likely_pair");
	}
	renew_all(a);
	pairs_are_what_the_keys_say();
	harness_sql(d, "DROP TABLE kept_keys, kept_pairs");
	arena_free(a);
}

static void make(struct client *c, const char *name, const char *country)
{
	snprintf(c->uri, sizeof(c->uri), "/api/v1/organisations");
	snprintf(c->text, sizeof(c->text), "{\"name\":\"%s\",\"country\":%s%s%s}", name, country ? "\"" : "", country ? country : "null",
		 country ? "\"" : "");
	assert_int_equal(client_ask(c, "POST"), 201);
}

#define PAIRS_OF(word) "SELECT COUNT(*) FROM likely_pair p JOIN organisation o ON o.id = p.second WHERE o.name LIKE '" word "%'"

/* One name in every country says nothing about a body of no known country; in its own country it does. */
static void a_common_key_pairs_within_its_country(void **state)
{
	struct arena *a = arena_new(1 << 20);
	struct client c;
	struct db_rows codes;

	(void)state;
	assert_true(client_open(&c, &conf, authorization));
	assert_int_equal(db_query(d, a, "SELECT code FROM code WHERE list = 'country' AND active ORDER BY code LIMIT 52", NULL, 0, &codes), ERR_OK);
	assert_int_equal(codes.rows, 52);
	for (size_t i = 0; i < 50; i++)
		make(&c, "Fisheries", db_cell(&codes, i, 0)->s.p);
	make(&c, "Fisheries", NULL);
	assert_int_equal(harness_int(d, PAIRS_OF("Fisheries")), 50); /* with each of the fifty */
	make(&c, "Fisheries", db_cell(&codes, 50, 0)->s.p);
	make(&c, "Fisheries", db_cell(&codes, 51, 0)->s.p);
	assert_int_equal(harness_int(d, PAIRS_OF("Fisheries")), 50);
	make(&c, "Fisheries", db_cell(&codes, 51, 0)->s.p);
	assert_int_equal(harness_int(d, PAIRS_OF("Fisheries")), 51);
	client_close(&c);
	arena_free(a);
}

static void too_many_of_one_name_in_one_country_pair_no_more(void **state)
{
	struct client c;

	(void)state;
	assert_true(client_open(&c, &conf, authorization));
	for (int i = 0; i < 54; i++)
		make(&c, "Harbours", "KE");
	assert_int_equal(harness_int(d, PAIRS_OF("Harbours")), 51 * 50 / 2);
	client_close(&c);
}

#define ROWS_READ "SELECT CAST(SUM(VARIABLE_VALUE) AS SIGNED) FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME LIKE 'HANDLER_READ%'"

/* Rows read by one page, from the address in c->uri. */
static int64_t rows_of_a_page(struct client *c)
{
	assert_int_equal(client_ask(c, "GET"), 200); /* statements are prepared now, and the key is known */
	int64_t before = harness_int(d, ROWS_READ), idle = harness_int(d, ROWS_READ) - before;
	before = harness_int(d, ROWS_READ);
	assert_int_equal(client_ask(c, "GET"), 200);
	return harness_int(d, ROWS_READ) - before - idle;
}

/* Whatever lies before a page, and however many have one score: a pair and its two records for each item, or one where
 * the first is that of the pair before. */
static void a_page_reads_what_it_shows(void **state)
{
	struct client c;
	const char *next;

	(void)state;
	harness_sql(d, "DELETE FROM likely_pair");
	harness_sql(d, "INSERT INTO organisation (id, version, state, created_at, updated_at, name) SELECT UNHEX(LPAD(HEX(seq), 32, '0')), 1,"
		    " 'published', '2026-01-01', '2026-01-01', CONCAT('Body ', seq) FROM seq_1_to_200");
	harness_sql(d, "INSERT INTO likely_pair (resource, first, second, score, reasons) SELECT 'organisation', UNHEX(LPAD(HEX(a.seq), 32, '0')),"
		    " UNHEX(LPAD(HEX(b.seq), 32, '0')), IF(a.seq % 9, 90, 75), 'name' FROM seq_1_to_200 a JOIN seq_1_to_200 b ON b.seq > a.seq");
	harness_sql(d, "ANALYZE TABLE likely_pair, organisation");
	assert_true(client_open(&c, &conf, authorization));
	for (int scope = 0; scope < 2; scope++) {
		snprintf(c.uri, sizeof(c.uri), "/api/v1/organisations/duplicates?limit=25");
		for (int page = 0; page < 6; page++) {
			c.authorization = scope ? NULL : authorization; /* none: published records only */
			int64_t rows = rows_of_a_page(&c);
			if (rows < 25 * 2 || rows > 26 * 3 + 20)
				fail_msg("page %d of %s reads %lld rows", page, scope ? "everybody" : "an editor", (long long)rows);
			next = memmem(c.body.p, c.body.n, "\"next\":\"", 8);
			assert_non_null(next);
			snprintf(c.uri, sizeof(c.uri), "%.*s", (int)strcspn(strstr(next, "/api/v1"), "\""), strstr(next, "/api/v1"));
		}
	}
	client_close(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pairs_hold_while_threads_change_bodies),
		cmocka_unit_test(what_is_stored_equals_what_is_computed_anew),
		cmocka_unit_test(a_common_key_pairs_within_its_country),
		cmocka_unit_test(too_many_of_one_name_in_one_country_pair_no_more),
		cmocka_unit_test(a_page_reads_what_it_shows),
	};

	if (!harness_begin())
		return HARNESS_SKIPPED;
	int failed = cmocka_run_group_tests(tests, begin, end);
	harness_end();
	return failed;
}

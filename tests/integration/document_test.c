/* SPDX-License-Identifier: Apache-2.0
 * Stored renderings against fresh ones: while several threads rename, publish, withdraw and edit, give
 * bodies former names and heirs, merge them and undo it, change recommendations and report on actions that embed
 * these, one entity tag always stands for one text, no answer is
 * older than a change acknowledged before it was asked for, and in the end every stored text is what the tables say
 * and every alias one hop. */
#include "client.h"

#include "base/hash.h"
#include "resource/document.h"
#include "resource/shape.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { VISITS = 6, BODIES = 4, WRITERS = 2, READERS = 2, CHANGES = 120, SEEN_MAX = 4096 };

static struct db *d;
static struct conf conf;
/* What callers send: nothing, and keys of different sight. */
enum caller { PUBLIC, READER, VISITS_WRITER, ADMIN, CALLERS };
static const unsigned scopes_of[CALLERS] = { 0, SCOPE_READ_PARTNER, SCOPE_WRITE_VISITS, SCOPE_ADMIN };
static char authorization[CALLERS][CLIENT_KEY_SIZE];
static char visits[VISITS][UUID_TEXT_LEN + 1], bodies[BODIES][UUID_TEXT_LEN + 1];
static char actions[VISITS][UUID_TEXT_LEN + 1]; /* each about the one recommendation of a visit */

/* The highest version that a writer was told of: of each visit, then of each action. */
enum { SHOWN = 2 * VISITS };
static atomic_ulong acknowledged[SHOWN];

static void address_of(struct client *c, unsigned shown)
{
	snprintf(c->uri, sizeof(c->uri), "/api/v1/%s/%s", shown < VISITS ? "visits" : "actions", shown < VISITS ? visits[shown] : actions[shown - VISITS]);
}

static void recommendation_of(unsigned visit, char id[UUID_TEXT_LEN + 1])
{
	snprintf(id, UUID_TEXT_LEN + 1, "01a21000-0000-7000-8000-%012u", visit);
}

/* Answers already seen: hash of address and tag → hash of the body. */
static struct {
	pthread_mutex_t lock;
	struct { uint64_t key, body; } item[SEEN_MAX];
	size_t n;
	bool broken;
	size_t compared;
} seen = { .lock = PTHREAD_MUTEX_INITIALIZER };

static bool open_as(struct client *c, enum caller caller)
{
	return client_open(c, &conf, caller == PUBLIC ? NULL : authorization[caller]);
}

static int begin(void **state)
{
	struct client c;
	char text[400];

	(void)state;
	d = harness_db(0, 0);
	if (client_register(d, &conf))
		return -1;
	for (int i = READER; i < CALLERS; i++)
		if (!client_key(d, scopes_of[i], authorization[i]))
			return -1;
	if (!open_as(&c, ADMIN))
		return -1;
	for (int i = 0; i < BODIES; i++) {
		snprintf(text, sizeof(text), "{\"name\":\"Body\",\"state\":\"published\",\"identifiers\":[{\"scheme\":\"B\",\"value\":\"%d\"}]}", i);
		client_make(&c, "organisations", text, bodies[i]);
	}
	for (int i = 0; i < VISITS; i++) {
		char recommendation[UUID_TEXT_LEN + 1];
		recommendation_of((unsigned)i, recommendation);
		snprintf(text, sizeof(text), "{\"title\":\"V\",\"state\":\"published\",\"dates\":\"2005-06\",\"parties\":[{\"role\":\"host\","
			 "\"organisation\":{\"id\":\"%s\"}}],\"recommendations\":[{\"id\":\"%s\",\"text\":\"R\"}]}", bodies[i % BODIES], recommendation);
		client_make(&c, "visits", text, visits[i]);
		snprintf(text, sizeof(text), "{\"title\":\"A\",\"state\":\"published\",\"start\":\"2005\",\"parties\":[{\"role\":\"lead\",\"organisation\":"
			 "{\"id\":\"%s\"}}],\"recommendations\":[{\"recommendation\":{\"id\":\"%s\"}}]}", bodies[(i + 1) % BODIES], recommendation);
		client_make(&c, "actions", text, actions[i]);
	}
	client_close(&c);
	return 0;
}

static int end(void **state)
{
	(void)state;
	harness_drop_tables(d);
	shape_end();
	db_free(d);
	return 0;
}

static struct str tag_line(const struct client *c)
{
	struct str rest = buf_view(&c->headers);

	while (rest.p) {
		struct str line = str_cut(rest, '\n', &rest);
		if (str_starts(line, STR("ETag: ")))
			return line;
	}
	return (struct str){ NULL, 0 };
}

/* A tag begins with the version: ETag: "12.… */
static unsigned long version_told(const struct client *c)
{
	struct str line = tag_line(c);

	return line.n > 7 ? strtoul(line.p + 7, NULL, 10) : 0;
}

static void acknowledge(unsigned visit, unsigned long version)
{
	unsigned long known = atomic_load(&acknowledged[visit]);

	while (version > known && !atomic_compare_exchange_weak(&acknowledged[visit], &known, version))
		;
}

/* A former name, which may or may not cover the visits; or an heir further on, so that no circle closes. */
static void change_history(char *text, size_t size, unsigned body, unsigned n)
{
	unsigned heir = body + 1 + n % 2;

	if (n % 3 == 0)
		snprintf(text, size, "{\"names\":[{\"name\":\"Former %u\",\"kind\":\"former\",\"to\":\"%u\"}]}", n, 2000 + n % 10);
	else if (heir < BODIES)
		snprintf(text, size, "{\"successions\":[{\"kind\":\"merged\",\"organisation\":{\"id\":\"%s\"},\"partial\":%s}]}", bodies[heir],
			 n % 5 ? "false" : "true");
	else
		snprintf(text, size, "{\"names\":[],\"successions\":[]}");
}

/* Answers of merging and undoing: done, and refused. */
static atomic_uint merges[2], undone[2];

/* One body into another, or out of it again; what is merged, or would close a circle, is refused. */
static bool merge_at_random(struct client *c, unsigned n)
{
	bool undo = n % 3 == 0;

	snprintf(c->uri, sizeof(c->uri), "/api/v1/organisations/%s/merge", bodies[n / 3 % BODIES]);
	snprintf(c->text, sizeof(c->text), "{\"into\":\"%s\"}", bodies[(n / 3 + 1 + n / 60 % (BODIES - 1)) % BODIES]);
	int status = undo ? client_ask(c, "DELETE") : client_ask(c, "POST");
	if (status == 200 || status == 409)
		atomic_fetch_add(&(undo ? undone : merges)[status == 409], 1);
	return status == 200 || status == 409 || status == 503;
}

/* Another text of a recommendation, or how far an action has come. */
static bool act_at_random(struct client *c, unsigned n)
{
	char recommendation[UUID_TEXT_LEN + 1];
	unsigned i = n / 2 % VISITS;

	if (n % 2) {
		recommendation_of(i, recommendation);
		snprintf(c->uri, sizeof(c->uri), "/api/v1/recommendations/%s", recommendation);
		snprintf(c->text, sizeof(c->text), "{\"text\":\"Text %u\"}", n);
		int status = client_ask(c, "PATCH");
		if (status == 200)
			acknowledge(i, version_told(c));
		return status == 200 || status == 503;
	}
	snprintf(c->uri, sizeof(c->uri), "/api/v1/actions/%s/updates", actions[i]);
	snprintf(c->text, sizeof(c->text), "{\"status\":\"%s\",\"date\":\"%u\"}", n % 3 ? "under_way" : "completed", 2005 + n % 7);
	int status = client_ask(c, "POST");
	if (status == 201)
		acknowledge(VISITS + i, version_told(c));
	return status == 201 || status == 503;
}

static void *write_at_random(void *arg)
{
	static const char *const states[] = { "published", "draft", "withdrawn" };
	unsigned seed = *(unsigned *)arg;
	struct client c;

	if (!open_as(&c, ADMIN))
		return (void *)(uintptr_t)"a client does not open";
	for (int i = 0; i < CHANGES; i++) {
		unsigned kind = harness_random(&seed) % 10, n = harness_random(&seed);
		if (kind > 5) {
			if (kind > 7 ? act_at_random(&c, n) : merge_at_random(&c, n))
				continue;
			fprintf(stderr, "%s %s: %d %.*s\n", c.method, c.uri, c.res.status, STR_ARG(buf_view(&c.body)));
			client_close(&c);
			return (void *)(uintptr_t)"a merge, or what is done about a recommendation, fails";
		} else if (kind > 3) {
			snprintf(c.uri, sizeof(c.uri), "/api/v1/organisations/%s", bodies[n % BODIES]);
			change_history(c.text, sizeof(c.text), n % BODIES, n);
		} else if (kind < 2) {
			snprintf(c.uri, sizeof(c.uri), "/api/v1/organisations/%s", bodies[n % BODIES]);
			if (kind == 0)
				snprintf(c.text, sizeof(c.text), "{\"name\":\"Body %u\"}", n);
			else
				snprintf(c.text, sizeof(c.text), "{\"state\":\"%s\"}", states[n % 3]);
		} else {
			snprintf(c.uri, sizeof(c.uri), "/api/v1/visits/%s", visits[n % VISITS]);
			if (kind == 2)
				snprintf(c.text, sizeof(c.text), "{\"legs\":[{\"place\":\"Place %u\"}],\"note\":\"N%u\"}", n, n % 3);
			else
				snprintf(c.text, sizeof(c.text), "{\"state\":\"%s\",\"dates\":\"%u\",\"meetings\":[{\"subject\":\"S%u\",\"seats\":"
					 "[{\"capacity\":\"host\",\"organisation\":{\"id\":\"%s\"}}]}]}", states[n % 3], 2000 + n % 12, n, bodies[n % BODIES]);
		}
		int status = client_ask(&c, "PATCH");
		bool merged = status == 409 && kind != 2 && kind != 3;
		bool circle = status == 422 && kind > 3; /* an heir that was merged into the body */
		if (status != 200 && status != 503 && !merged && !circle) { /* busy after five runs is an answer too */
			fprintf(stderr, "PATCH %s: %d %.*s\n", c.uri, status, STR_ARG(buf_view(&c.body)));
			client_close(&c);
			return (void *)(uintptr_t)"a change is refused";
		}
		if (status == 200 && (kind == 2 || kind == 3))
			acknowledge(n % VISITS, version_told(&c));
	}
	client_close(&c);
	return NULL;
}

static void remember(const struct client *c)
{
	uint64_t key = hash_64(str_from(c->uri)) * 31 + hash_64(tag_line(c)), body = hash_64(buf_view(&c->body));

	pthread_mutex_lock(&seen.lock);
	bool known = false;
	for (size_t i = 0; i < seen.n && !known; i++)
		if (seen.item[i].key == key) {
			known = true;
			seen.compared++;
			seen.broken |= seen.item[i].body != body;
		}
	if (!known && seen.n < SEEN_MAX) {
		seen.item[seen.n].key = key;
		seen.item[seen.n++].body = body;
	}
	pthread_mutex_unlock(&seen.lock);
}

static void *read_at_random(void *arg)
{
	unsigned seed = *(unsigned *)arg;
	struct client c;

	if (!open_as(&c, seed % 2 ? VISITS_WRITER : PUBLIC))
		return (void *)(uintptr_t)"a client does not open";
	for (int i = 0; i < CHANGES * 6; i++) {
		unsigned n = harness_random(&seed) % SHOWN;
		unsigned long least = atomic_load(&acknowledged[n]);
		address_of(&c, n);
		int status = client_ask(&c, "GET");
		bool old = status == 200 && version_told(&c) < least;
		if (status == 200)
			remember(&c);
		if (old || (status != 200 && status != 404)) {
			client_close(&c);
			return (void *)(uintptr_t)(old ? "a read is older than a change known before it" : "a read fails");
		}
	}
	client_close(&c);
	return NULL;
}

static void one_tag_stands_for_one_text(void **state)
{
	pthread_t threads[WRITERS + READERS];
	unsigned seeds[WRITERS + READERS] = { 11, 22, 33, 44 };
	void *said;

	(void)state;
	for (int i = 0; i < WRITERS + READERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, i < WRITERS ? write_at_random : read_at_random, &seeds[i]), 0);
	for (int i = 0; i < WRITERS + READERS; i++) {
		assert_int_equal(pthread_join(threads[i], &said), 0);
		if (said)
			fail_msg("%s", (const char *)said);
	}
	assert_false(seen.broken);
	assert_true(seen.compared > 100);
}

static void every_stored_text_equals_a_fresh_one(void **state)
{
	struct client c;

	(void)state;
	for (int v = PUBLIC; v < CALLERS; v++) {
		assert_true(open_as(&c, (enum caller)v));
		for (unsigned i = 0; i < SHOWN; i++) {
			address_of(&c, i);
			int first = client_ask(&c, "GET");
			uint64_t stored = hash_64(buf_view(&c.body));
			assert_int_equal(client_ask(&c, "GET"), first);
			if (first == 200) {
				assert_true(hash_64(buf_view(&c.body)) == stored);
				assert_true(harness_int(d, "SELECT COUNT(*) FROM document") > 0);
				harness_sql(d, "DELETE FROM document");
				assert_int_equal(client_ask(&c, "GET"), 200);
				assert_true(hash_64(buf_view(&c.body)) == stored);
			}
		}
		client_close(&c);
	}
}

static void aliases_are_one_hop_and_lead_where_they_were_asked_to(void **state)
{
	(void)state;
	if (!merges[0] || !merges[1] || !undone[0] || !undone[1])
		fail_msg("%u merged, %u refused, %u undone, %u not merged", merges[0], merges[1], undone[0], undone[1]);
	print_message("%u merged, %u refused, %u undone, %u not merged\n", merges[0], merges[1], undone[0], undone[1]);
	assert_int_equal(harness_int(d, "SELECT COUNT(*) FROM organisation WHERE (merged_into IS NULL) <> (merge_asked IS NULL)"), 0);
	assert_int_equal(harness_int(d, "SELECT COUNT(*) FROM organisation a JOIN organisation b ON b.id = a.merged_into"
				     " WHERE b.merged_into IS NOT NULL"), 0);
	/* the record asked for answers, or was merged into the same one */
	assert_int_equal(harness_int(d, "SELECT COUNT(*) FROM organisation a JOIN organisation b ON b.id = a.merge_asked"
				     " WHERE COALESCE(b.merged_into, b.id) <> a.merged_into"), 0);
	/* every version has its change row */
	assert_int_equal(harness_int(d, "SELECT COUNT(*) FROM organisation o WHERE version <> (SELECT COUNT(*) FROM change_log c"
				     " WHERE c.type = 'organisation' AND c.id = o.id)"), 0);
	/* numbers of all that came to a record find it, and nobody else */
	assert_int_equal(harness_int(d, "SELECT COUNT(*) FROM organisation o JOIN organisation_identifier i ON i.parent = o.id WHERE NOT EXISTS"
				     " (SELECT 1 FROM facet f WHERE f.facet = 'organisation.identifier' AND f.value = CONCAT(i.scheme, '-', i.value)"
				     " AND f.id = COALESCE(o.merged_into, o.id))"), 0);
	assert_int_equal(harness_int(d, "SELECT COUNT(*) FROM facet WHERE facet = 'organisation.identifier'"), BODIES);

	/* and all comes apart again */
	struct client c;
	assert_true(open_as(&c, ADMIN));
	for (int i = 0; i < BODIES * BODIES; i++) {
		snprintf(c.uri, sizeof(c.uri), "/api/v1/organisations/%s/merge", bodies[i % BODIES]);
		int status = client_ask(&c, "DELETE");
		assert_true(status == 200 || status == 409);
	}
	client_close(&c);
	assert_int_equal(harness_int(d, "SELECT COUNT(*) FROM organisation WHERE merged_into IS NOT NULL OR merge_asked IS NOT NULL"), 0);
	assert_int_equal(harness_int(d, "SELECT COUNT(*) FROM facet f JOIN organisation_identifier i ON f.value = CONCAT(i.scheme, '-', i.value)"
				     " WHERE f.facet = 'organisation.identifier' AND f.id = i.parent"), BODIES);
}

static void change(struct client *c, const char *path, const char *id)
{
	snprintf(c->uri, sizeof(c->uri), "/api/v1/%s/%s", path, id);
	if (client_ask(c, "PATCH") != 200)
		fail_msg("PATCH %s: %d %.*s", c->uri, c->res.status, STR_ARG(buf_view(&c->body)));
}

/* Among the random changes others renew the texts; here nothing else does. */
static void a_history_shows_in_stored_texts(void **state)
{
	struct client writer, reader;
	uint64_t shown = 0;
	unsigned moved = 0;

	(void)state;
	assert_true(open_as(&writer, ADMIN) && open_as(&reader, PUBLIC));
	for (int i = 0; i < BODIES; i++) {
		snprintf(writer.text, sizeof(writer.text), "{\"state\":\"published\",\"names\":[],\"successions\":[]}");
		change(&writer, "organisations", bodies[i]);
	}
	snprintf(writer.text, sizeof(writer.text), "{\"state\":\"published\",\"dates\":\"2005-06\"}");
	change(&writer, "visits", visits[0]); /* hosted by the first body */
	for (unsigned n = 0; n < 30; n++) {
		change_history(writer.text, sizeof(writer.text), n / 3 % 2, n);
		change(&writer, "organisations", bodies[n / 3 % 2]);
		snprintf(reader.uri, sizeof(reader.uri), "/api/v1/visits/%s", visits[0]);
		assert_int_equal(client_ask(&reader, "GET"), 200);
		uint64_t stored = hash_64(buf_view(&reader.body));
		harness_sql(d, "DELETE FROM document");
		assert_int_equal(client_ask(&reader, "GET"), 200);
		assert_true(hash_64(buf_view(&reader.body)) == stored);
		moved += shown && shown != stored;
		shown = stored;
	}
	assert_true(moved > 5);
	client_close(&writer);
	client_close(&reader);
}

/* An action embeds the words of a recommendation, and not those of a visit that is no longer public. */
static void a_recommendation_shows_in_stored_texts(void **state)
{
	static const char *const states[] = { "published", "withdrawn", "published" };
	struct client writer, reader;
	char recommendation[UUID_TEXT_LEN + 1];

	(void)state;
	assert_true(open_as(&writer, ADMIN) && open_as(&reader, PUBLIC));
	recommendation_of(0, recommendation);
	snprintf(reader.uri, sizeof(reader.uri), "/api/v1/actions/%s", actions[0]);
	for (int i = 0; i < 3; i++) {
		char text[20];
		snprintf(writer.text, sizeof(writer.text), "{\"state\":\"%s\"}", states[i]);
		change(&writer, "visits", visits[0]);
		assert_int_equal(client_ask(&reader, "GET"), 200);
		snprintf(text, sizeof(text), "Words %d", i);
		snprintf(writer.text, sizeof(writer.text), "{\"text\":\"%s\"}", text);
		change(&writer, "recommendations", recommendation);
		assert_int_equal(client_ask(&reader, "GET"), 200);
		assert_int_equal(memmem(reader.body.p, reader.body.n, text, strlen(text)) != NULL, i != 1);
	}
	client_close(&writer);
	client_close(&reader);
}

/* Who rendered before a change comes too late to store after it. */
static void a_late_text_is_not_stored(void **state)
{
	const struct shape *s = shape_by_path(STR("visits"))->shape;
	struct ctx x = { .arena = arena_new(1 << 20), .db = d, .base_url = STR("/late"), .epoch = 1 };
	struct document old, now = { 0 };
	struct uuid id;

	(void)state;
	x.view.letter = 'w';
	assert_true(uuid_parse(str_from(visits[0]), &id));
	document_name(&x, "late", &old);
	assert_int_equal(document_head(&x, s, id, &now), ERR_OK);
	old.version = now.version - 1;
	document_store(&x, s, id, &old, STR("text"));
	assert_int_equal(harness_int(d, "SELECT COUNT(*) FROM document WHERE build = 'late'"), 0);
	old.version = now.version;
	document_store(&x, s, id, &old, STR("text"));
	assert_int_equal(harness_int(d, "SELECT COUNT(*) FROM document WHERE build = 'late'"), 1);
	assert_int_equal(document_read(&x, s, id, &old), ERR_OK);
	assert_string_equal(old.body.p, "text");
	assert_int_equal(old.version, now.version);
	assert_true(str_eq(old.updated_at, now.updated_at));
	harness_sql(d, "DELETE FROM document");
	arena_free(x.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_tag_stands_for_one_text),
		cmocka_unit_test(every_stored_text_equals_a_fresh_one),
		cmocka_unit_test(aliases_are_one_hop_and_lead_where_they_were_asked_to),
		cmocka_unit_test(a_history_shows_in_stored_texts),
		cmocka_unit_test(a_recommendation_shows_in_stored_texts),
		cmocka_unit_test(a_late_text_is_not_stored),
	};

	if (!harness_begin())
		return HARNESS_SKIPPED;
	int failed = cmocka_run_group_tests(tests, begin, end);
	harness_end();
	return failed;
}

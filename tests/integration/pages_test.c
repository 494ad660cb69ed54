/* SPDX-License-Identifier: Apache-2.0
 * Kept pages of lists and kept records: they are given again while nobody has changed anything, each kind of change ends them, views do
 * not mix, and while threads change bodies no list is older than a change known before it was asked for. */
#include "client.h"

#include "app/pages.h"
#include "base/clock.h"
#include "base/metric.h"
#include "http/etag.h"
#include "register/install.h"
#include "resource/shape.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BODIES = 3, READERS = 3, CHANGES = 150, NOW_MS = 1780000000 };

static struct db *d;
static struct conf conf;
static char admin[CLIENT_KEY_SIZE], bodies[BODIES][UUID_TEXT_LEN + 1];
static atomic_uint acknowledged[BODIES], running;

static int begin(void **state)
{
	struct client c;
	char text[100];

	(void)state;
	d = harness_db(0, 0);
	if (metric_init() || client_register(d, &conf) || !client_key(d, SCOPE_ADMIN, admin) || !client_open(&c, &conf, admin))
		return -1;
	metric_join();
	for (int i = 0; i < BODIES; i++) {
		snprintf(text, sizeof(text), "{\"name\":\"Body %d\",\"acronym\":\"N0\",\"state\":\"published\"}", i);
		client_make(&c, "organisations", text, bodies[i]);
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

/* The body of the answer, which the next request would overwrite. */
static char *page(struct client *c, const char *path)
{
	client_must(c, "GET", path, 200);
	return strndup(c->body.p, c->body.n);
}

/* Asks until the page is kept, and that it is one page; the caller frees it. */
static char *kept_page(struct client *c, const char *path)
{
	char *text = page(c, path);

	for (int i = 0; i < 2; i++) { /* looked for in vain the first time and, perhaps, made to be kept the second */
		free(text);
		text = page(c, path);
	}
	uint64_t hits = metric_sum(METRIC_PAGE_HITS), headers = c->headers.n;
	char *again = page(c, path);
	assert_string_equal(again, text);
	assert_int_equal(metric_sum(METRIC_PAGE_HITS), hits + 1);
	assert_int_equal(c->headers.n, headers);
	free(again);
	return text;
}

static void a_list_asked_for_once_is_not_kept(void **state)
{
	struct client c;

	(void)state;
	assert_true(client_open(&c, &conf, NULL));
	uint64_t hits = metric_sum(METRIC_PAGE_HITS);
	for (int i = 1; i < 20; i++) {
		char path[100];
		snprintf(path, sizeof(path), "organisations?limit=%d", i);
		free(page(&c, path));
	}
	assert_int_equal(metric_sum(METRIC_PAGE_HITS), hits);
	free(kept_page(&c, "organisations?limit=2")); /* with the address of the next one in a header */
	client_close(&c);
}

static const struct change {
	const char *method, *below, *text; /* below: after /organisations, % stands for the body that changes */
	int status;
	const char *list;                  /* what it changes */
} changes[] = {
	{ "POST", "", "{\"name\":\"Fourth\",\"state\":\"published\"}", 201, "organisations?fields=name" },
	{ "PATCH", "/%", "{\"name\":\"Renamed\"}", 200, "organisations?fields=name" },
	{ "PATCH", "/%", "{\"names\":[{\"name\":\"Nachtigall\",\"kind\":\"former\"}]}", 200, "organisations?q=nachtigall" },
	{ "PATCH", "/%", "{\"state\":\"withdrawn\"}", 200, "organisations?fields=name" },
	{ "PATCH", "/%", "{\"state\":\"published\"}", 200, "organisations?count=exact&limit=1" },
	{ "POST", "/%/merge", NULL, 200, "organisations?fields=name" }, /* into the first body */
	{ "DELETE", "/%/merge", "", 200, "organisations?fields=name" },
	{ "DELETE", "/%", "", 204, "organisations?fields=name" },
};

static void each_kind_of_change_ends_a_page(void **state)
{
	struct client writer, reader;
	char path[100], id[UUID_TEXT_LEN + 1];

	(void)state;
	assert_true(client_open(&writer, &conf, admin) && client_open(&reader, &conf, NULL));
	client_make(&writer, "organisations", "{\"name\":\"Changing\",\"state\":\"published\"}", id);
	for (const struct change *h = changes; h < changes + sizeof(changes) / sizeof(*changes); h++) {
		char *before = kept_page(&reader, h->list);
		snprintf(path, sizeof(path), "organisations%.1s%s%s", h->below, h->below[0] ? id : "", h->below[0] ? h->below + 2 : "");
		if (h->text)
			snprintf(writer.text, sizeof(writer.text), "%s", h->text);
		else
			snprintf(writer.text, sizeof(writer.text), "{\"into\":\"%s\"}", bodies[0]);
		client_must(&writer, h->method, path, h->status);
		char *after = page(&reader, h->list);
		if (strcmp(before, after) == 0)
			fail_msg("%s %s does not show in %s", h->method, path, h->list);
		free(before);
		free(after);
	}
	client_close(&writer);
	client_close(&reader);
}

/* Asks until the record comes from memory, which after a change it does not for a while; the caller frees it. */
static char *kept_record(struct client *c, const char *path)
{
	for (int i = 0; i < 200; i++) {
		uint64_t hits = metric_sum(METRIC_PAGE_HITS);
		char *text = page(c, path);
		if (metric_sum(METRIC_PAGE_HITS) > hits)
			return text;
		free(text);
		usleep(5000);
	}
	fail_msg("%s is never kept", path);
	return NULL;
}

static void path_of(char out[100], const char *id)
{
	snprintf(out, 100, "organisations/%s", id);
}

/* The value of a header of the latest answer, in the arena of the request. */
static const char *header(struct client *c, const char *name)
{
	buf_char(&c->headers, '\0');
	char *at = strstr(c->headers.p, name);
	assert_non_null(at);
	at += strlen(name);
	at[strcspn(at, "\r\n")] = '\0';
	return at;
}

static void a_record_is_kept(void **state)
{
	char path[100], tag[ETAG_MAX], time[CLOCK_HTTP_LEN + 1];
	struct client c;

	(void)state;
	assert_true(client_open(&c, &conf, NULL));
	path_of(path, bodies[0]);
	char *first = page(&c, path);
	snprintf(tag, sizeof(tag), "%s", header(&c, "ETag: "));
	char *kept = kept_record(&c, path);
	uint64_t length = c.headers.n;
	assert_string_equal(kept, first);
	assert_string_equal(header(&c, "ETag: "), tag);
	free(page(&c, path));
	assert_int_equal(c.headers.n, length);
	snprintf(time, sizeof(time), "%s", header(&c, "Last-Modified: "));
	/* 304 from memory has the same headers, and a tag of before is answered in full */
	c.if_none_match = tag;
	uint64_t hits = metric_sum(METRIC_PAGE_HITS);
	client_must(&c, "GET", path, 304);
	assert_int_equal(metric_sum(METRIC_PAGE_HITS), hits + 1);
	assert_int_equal(c.body.n, 0);
	assert_string_equal(header(&c, "Last-Modified: "), time);
	c.if_none_match = "\"0.0.0.p.j\"";
	client_must(&c, "GET", path, 200);
	assert_int_equal(metric_sum(METRIC_PAGE_HITS), hits + 2);
	assert_int_equal(c.body.n, strlen(first));
	free(first);
	free(kept);
	client_close(&c);
}

/* Who only ever asks whether it is new is answered from memory, too, and whoever wants the record gets it. */
static void a_record_only_asked_about_is_kept_without_its_body(void **state)
{
	char path[100], tag[ETAG_MAX], id[UUID_TEXT_LEN + 1];
	struct client c, writer;

	(void)state;
	assert_true(client_open(&c, &conf, NULL) && client_open(&writer, &conf, admin));
	client_make(&writer, "organisations", "{\"name\":\"Asked about\",\"state\":\"published\"}", id);
	path_of(path, id);
	free(page(&c, path));
	snprintf(tag, sizeof(tag), "%s", header(&c, "ETag: "));
	usleep(2000 * PAGES_QUIET_MS);
	c.if_none_match = tag;
	uint64_t hits = metric_sum(METRIC_PAGE_HITS);
	for (int i = 0; i < 20; i++) {
		client_must(&c, "GET", path, 304);
		usleep(5000);
	}
	assert_true(metric_sum(METRIC_PAGE_HITS) > hits);
	c.if_none_match = NULL;
	char *again = page(&c, path);
	assert_non_null(strstr(again, id));
	free(again);
	client_close(&c);
	client_close(&writer);
}

static void each_kind_of_change_ends_a_record(void **state)
{
	static const struct { const char *method, *below, *text; int status, then; } steps[] = {
		{ "PATCH", "", "{\"acronym\":\"CR\"}", 200, 200 },
		{ "PATCH", "", "{\"names\":[{\"name\":\"Nightingale\",\"kind\":\"former\"}]}", 200, 200 },
		{ "PATCH", "", "{\"state\":\"withdrawn\"}", 200, 404 },
		{ "PATCH", "", "{\"state\":\"published\"}", 200, 200 },
		{ "POST", "/merge", NULL, 200, 308 },
		{ "DELETE", "/merge", "", 200, 200 },
		{ "DELETE", "", "", 204, 410 },
	};
	char path[100], change[200], parent[100], id[UUID_TEXT_LEN + 1], child[UUID_TEXT_LEN + 1], text[200];
	struct client writer, reader;

	(void)state;
	assert_true(client_open(&writer, &conf, admin) && client_open(&reader, &conf, NULL));
	client_make(&writer, "organisations", "{\"name\":\"Changing record\",\"state\":\"published\"}", id);
	path_of(path, id);
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		char *before = i == 3 || i == 5 ? NULL : kept_record(&reader, path); /* else nothing is there to be kept */
		snprintf(change, sizeof(change), "%s%s", path, steps[i].below);
		if (steps[i].text)
			snprintf(writer.text, sizeof(writer.text), "%s", steps[i].text);
		else
			snprintf(writer.text, sizeof(writer.text), "{\"into\":\"%s\"}", bodies[0]);
		client_must(&writer, steps[i].method, change, steps[i].status);
		client_must(&reader, "GET", path, steps[i].then);
		if (before && steps[i].then == 200)
			assert_int_not_equal(strncmp(before, reader.body.p, strlen(before)), 0);
		free(before);
	}
	/* what it embeds of another */
	client_make(&writer, "organisations", "{\"name\":\"Parent before\",\"state\":\"published\"}", id);
	path_of(parent, id);
	snprintf(text, sizeof(text), "{\"name\":\"Child\",\"parent\":{\"id\":\"%s\"},\"state\":\"published\"}", id);
	client_make(&writer, "organisations", text, child);
	path_of(path, child);
	char *before = kept_record(&reader, path);
	assert_non_null(strstr(before, "Parent before"));
	snprintf(writer.text, sizeof(writer.text), "{\"name\":\"Parent after\"}");
	client_must(&writer, "PATCH", parent, 200);
	char *after = page(&reader, path);
	assert_non_null(strstr(after, "Parent after"));
	free(before);
	free(after);
	client_close(&writer);
	client_close(&reader);
}

static void views_of_a_record_do_not_mix(void **state)
{
	struct client editor, everybody;
	char path[100], id[UUID_TEXT_LEN + 1];

	(void)state;
	assert_true(client_open(&editor, &conf, admin) && client_open(&everybody, &conf, NULL));
	client_make(&editor, "organisations", "{\"name\":\"A draft\",\"state\":\"draft\"}", id);
	path_of(path, id);
	free(kept_record(&editor, path));
	client_must(&everybody, "GET", path, 404);
	client_close(&editor);
	client_close(&everybody);
}

static void new_labels_end_a_page(void **state)
{
	static const char list[] = "organisations?labels=fr&fields=name,type";
	struct arena *a = arena_new(8 << 20);
	struct client writer, reader;
	char id[UUID_TEXT_LEN + 1];
	size_t added;

	(void)state;
	assert_true(client_open(&writer, &conf, admin) && client_open(&reader, &conf, NULL));
	client_make(&writer, "organisations", "{\"name\":\"Of a type\",\"type\":\"10\",\"state\":\"published\"}", id);
	harness_sql(d, "UPDATE code SET label_fr = 'Autre' WHERE list = 'organisation_type' AND code = '10'");
	harness_sql(d, "UPDATE label_epoch SET epoch = epoch + 1");
	char *before = kept_page(&reader, list);
	assert_non_null(strstr(before, "\"Autre\""));
	harness_sql(d, "DELETE FROM code WHERE list = 'organisation_type' AND code = '10'");
	assert_int_equal(install_codelists(d, a, &added), ERR_OK);
	assert_int_equal(added, 1);
	char *after = page(&reader, list);
	assert_null(strstr(after, "\"Autre\""));
	free(before);
	free(after);
	arena_free(a);
	client_close(&writer);
	client_close(&reader);
}

static void views_do_not_mix(void **state)
{
	struct client editor, everybody;
	char id[UUID_TEXT_LEN + 1];

	(void)state;
	assert_true(client_open(&editor, &conf, admin) && client_open(&everybody, &conf, NULL));
	client_make(&editor, "organisations", "{\"name\":\"Draft\",\"state\":\"draft\"}", id);
	char *full = kept_page(&editor, "organisations?fields=id"), *open = kept_page(&everybody, "organisations?fields=id");
	assert_non_null(strstr(full, id));
	assert_null(strstr(open, id));
	free(full);
	free(open);
	client_close(&editor);
	client_close(&everybody);
}

/* A program from before the counting may run beside this one: what it changes is seen after ten seconds. */
static void a_page_is_not_kept_for_long(void **state)
{
	struct client c;

	(void)state;
	assert_true(client_open(&c, &conf, NULL));
	clock_set_ms((uint64_t)NOW_MS * 1000);
	char *before = kept_page(&c, "organisations?fields=website");
	harness_sql(d, "UPDATE organisation SET website = 'https://uncounted.example'");
	clock_set_ms((uint64_t)NOW_MS * 1000 + 9999);
	char *still = page(&c, "organisations?fields=website");
	clock_set_ms((uint64_t)NOW_MS * 1000 + 10000);
	char *after = page(&c, "organisations?fields=website");
	clock_set_ms(0);
	assert_string_equal(still, before);
	assert_string_not_equal(after, before);
	free(before);
	free(still);
	free(after);
	client_close(&c);
}

/* A writer for each body gives it higher and higher numbers. */
static void *write_numbers(void *arg)
{
	size_t i = (size_t)(uintptr_t)arg;
	struct client c;
	const char *said = NULL;

	if (!client_open(&c, &conf, admin))
		said = "a client does not open";
	for (unsigned n = 1; n <= CHANGES && !said; n++) {
		snprintf(c.uri, sizeof(c.uri), "/api/v1/organisations/%s", bodies[i]);
		snprintf(c.text, sizeof(c.text), "{\"acronym\":\"N%u\"}", n);
		int status = client_ask(&c, "PATCH");
		if (status == 200)
			atomic_store(&acknowledged[i], n);
		else if (status != 503)
			said = "a change is refused";
	}
	client_close(&c);
	atomic_fetch_sub(&running, 1);
	return (void *)(uintptr_t)said;
}

/* The body's number in a list; -1: it is not there. */
static long number_told(const char *text, const char *id)
{
	const char *at = strstr(text, id);

	at = at ? strstr(at, "\"acronym\":\"N") : NULL;
	return at ? strtol(at + strlen("\"acronym\":\"N"), NULL, 10) : -1;
}

static void *read_numbers(void *arg)
{
	static const char *const uris[] = { "?fields=id,acronym", "?fields=id,acronym&sort=-name", "?q=body" };
	const char *said = NULL;
	struct client c;

	if (!client_open(&c, &conf, arg))
		return (void *)(uintptr_t)"a client does not open";
	for (unsigned n = 0; atomic_load(&running) && !said; n++) {
		long least[BODIES];
		for (size_t i = 0; i < BODIES; i++)
			least[i] = (long)atomic_load(&acknowledged[i]);
		size_t body = n / 4 % 6; /* a list, or one of them */
		snprintf(c.uri, sizeof(c.uri), "/api/v1/organisations%s%s", body < BODIES ? "/" : "", body < BODIES ? bodies[body] : uris[body - BODIES]);
		if (client_ask(&c, "GET") != 200) {
			said = "a read fails";
			break;
		}
		buf_char(&c.body, '\0');
		for (size_t i = 0; i < BODIES; i++)
			if ((body >= BODIES || body == i) && number_told(c.body.p, bodies[i]) < least[i])
				said = "an answer is older than a change known before it";
	}
	client_close(&c);
	return (void *)(uintptr_t)said;
}

static void no_answer_is_older_than_what_is_known(void **state)
{
	pthread_t threads[BODIES + READERS];
	void *said;

	(void)state;
	uint64_t hits = metric_sum(METRIC_PAGE_HITS), misses = metric_sum(METRIC_PAGE_MISSES);
	atomic_store(&running, BODIES);
	for (size_t i = 0; i < BODIES; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, write_numbers, (void *)(uintptr_t)i), 0);
	for (size_t i = 0; i < READERS; i++)
		assert_int_equal(pthread_create(&threads[BODIES + i], NULL, read_numbers, i % 2 ? admin : NULL), 0);
	for (size_t i = 0; i < BODIES + READERS; i++) {
		assert_int_equal(pthread_join(threads[i], &said), 0);
		if (said)
			fail_msg("%s", (const char *)said);
	}
	assert_true(metric_sum(METRIC_PAGE_HITS) > hits);
	assert_true(metric_sum(METRIC_PAGE_MISSES) > misses);
}

static void nothing_is_kept_without_room(void **state)
{
	struct conf none = conf;
	struct client c;
	char path[100];

	(void)state;
	none.page_memory_bytes = 0;
	assert_true(client_open(&c, &none, NULL));
	uint64_t looks = metric_sum(METRIC_PAGE_HITS) + metric_sum(METRIC_PAGE_MISSES);
	path_of(path, bodies[0]);
	for (int i = 0; i < 4; i++) {
		free(page(&c, "organisations"));
		free(page(&c, path));
	}
	assert_int_equal(metric_sum(METRIC_PAGE_HITS) + metric_sum(METRIC_PAGE_MISSES), looks);
	client_close(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_asked_for_once_is_not_kept),
		cmocka_unit_test(each_kind_of_change_ends_a_page),
		cmocka_unit_test(a_record_is_kept),
		cmocka_unit_test(a_record_only_asked_about_is_kept_without_its_body),
		cmocka_unit_test(each_kind_of_change_ends_a_record),
		cmocka_unit_test(views_of_a_record_do_not_mix),
		cmocka_unit_test(new_labels_end_a_page),
		cmocka_unit_test(views_do_not_mix),
		cmocka_unit_test(a_page_is_not_kept_for_long),
		cmocka_unit_test(no_answer_is_older_than_what_is_known),
		cmocka_unit_test(nothing_is_kept_without_room),
	};

	if (!harness_begin())
		return HARNESS_SKIPPED;
	int failed = cmocka_run_group_tests(tests, begin, end);
	harness_end();
	return failed;
}

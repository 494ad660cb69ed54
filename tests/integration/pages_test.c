/* SPDX-License-Identifier: Apache-2.0
 * Kept pages of lists: they are given again while nobody has changed anything, each kind of change ends them, views do
 * not mix, and while threads change bodies no list is older than a change known before it was asked for. */
#include "client.h"

#include "base/clock.h"
#include "base/metric.h"
#include "register/install.h"
#include "resource/shape.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

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
	static const char *const uris[] = { "/api/v1/organisations?fields=id,acronym", "/api/v1/organisations?fields=id,acronym&sort=-name",
					    "/api/v1/organisations?q=body" };
	const char *said = NULL;
	struct client c;

	if (!client_open(&c, &conf, arg))
		return (void *)(uintptr_t)"a client does not open";
	for (unsigned n = 0; atomic_load(&running) && !said; n++) {
		long least[BODIES];
		for (size_t i = 0; i < BODIES; i++)
			least[i] = (long)atomic_load(&acknowledged[i]);
		snprintf(c.uri, sizeof(c.uri), "%s", uris[n / 4 % 3]);
		if (client_ask(&c, "GET") != 200) {
			said = "a list fails";
			break;
		}
		buf_char(&c.body, '\0');
		for (size_t i = 0; i < BODIES; i++)
			if (number_told(c.body.p, bodies[i]) < least[i])
				said = "a list is older than a change known before it";
	}
	client_close(&c);
	return (void *)(uintptr_t)said;
}

static void no_list_is_older_than_what_is_known(void **state)
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

	(void)state;
	none.page_memory_bytes = 0;
	assert_true(client_open(&c, &none, NULL));
	uint64_t looks = metric_sum(METRIC_PAGE_HITS) + metric_sum(METRIC_PAGE_MISSES);
	for (int i = 0; i < 4; i++)
		free(page(&c, "organisations"));
	assert_int_equal(metric_sum(METRIC_PAGE_HITS) + metric_sum(METRIC_PAGE_MISSES), looks);
	client_close(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_asked_for_once_is_not_kept),
		cmocka_unit_test(each_kind_of_change_ends_a_page),
		cmocka_unit_test(new_labels_end_a_page),
		cmocka_unit_test(views_do_not_mix),
		cmocka_unit_test(a_page_is_not_kept_for_long),
		cmocka_unit_test(no_list_is_older_than_what_is_known),
		cmocka_unit_test(nothing_is_kept_without_room),
	};

	if (!harness_begin())
		return HARNESS_SKIPPED;
	int failed = cmocka_run_group_tests(tests, begin, end);
	harness_end();
	return failed;
}

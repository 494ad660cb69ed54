/* SPDX-License-Identifier: Apache-2.0
 * Every SQL text the engine makes, against tests/golden/sql.txt, so that reviewers read SQL.
 * With ZIARA_TEST_GOLDEN_WRITE=1 the file is written anew: read the difference before committing it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "app/engagements.h"
#include "register/registry.h"
#include "resource/list.h"
#include "resource/list_words.h"

#include <stdio.h>
#include <stdlib.h>

static struct buf text;

static void fixed(void)
{
	for (size_t i = 0; i < shape_count(); i++) {
		const struct shape *s = shape_at(i);
		buf_printf(&text, "-- %s\nSELECT %s\n  FROM %s\n%s\n%s\n%s\n\n", s->table, s->columns, s->from, s->insert,
			   s->update, s->delete_row);
	}
}

static struct str parameter(void *arg, const char *name)
{
	if (strcmp(name, "REQUEST_METHOD") == 0)
		return STR("GET");
	if (strcmp(name, "REQUEST_URI") == 0)
		return str_from(arg);
	if (strcmp(name, "ZIARA_PREFIX") == 0)
		return STR("/api/v1");
	return (struct str){ NULL, 0 };
}

/* The first n_posted of the words that the database would say its first word begins. */
static void list_posted_as(const char *path, const char *query, bool restricted, size_t n_posted, bool to_check)
{
	static struct db_value stored[] = { { DB_TEXT, 0, { "interior", 8 } }, { DB_TEXT, 0, { "interiors", 9 } }, { DB_TEXT, 0, { "interiorum", 10 } } };
	struct arena *a = arena_new(4 << 20);
	struct http_request *r = arena_alloc(a, sizeof(*r));
	struct list_query *q = arena_alloc(a, sizeof(*q));
	struct problem *p = arena_alloc(a, sizeof(*p));
	struct list_sql *sql = arena_alloc(a, sizeof(*sql));
	struct ctx x = { .arena = a, .problem = p, .view = view_of(SCOPE_ADMIN) };
	struct str uri = arena_printf(a, "/api/v1/%s?%s", path, query);

	/* What is part of a programme is asked of the database for a public caller: here it is put in. */
	bool below = restricted && strstr(query, "programme=");
	if (restricted && !below)
		x.view = view_of(0);
	problem_reset(p, a);
	x.codes = codes_new();
	assert_int_equal(http_request_read(r, a, parameter, (void *)uri.p, p), ERR_OK);
	enum err e = list_parse(&x, shape_by_path(str_from(path)), r, q);
	if (e)
		fail_msg("%s?%s: %s %s", path, query, err_name(e), p->n_faults ? p->faults[0].detail : "");
	if (below) {
		x.view = view_of(0);
		for (size_t i = 0; i < q->n_terms; i++)
			if (strcmp(q->terms[i].facet, "visit.programme") == 0) {
				q->terms[i].own = &q->served->root->leaves[shape_leaf(q->served->root, STR("programme"))];
				q->terms[i].below = q->terms[i].v;
				q->terms[i].n_below = 1;
			}
	}
	q->after = strstr(query, "limit=7") != NULL; /* with a cursor */
	if (n_posted) {
		q->terms[0].posted = stored;
		q->terms[0].n_posted = n_posted;
		q->terms[0].to_check = to_check;
	}
	for (int count = 0; count < (q->count ? 2 : 1); count++) {
		assert_int_equal(list_sql(&x, q, count, sql), ERR_OK);
		buf_printf(&text, "-- %s %s?%s%s\n%s\n\n", restricted ? "public" : "writer", path, query, to_check ? " (in the order of names, and whether the words still are these)" : n_posted ? " (in the order of names)" : "",
			   sql->text.p);
		size_t places = 0;
		for (const char *at = strchr(sql->text.p, '?'); at; at = strchr(at + 1, '?'))
			places++;
		assert_int_equal(places, sql->n);
		buf_free(&sql->text);
	}
	const struct term *words = list_words(q);
	if (words && words->n > 1 && !n_posted) {
		sql->n = 0;
		buf_init(&sql->text, 8192);
		list_words_guess(sql, q, words);
		buf_char(&sql->text, '\0');
		buf_printf(&text, "-- which word of %s is the rarest\n%s\n\n", query, sql->text.p);
		buf_free(&sql->text);
	}
	codes_free(x.codes);
	arena_free(a);
}

static void list(const char *path, const char *query, bool restricted)
{
	list_posted_as(path, query, restricted, 0, false);
}

#define ID "01890000-0000-7000-8000-000000000001"

static void lists(void)
{
	static const char *const visits[] = {
		"", "limit=7", "sort=title&limit=7", "sort=-dates,title&limit=7", "dates.overlaps=2018-07&count=exact",
		"dates.gte=2018&dates.lt=2019", "title.prefix=a&sort=title", "title.contains=a", "programme=" ID,
		"programme=" ID "&limit=7", "organisation=" ID "&person=" ID, "organisation=" ID "&sort=title",
		"programme.null=true", "identifier=KE-NCM-1", "id.in=" ID "," ID, "updated_at.gte=2026-01-01",
		"delegation_size.gte=10", "clearance.reference.null=true", "return_report.due.lt=2026",
	};

	for (size_t i = 0; i < sizeof(visits) / sizeof(*visits); i++) {
		list("visits", visits[i], true);
		list("visits", visits[i], false);
	}
	list("visits", "q=labour%20m&limit=7", true);
	list("visits", "q=labour&organisation=" ID "&sort=-dates", true);
	list("visits", "q=labour&ref=R7&organisation=" ID "&sort=-dates", false);
	list("organisations", "q=interior%20kenya&count=exact", false);
	list("organisations", "q=interior%20kenya&acronym=MoI", true);
	list_posted_as("organisations", "q=interior%20kenya", false, 1, false);
	list_posted_as("organisations", "q=interior%20kenya", true, 1, true);
	list_posted_as("organisations", "q=interior&fields=names", true, 1, false);
	list_posted_as("organisations", "q=interior&fields=names", true, 3, false);
	list_posted_as("organisations", "q=interior&sort=-name&limit=7", true, 3, false);
	list_posted_as("organisations", "q=interior&sort=-name&limit=7", false, 3, true);
	list("recommendations", "visit=" ID "&due.lte=2026", true);
	list("learnings", "programme=" ID "&limit=7", true);
	list("organisations", "parent=" ID, true);
	list("organisations", "parent=" ID, false);
	list("programmes", "parent=" ID "&sort=-dates", true);
	list("actions", "recommendation=" ID "&due.lte=2026", true);
	list("actions", "recommendation.in=" ID "," ID, true);
}

/* Codes and what is part of a programme are asked of the database: here they are put in. */
static void reached(const char *name, bool restricted)
{
	struct arena *a = arena_new(4 << 20);
	struct list_query *q = arena_alloc(a, sizeof(*q));
	struct list_sql *sql = arena_alloc(a, sizeof(*sql));
	struct ctx x = { .arena = a, .view = view_of(restricted ? 0 : SCOPE_ADMIN) };
	const struct served *served = shape_by_path(STR("organisations"));
	struct db_value values[2] = { db_text(STR("host")), db_text(STR("component")) };

	*q = (struct list_query){ .served = served, .limit = 25, .n_terms = 1, .terms = { { .kind = TERM_REACH } }, .n_sorts = 1,
				  .sorts = { { &served->resource->sorts[0], false } } };
	q->render = (struct render){ .view = &x.view, .leaves = UINT64_MAX };
	for (size_t i = 0; served->resource->reaches[i].name; i++)
		if (strcmp(served->resource->reaches[i].name, name) == 0) {
			q->reach[i] = values;
			q->n_reach[i] = served->resource->reaches[i].ref ? 2 : 1;
		}
	assert_int_equal(list_sql(&x, q, false, sql), ERR_OK);
	buf_printf(&text, "-- %s organisations?%s=…\n%s\n\n", restricted ? "public" : "writer", name, sql->text.p);
	buf_free(&sql->text);
	arena_free(a);
}

static void engagements(const struct engagement_kind *kind, int64_t limit)
{
	struct db_value params[ENGAGEMENT_PARAMS_MAX], id = db_text(STR("sixteen bytes id"));
	struct named_sql sql = { params, 0, ENGAGEMENT_PARAMS_MAX };
	struct engagement_filter any = { .after_n = 0 };
	struct view v = view_of(0);
	struct buf out;

	buf_init(&out, 65536);
	engagements_sql(&v, kind, &any, &id, 1, 1, limit, &out, &sql);
	assert_int_equal(out.err, ERR_OK);
	size_t places = 0;
	for (const char *at = strchr(out.p, '?'); at; at = strchr(at + 1, '?'))
		places++;
	assert_int_equal(places, sql.n);
	buf_printf(&text, "-- %s/{id}/engagements%s\n%s\n\n", kind->path, limit ? "" : ", counted", out.p);
	buf_free(&out);
}

static void golden(void **state)
{
	char message[512];
	(void)state;
	if (!shape_init(registry, message, sizeof(message)))
		fail_msg("%s", message);
	buf_init(&text, 1 << 20);
	fixed();
	lists();
	reached("role", true);
	reached("programme", false);
	engagements(&engagements_of_organisation, 26);
	engagements(&engagements_of_person, 26);
	engagements(&engagements_of_person, 0);
	assert_int_equal(text.err, ERR_OK);
	const char *write = getenv("ZIARA_TEST_GOLDEN_WRITE");
	FILE *f = fopen(GOLDEN, write ? "w" : "r");
	assert_non_null(f);
	if (write) {
		assert_int_equal(fwrite(text.p, 1, text.n, f), text.n);
	} else {
		char *have = malloc(text.n + 2);
		assert_non_null(have);
		size_t n = fread(have, 1, text.n + 1, f), same = 0;
		while (same < n && same < text.n && have[same] == text.p[same])
			same++;
		if (n != text.n || same != n)
			fail_msg("differs from %s at byte %zu: %.120s", GOLDEN, same, text.p + same);
		free(have);
	}
	fclose(f);
	buf_free(&text);
	shape_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(golden) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

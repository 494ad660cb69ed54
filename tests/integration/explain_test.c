/* SPDX-License-Identifier: Apache-2.0
 * What the descriptors call indexed is read through an index: every order, every declared pair of filter
 * and order, every facet, first page and later ones, in both views, explained over 20,000 records. */
#include "harness.h"

#include "db/migrate.h"
#include "register/install.h"
#include "register/registry.h"
#include "resource/facet.h"
#include "resource/list.h"
#include "resource/list_words.h"

#include <stdio.h>

static struct db *d;
static struct arena *a;
static struct codes *codes;
static size_t explained;

#define MADE "1, IF(seq % 10 = 0, 'draft', 'published'), '2026-01-01' + INTERVAL seq SECOND, '2026-01-01' + INTERVAL seq SECOND"
#define AN_ID "UNHEX(LPAD(HEX(seq), 32, '0'))"
#define FROM_MANY " FROM seq_1_to_20000"

static void fill(void)
{
	static const char *const statements[] = {
		"INSERT INTO programme (id, version, state, created_at, updated_at, title, acronym, dates_lo, dates_hi, parent) SELECT " AN_ID
		", " MADE ", CONCAT('Programme ', seq), CONCAT('P', seq % 5000), 20000101 + seq % 9000, 20300101,"
		" IF(seq > 100, UNHEX(LPAD(HEX(seq % 100 + 1), 32, '0')), NULL)" FROM_MANY,
		"INSERT INTO organisation (id, version, state, created_at, updated_at, name, acronym, type, country, parent) SELECT " AN_ID
		", " MADE ", CONCAT('Body ', seq), CONCAT('B', seq % 5000), ELT(seq % 15 + 1, '10', '11', '15', '21', '22', '23', '24', '30',"
		" '40', '60', '70', '71', '72', '73', '80'), ELT(seq % 200 + 1, 'KE', 'UG'),"
		" IF(seq > 100, UNHEX(LPAD(HEX(seq % 100 + 1), 32, '0')), NULL)" FROM_MANY,
		"INSERT INTO person (id, version, state, created_at, updated_at, name) SELECT " AN_ID ", " MADE ", CONCAT('Person ', seq)" FROM_MANY,
		"INSERT INTO policy (id, version, state, created_at, updated_at, title, country) SELECT " AN_ID ", " MADE
		", CONCAT('Policy ', seq), ELT(seq % 200 + 1, 'KE', 'UG')" FROM_MANY,
		"INSERT INTO visit (id, version, state, created_at, updated_at, title, kind, ref, dates, dates_lo, dates_hi, programme) SELECT "
		AN_ID ", " MADE ", CONCAT('Visit ', seq), ELT(seq % 20 + 1, 'study_visit', 'exchange'), CONCAT('R', seq % 5000), '2018',"
		" 20000101 + seq % 9000, 20300101, UNHEX(LPAD(HEX(seq % 500 + 1), 32, '0'))" FROM_MANY,
		"INSERT INTO visit_learning (id, parent, pos, text) SELECT " AN_ID ", " AN_ID ", 0, 'Learning'" FROM_MANY,
		"INSERT INTO visit_recommendation (id, parent, pos, text) SELECT " AN_ID ", " AN_ID ", 0, 'Recommendation'" FROM_MANY,
		"INSERT INTO visit_meeting (id, parent, pos) SELECT " AN_ID ", " AN_ID ", 0" FROM_MANY,
		"INSERT INTO action (id, version, state, created_at, updated_at, title, status, due, due_lo, due_hi) SELECT " AN_ID ", " MADE
		", CONCAT('Action ', seq), ELT(seq % 20 + 1, 'under_way', 'completed'), '2018', 20000101 + seq % 9000, 20300101" FROM_MANY,
		"INSERT INTO facet (facet, value, sort_lo, id, cls) SELECT f, IF(b, UNHEX(LPAD(HEX(seq % 100 + 1), 32, '0')),"
		" ELT(seq % 40 + 1, v, 'UG')), 20000101 + seq % 9000, " AN_ID ", 0" FROM_MANY
		" JOIN (SELECT 'visit.host_country' f, 'KE' v, 0 b UNION ALL SELECT 'visit.delegating_country', 'KE', 0 UNION ALL"
		" SELECT 'visit.theme', 'diaspora', 0 UNION ALL SELECT 'visit.organisation', '', 1 UNION ALL"
		" SELECT 'visit.person', '', 1 UNION ALL SELECT 'visit.programme', '', 1 UNION ALL SELECT 'visit.policy', '', 1 UNION ALL"
		" SELECT 'action.organisation', '', 1 UNION ALL SELECT 'action.recommendation', '', 1 UNION ALL SELECT 'action.visit', '', 1"
		" UNION ALL SELECT 'action.result_visit', '', 1 UNION ALL SELECT 'action.policy', '', 1) kinds"
		" WHERE IF(b, TRUE, seq % 40 < 2)",
		/* a word that all have, one that a twentieth has, one that a hundred have */
		"INSERT INTO token (resource, token, id, cls) SELECT r, w, " AN_ID ", 0" FROM_MANY
		" JOIN (SELECT 'organisation' r UNION ALL SELECT 'visit' UNION ALL SELECT 'person') resources"
		" JOIN (SELECT 'ministry' w, 1 every UNION ALL SELECT 'interior', 20 UNION ALL SELECT 'kenya', 200 UNION ALL SELECT 'm', 200) words"
		" WHERE seq % every = 0",
		"INSERT INTO posting (resource, token, sort, id, cls) SELECT 'organisation', w, CONCAT('Body ', seq), " AN_ID ", 0" FROM_MANY
		" JOIN (SELECT 'ministry' w, 1 every UNION ALL SELECT 'interior', 20 UNION ALL SELECT 'interiors', 30 UNION ALL SELECT 'kenya', 2) words"
		" WHERE seq % every = 0",
		"INSERT INTO word (resource, word) SELECT DISTINCT resource, token FROM posting",
		"UPDATE organisation SET postings_due = NULL",
		"ANALYZE TABLE programme, organisation, person, policy, visit, visit_learning, visit_recommendation, visit_meeting, action, facet, token, posting, word",
	};

	for (size_t i = 0; i < sizeof(statements) / sizeof(*statements); i++)
		harness_sql(d, statements[i]);
}

static int begin(void **state)
{
	struct migrate_state s = { 0 };
	char message[512];
	size_t added;

	(void)state;
	a = arena_new(256 << 20);
	codes = codes_new();
	d = harness_db(0, 0);
	harness_drop_tables(d);
	if (migrate_up(d, a, &s, NULL) || install_codelists(d, a, &added) || !shape_init(registry, message, sizeof(message)))
		return -1;
	fill();
	return 0;
}

static int end(void **state)
{
	(void)state;
	harness_drop_tables(d);
	shape_end();
	codes_free(codes);
	db_free(d);
	arena_free(a);
	return 0;
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

static void judge(const char *what, const struct db_rows *plan, const char *sql)
{
	for (size_t i = 0; i < plan->rows; i++) {
		/* id, select_type, table, type, possible_keys, key, key_len, ref, rows, Extra */
		struct str table = db_cell(plan, i, 2)->s, type = db_cell(plan, i, 3)->s, extra = db_cell(plan, i, 9)->s;
		bool sorts = extra.p && (strstr(extra.p, "filesort") || strstr(extra.p, "temporary"));
		/* an index in the order of the page is read from its place on, as far as the page goes */
		if (str_is(type, "ALL") || sorts)
			fail_msg("%s: table %.*s type %.*s %.*s\n%s", what, STR_ARG(table), STR_ARG(type), STR_ARG(extra), sql);
	}
	explained++;
}

/* Names read a record by its id, after words did the choosing; only what they chose is sorted. */
static void judge_words(const char *what, const struct db_rows *plan, const char *sql)
{
	bool postings = false;

	for (size_t i = 0; i < plan->rows; i++) {
		struct str table = db_cell(plan, i, 2)->s, type = db_cell(plan, i, 3)->s, key = db_cell(plan, i, 5)->s;
		if (str_starts(table, STR("<")))
			continue; /* what words chose */
		bool looked_up = str_is(type, "eq_ref") || str_is(type, "const") || str_is(type, "ref") || str_is(type, "range");
		bool by_id = str_is(key, "PRIMARY") || db_cell(plan, i, 8)->i <= 1; /* behind the last name there is nothing to read */
		if (!looked_up || (str_is(table, "t") && !by_id))
			fail_msg("%s: table %.*s type %.*s key %.*s\n%s", what, STR_ARG(table), STR_ARG(type), STR_ARG(key), sql);
		postings |= str_starts(table, STR("w")) && str_is(key, "PRIMARY") && (str_is(type, "range") || str_is(type, "ref"));
	}
	if (!postings)
		fail_msg("%s: begins with no word\n%s", what, sql);
	explained++;
}

static struct ctx *context(bool restricted)
{
	struct ctx *x = arena_alloc(a, sizeof(*x));

	*x = (struct ctx){ .arena = a, .db = d, .problem = arena_alloc(a, sizeof(*x->problem)), .codes = codes, .view = view_of(restricted ? 0 : SCOPE_ADMIN) };
	problem_reset(x->problem, a);
	return x;
}

static struct list_query *parse(struct ctx *x, const struct served *served, const char *query, bool later)
{
	struct http_request *r = arena_alloc(a, sizeof(*r));
	struct list_query *q = arena_alloc(a, sizeof(*q));
	struct str uri = arena_printf(a, "/api/v1/%s?%s", served->resource->path, query);

	assert_int_equal(http_request_read(r, a, parameter, (void *)uri.p, x->problem), ERR_OK);
	if (list_parse(x, served, r, q))
		fail_msg("%s: %s", uri.p, x->problem->n_faults ? x->problem->faults[0].detail : x->problem->detail);
	q->after = later;
	for (size_t i = 0; later && i < q->n_sorts; i++) {
		enum sort_key kind = q->sorts[i].sort->key;
		q->after_key[i] = kind == KEY_INT ? db_int(20005000) : kind == KEY_TIME ? db_text(STR("2026-01-01 02:00:00.000")) : db_text(STR("M"));
		if (kind == KEY_ID)
			q->after_key[i] = db_uuid(&q->after_id);
	}
	return q;
}

static void explain_page(struct ctx *x, const struct list_query *q, const char *what,
			 void (*judged)(const char *what, const struct db_rows *plan, const char *sql))
{
	struct list_sql *sql = arena_alloc(a, sizeof(*sql));
	struct db_rows plan;

	assert_int_equal(list_sql(x, q, false, sql), ERR_OK);
	struct str text = arena_printf(a, "EXPLAIN %s", sql->text.p);
	if (db_query(d, a, text.p, sql->params, sql->n, &plan))
		fail_msg("%s: the database refuses %s", what, text.p);
	judged(what, &plan, sql->text.p);
	buf_free(&sql->text);
}

static const char *named(const struct served *served, const char *query, bool restricted, bool later)
{
	return arena_printf(a, "%s?%s (%s%s)", served->resource->path, query, restricted ? "public" : "writer", later ? ", a later page" : "").p;
}

static void explain(const struct served *served, const char *query, bool restricted, bool later)
{
	struct ctx *x = context(restricted);

	explain_page(x, parse(x, served, query, later), named(served, query, restricted, later),
		     str_starts(str_from(query), STR("q=")) ? judge_words : judge);
}

static void in_all_ways(const struct served *served, const char *query)
{
	for (int i = 0; i < 4; i++)
		explain(served, query, i & 1, i & 2);
}

#define ID "00000000-0000-0000-0000-000000000005"

/* A value that about one record in a hundred has. */
static const char *value_of(const struct leaf *l)
{
	if (l->target)
		return ID;
	if (l->f->type == F_CODE || l->f->type == F_CODES)
		return strcmp(l->f->list, "country") == 0 ? "KE" : strcmp(l->f->list, "theme") == 0 ? "diaspora"
			: strcmp(l->f->list, "visit_kind") == 0 ? "study_visit" : strcmp(l->f->list, "action_status") == 0 ? "under_way" : "10";
	return strcmp(l->f->name, "ref") == 0 ? "R7" : strcmp(l->f->name, "acronym") == 0 ? "P7" : "none";
}

static void orders_are_indexed(void **state)
{
	(void)state;
	for (size_t i = 0; i < shape_served_count(); i++) {
		const struct served *s = shape_served(i);
		for (const struct sort *o = s->resource->sorts; o->name; o++) {
			in_all_ways(s, arena_printf(a, "sort=%s", o->name).p);
			in_all_ways(s, arena_printf(a, "sort=-%s", o->name).p);
		}
	}
}

static void declared_pairs_are_indexed(void **state)
{
	(void)state;
	for (size_t i = 0; i < shape_served_count(); i++) {
		const struct served *s = shape_served(i);
		for (const char *const *pair = s->resource->indexed; pair && *pair; pair++) {
			struct str order, field = str_cut(str_from(*pair), ' ', &order);
			const struct leaf *l = &s->shape->leaves[shape_leaf(s->shape, field)];
			in_all_ways(s, arena_printf(a, "%.*s=%s&sort=%.*s", STR_ARG(field), value_of(l), STR_ARG(order)).p);
		}
	}
}

static void facets_are_indexed(void **state)
{
	const char *last = "";

	(void)state;
	for (size_t i = 0; i < shape_served_count(); i++) {
		const struct served *s = shape_served(i);
		for (const struct facet *f = s->kid < 0 && s->resource->facet_sort ? s->resource->facets : NULL; f && f->name; f++) {
			const char *value = value_of(facet_leaf(s->shape, f));
			if (strcmp(f->name, last) == 0)
				continue;
			last = f->name;
			if (f->needs)
				in_all_ways(s, arena_printf(a, "%s=%s&%s=supporting", f->needs, ID, f->name).p);
			else
				in_all_ways(s, arena_printf(a, "%s=%s", f->name, value).p);
		}
	}
	assert_true(explained > 150);
}

static void words_lead(void **state)
{
	static const char *const queries[] = {
		"q=kenya", "q=kenya%20interior", "q=interior%20kenya", "q=minist%20inter%20ken", "q=kenya&sort=-updated_at", "q=m%20kenya",
		"q=kenya&name.contains=body", NULL,
	};

	(void)state;
	for (const char *const *q = queries; *q; q++)
		in_all_ways(shape_by_path(STR("organisations")), *q);
	in_all_ways(shape_by_path(STR("visits")), "q=kenya%20interior&sort=-dates");
	in_all_ways(shape_by_path(STR("visits")), "q=kenya&organisation=" ID);
	in_all_ways(shape_by_path(STR("people")), "q=kenya");
}

/* Postings are met in the order of the page, and only what they lead to is read, each by its id. */
static void judge_posted(const char *what, const struct db_rows *plan, const char *sql)
{
	static const struct { const char *table, *key; } indexed[] = { { "p", "PRIMARY" }, { "t", "PRIMARY" }, { "w", "PRIMARY" }, { "m", "by_postings_due" } };
	bool postings = false;

	for (size_t i = 0; i < plan->rows; i++) {
		struct str table = db_cell(plan, i, 2)->s, type = db_cell(plan, i, 3)->s, key = db_cell(plan, i, 5)->s, extra = db_cell(plan, i, 9)->s;
		if (!table.p || str_starts(table, STR("<")))
			continue; /* pages of several words, put together */
		bool sorts = extra.p && (strstr(extra.p, "filesort") || strstr(extra.p, "temporary"));
		for (size_t k = 0; k < sizeof(indexed) / sizeof(*indexed); k++)
			if (str_is(table, indexed[k].table) && !str_is(key, indexed[k].key))
				fail_msg("%s: table %.*s key %.*s\n%s", what, STR_ARG(table), STR_ARG(key), sql);
		if (str_is(type, "ALL") || sorts)
			fail_msg("%s: table %.*s type %.*s %.*s\n%s", what, STR_ARG(table), STR_ARG(type), STR_ARG(extra), sql);
		postings |= str_is(table, "p");
	}
	if (!postings)
		fail_msg("%s: reads no postings\n%s", what, sql);
	explained++;
}

static void pages_of_words_come_in_order(void **state)
{
	static const struct { const char *query; size_t words; } asked[] = {
		{ "q=ministry", 1 }, { "q=kenya%20ministry", 1 }, { "q=inter", 2 }, { "q=interior%20ministry", 2 }, { "q=minis%20ken&sort=-name", 1 },
	};
	const struct served *served = shape_by_path(STR("organisations"));

	(void)state;
	for (size_t i = 0; i < 8 * sizeof(asked) / sizeof(*asked); i++) {
		const char *query = asked[i / 8].query;
		struct ctx *x = context(i & 1);
		struct list_query *q = parse(x, served, query, i & 2);
		assert_int_equal(list_words_lead(x, q), ERR_OK);
		assert_int_equal(q->terms[0].n_posted, asked[i / 8].words);
		q->terms[0].to_check = i & 4;
		explain_page(x, q, named(served, query, i & 1, i & 2), judge_posted);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(orders_are_indexed),
		cmocka_unit_test(declared_pairs_are_indexed),
		cmocka_unit_test(facets_are_indexed),
		cmocka_unit_test(words_lead),
		cmocka_unit_test(pages_of_words_come_in_order),
	};

	if (!harness_begin())
		return HARNESS_SKIPPED;
	int failed = cmocka_run_group_tests(tests, begin, end);
	harness_end();
	return failed;
}

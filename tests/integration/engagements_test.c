/* SPDX-License-Identifier: Apache-2.0
 * What a body takes part in, and bodies by their part, are read through indexes: explained, and counted in rows
 * read, over 20,000 visits of which one body in a thousand has its share. */
#include "harness.h"

#include "app/engagements.h"
#include "db/migrate.h"
#include "register/install.h"
#include "register/registry.h"
#include "resource/list.h"

#include <stdio.h>

enum { BODIES = 1000, EACH = 20 }; /* visits a body is party to */

static struct db *d;
static struct arena *a;
static struct codes *codes;

#define MADE "1, 'published', '2026-01-01' + INTERVAL seq SECOND, '2026-01-01' + INTERVAL seq SECOND"
#define ID(n) "UNHEX(LPAD(HEX(" n "), 32, '0'))"
#define A_BODY ID("seq % 1000 + 1")

static void fill(void)
{
	static const char *const statements[] = {
		"INSERT INTO programme (id, version, state, created_at, updated_at, title, dates_lo, parent) SELECT " ID("seq") ", " MADE
		", CONCAT('Programme ', seq), 20000101 + seq, IF(seq > 10, " ID("seq % 10 + 1") ", NULL) FROM seq_1_to_2000",
		"INSERT INTO organisation (id, version, state, created_at, updated_at, name) SELECT " ID("seq") ", " MADE
		", CONCAT('Body ', seq) FROM seq_1_to_20000",
		"INSERT INTO person (id, version, state, created_at, updated_at, name) SELECT " ID("seq") ", " MADE
		", CONCAT('Person ', seq) FROM seq_1_to_20000",
		"INSERT INTO policy (id, version, state, created_at, updated_at, title, organisation) SELECT " ID("seq") ", " MADE
		", CONCAT('Policy ', seq), " A_BODY " FROM seq_1_to_5000",
		"INSERT INTO visit (id, version, state, created_at, updated_at, title, dates_lo, programme) SELECT " ID("seq") ", " MADE
		", CONCAT('Visit ', seq), 20000101 + seq % 9000, " ID("seq % 2000 + 1") " FROM seq_1_to_20000",
		"INSERT INTO visit_party (id, parent, pos, role, organisation, via) SELECT " ID("seq") ", " ID("seq") ", 0,"
		" ELT(seq % 100 + 1, 'adviser', 'fund', 'funder', 'host'), " A_BODY ", " ID("(seq + 500) % 1000 + 1")
		" FROM seq_1_to_20000 WHERE seq % 100 < 4 UNION ALL SELECT " ID("seq") ", " ID("seq") ", 0, 'host', " A_BODY ", NULL"
		" FROM seq_1_to_20000 WHERE seq % 100 >= 4",
		"INSERT INTO visit_seat (id, parent, pos, capacity, organisation, on_behalf_of, person, public_office, cost_payer) SELECT "
		ID("seq") ", " ID("seq") ", 0, 'member', " A_BODY ", " A_BODY ", " A_BODY ", 1, " A_BODY " FROM seq_1_to_20000",
		"INSERT INTO visit_meeting (id, parent, pos) SELECT " ID("seq") ", " ID("seq") ", 0 FROM seq_1_to_20000",
		"INSERT INTO visit_meeting_seat (id, parent, pos, capacity, organisation, on_behalf_of, person, public_office) SELECT " ID("seq")
		", " ID("seq") ", 0, 'counterpart', " A_BODY ", " A_BODY ", " A_BODY ", 1 FROM seq_1_to_20000",
		"INSERT INTO visit_recommendation (id, parent, pos, text) SELECT " ID("seq") ", " ID("seq") ", 0, 'Text' FROM seq_1_to_20000",
		"INSERT INTO visit_recommendation_addressee (id, parent, pos, organisation) SELECT " ID("seq") ", " ID("seq") ", 0, " A_BODY
		" FROM seq_1_to_20000",
		"INSERT INTO visit_recommendation_counterpart (id, parent, pos, organisation) SELECT " ID("seq") ", " ID("seq") ", 0, " A_BODY
		" FROM seq_1_to_20000",
		"INSERT INTO programme_party (id, parent, pos, role, organisation, via) SELECT " ID("seq") ", " ID("seq % 2000 + 1") ", 0,"
		" 'funding', " A_BODY ", " A_BODY " FROM seq_1_to_10000",
		"INSERT INTO action (id, version, state, created_at, updated_at, title, start_lo) SELECT " ID("seq") ", " MADE
		", CONCAT('Action ', seq), 20000101 + seq % 9000 FROM seq_1_to_5000",
		"INSERT INTO action_party (id, parent, pos, role, organisation) SELECT " ID("seq") ", " ID("seq") ", 0, 'lead', " A_BODY
		" FROM seq_1_to_5000",
		"INSERT INTO person_membership (id, parent, pos, organisation) SELECT " ID("seq") ", " A_BODY ", 0, " A_BODY " FROM seq_1_to_20000",
		("ANALYZE TABLE programme, organisation, person, policy, action, visit, visit_party, visit_seat, visit_meeting, visit_meeting_seat,"
		 " visit_recommendation, visit_recommendation_addressee, visit_recommendation_counterpart, programme_party, action_party, person_membership"),
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

static int64_t rows_read(void)
{
	return harness_int(d, "SELECT CAST(SUM(variable_value) AS SIGNED) FROM information_schema.session_status WHERE variable_name IN"
			   " ('Handler_read_first', 'Handler_read_key', 'Handler_read_next', 'Handler_read_prev', 'Handler_read_rnd_next')");
}

/* No stored table is read as a whole; the union itself is what is sorted. */
static void judge(const char *what, const char *sql, const struct db_value *params, size_t n)
{
	struct str text = arena_printf(a, "EXPLAIN %s", sql);
	struct db_rows plan;

	if (db_query(d, a, text.p, params, n, &plan))
		fail_msg("%s: the database refuses %s", what, text.p);
	for (size_t i = 0; i < plan.rows; i++) {
		struct str table = db_cell(&plan, i, 2)->s, type = db_cell(&plan, i, 3)->s;
		if ((str_is(type, "ALL") || str_is(type, "index")) && table.p && table.p[0] != '<')
			fail_msg("%s: table %.*s type %.*s\n%s", what, STR_ARG(table), STR_ARG(type), sql);
	}
}

/* Returns how many rows the statement gave, having read at most `most`. */
static size_t measured(const char *what, const char *sql, const struct db_value *params, size_t n, int64_t most)
{
	struct db_rows rows;
	int64_t before = rows_read(), own = rows_read() - before;

	before = rows_read();
	if (db_query(d, a, sql, params, n, &rows))
		fail_msg("%s: the database refuses %s", what, sql);
	int64_t read = rows_read() - before - own;
	print_message("%s: %zu rows, %lld read\n", what, rows.rows, (long long)read);
	assert_in_range(read, 0, most);
	return rows.rows;
}

static void engagements(const struct engagement_kind *kind, unsigned scopes, struct engagement_filter f, int64_t limit, size_t expected)
{
	struct view v = view_of(scopes);
	struct named_sql *sql = arena_alloc(a, sizeof(*sql));
	struct uuid id = { { [15] = 5 } };
	struct db_value key = db_uuid(&id);
	struct buf text;

	*sql = (struct named_sql){ arena_array(a, ENGAGEMENT_PARAMS_MAX, sizeof(*sql->params)), 0, ENGAGEMENT_PARAMS_MAX };
	buf_init(&text, 65536);
	engagements_sql(&v, kind, &f, &key, 1, 1, limit, &text, sql);
	assert_int_equal(text.err, ERR_OK);
	struct str what = arena_printf(a, "%s%s%s", kind->path, f.role.p ? " by role" : "", f.after_n ? ", a later page" : "");
	judge(what.p, text.p, sql->params, sql->n);
	assert_int_equal(measured(what.p, text.p, sql->params, sql->n, 40 * (EACH * 12)), expected);
	buf_free(&text);
}

static void engagements_are_read_by_what_names_the_body(void **state)
{
	struct engagement_filter any = { .after_n = 0 }, host = { .role = STR("host") }, lead = { .role = STR("lead") };
	struct engagement_filter type = { .type = STR("programme") };
	struct uuid tie = { { 0 } };
	struct engagement_filter later = { .after_n = 1, .after_lo = db_int(20005000), .after_tie = tie, .after_role = STR("host") };

	(void)state;
	/* a body: 20 visits and 20 meetings in several ways; 2 programmes, each as a party and as who is acted through; 5 policies
	 * and 5 actions that it leads */
	engagements(&engagements_of_organisation, SCOPE_ADMIN, any, 26, 26);
	engagements(&engagements_of_organisation, 0, any, 26, 26);
	engagements(&engagements_of_organisation, 0, later, 26, 26);
	engagements(&engagements_of_organisation, 0, host, 26, EACH);
	engagements(&engagements_of_organisation, 0, type, 26, 4);
	engagements(&engagements_of_organisation, 0, lead, 26, 10);
	engagements(&engagements_of_organisation, 0, any, 0, 1);
	engagements(&engagements_of_person, 0, any, 201, 3 * EACH);
	engagements(&engagements_of_person, 0, any, 0, 1);
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

static size_t bodies(const char *query, unsigned scopes, int64_t most)
{
	struct http_request *r = arena_alloc(a, sizeof(*r));
	struct list_query *q = arena_alloc(a, sizeof(*q));
	struct problem *p = arena_alloc(a, sizeof(*p));
	struct list_sql *sql = arena_alloc(a, sizeof(*sql));
	struct ctx x = { .arena = a, .db = d, .problem = p, .codes = codes, .view = view_of(scopes) };
	struct str uri = arena_printf(a, "/api/v1/organisations?%s", query);

	problem_reset(p, a);
	assert_int_equal(http_request_read(r, a, parameter, (void *)uri.p, p), ERR_OK);
	if (list_parse(&x, shape_by_path(STR("organisations")), r, q))
		fail_msg("%s: %s", query, p->n_faults ? p->faults[0].detail : p->detail);
	assert_int_equal(list_sql(&x, q, false, sql), ERR_OK);
	judge(query, sql->text.p, sql->params, sql->n);
	size_t n = measured(query, sql->text.p, sql->params, sql->n, most);
	buf_free(&sql->text);
	return n;
}

#define PROGRAMME "00000000-0000-0000-0000-000000000007"

static void bodies_are_found_by_their_part(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		unsigned scopes = i ? SCOPE_ADMIN : 0;
		/* one party in a hundred advises: 200, of ten bodies */
		assert_int_equal(bodies("role=adviser&limit=200", scopes, 4000), 10);
		/* programmes 7, 16, 26 … 1996, a tenth of all: their parties are bodies 7, 6, 16, 26 … 996 */
		assert_int_equal(bodies("programme=" PROGRAMME "&role=funding&limit=200", scopes, 40000), 101);
		assert_int_equal(bodies("programme=" PROGRAMME "&role=host&limit=200", scopes, 60000), 101);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(engagements_are_read_by_what_names_the_body),
		cmocka_unit_test(bodies_are_found_by_their_part),
	};

	if (!harness_begin())
		return HARNESS_SKIPPED;
	int failed = cmocka_run_group_tests(tests, begin, end);
	harness_end();
	return failed;
}

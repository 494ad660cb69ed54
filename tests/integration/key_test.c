/* SPDX-License-Identifier: Apache-2.0
 * Keys against a real table: what they cost, how long they are believed, and what a failing
 * database does to them. */
#include "harness.h"

#include "access/key_store.h"
#include "base/clock.h"
#include "base/log.h"
#include "db/migrate.h"

#include <stdio.h>
#include <unistd.h>

static const uint64_t NOW = 1800000000000;

static struct db *d;
static struct arena *a;
static struct key_cache *cache;
static struct problem problem;
static const struct key *caller;

static int begin(void **state)
{
	struct migrate_state s = { 0 };

	(void)state;
	log_set_level(LOG_ERROR);
	d = harness_db(0, 0);
	a = arena_new(64 << 20);
	harness_drop_tables(d);
	return migrate_up(d, a, &s, NULL) ? -1 : 0;
}

static int end(void **state)
{
	(void)state;
	harness_drop_tables(d);
	db_free(d);
	arena_free(a);
	return 0;
}

static int fresh(void **state)
{
	(void)state;
	arena_reset(a);
	cache = key_cache_new();
	return cache ? 0 : -1;
}

static int used(void **state)
{
	(void)state;
	key_cache_free(cache);
	return 0;
}

static struct key made(unsigned scopes, uint64_t expires_ms, char token[KEY_TOKEN_LEN + 1])
{
	struct key k = { .name = "Somebody", .scopes = scopes, .expires_ms = expires_ms };

	assert_int_equal(key_add(d, a, &k, NOW, token), ERR_OK);
	return k;
}

/* Statements that the answer took. */
static uint64_t check(const char *token, uint64_t now_ms, enum err expected)
{
	struct str header = arena_printf(a, "Bearer %s", token);

	problem_reset(&problem, a);
	db_stats_reset(d);
	assert_int_equal(key_check(cache, d, a, header, now_ms, &problem, &caller), expected);
	assert_int_equal(caller != NULL, expected == ERR_OK);
	return db_stats(d).statements;
}

static void a_proven_key_is_remembered(void **state)
{
	char token[KEY_TOKEN_LEN + 1];
	struct key k = made(SCOPE_COMMENT, 0, token);

	(void)state;
	assert_int_equal(check(token, NOW, ERR_OK), 2); /* looked up, and its use noted */
	assert_string_equal(caller->id, k.id);
	assert_int_equal(caller->scopes, SCOPE_COMMENT);
	assert_int_equal(caller->created_ms, NOW);
	for (int i = 0; i < 10; i++)
		assert_int_equal(check(token, NOW + 59999, ERR_OK), 0);
	assert_int_equal(check(token, NOW + 60000, ERR_OK), 1); /* a minute later: noted again */
	sleep(2);
	assert_int_equal(check(token, NOW + 60000, ERR_OK), 1);
}

static void wrong_secrets_and_unknown_ids_take_one_way(void **state)
{
	char token[KEY_TOKEN_LEN + 1], other[KEY_TOKEN_LEN + 1], wrong[KEY_TOKEN_LEN + 1], unknown[KEY_TOKEN_LEN + 1];

	(void)state;
	made(SCOPE_ADMIN, 0, token);
	made(SCOPE_ADMIN, 0, other);
	snprintf(wrong, sizeof(wrong), "%.20s%s", token, other + 20);
	snprintf(unknown, sizeof(unknown), "zk_%s%s", "0000000000000000", token + 19);
	/* the same before the key was ever seen and while it is remembered */
	for (int i = 0; i < 2; i++) {
		assert_int_equal(check(wrong, NOW, ERR_REFUSED), 1);
		assert_int_equal(check(unknown, NOW, ERR_REFUSED), 1);
		assert_int_equal(problem.status, 401);
		check(token, NOW, ERR_OK);
	}
	/* and a wrong one does not make the right one forgotten */
	assert_int_equal(check(token, NOW, ERR_OK), 0);
}

static void time_ends_a_key_by_itself(void **state)
{
	char token[KEY_TOKEN_LEN + 1];

	(void)state;
	made(SCOPE_ADMIN, NOW + 5000, token);
	check(token, NOW + 4999, ERR_OK);
	check(token, NOW + 5000, ERR_REFUSED);
	assert_int_equal(problem.status, 401);
}

static void an_ended_key_is_refused_in_two_seconds(void **state)
{
	char token[KEY_TOKEN_LEN + 1], rotated[KEY_TOKEN_LEN + 1], next[KEY_TOKEN_LEN + 1];
	struct key k = made(SCOPE_ADMIN, 0, token), r = made(SCOPE_ADMIN, 0, rotated);

	(void)state;
	check(token, NOW, ERR_OK);
	check(rotated, NOW, ERR_OK);
	assert_int_equal(key_revoke(d, a, str_from(k.id), NOW), ERR_OK);
	assert_int_equal(key_rotate(d, a, str_from(r.id), next), ERR_OK);
	check(next, NOW, ERR_OK);
	check(rotated, NOW, ERR_REFUSED); /* the new one took its place */
	sleep(2);
	check(token, NOW, ERR_REFUSED);
	check(rotated, NOW, ERR_REFUSED);
	check(next, NOW, ERR_OK);
	assert_int_equal(key_rotate(d, a, str_from(k.id), next), ERR_CONFLICT);
	assert_int_equal(key_rotate(d, a, STR("0000000000000000"), next), ERR_NOT_FOUND);
	assert_int_equal(key_revoke(d, a, STR("0000000000000000"), NOW), ERR_NOT_FOUND);
}

/* Each call of the client library fails in turn: the caller must be known, but need not be noted. */
static void what_cannot_be_noted_does_no_harm(void **state)
{
	char token[KEY_TOKEN_LEN + 1];
	int unknown = 0, unnoted = 0;

	(void)state;
	for (unsigned n = 1; n < 100; n++) {
		struct key k = made(SCOPE_ADMIN, 0, token);
		struct str header = arena_printf(a, "Bearer %s", token);
		problem_reset(&problem, a);
		(void)db_fail_nth(n, 1290, false);
		enum err e = key_check(cache, d, a, header, NOW, &problem, &caller);
		if (!db_fail_nth(0, 0, false)) {
			assert_true(e == ERR_OK || e == ERR_UNAVAILABLE);
			*(e ? &unknown : &unnoted) += 1;
			if (e == ERR_OK)
				assert_int_equal(check(token, NOW, ERR_OK), 0); /* not tried again at once */
			continue;
		}
		assert_int_equal(e, ERR_OK);
		assert_string_equal(caller->id, k.id);
		assert_true(unknown > 0 && unnoted > 0);
		return;
	}
	fail_msg("the fault always strikes");
}

static void more_keys_than_places(void **state)
{
	enum { MANY = 80 };
	static char tokens[MANY][KEY_TOKEN_LEN + 1];

	(void)state;
	for (int i = 0; i < MANY; i++)
		made(i % 2 ? SCOPE_ADMIN : SCOPE_COMMENT, 0, tokens[i]);
	for (int round = 0; round < 2; round++)
		for (int i = 0; i < MANY; i++) {
			check(tokens[i], NOW, ERR_OK);
			assert_int_equal(caller->scopes, i % 2 ? SCOPE_ADMIN : SCOPE_COMMENT);
			assert_memory_equal(caller->id, tokens[i] + 3, KEY_ID_LEN);
		}
}

static void scopes_of_a_later_version_are_left_aside(void **state)
{
	char token[KEY_TOKEN_LEN + 1];
	struct key k = made(SCOPE_COMMENT, 0, token);

	(void)state;
	struct str sql = arena_printf(a, "UPDATE api_key SET scopes = 'read.future comment' WHERE id = '%s'", k.id);
	harness_sql(d, sql.p);
	check(token, NOW, ERR_OK);
	assert_int_equal(caller->scopes, SCOPE_COMMENT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fresh, used)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_proven_key_is_remembered),
		TEST(wrong_secrets_and_unknown_ids_take_one_way),
		TEST(time_ends_a_key_by_itself),
		TEST(an_ended_key_is_refused_in_two_seconds),
		TEST(what_cannot_be_noted_does_no_harm),
		TEST(more_keys_than_places),
		TEST(scopes_of_a_later_version_are_left_aside),
	};

	if (!harness_begin())
		return HARNESS_SKIPPED;
	int failed = cmocka_run_group_tests(tests, begin, end);
	harness_end();
	return failed;
}

/* SPDX-License-Identifier: Apache-2.0
 * Numbers of the server's and the library's errors, and the class each belongs to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "db/internal.h"

static const struct {
	unsigned number;
	enum err err;
	unsigned flags;
} classes[] = {
	/* the whole transaction again */
	{ 1213, ERR_RETRY, 0 }, { 1020, ERR_RETRY, 0 }, { 1205, ERR_LOCKED, 0 },
	/* a question that takes too long */
	{ 1969, ERR_TIMEOUT, 0 }, { 3024, ERR_TIMEOUT, 0 }, { 1317, ERR_TIMEOUT, 0 },
	/* no place, or no work accepted: another connection later */
	{ 1040, ERR_UNAVAILABLE, ERRORS_DROP }, { 1203, ERR_UNAVAILABLE, ERRORS_DROP }, { 1226, ERR_UNAVAILABLE, ERRORS_DROP },
	{ 1290, ERR_UNAVAILABLE, ERRORS_DROP }, { 1836, ERR_UNAVAILABLE, ERRORS_DROP }, { 1047, ERR_UNAVAILABLE, ERRORS_DROP },
	{ 1021, ERR_UNAVAILABLE, 0 }, { 1114, ERR_UNAVAILABLE, 0 },
	/* nobody there */
	{ 2002, ERR_UNAVAILABLE, ERRORS_DROP }, { 2003, ERR_UNAVAILABLE, ERRORS_DROP }, { 2005, ERR_UNAVAILABLE, ERRORS_DROP },
	{ 2026, ERR_UNAVAILABLE, ERRORS_DROP }, { 1045, ERR_UNAVAILABLE, ERRORS_DROP },
	/* the connection is lost; 2013 alone leaves open what was done */
	{ 2013, ERR_UNAVAILABLE, ERRORS_GONE }, { 2006, ERR_UNAVAILABLE, ERRORS_GONE | ERRORS_UNSENT },
	{ 1927, ERR_UNAVAILABLE, ERRORS_GONE | ERRORS_UNSENT }, { 1053, ERR_UNAVAILABLE, ERRORS_GONE | ERRORS_UNSENT },
	{ 4031, ERR_UNAVAILABLE, ERRORS_GONE | ERRORS_UNSENT },
	/* the prepared statement is of no use any more */
	{ 1461, ERR_UNAVAILABLE, ERRORS_STALE }, { 1243, ERR_UNAVAILABLE, ERRORS_STALE }, { 1615, ERR_UNAVAILABLE, ERRORS_STALE },
	/* what was said is refused */
	{ 1062, ERR_CONFLICT, 0 }, { 1451, ERR_REFERENCED, 0 }, { 1452, ERR_REFERENCED, 0 }, { 1406, ERR_INVALID, 0 },
	{ 4025, ERR_INVALID, 0 }, { 1366, ERR_INVALID, 0 }, { 1264, ERR_INVALID, 0 },
	/* a mistake of ours; after one of the library's own the connection is not trusted */
	{ 1064, ERR_INTERNAL, 0 }, { 1146, ERR_INTERNAL, 0 }, { 2014, ERR_INTERNAL, ERRORS_DROP }, { 2999, ERR_INTERNAL, ERRORS_DROP },
};

static void test_classes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		const struct errors_row *row = errors_find(classes[i].number);
		if (row->err != classes[i].err || row->flags != classes[i].flags)
			fail_msg("%u: %s, flags %u", classes[i].number, err_name(row->err), row->flags);
	}
}

/* A database in trouble fills no log. */
static void test_news(void **state)
{
	(void)state;
	assert_true(errors_news(1040));
	assert_false(errors_news(1040));
	assert_true(errors_news(1290));
	assert_false(errors_news(1290));
	assert_true(errors_news(1040));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_classes), cmocka_unit_test(test_news) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0
 * Content-Type and Accept, by the rules and the example of RFC 9110, 12.5.1. */
#include "http/request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static const char *const offers[] = { "application/json", "text/csv", "application/ld+json", NULL };

static const char *pick(const char *accept)
{
	return http_negotiate(str_from(accept), offers);
}

static void absent_accept_takes_the_first(void **state)
{
	(void)state;
	assert_string_equal(http_negotiate((struct str){ NULL, 0 }, offers), "application/json");
	assert_string_equal(pick(""), "application/json");
	assert_string_equal(pick("  "), "application/json");
	assert_string_equal(pick("*/*"), "application/json");
}

static void exact_types_and_wildcards(void **state)
{
	(void)state;
	assert_string_equal(pick("text/csv"), "text/csv");
	assert_string_equal(pick("TEXT/CSV"), "text/csv");
	assert_string_equal(pick("text/*"), "text/csv");
	assert_string_equal(pick("application/*"), "application/json");
	assert_string_equal(pick("application/ld+json"), "application/ld+json");
	assert_null(pick("image/png"));
	assert_null(pick("*/json"));
	assert_null(pick("json"));
}

static void quality_decides_then_the_order_of_offers(void **state)
{
	(void)state;
	assert_string_equal(pick("application/json;q=0.5, text/csv"), "text/csv");
	assert_string_equal(pick("text/csv, application/json"), "application/json");
	assert_string_equal(pick("text/csv;q=0.9 , application/json ; q=0.8"), "text/csv");
	assert_string_equal(pick("text/csv;q=0.001,image/png"), "text/csv");
	assert_string_equal(pick("text/csv;q=1.000"), "text/csv");
}

static void specificity_beats_wildcards(void **state)
{
	(void)state;
	assert_string_equal(pick("*/*;q=1, application/json;q=0.1, application/*;q=0.2"), "text/csv");
	assert_string_equal(pick("application/json;q=0, */*"), "text/csv");
	assert_null(pick("application/json;q=0"));
	assert_null(pick("*/*;q=0"));
	assert_string_equal(pick("text/csv;q=0.3, */*;q=0, application/json;q=0.2"), "text/csv");
}

static void rfc_example_of_precedence(void **state)
{
	(void)state;
	/* RFC 9110, 12.5.1: qualities 1, 0.7, 0.3, 0.5, 0.4, 0.7 for these in turn */
	const char *accept = "text/*;q=0.3, text/plain;q=0.7, text/plain;format=flowed, "
			     "text/plain;format=fixed;q=0.4, */*;q=0.5";
	static const char *const by_quality[][3] = {
		{ "text/plain", "text/plain;format=flowed", NULL },          /* 0.7 < 1 */
		{ "image/jpeg", "text/plain", NULL },                        /* 0.5 < 0.7 */
		{ "text/html", "image/jpeg", NULL },                         /* 0.3 < 0.5 */
		{ "text/plain;format=fixed", "image/jpeg", NULL },           /* 0.4 < 0.5 */
		{ "text/html", "text/plain;format=fixed", NULL },            /* 0.3 < 0.4 */
	};
	for (size_t i = 0; i < sizeof(by_quality) / sizeof(by_quality[0]); i++)
		assert_string_equal(http_negotiate(str_from(accept), by_quality[i]), by_quality[i][1]);
}

static void parameters_of_a_range_must_be_offered(void **state)
{
	(void)state;
	assert_string_equal(pick("application/json;charset=utf-8"), "application/json");
	assert_string_equal(pick("application/json; charset=\"UTF-8\""), "application/json");
	assert_null(pick("application/json;charset=latin1"));
	assert_null(pick("application/json;version=2"));
	assert_null(pick("text/csv;note=\"a,b;c\""));
	assert_string_equal(pick("text/csv;note=\"a,application/json\", application/ld+json"), "application/ld+json");
}

static void malformed_qualities_are_passed_over(void **state)
{
	(void)state;
	static const char *const bad[] = { "2", "1.001", "0.1234", ".5", "-1", "x", "", "0,5" };
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char accept[64] = "text/csv;q=";
		strncat(accept, bad[i], sizeof(accept) - 16);
		assert_null(pick(accept));
	}
	assert_string_equal(pick("text/csv;q=x, application/ld+json;q=0.1"), "application/ld+json");
	assert_string_equal(pick(",, text/csv ,"), "text/csv");
}

static void content_type_ignores_parameters_but_charset(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		bool is;
	} cases[] = {
		{ "application/json", true },
		{ "Application/JSON", true },
		{ " application/json ", true },
		{ "application/json; charset=utf-8", true },
		{ "application/json;charset=\"UTF-8\"", true },
		{ "application/json; x=y", true },
		{ "application/json; charset=iso-8859-1", false },
		{ "application/json; x=y; charset=utf-16", false },
		{ "application/json-patch+json", false },
		{ "text/json", false },
		{ "", false },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(http_content_type_is(str_from(cases[i].text), "application/json"), cases[i].is);
	assert_false(http_content_type_is((struct str){ NULL, 0 }, "application/json"));
}

static void preferences_are_found_by_name(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		bool there;
	} cases[] = {
		{ "server-timing", true },
		{ "Server-Timing", true },
		{ "return=minimal , server-timing; a=b", true },
		{ "server-timing=x", true },
		{ "a=\"b,server-timing\", c", false },
		{ "a; server-timing", false },
		{ "server-timings", false },
		{ "", false },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(http_prefers(str_from(cases[i].text), "server-timing"), cases[i].there);
	assert_false(http_prefers((struct str){ NULL, 0 }, "server-timing"));
}

/* RFC 7240, 2: the value is a token or a quoted string, and the first naming counts. */
static void preferences_have_values(void **state)
{
	static const struct { const char *text; bool strict; } cases[] = {
		{ "handling=strict", true }, { "handling=\"strict\"", true }, { "Handling = strict", true }, { "return=minimal, handling=strict; x=y", true },
		{ "handling=lenient", false }, { "handling", false }, { "handling=", false }, { "handling=\"", false }, { "strict", false },
		{ "x=\"handling=strict\"", false }, { "handling=lenient, handling=strict", false }, { "handling=strict, handling=lenient", true },
		{ "wait=1; handling=strict", false }, { "", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (http_prefers_value(str_from(cases[i].text), "handling", "strict") != cases[i].strict)
			fail_msg("%s", cases[i].text);
	assert_false(http_prefers_value((struct str){ NULL, 0 }, "handling", "strict"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(absent_accept_takes_the_first),
		cmocka_unit_test(exact_types_and_wildcards),
		cmocka_unit_test(quality_decides_then_the_order_of_offers),
		cmocka_unit_test(specificity_beats_wildcards),
		cmocka_unit_test(rfc_example_of_precedence),
		cmocka_unit_test(parameters_of_a_range_must_be_offered),
		cmocka_unit_test(malformed_qualities_are_passed_over),
		cmocka_unit_test(preferences_are_found_by_name),
		cmocka_unit_test(preferences_have_values),
		cmocka_unit_test(content_type_ignores_parameters_but_charset),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

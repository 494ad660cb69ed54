/* SPDX-License-Identifier: Apache-2.0
 * Which requests count as slow before they are read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "app/app.h"
#include "register/registry.h"
#include "resource/shape.h"

#include <string.h>

struct asked {
	const char *method, *target, *prefix;
};

static struct str parameter(void *arg, const char *name)
{
	const struct asked *a = arg;
	if (strcmp(name, "REQUEST_METHOD") == 0)
		return str_from(a->method);
	if (strcmp(name, "REQUEST_URI") == 0)
		return str_from(a->target);
	return strcmp(name, "ZIARA_PREFIX") == 0 ? str_from(a->prefix) : (struct str){ NULL, 0 };
}

static bool slow(const char *method, const char *target, const char *prefix)
{
	struct asked a = { method, target, prefix };
	return app_slow(parameter, &a);
}

static void all_are(bool expected, const char *const *targets)
{
	for (; *targets; targets++)
		if (slow("GET", *targets, "/api/v1") != expected || slow("HEAD", *targets, "/api/v1/") != expected)
			fail_msg("%s is %s", *targets, expected ? "not slow" : "slow");
}

static void what_an_index_answers_is_not_slow(void **state)
{
	static const char *const targets[] = {
		"/api/v1/visits", "/api/v1/visits?", "/api/v1/visits?limit=200&fields=title&labels=en&include=legs",
		"/api/v1/visits?sort=title", "/api/v1/visits?sort=-updated_at&cursor=abc",
		"/api/v1/visits?kind=exchange", "/api/v1/visits?kind=exchange&sort=dates", "/api/v1/visits?ref=X%2F1",
		"/api/v1/visits?host_country=KE", "/api/v1/visits?theme=diaspora&sort=-dates&limit=5",
		"/api/v1/visits?dates.gte=2018&dates.lt=2020", "/api/v1/visits?sort=created_at&created_at.gt=2026-01-01",
		"/api/v1/visits?id=01a21000-885f-7e51-a286-41cb60eaa119",
		"/api/v1/recommendations?visit=01a21000-885f-7e51-a286-41cb60eaa119", "/api/v1/learnings?sort=id",
		"/api/v1/visits/01a21000-885f-7e51-a286-41cb60eaa119?count=exact",
		"/api/v1/openapi.json", "/api/v1/countries?x=y", "/api/v1/codelists/theme?x=y", "/api/v1/health/ready", NULL,
	};
	(void)state;
	all_are(false, targets);
}

static void what_no_index_answers_is_slow(void **state)
{
	static const char *const targets[] = {
		"/api/v1/visits?count=exact", "/api/v1/visits?limit=5&count=exact", "/api/v1/people?count=exact",
		"/api/v1/visits?title.contains=a", "/api/v1/visits?dates.overlaps=2018", "/api/v1/visits?sort=title,-dates",
		"/api/v1/visits?kind=exchange&sort=title", "/api/v1/visits?host_country=KE&sort=title",
		"/api/v1/visits?host_country=KE,UG", "/api/v1/visits?host_country=KE%2CUG", "/api/v1/visits?host_country.in=KE,UG",
		"/api/v1/visits?kind=exchange&title.prefix=x", "/api/v1/recommendations?host_country=IL",
		"/api/v1/people?dates=2018", "/api/v1/organisations?q=of", "/api/v1/organisations?q=interior+kenya",
		"/api/v1/learnings?q=interior", "/api/v1/organisations?q=interior&count=exact",
		"/api/v1/organisations?q=interior&%63ount=exact", "/api/v1/organisations?role=host",
		"/api/v1/organisations/01a21000-885f-7e51-a286-41cb60eaa119/engagements",
		"/api/v1/people/01a21000-885f-7e51-a286-41cb60eaa119/engagements?limit=1", NULL,
	};
	(void)state;
	all_are(true, targets);
}

/* What cannot be judged without decoding must not get round the limit. */
static void escapes_hide_nothing(void **state)
{
	static const char *const targets[] = {
		"/api/v1/visits?%63ount=exact", "/api/v1/%76isits?count=exact", "/api/v1/visits?sort=%2Dtitle",
		"/api/v1/visits?c+=1", "http://host/api/v1/visits?count=exact", NULL,
	};
	(void)state;
	all_are(true, targets);
}

static void malformed_and_foreign_requests_are_not_slow(void **state)
{
	static const char *const targets[] = {
		"", "/", "/api", "/api/v1", "/api/v1/", "/api/v1//?count=exact", "/other/visits?count=exact",
		"/api/v1/nothing?count=exact", "/api/v1/visits/?count=exact", "/api/v1/visits?&&", "/api/v1/visits?=x", NULL,
	};
	(void)state;
	all_are(false, targets);
	assert_false(slow("POST", "/api/v1/visits?count=exact", "/api/v1"));
	assert_false(slow("", "/api/v1/visits?count=exact", "/api/v1"));
	assert_true(slow("GET", "/visits?count=exact", ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_an_index_answers_is_not_slow),
		cmocka_unit_test(what_no_index_answers_is_slow),
		cmocka_unit_test(escapes_hide_nothing),
		cmocka_unit_test(malformed_and_foreign_requests_are_not_slow),
	};
	char message[512];

	if (!shape_init(registry, message, sizeof(message)))
		return 1;
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	shape_end();
	return failed;
}

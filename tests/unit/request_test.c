/* SPDX-License-Identifier: Apache-2.0
 * Request line, query and headers out of FastCGI parameters. */
#include "http/request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

struct pair {
	const char *name, *value;
};

static struct arena *arena;
static struct http_request r;
static struct problem problem;

static int set_up(void **state)
{
	(void)state;
	arena = arena_new(4 * 1024 * 1024);
	return arena ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static struct str lookup(void *arg, const char *name)
{
	for (const struct pair *p = arg; p->name; p++)
		if (strcmp(p->name, name) == 0)
			return str_from(p->value);
	return (struct str){ NULL, 0 };
}

static enum err read_pairs(struct pair *pairs)
{
	return http_request_read(&r, arena, lookup, pairs, &problem);
}

static enum err read_target(const char *target)
{
	struct pair pairs[] = { { "REQUEST_METHOD", "GET" },
				{ "REQUEST_URI", target },
				{ "ZIARA_PREFIX", "/api/v1" },
				{ NULL, NULL } };
	return read_pairs(pairs);
}

static enum err read_with(const char *name, const char *value)
{
	struct pair pairs[] = { { "REQUEST_METHOD", "GET" }, { "REQUEST_URI", "/visits" }, { name, value }, { NULL, NULL } };
	return read_pairs(pairs);
}

#define assert_str(s, z)                                            \
	do {                                                        \
		struct str got_ = (s);                              \
		assert_non_null(got_.p);                            \
		assert_int_equal(got_.n, strlen(z));                \
		assert_memory_equal(got_.p, (z), strlen(z));        \
	} while (0)

static void assert_refused(const char *target, const char *code, const char *in_detail)
{
	assert_int_equal(read_target(target), ERR_REFUSED);
	assert_int_equal(problem.status, 400);
	assert_string_equal(problem.code, code);
	assert_non_null(problem.detail);
	if (!strstr(problem.detail, in_detail))
		fail_msg("\"%s\" lacks \"%s\"", problem.detail, in_detail);
	assert_non_null(r.request_id);
	assert_true(*r.request_id);
}

static void path_is_split_below_the_prefix(void **state)
{
	(void)state;
	assert_int_equal(read_target("/api/v1/visits/a%20b?x=1"), ERR_OK);
	assert_int_equal(r.method, HTTP_GET);
	assert_str(r.path, "/visits/a%20b");
	assert_str(r.query_text, "x=1");
	assert_int_equal(r.n_segments, 2);
	assert_str(r.segments[0], "visits");
	assert_str(r.segments[1], "a b");
	assert_int_equal(read_target("/api/v1/a+b"), ERR_OK);
	assert_str(r.segments[0], "a+b"); /* a plus is a space in queries only */
}

static void root_has_no_segments(void **state)
{
	(void)state;
	static const char *const roots[] = { "/api/v1", "/api/v1/", "/api/v1?a=b", "/api/v1/?a=b" };
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(read_target(roots[i]), ERR_OK);
		assert_int_equal(r.n_segments, 0);
	}
}

static void absolute_form_is_read(void **state)
{
	(void)state;
	assert_int_equal(read_target("http://portal.example:8080/api/v1/visits?limit=2"), ERR_OK);
	assert_int_equal(r.n_segments, 1);
	assert_str(r.segments[0], "visits");
	assert_str(http_query(&r, "limit"), "2");
	assert_refused("http://portal.example", "bad_path", "does not start");
}

static void path_outside_the_prefix_is_refused(void **state)
{
	(void)state;
	assert_refused("/api/v10/visits", "bad_path", "/api/v1/");
	assert_refused("/api/v1visits", "bad_path", "/api/v1/");
	assert_refused("/api", "bad_path", "/api/v1/");
	assert_refused("/%61pi/v1/visits", "bad_path", "/api/v1/");
	assert_refused("*", "bad_path", "/api/v1/");
}

static void any_prefix_serves(void **state)
{
	(void)state;
	static const char *const prefixes[] = { "", "/", NULL };
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(read_with(prefixes[i] ? "ZIARA_PREFIX" : NULL, prefixes[i]), ERR_OK);
		assert_int_equal(r.n_segments, 1);
		assert_str(r.segments[0], "visits");
	}
}

static void ambiguous_paths_are_refused(void **state)
{
	(void)state;
	assert_refused("/api/v1/visits/", "bad_path", "slash");
	assert_refused("/api/v1//visits", "bad_path", "//");
	assert_refused("/api/v1/visits//x", "bad_path", "//");
	assert_refused("/api/v1/./visits", "bad_path", "dot segment");
	assert_refused("/api/v1/visits/..", "bad_path", "dot segment");
	assert_refused("/api/v1/visits/%2e%2E", "bad_path", "dot segment");
	assert_refused("/api/v1/a%2Fb", "bad_path", "%2F");
	assert_refused("/api/v1/a%2fb", "bad_path", "%2F");
	assert_refused("/api/v1/a%00b", "bad_path", "%00");
	assert_refused("/api/v1/visits#x", "bad_path", "%23");
	assert_refused("/api/v1/a b", "bad_path", "raw space");
	assert_refused("/api/v1/a\tb", "bad_path", "control character");
}

static void broken_escapes_are_named(void **state)
{
	(void)state;
	assert_refused("/api/v1/a%zzb", "bad_path", "%zz");
	assert_refused("/api/v1/a%4", "bad_path", "%4");
	assert_refused("/api/v1/a%", "bad_path", "%");
	assert_refused("/api/v1/a%-1b", "bad_path", "%-1");
}

static void invalid_utf8_is_refused(void **state)
{
	(void)state;
	assert_refused("/api/v1/%ff", "bad_path", "UTF-8");
	assert_refused("/api/v1/%C0%AF", "bad_path", "UTF-8");      /* overlong slash */
	assert_refused("/api/v1/%ED%A0%80", "bad_path", "UTF-8");   /* surrogate */
	assert_refused("/api/v1/\xff", "bad_path", "UTF-8");
	assert_int_equal(read_target("/api/v1/%C3%A9"), ERR_OK);
	assert_str(r.segments[0], "\xc3\xa9");
	assert_int_equal(read_target("/api/v1/\xc3\xa9"), ERR_OK);
	assert_str(r.segments[0], "\xc3\xa9");
}

static void segments_have_a_maximum(void **state)
{
	(void)state;
	assert_int_equal(read_target("/api/v1/1/2/3/4/5/6/7/8"), ERR_OK);
	assert_int_equal(r.n_segments, 8);
	assert_str(r.segments[7], "8");
	assert_refused("/api/v1/1/2/3/4/5/6/7/8/9", "bad_path", "8 segments");
}

static void query_is_decoded(void **state)
{
	(void)state;
	assert_int_equal(read_target("/api/v1/v?q=a+b%2Bc%26d&empty=&flag&&x.gte=1%3D2=3&na+me=%C3%A9&"), ERR_OK);
	assert_int_equal(r.n_query, 5);
	assert_str(http_query(&r, "q"), "a b+c&d");
	assert_str(http_query(&r, "empty"), "");
	assert_str(http_query(&r, "flag"), "");
	assert_str(http_query(&r, "x.gte"), "1=2=3");
	assert_str(http_query(&r, "na me"), "\xc3\xa9");
	assert_null(http_query(&r, "Q").p);
}

static void asking_marks_a_parameter_used(void **state)
{
	(void)state;
	assert_int_equal(read_target("/api/v1/v?a=1&b=2"), ERR_OK);
	assert_false(r.query[0].used);
	assert_str(http_query(&r, "b"), "2");
	assert_false(r.query[0].used);
	assert_true(r.query[1].used);
}

static void repeated_parameters_are_all_named_once(void **state)
{
	(void)state;
	assert_refused("/api/v1/v?a=1&b=2&a=3&%61=4&b=5&c=6", "bad_parameter", "query");
	assert_int_equal(problem.n_faults, 2);
	assert_string_equal(problem.faults[0].parameter, "a");
	assert_string_equal(problem.faults[0].code, "repeated");
	assert_string_equal(problem.faults[1].parameter, "b");
	assert_null(problem.faults[0].pointer);
}

static void malformed_parameters_are_named(void **state)
{
	(void)state;
	assert_refused("/api/v1/v?good=1&a=%GG&b=%ff&=x&c=%00", "bad_parameter", "query");
	assert_int_equal(problem.n_faults, 4);
	assert_string_equal(problem.faults[0].parameter, "a");
	assert_string_equal(problem.faults[0].code, "malformed");
	assert_non_null(strstr(problem.faults[0].detail, "%GG"));
	assert_string_equal(problem.faults[1].parameter, "b");
	assert_non_null(strstr(problem.faults[1].detail, "UTF-8"));
	assert_string_equal(problem.faults[3].parameter, "c");
	assert_non_null(strstr(problem.faults[3].detail, "NUL"));
}

static void parameters_have_a_maximum(void **state)
{
	(void)state;
	char target[1024];
	size_t n = (size_t)snprintf(target, sizeof(target), "/api/v1/v?p0=0");
	for (int i = 1; i < 64; i++)
		n += (size_t)snprintf(target + n, sizeof(target) - n, "&p%d=%d", i, i);
	assert_int_equal(read_target(target), ERR_OK);
	assert_int_equal(r.n_query, 64);
	assert_str(http_query(&r, "p63"), "63");
	snprintf(target + n, sizeof(target) - n, "&p64=64");
	assert_refused(target, "bad_parameter", "64");
}

static void methods_are_case_sensitive(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		enum http_method method;
	} cases[] = { { "GET", HTTP_GET },       { "HEAD", HTTP_HEAD },     { "POST", HTTP_POST },
		      { "PUT", HTTP_PUT },       { "PATCH", HTTP_PATCH },   { "DELETE", HTTP_DELETE },
		      { "OPTIONS", HTTP_OPTIONS }, { "get", HTTP_UNKNOWN }, { "BREW", HTTP_UNKNOWN } };
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct pair pairs[] = { { "REQUEST_METHOD", cases[i].text }, { "REQUEST_URI", "/x" }, { NULL, NULL } };
		assert_int_equal(read_pairs(pairs), ERR_OK);
		assert_int_equal(r.method, cases[i].method);
		assert_str(r.method_text, cases[i].text);
		if (cases[i].method)
			assert_string_equal(http_method_name(cases[i].method), cases[i].text);
	}
}

static void headers_are_found_and_empty_ones_are_absent(void **state)
{
	(void)state;
	struct pair pairs[] = { { "REQUEST_METHOD", "PUT" },
				{ "REQUEST_URI", "/x" },
				{ "HTTP_ACCEPT", "text/csv" },
				{ "CONTENT_TYPE", "" },
				{ "HTTP_IF_MATCH", "\"1.0.a.p.j\"" },
				{ "HTTP_IF_NONE_MATCH", "" },
				{ "HTTP_AUTHORIZATION", "Bearer x" },
				{ "HTTP_IDEMPOTENCY_KEY", "k" },
				{ NULL, NULL } };
	assert_int_equal(read_pairs(pairs), ERR_OK);
	assert_str(r.accept, "text/csv");
	assert_null(r.content_type.p);
	assert_str(r.if_match, "\"1.0.a.p.j\"");
	assert_null(r.if_none_match.p);
	assert_str(r.authorization, "Bearer x");
	assert_str(r.idempotency_key, "k");
	assert_null(r.origin.p);
}

static const char *id_for(const char *client, const char *proxy)
{
	struct pair pairs[] = { { "REQUEST_METHOD", "GET" },
				{ "REQUEST_URI", "/x" },
				{ "HTTP_X_REQUEST_ID", client },
				{ "ZIARA_REQUEST_ID", proxy },
				{ NULL, NULL } };
	assert_int_equal(read_pairs(pairs), ERR_OK);
	return r.request_id;
}

static void request_id_is_the_clients_or_nginxs_or_fresh(void **state)
{
	(void)state;
	char long_id[66];
	memset(long_id, 'a', 65);
	long_id[65] = '\0';
	assert_string_equal(id_for("abc.DEF_~-9", "0011"), "abc.DEF_~-9");
	assert_string_equal(id_for("a b", "0011"), "0011");
	assert_string_equal(id_for("", "0011"), "0011");
	assert_string_equal(id_for(long_id, "0011"), "0011");
	assert_string_equal(id_for(long_id + 1, "0011"), long_id + 1);
	assert_int_equal(strlen(id_for("a\"b", "")), 36);
	assert_str(r.client_request_id, "a\"b");
	assert_string_equal(id_for("mine", "0011"), "mine");
	assert_str(r.proxy_request_id, "0011");
}

static void malformed_traceparent_counts_as_absent(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		bool good;
	} cases[] = {
		{ "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", true },
		{ "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-extra", true },
		{ "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-extra", false },
		{ "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", false },
		{ "00-00000000000000000000000000000000-00f067aa0ba902b7-01", false },
		{ "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", false },
		{ "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", false },
		{ "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7", false },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(read_with("HTTP_TRACEPARENT", cases[i].text), ERR_OK);
		assert_int_equal(r.traceparent.p != NULL, cases[i].good);
	}
}

static void duplicate_header_is_refused_by_name(void **state)
{
	(void)state;
	assert_int_equal(read_with("ZIARA_DUPLICATE", "HTTP_IF_NONE_MATCH"), ERR_REFUSED);
	assert_int_equal(problem.status, 400);
	assert_string_equal(problem.code, "bad_header");
	assert_int_equal(problem.n_faults, 1);
	assert_string_equal(problem.faults[0].parameter, "If-None-Match");
	assert_string_equal(problem.faults[0].code, "repeated");
}

static void a_server_without_target_is_misconfigured(void **state)
{
	(void)state;
	struct pair pairs[] = { { "REQUEST_METHOD", "GET" }, { NULL, NULL } };
	assert_int_equal(read_pairs(pairs), ERR_REFUSED);
	assert_int_equal(problem.status, 500);
	assert_non_null(r.request_id);
}

static void running_out_of_memory_is_reported(void **state)
{
	(void)state;
	bool succeeded = false;
	for (unsigned long nth = 1; nth < 40 && !succeeded; nth++) {
		arena_fail_nth(nth);
		enum err e = read_target("/api/v1/a%20b?c=%20&d=%20");
		arena_fail_nth(0);
		assert_non_null(r.request_id);
		/* the request id has a stand-in, so a failure there is none of the request */
		assert_true(e == ERR_NOMEM || e == ERR_OK);
		succeeded = e == ERR_OK && strcmp(r.request_id, "unknown") != 0;
	}
	assert_true(succeeded);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(path_is_split_below_the_prefix),
		T(root_has_no_segments),
		T(absolute_form_is_read),
		T(path_outside_the_prefix_is_refused),
		T(any_prefix_serves),
		T(ambiguous_paths_are_refused),
		T(broken_escapes_are_named),
		T(invalid_utf8_is_refused),
		T(segments_have_a_maximum),
		T(query_is_decoded),
		T(asking_marks_a_parameter_used),
		T(repeated_parameters_are_all_named_once),
		T(malformed_parameters_are_named),
		T(parameters_have_a_maximum),
		T(methods_are_case_sensitive),
		T(headers_are_found_and_empty_ones_are_absent),
		T(request_id_is_the_clients_or_nginxs_or_fresh),
		T(malformed_traceparent_counts_as_absent),
		T(duplicate_header_is_refused_by_name),
		T(a_server_without_target_is_misconfigured),
		T(running_out_of_memory_is_reported),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

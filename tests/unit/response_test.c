/* SPDX-License-Identifier: Apache-2.0
 * Headers and problem details, read back by Jansson. */
#include "http/response.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>
#include <jansson.h>

static struct arena *arena;
static struct buf headers, body;
static struct http_response res;
static struct http_request r;
static struct problem problem;

static int set_up(void **state)
{
	(void)state;
	arena = arena_new(4 * 1024 * 1024);
	buf_init(&headers, 64 * 1024);
	buf_init(&body, 1024 * 1024);
	http_response_init(&res, &headers, &body);
	memset(&r, 0, sizeof(r));
	r.arena = arena;
	r.method = HTTP_GET;
	r.target = STR("/api/v1/visits?x=1");
	r.request_id = "req-1";
	problem_reset(&problem, arena);
	return arena ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	buf_free(&headers);
	buf_free(&body);
	arena_free(arena);
	return 0;
}

static json_t *parsed(void)
{
	json_error_t error;
	assert_int_equal(body.err, ERR_OK);
	json_t *root = json_loadb(body.p, body.n, JSON_REJECT_DUPLICATES, &error);
	if (!root)
		fail_msg("%s in %.*s", error.text, (int)body.n, body.p);
	return root;
}

static const char *text(json_t *object, const char *key)
{
	const char *z = json_string_value(json_object_get(object, key));
	return z ? z : "(absent)";
}

static void assert_headers(const char *expected)
{
	assert_int_equal(headers.n, strlen(expected));
	assert_memory_equal(headers.p, expected, headers.n);
}

static void headers_are_lines(void **state)
{
	(void)state;
	http_header(&res, "ETag", "\"%d\"", 7);
	http_header(&res, "Vary", "Accept, Authorization");
	assert_headers("ETag: \"7\"\r\nVary: Accept, Authorization\r\n");
}

static void line_breaks_are_refused(void **state)
{
	(void)state;
	http_header(&res, "Location", "/x%sSet-Cookie: a=b", "\r\n");
	http_header(&res, "Location", "/x%c", '\n');
	http_header(&res, "Location", "/x%c", '\r');
	http_header(&res, "X\r\nY", "z");
	assert_int_equal(headers.n, 0);
}

static void overlong_values_are_refused_whole(void **state)
{
	(void)state;
	static char value[16 * 1024 + 1];
	memset(value, 'a', sizeof(value) - 1);
	http_header(&res, "Link", "%s", value);
	assert_int_equal(headers.n, 0);
	value[sizeof(value) - 2] = '\0';
	http_header(&res, "Link", "%s", value);
	assert_int_equal(headers.n, strlen("Link: ") + sizeof(value) - 2 + 2);
}

static void reset_forgets_everything(void **state)
{
	(void)state;
	res.status = 200;
	res.content_type = "application/json";
	res.no_body = true;
	http_header(&res, "ETag", "x");
	buf_z(&body, "{");
	http_response_reset(&res);
	assert_int_equal(res.status, 0);
	assert_null(res.content_type);
	assert_false(res.no_body);
	assert_int_equal(headers.n, 0);
	assert_int_equal(body.n, 0);
	assert_ptr_equal(res.headers, &headers);
	assert_ptr_equal(res.body, &body);
}

static void problem_replaces_a_half_made_answer(void **state)
{
	(void)state;
	http_header(&res, "ETag", "x");
	buf_z(&body, "{\"half\":");
	assert_int_equal(problem_set(&problem, 422, "visit_incomplete", "Two \"members\" are missing."), ERR_REFUSED);
	problem_at_pointer(&problem, "/legs/0/country", "required", "Give the country.");
	problem_at_parameter(&problem, "limit", "range", "At most %d.", 200);
	http_response_problem(&res, &r, &problem);
	assert_int_equal(res.status, 422);
	assert_string_equal(res.content_type, "application/problem+json");
	assert_false(res.no_body);
	assert_int_equal(headers.n, 0);
	json_t *root = parsed();
	assert_string_equal(text(root, "type"), "urn:ziara:problem:visit_incomplete");
	assert_string_equal(text(root, "title"), "Unprocessable Content");
	assert_int_equal(json_integer_value(json_object_get(root, "status")), 422);
	assert_string_equal(text(root, "detail"), "Two \"members\" are missing.");
	assert_string_equal(text(root, "instance"), "/api/v1/visits?x=1");
	assert_string_equal(text(root, "request_id"), "req-1");
	json_t *errors = json_object_get(root, "errors");
	assert_int_equal(json_array_size(errors), 2);
	json_t *first = json_array_get(errors, 0), *second = json_array_get(errors, 1);
	assert_string_equal(text(first, "pointer"), "/legs/0/country");
	assert_string_equal(text(first, "parameter"), "(absent)");
	assert_string_equal(text(first, "code"), "required");
	assert_string_equal(text(first, "detail"), "Give the country.");
	assert_string_equal(text(second, "parameter"), "limit");
	assert_string_equal(text(second, "pointer"), "(absent)");
	assert_string_equal(text(second, "detail"), "At most 200.");
	assert_null(json_object_get(root, "errors_omitted"));
	json_decref(root);
}

/* RFC 9457, 3.2; it is forgotten with the rest. */
static void a_problem_may_have_a_further_member(void **state)
{
	(void)state;
	assert_int_equal(problem_set(&problem, 409, "duplicate", "x"), ERR_REFUSED);
	problem.member = "candidates";
	problem.value = STR("[{\"name\":\"IOM\"}]");
	http_response_problem(&res, &r, &problem);
	json_t *root = parsed();
	json_t *list = json_object_get(root, "candidates");
	assert_int_equal(json_array_size(list), 1);
	assert_string_equal(text(json_array_get(list, 0), "name"), "IOM");
	json_decref(root);
	problem_reset(&problem, arena);
	assert_int_equal(problem_set(&problem, 409, "duplicate", "x"), ERR_REFUSED);
	http_response_problem(&res, &r, &problem);
	root = parsed();
	assert_null(json_object_get(root, "candidates"));
	json_decref(root);
}

static void generic_problems_have_no_type_of_their_own(void **state)
{
	(void)state;
	static const struct {
		int status;
		const char *code, *type;
	} cases[] = {
		{ 404, "not_found", "about:blank" },
		{ 405, "method_not_allowed", "about:blank" },
		{ 203, "non_authoritative_information", "about:blank" },
		{ 404, NULL, "about:blank" },
		{ 404, "", "about:blank" },
		{ 404, "not_found_here", "urn:ziara:problem:not_found_here" },
		{ 404, "not_foun", "urn:ziara:problem:not_foun" },
		{ 404, "gone", "urn:ziara:problem:gone" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		problem_reset(&problem, arena);
		problem.status = cases[i].status;
		problem.code = cases[i].code;
		http_response_problem(&res, &r, &problem);
		json_t *root = parsed();
		assert_string_equal(text(root, "type"), cases[i].type);
		assert_null(json_object_get(root, "errors"));
		assert_null(json_object_get(root, "detail"));
		json_decref(root);
	}
}

static void faults_past_the_maximum_are_counted(void **state)
{
	(void)state;
	assert_int_equal(problem_set(&problem, 400, "x", "y"), ERR_REFUSED);
	for (int i = 0; i < FAULTS_MAX + 7; i++) {
		char pointer[16];
		snprintf(pointer, sizeof(pointer), "/%d", i);
		problem_at_pointer(&problem, pointer, "unknown", "No such member.");
	}
	http_response_problem(&res, &r, &problem);
	json_t *root = parsed();
	json_t *errors = json_object_get(root, "errors");
	assert_int_equal(json_array_size(errors), FAULTS_MAX);
	assert_string_equal(text(json_array_get(errors, FAULTS_MAX - 1), "pointer"), "/99");
	assert_int_equal(json_integer_value(json_object_get(root, "errors_omitted")), 7);
	json_decref(root);
}

static void instance_is_a_valid_uri_whatever_was_sent(void **state)
{
	(void)state;
	r.target = STR("/a\xff\"b c\x01<%zz");
	assert_int_equal(problem_set(&problem, 400, "bad_path", "x"), ERR_REFUSED);
	http_response_problem(&res, &r, &problem);
	json_t *root = parsed();
	assert_string_equal(text(root, "instance"), "/a%FF%22b%20c%01%3C%zz");
	json_decref(root);
}

static void head_has_no_body(void **state)
{
	(void)state;
	r.method = HTTP_HEAD;
	assert_int_equal(problem_set(&problem, 404, "not_found", "x"), ERR_REFUSED);
	http_response_problem(&res, &r, &problem);
	assert_true(res.no_body);
}

static void a_problem_nobody_described_is_ours(void **state)
{
	(void)state;
	http_response_problem(&res, &r, &problem);
	assert_int_equal(res.status, 500);
	json_t *root = parsed();
	assert_string_equal(text(root, "type"), "about:blank");
	assert_string_equal(text(root, "title"), "Internal Server Error");
	json_decref(root);
}

static void reasons_are_those_of_the_rfc(void **state)
{
	(void)state;
	assert_string_equal(http_reason(200), "OK");
	assert_string_equal(http_reason(304), "Not Modified");
	assert_string_equal(http_reason(413), "Content Too Large");
	assert_string_equal(http_reason(422), "Unprocessable Content");
	assert_string_equal(http_reason(428), "Precondition Required");
	assert_string_equal(http_reason(505), "HTTP Version Not Supported");
	assert_string_equal(http_reason(418), "Unknown");
	assert_string_equal(http_reason(0), "Unknown");
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(headers_are_lines),
		T(line_breaks_are_refused),
		T(overlong_values_are_refused_whole),
		T(reset_forgets_everything),
		T(problem_replaces_a_half_made_answer),
		T(a_problem_may_have_a_further_member),
		T(generic_problems_have_no_type_of_their_own),
		T(faults_past_the_maximum_are_counted),
		T(instance_is_a_valid_uri_whatever_was_sent),
		T(head_has_no_body),
		T(a_problem_nobody_described_is_ours),
		T(reasons_are_those_of_the_rfc),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

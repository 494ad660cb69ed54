/* SPDX-License-Identifier: Apache-2.0
 * Runs JSONTestSuite (nst, MIT) where it is at hand: y_ accepted, n_ refused, i_ either. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "json/reader.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#define MEMORY (16 << 20)

/* Well-formed by RFC 8259, but refused here. */
static const struct { const char *file, *code; } refused[] = {
	{ "y_object_duplicated_key.json", "duplicate_key" },           /* which of the two is meant? */
	{ "y_object_duplicated_key_and_value.json", "duplicate_key" },
	{ "y_object_escaped_null_in_key.json", "encoding" },           /* U+0000 has no place in names */
	{ "y_string_null_escape.json", "encoding" },                   /* … nor in text */
};

static char *read_file(const char *folder, const char *name, size_t *n)
{
	char path[1024];
	char *text = malloc(1 << 20);

	assert_non_null(text);
	assert_true(snprintf(path, sizeof(path), "%s/%s", folder, name) < (int)sizeof(path));
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	*n = fread(text, 1, 1 << 20, f);
	assert_int_equal(ferror(f), 0);
	assert_true(*n < 1 << 20);
	fclose(f);
	/* So that AddressSanitizer sees a read past the end. */
	char *exact = malloc(*n ? *n : 1);
	assert_non_null(exact);
	memcpy(exact, text, *n);
	free(text);
	return exact;
}

static const char *expected_refusal(const char *name)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (strcmp(name, refused[i].file) == 0)
			return refused[i].code;
	return NULL;
}

static void run_file(const char *folder, const char *name)
{
	struct arena *a = arena_new(MEMORY);
	struct problem p;
	struct json v;
	size_t n;
	char *text = read_file(folder, name, &n);

	assert_non_null(a);
	problem_reset(&p, a);
	enum err e = json_parse(a, (struct str){ text, n }, MEMORY, &p, &v);
	const char *code = expected_refusal(name);

	if (name[0] == 'y' && !code && e)
		fail_msg("%s: %s", name, p.detail ? p.detail : err_name(e));
	if (name[0] == 'n' && !e)
		fail_msg("%s was accepted", name);
	if (code && (e != ERR_REFUSED || strcmp(p.code, code) != 0))
		fail_msg("%s was not refused as %s", name, code);
	if (e) {
		assert_int_equal(e, ERR_REFUSED);
		assert_int_equal(p.status, 400);
		assert_int_equal(p.n_faults, 1);
		assert_non_null(p.faults[0].pointer);
	}
	free(text);
	arena_free(a);
}

static void test_suite(void **state)
{
	const char *suites = getenv("ZIARA_SUITES");
	char folder[512];
	int counts[3] = { 0 };

	(void)state;
	snprintf(folder, sizeof(folder), "%s/jsontestsuite", suites ? suites : "../shared/facts");
	DIR *d = opendir(folder);
	if (!d) {
		printf("SKIPPED: %s is absent (ZIARA_SUITES names the folder above it)\n", folder);
		skip();
	}
	for (struct dirent *entry = readdir(d); entry; entry = readdir(d)) {
		const char *kind = strchr("yni", entry->d_name[0]);

		if (!kind || entry->d_name[1] != '_')
			continue;
		run_file(folder, entry->d_name);
		counts[*kind == 'y' ? 0 : *kind == 'n' ? 1 : 2]++;
	}
	closedir(d);
	printf("%d accepted or refused on purpose, %d malformed, %d open\n", counts[0], counts[1], counts[2]);
	assert_true(counts[0] > 0 && counts[1] > 0 && counts[2] > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_suite) };

	json_reader_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

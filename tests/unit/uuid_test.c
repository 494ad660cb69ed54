/* SPDX-License-Identifier: Apache-2.0
 * Tests of base/uuid: the bit layout of RFC 9562, order, forks, the text form. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/uuid.h"

#include <sys/wait.h>
#include <unistd.h>

/* The time stamp of the example in RFC 9562, A.6. */
#define EXAMPLE_MS UINT64_C(0x017F22E279B0)

static void test_layout(void **state)
{
	uint8_t seen_or[16] = { 0 }, seen_and[16];

	(void)state;
	memset(seen_and, 0xff, sizeof(seen_and));
	for (uint64_t i = 0; i < 4096; i++) {
		struct uuid id = uuid_v7(EXAMPLE_MS + i % 2 * (UINT64_C(1) << 40));

		/* unix_ts_ms: 48 bits, big-endian */
		assert_int_equal(id.b[0], i % 2 ? 0x02 : 0x01);
		assert_int_equal(id.b[1], 0x7f);
		assert_int_equal(id.b[2], 0x22);
		assert_int_equal(id.b[3], 0xe2);
		assert_int_equal(id.b[4], 0x79);
		assert_int_equal(id.b[5], 0xb0);
		assert_int_equal(id.b[6] >> 4, 7);   /* ver */
		assert_int_equal(id.b[8] >> 6, 2);   /* var: 10 */
		for (int j = 0; j < 16; j++) {
			seen_or[j] |= id.b[j];
			seen_and[j] &= id.b[j];
		}
	}
	/* All random bits take both values, but for the counter's top bit, which starts at 0. */
	assert_int_equal(seen_or[6], 0x77);
	assert_int_equal(seen_and[6], 0x70);
	assert_int_equal(seen_or[7], 0xff);
	assert_int_equal(seen_and[7], 0);
	assert_int_equal(seen_or[8], 0xbf);
	assert_int_equal(seen_and[8], 0x80);
	for (int j = 9; j < 16; j++) {
		assert_int_equal(seen_or[j], 0xff);
		assert_int_equal(seen_and[j], 0);
	}
}

static void test_ascending_within_a_millisecond(void **state)
{
	(void)state;
	for (int round = 0; round < 100; round++) {
		struct uuid last = uuid_v7(1000 + (uint64_t)round);

		for (int i = 0; i < 1000; i++) {
			struct uuid next = uuid_v7(1000 + (uint64_t)round);

			assert_true(memcmp(last.b, next.b, sizeof(last.b)) < 0);
			last = next;
		}
	}
}

static void test_largest_time(void **state)
{
	struct uuid id = uuid_v7((UINT64_C(1) << 48) - 1);

	(void)state;
	for (int i = 0; i < 6; i++)
		assert_int_equal(id.b[i], 0xff);
	assert_int_equal(id.b[6] >> 4, 7);
}

static void test_forked_process_makes_other_ids(void **state)
{
	struct uuid mine, theirs;
	int fd[2], status;

	(void)state;
	(void)uuid_v7(EXAMPLE_MS); /* the pool is filled before the fork */
	assert_int_equal(pipe(fd), 0);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		theirs = uuid_v7(EXAMPLE_MS);
		_exit(write(fd[1], &theirs, sizeof(theirs)) == sizeof(theirs) ? 0 : 1);
	}
	mine = uuid_v7(EXAMPLE_MS);
	assert_int_equal(read(fd[0], &theirs, sizeof(theirs)), sizeof(theirs));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_false(uuid_eq(mine, theirs));
	close(fd[0]);
	close(fd[1]);
}

static void test_text_form(void **state)
{
	/* RFC 9562, A.6 */
	static const uint8_t want[16] = { 0x01, 0x7f, 0x22, 0xe2, 0x79, 0xb0, 0x7c, 0xc3,
					  0x98, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f };
	char text[UUID_TEXT_LEN + 1];
	struct uuid id;

	(void)state;
	assert_true(uuid_parse(STR("017F22E2-79B0-7CC3-98C4-DC0C0C07398F"), &id));
	assert_memory_equal(id.b, want, 16);
	uuid_format(id, text);
	assert_string_equal(text, "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
	assert_true(uuid_parse(str_from(text), &id));
	assert_memory_equal(id.b, want, 16);
	/* Version 4, RFC 9562, A.3 */
	assert_true(uuid_parse(STR("919108f7-52d1-4320-9bac-f847db4148a8"), &id));
}

static void test_refused_text(void **state)
{
	static const char *const bad[] = {
		"", "017f22e2-79b0-7cc3-98c4-dc0c0c07398", "017f22e2-79b0-7cc3-98c4-dc0c0c07398f0",
		"017f22e279b07cc398c4dc0c0c07398f", "{017f22e2-79b0-7cc3-98c4-dc0c0c07398f}",
		"017f22e2079b0-7cc3-98c4-dc0c0c07398f", "017f22e2-79b0-7cc3-98c4-dc0c0c07398g",
		"017f22e-279b0-7cc3-98c4-dc0c0c07398f", "-17f22e2-79b0-7cc3-98c4-dc0c0c07398f",
		"00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff",
		"FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
	};
	struct uuid id = { { 1, 2, 3 } };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (uuid_parse(str_from(bad[i]), &id))
			fail_msg("accepted: %s", bad[i]);
	assert_int_equal(id.b[0], 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_layout),
		cmocka_unit_test(test_ascending_within_a_millisecond),
		cmocka_unit_test(test_largest_time),
		cmocka_unit_test(test_forked_process_makes_other_ids),
		cmocka_unit_test(test_text_form),
		cmocka_unit_test(test_refused_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0
 * Tests of base/hash: BLAKE2b with 32 bytes of output. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/hash.h"

static void test_vectors(void **state)
{
	static const uint8_t abc[HASH_BYTES] = {
		0xbd, 0xdd, 0x81, 0x3c, 0x63, 0x42, 0x39, 0x72, 0x31, 0x71, 0xef, 0x3f, 0xee, 0x98, 0x57, 0x9b,
		0x94, 0x96, 0x4e, 0x3b, 0xb1, 0xcb, 0x3e, 0x42, 0x72, 0x62, 0xc8, 0xc0, 0x68, 0xd5, 0x23, 0x19,
	};
	uint8_t got[HASH_BYTES];

	(void)state;
	hash_bytes(STR("abc"), got);
	assert_memory_equal(got, abc, HASH_BYTES);
	assert_true(hash_64(STR("abc")) == UINT64_C(0xbddd813c63423972));
	assert_true(hash_64(STR("")) == UINT64_C(0x0e5751c026e543b2));
	assert_true(hash_64((struct str){ NULL, 0 }) == UINT64_C(0x0e5751c026e543b2));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_vectors) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0
 * Faults for tests: one call of the client library fails as if the server, or the network, did. */
#include "db/internal.h"

_Thread_local struct fail fail;

bool db_fail_nth(unsigned long n, unsigned number, bool after)
{
	bool waiting = fail.n != 0;

	fail = (struct fail){ .n = n, .number = number, .after = after };
	return waiting;
}

bool fail_strikes(void)
{
	if (--fail.n)
		return false;
	if (fail.after) {
		fail.lost = true;
		return false;
	}
	fail.struck = fail.number;
	return true;
}

unsigned fail_number(unsigned real)
{
	unsigned number = fail.struck;

	fail.struck = 0;
	return number ? number : real;
}

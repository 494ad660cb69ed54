/* SPDX-License-Identifier: Apache-2.0
 * Any bytes as a date: accepted ones keep the promises of base/edtf.h. */
#include "base/edtf.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct edtf d;
	const char *wrong = edtf_parse((struct str){ (const char *)data, size }, &d);

	if (wrong && !*wrong)
		abort();
	if (!wrong && (size > EDTF_MAX_LEN || d.lo < EDTF_OPEN_LO || d.hi > EDTF_OPEN_HI || d.lo > d.hi))
		abort();
	return 0;
}

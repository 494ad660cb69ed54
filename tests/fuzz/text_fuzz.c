/* SPDX-License-Identifier: Apache-2.0
 * Any bytes as text: normalising and folding keep it well-formed and are done after once,
 * and every word asked is stored. */
#include "base/text.h"
#include "base/words.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static bool has(const struct words *w, struct str word)
{
	for (size_t i = 0; i < w->n; i++)
		if (str_eq(w->item[i], word))
			return true;
	return false;
}

static void words(struct arena *a, struct str s)
{
	struct words stored, asked;

	must(words_of(a, s, WORDS_STORED, &stored) == ERR_OK && words_of(a, s, WORDS_ASKED, &asked) == ERR_OK);
	for (size_t i = 0; i < stored.n; i++)
		must(stored.item[i].n > 0 && stored.item[i].n <= WORDS_BYTES_MAX && text_utf8_valid(stored.item[i]));
	for (size_t i = 0; i < asked.n; i++)
		must(has(&stored, asked.item[i]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new(64 << 20);
	struct str s = { (const char *)data, size }, once, twice, bytes;

	must(a);
	struct str coded = text_base64url(a, s);
	must(text_unbase64url(a, coded, &bytes) && str_eq(bytes, s));
	if (text_unbase64url(a, s, &bytes))
		must(str_eq(text_base64url(a, bytes), s));
	if (text_utf8_valid(s)) {
		must(text_nfc(a, s, &once) == ERR_OK && text_nfc(a, once, &twice) == ERR_OK);
		must(text_utf8_valid(once) && str_eq(once, twice));
		must(text_fold(a, s, &once) == ERR_OK && text_fold(a, once, &twice) == ERR_OK);
		must(text_utf8_valid(once) && str_eq(once, twice));
		words(a, s);
	}
	arena_free(a);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0
 * One transliterator a process, made when the first name needs it. */
#include "base/latin.h"

#include <pthread.h>
#include <unicode/ustring.h>
#include <unicode/utrans.h>

enum { GROWS_MAX = 8 }; /* UTF-16 units that one unit becomes; ICU's longest is 6 */

static pthread_once_t once = PTHREAD_ONCE_INIT;
static UTransliterator *any_latin; /* only read after it is made, as ICU allows */

static void make(void)
{
	static const UChar id[] = u"Any-Latin; Latin-ASCII; Lower";
	UErrorCode status = U_ZERO_ERROR;

	any_latin = utrans_openU(id, -1, UTRANS_FORWARD, NULL, 0, NULL, &status);
	if (U_FAILURE(status))
		any_latin = NULL;
}

static enum err transliterate(struct arena *a, struct str s, struct str *out)
{
	UErrorCode status = U_ZERO_ERROR;
	int32_t n = 0, bytes = 0, room;

	pthread_once(&once, make);
	if (!any_latin)
		return ERR_INTERNAL;
	if (s.n > INT32_MAX / (2 * GROWS_MAX))
		return ERR_NOMEM;
	room = (int32_t)(s.n + 1) * GROWS_MAX;
	UChar *units = arena_array(a, (size_t)room, sizeof(*units));
	char *text = arena_alloc(a, (size_t)room * 3);
	if (!units || !text)
		return ERR_NOMEM;
	u_strFromUTF8(units, room, &n, s.p, (int32_t)s.n, &status);
	int32_t limit = n;
	utrans_transUChars(any_latin, units, &n, room, 0, &limit, &status);
	u_strToUTF8(text, room * 3, &bytes, units, n, &status);
	*out = (struct str){ text, (size_t)bytes };
	return U_FAILURE(status) ? ERR_INTERNAL : ERR_OK;
}

static bool is_ascii(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] >= 0x80)
			return false;
	return true;
}

/* What stands inside a word without being a letter of it. */
static bool is_sign(unsigned char c)
{
	return c == '\'' || c == '`' || c == '"' || c >= 0x80;
}

enum err latin_of(struct arena *a, struct str s, struct str *out)
{
	struct str raw = s;
	enum err e = is_ascii(s) ? ERR_OK : transliterate(a, s, &raw);
	char *p = e ? NULL : arena_alloc(a, raw.n + 1);
	size_t n = 0;

	if (!p)
		return e ? e : ERR_NOMEM;
	for (size_t i = 0; i < raw.n; i++) {
		char c = raw.p[i];
		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
			p[n++] = c;
		else if (!is_sign((unsigned char)c) && n && p[n - 1] != ' ')
			p[n++] = ' ';
	}
	if (n && p[n - 1] == ' ')
		n--;
	*out = (struct str){ p, n };
	return ERR_OK;
}

static bool is_vowel(char c)
{
	return c && strchr("aeiou", c);
}

/* A group of letters that other rules write with one. */
static char group(struct str rest, size_t *n)
{
	static const struct { const char *from; char to; } groups[] = {
		{ "shch", 's' }, { "sh", 's' }, { "kh", 'h' }, { "zh", 'z' }, { "ch", 'c' }, { "ts", 'c' }, { "gh", 'g' },
	};

	for (size_t i = 0; i < sizeof(groups) / sizeof(*groups); i++)
		if (str_starts(rest, str_from(groups[i].from))) {
			*n = strlen(groups[i].from);
			return groups[i].to;
		}
	*n = 1;
	return rest.p[0];
}

enum err latin_plain(struct arena *a, struct str s, struct str *out)
{
	char *p = arena_alloc(a, s.n + 1);
	size_t n = 0, used;

	if (!p)
		return ERR_NOMEM;
	for (size_t i = 0; i < s.n; i += used) {
		char c = group((struct str){ s.p + i, s.n - i }, &used);
		char next = i + used < s.n ? s.p[i + used] : '\0';
		if (c == 'y' || c == 'j') {
			if (is_vowel(next))
				continue;
			c = 'i';
		}
		if (n == 0 || p[n - 1] != c)
			p[n++] = c;
	}
	*out = (struct str){ p, n };
	return ERR_OK;
}

/* SPDX-License-Identifier: Apache-2.0
 * Unicode text: validity, normal forms and folding through ICU. */
#include "base/text.h"

#include "base/letters.h"

#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>
#include <unicode/utf16.h>
#include <unicode/utf8.h>

enum { SMALL_UNITS = 512 };

/* UTF-16, on the stack where it is short. */
struct units {
	UChar *p;
	int32_t n;
	UChar small[SMALL_UNITS];
};

static size_t ascii_span(struct str s)
{
	size_t i = 0;
	uint64_t v;

	for (; s.n - i >= sizeof(v); i += sizeof(v)) {
		memcpy(&v, s.p + i, sizeof(v));
		if (v & UINT64_C(0x8080808080808080))
			break;
	}
	while (i < s.n && !((unsigned char)s.p[i] & 0x80))
		i++;
	return i;
}

/* Bytes of the well-formed sequence at p, 0 when there is none. */
static size_t sequence(const unsigned char *p, size_t n)
{
	unsigned char low = 0x80, high = 0xbf; /* bounds of the second byte (RFC 3629, 4) */
	size_t len;

	if (p[0] < 0x80)
		return 1;
	if (p[0] >= 0xc2 && p[0] <= 0xdf)
		len = 2;
	else if (p[0] >= 0xe0 && p[0] <= 0xef)
		len = 3;
	else if (p[0] >= 0xf0 && p[0] <= 0xf4)
		len = 4;
	else
		return 0;
	switch (p[0]) {
	case 0xe0: low = 0xa0; break;
	case 0xed: high = 0x9f; break;
	case 0xf0: low = 0x90; break;
	case 0xf4: high = 0x8f; break;
	}
	if (n < len || p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < len; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return len;
}

size_t text_utf8_span(struct str s)
{
	size_t i = ascii_span(s);

	while (i < s.n) {
		size_t len = sequence((const unsigned char *)s.p + i, s.n - i);

		if (!len)
			break;
		i += len;
	}
	return i;
}

bool text_utf8_valid(struct str s)
{
	return text_utf8_span(s) == s.n;
}

size_t text_length(struct str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
	return n;
}

struct str text_brief(struct arena *a, struct str s, size_t max)
{
	size_t n = 0, whole = 0, end = 0; /* characters; bytes of the first `max`; those before the last space among them */

	for (size_t i = 0; i < s.n; i++) {
		if (((unsigned char)s.p[i] & 0xc0) == 0x80)
			continue;
		if (n == max)
			whole = i;
		if (n <= max && s.p[i] == ' ')
			end = i;
		n++;
	}
	return n <= max ? s : arena_printf(a, "%.*s…", (int)(end ? end : whole), s.p);
}

static enum err to_units(struct arena *a, struct str s, struct units *out)
{
	UErrorCode status = U_ZERO_ERROR;
	int32_t size = SMALL_UNITS;

	/* Normalisation may multiply the length by 18; ICU counts in int32_t. */
	if (s.n > INT32_MAX / 32)
		return ERR_NOMEM;
	out->p = out->small;
	if (s.n > SMALL_UNITS) {
		size = (int32_t)s.n;
		out->p = arena_array(a, s.n, sizeof(UChar));
		if (!out->p)
			return ERR_NOMEM;
	}
	u_strFromUTF8(out->p, size, &out->n, s.p, (int32_t)s.n, &status);
	return U_FAILURE(status) ? ERR_INTERNAL : ERR_OK;
}

static enum err from_units(struct arena *a, const struct units *u, struct str *out)
{
	UErrorCode status = U_ZERO_ERROR;
	int32_t n = 0, size = u->n * 3; /* no unit needs more than three bytes */
	char *p = arena_alloc(a, (size_t)size + 1);

	if (!p)
		return ERR_NOMEM;
	u_strToUTF8(p, size + 1, &n, u->p, u->n, &status);
	if (U_FAILURE(status))
		return ERR_INTERNAL;
	*out = (struct str){ p, (size_t)n };
	return ERR_OK;
}

static enum err normalize(struct arena *a, const UNormalizer2 *how, const struct units *in, struct units *out)
{
	UErrorCode status = U_ZERO_ERROR;

	out->p = out->small;
	out->n = unorm2_normalize(how, in->p, in->n, out->p, SMALL_UNITS, &status);
	if (status == U_BUFFER_OVERFLOW_ERROR) {
		int32_t size = out->n;

		status = U_ZERO_ERROR;
		out->p = arena_array(a, (size_t)size, sizeof(UChar));
		if (!out->p)
			return ERR_NOMEM;
		out->n = unorm2_normalize(how, in->p, in->n, out->p, size, &status);
	}
	if (status == U_MEMORY_ALLOCATION_ERROR)
		return ERR_NOMEM;
	return U_FAILURE(status) ? ERR_INTERNAL : ERR_OK;
}

enum err text_nfc(struct arena *a, struct str s, struct str *out)
{
	UErrorCode status = U_ZERO_ERROR;
	struct units u, composed;
	size_t i = ascii_span(s);

	/* Nothing below U+0300 (0xcc 0x80) changes under NFC. */
	while (i < s.n && (unsigned char)s.p[i] < 0xcc)
		i++;
	*out = s;
	if (i == s.n)
		return ERR_OK;
	enum err e = to_units(a, s, &u);
	const UNormalizer2 *nfc = unorm2_getNFCInstance(&status);

	if (e)
		return e;
	if (U_FAILURE(status))
		return ERR_INTERNAL;
	if (unorm2_spanQuickCheckYes(nfc, u.p, u.n, &status) == u.n && U_SUCCESS(status))
		return ERR_OK;
	e = normalize(a, nfc, &u, &composed);
	if (e)
		return e;
	if (composed.n == u.n && u_memcmp(composed.p, u.p, u.n) == 0)
		return ERR_OK;
	return from_units(a, &composed, out);
}

static bool shows(UChar32 c)
{
	const uint32_t never = U_GC_Z_MASK | U_GC_M_MASK | U_GC_CC_MASK | U_GC_CF_MASK;

	return !(U_GET_GC_MASK(c) & never) && !u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT) &&
	       !U_IS_UNICODE_NONCHAR(c) && c != 0x2800;
}

bool text_shows(struct str s)
{
	for (size_t i = 0; i < s.n;) {
		UChar32 c;

		U8_NEXT(s.p, i, s.n, c);
		if (c > 0 && shows(c))
			return true;
	}
	return false;
}

/* Accents are marks that stand at a letter.  Marks of the classes 0 (vowel signs), 7 (nukta),
 * 8 (kana voicing) and 9 (virama) make another letter and stay. */
static bool is_accent(UChar32 c)
{
	if (u_charType(c) != U_NON_SPACING_MARK)
		return false;
	uint8_t class = u_getCombiningClass(c);

	return class != 0 && !(class >= 7 && class <= 9);
}

/* Characters that writers of one name put in or leave out: the marks for glottal stop, ayin, hamza, okina and
 * soft sign in transcriptions and Polynesian names, stress, and the Arabic tatweel, which only stretches. */
static bool is_optional(UChar32 c)
{
	return (c >= 0x02b9 && c <= 0x02bf) || c == 0x0294 || c == 0x0295 || c == 0x02c8 || c == 0xa78c || c == 0x0640;
}

static bool is_apostrophe(UChar32 c)
{
	return c == 0x2018 || c == 0x2019 || c == 0x201b || c == 0x2032 || c == '`' || c == 0x05f3;
}

/* Spacing accents typed for an apostrophe: compatibility decomposition would make a space of them. */
static void mend_apostrophes(struct units *u)
{
	for (int32_t i = 0; i < u->n; i++)
		if (u->p[i] == 0x00b4 || u->p[i] == 0x1fbd || u->p[i] == 0x1fbf)
			u->p[i] = '\'';
}

/* What is left is at most twice as long: letters_same. */
static enum err strip(struct arena *a, const struct units *u, struct units *out)
{
	out->n = 0;
	out->p = out->small;
	if (u->n > SMALL_UNITS / LETTERS_MAX)
		out->p = arena_array(a, (size_t)u->n * LETTERS_MAX, sizeof(UChar));
	if (!out->p)
		return ERR_NOMEM;
	for (int32_t i = 0; i < u->n;) {
		UChar32 c;

		U16_NEXT(u->p, i, u->n, c);
		if (is_accent(c) || is_optional(c) || u_charType(c) == U_FORMAT_CHAR ||
		    u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT))
			continue;
		if (u_charType(c) == U_DECIMAL_DIGIT_NUMBER)
			c = '0' + u_charDigitValue(c);
		else if (is_apostrophe(c))
			c = '\'';
		else if (c == 0x05f4)
			c = '"';
		int same = letters_same(c, out->p + out->n);
		if (same)
			out->n += same;
		else
			U16_APPEND_UNSAFE(out->p, out->n, c);
	}
	return ERR_OK;
}

static enum err fold_ascii(struct arena *a, struct str s, struct str *out)
{
	char *p = arena_alloc(a, s.n + 1);

	if (!p)
		return ERR_NOMEM;
	for (size_t i = 0; i < s.n; i++)
		p[i] = (char)(s.p[i] >= 'A' && s.p[i] <= 'Z' ? s.p[i] + ('a' - 'A') : s.p[i] == '`' ? '\'' : s.p[i]);
	*out = (struct str){ p, s.n };
	return ERR_OK;
}

enum err text_fold(struct arena *a, struct str s, struct str *out)
{
	UErrorCode status = U_ZERO_ERROR;
	struct units plain, work;

	if (ascii_span(s) == s.n)
		return fold_ascii(a, s, out);
	const UNormalizer2 *casefold = unorm2_getNFKCCasefoldInstance(&status);
	const UNormalizer2 *nfd = unorm2_getNFDInstance(&status);
	const UNormalizer2 *nfc = unorm2_getNFCInstance(&status);

	if (U_FAILURE(status))
		return ERR_INTERNAL;
	enum err e = to_units(a, s, &plain);
	if (e)
		return e;
	mend_apostrophes(&plain);
	e = normalize(a, casefold, &plain, &work);
	if (!e)
		e = normalize(a, nfd, &work, &plain);
	if (!e)
		e = strip(a, &plain, &work);
	if (!e)
		e = normalize(a, nfc, &work, &plain);
	return e ? e : from_units(a, &plain, out);
}

enum { NEAREST_MAX = 64 };

/* Optimal string alignment distance: insert, delete, replace, swap neighbours. */
static size_t edit_distance(struct str a, struct str b)
{
	unsigned char rows[3][NEAREST_MAX + 1];
	unsigned char *before = rows[0], *last = rows[1], *now = rows[2];

	for (size_t j = 0; j <= b.n; j++)
		last[j] = (unsigned char)j;
	for (size_t i = 1; i <= a.n; i++) {
		now[0] = (unsigned char)i;
		for (size_t j = 1; j <= b.n; j++) {
			unsigned best = last[j - 1] + (a.p[i - 1] != b.p[j - 1]);

			if (last[j] + 1U < best)
				best = last[j] + 1U;
			if (now[j - 1] + 1U < best)
				best = now[j - 1] + 1U;
			if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] && a.p[i - 2] == b.p[j - 1] &&
			    before[j - 2] + 1U < best)
				best = before[j - 2] + 1U;
			now[j] = (unsigned char)best;
		}
		unsigned char *oldest = before;

		before = last;
		last = now;
		now = oldest;
	}
	return last[b.n];
}

const char *text_nearest(struct str word, const char *const *candidates)
{
	const char *nearest = NULL;
	size_t limit = word.n / 3 < 1 ? 1 : word.n / 3 > 3 ? 3 : word.n / 3;
	size_t best = limit + 1;

	if (word.n > NEAREST_MAX)
		return NULL;
	for (; *candidates; candidates++) {
		struct str c = str_from(*candidates);
		size_t apart = c.n > word.n ? c.n - word.n : word.n - c.n;

		if (c.n > NEAREST_MAX || apart >= best)
			continue;
		size_t distance = edit_distance(word, c);

		if (distance < best) {
			best = distance;
			nearest = *candidates;
		}
	}
	return nearest;
}

static const char base64url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

struct str text_base64url(struct arena *a, struct str bytes)
{
	size_t groups = bytes.n / 3 + 1;

	if (groups > SIZE_MAX / 4)
		return (struct str){ NULL, 0 };
	char *out = arena_alloc(a, groups * 4 + 1), *p = out;

	if (!out)
		return (struct str){ NULL, 0 };
	uint32_t v = 0;
	unsigned bits = 0;

	for (size_t i = 0; i < bytes.n; i++) {
		v = v << 8 | (unsigned char)bytes.p[i];
		for (bits += 8; bits >= 6; bits -= 6)
			*p++ = base64url[v >> (bits - 6) & 63];
	}
	if (bits)
		*p++ = base64url[v << (6 - bits) & 63];
	return (struct str){ out, (size_t)(p - out) };
}

static int base64url_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '-' ? 62 : c == '_' ? 63 : -1;
}

bool text_unbase64url(struct arena *a, struct str text, struct str *bytes)
{
	char *out = text.n % 4 == 1 ? NULL : arena_alloc(a, text.n / 4 * 3 + 4), *p = out;
	uint32_t v = 0;
	unsigned bits = 0;

	if (!out)
		return false;
	for (size_t i = 0; i < text.n; i++) {
		int digit = base64url_value(text.p[i]);

		if (digit < 0)
			return false;
		v = v << 6 | (uint32_t)digit;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			*p++ = (char)(v >> bits & 0xff);
		}
	}
	/* Two texts must not mean the same bytes. */
	if (v & ((1U << bits) - 1))
		return false;
	*bytes = (struct str){ out, (size_t)(p - out) };
	return true;
}

/* SPDX-License-Identifier: Apache-2.0
 * Percent-decoding that names what is wrong. */
#include "http/decode.h"

#include "base/text.h"

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static enum err complain(struct arena *a, const char *before, struct str raw, const char *after, const char **why)
{
	struct str s = arena_printf(a, "%s\"%s\"%s", before, decode_excerpt(a, raw), after);
	*why = s.p;
	return s.p ? ERR_SYNTAX : ERR_NOMEM;
}

static enum err decode_into(struct arena *a, struct str raw, bool plus_is_space, char *to, size_t *n,
			    const char **why)
{
	size_t at = 0;
	for (size_t i = 0; i < raw.n; i++) {
		char c = raw.p[i];
		if (c == '%') {
			struct str escape = { raw.p + i, raw.n - i < 3 ? raw.n - i : 3 };
			int hi = escape.n == 3 ? hex_value(escape.p[1]) : -1;
			int lo = escape.n == 3 ? hex_value(escape.p[2]) : -1;
			if (hi < 0 || lo < 0)
				return complain(a, "", escape, " is no percent escape: two hexadecimal digits must follow "
						"the percent sign; a percent sign itself is written %25.", why);
			c = (char)(hi << 4 | lo);
			if (c == '\0')
				return complain(a, "", escape, " stands for the NUL character, which is not accepted.",
						why);
			i += 2;
		} else if ((unsigned char)c <= ' ' || c == 0x7f) {
			return complain(a, "", raw, " holds a raw space or control character: write it as a percent "
					"escape.", why);
		} else if (c == '+' && plus_is_space) {
			c = ' ';
		}
		to[at++] = c;
	}
	*n = at;
	return ERR_OK;
}

enum err decode_percent(struct arena *a, struct str raw, bool plus_is_space, struct str *out, const char **why)
{
	bool plain = true;
	for (size_t i = 0; i < raw.n && plain; i++) {
		unsigned char c = (unsigned char)raw.p[i];
		plain = c > ' ' && c < 0x7f && c != '%' && (c != '+' || !plus_is_space);
	}
	if (plain) {
		*out = raw.n ? raw : STR("");
		return ERR_OK;
	}
	char *to = arena_alloc(a, raw.n + 1);
	if (!to)
		return ERR_NOMEM;
	size_t n = 0;
	enum err e = decode_into(a, raw, plus_is_space, to, &n, why);
	if (e)
		return e;
	*out = (struct str){ to, n };
	if (!text_utf8_valid(*out))
		return complain(a, "The bytes of ", raw, " are not UTF-8.", why);
	return ERR_OK;
}

const char *decode_excerpt(struct arena *a, struct str raw)
{
	bool cut = raw.n > DECODE_EXCERPT_MAX;
	size_t n = cut ? DECODE_EXCERPT_MAX : raw.n;
	struct str s = arena_printf(a, "%.*s%s", (int)n, raw.n ? raw.p : "", cut ? "..." : "");
	if (!s.p)
		return "?";
	char *z = (char *)s.p;
	for (size_t i = 0; i < s.n; i++)
		if (z[i] < ' ' || z[i] > '~')
			z[i] = '?';
	return s.p;
}

/* SPDX-License-Identifier: Apache-2.0
 * A forgiving scan of JSON text that remembers only the path. */
#include "json/place.h"

#include "base/text.h"

enum { POINTER_MAX = 4096, MAX_UTF8 = 4 };

static void open_frame(struct place *at, bool object)
{
	if (at->depth == JSON_DEPTH_MAX) {
		at->too_deep = true;
		return;
	}
	at->frames[at->depth++] = (struct place_frame){ .object = object };
}

static void next_in_frame(struct place_frame *f)
{
	if (f->object)
		f->has_key = f->colon = false;
	else
		f->index++;
}

/* From the opening quote; the offset after the closing one, or `stop`. */
static size_t scan_string(struct place *at, struct str text, size_t i, size_t stop)
{
	struct place_frame *f = at->depth ? &at->frames[at->depth - 1] : NULL;
	size_t end = i + 1;

	while (end < stop && text.p[end] != '"')
		end += text.p[end] == '\\' ? 2 : 1;
	if (end >= stop) {
		at->in_string = true;
		return stop;
	}
	if (f && f->object && !f->colon) {
		f->has_key = true;
		f->key = (struct str){ text.p + i + 1, end - i - 1 };
	}
	return end + 1;
}

static bool ends_word(char c)
{
	switch (c) {
	case '\0': case ' ': case '\t': case '\n': case '\r': case '"':
	case '{': case '}': case '[': case ']': case ',': case ':':
		return true;
	}
	return false;
}

static size_t scan_word(struct str text, size_t i, size_t stop)
{
	while (i < stop && !ends_word(text.p[i]))
		i++;
	return i;
}

void place_scan(struct place *at, struct str text, size_t stop)
{
	size_t i = 0;
	char last = '\0';

	/* The frames are set when they are opened. */
	at->depth = at->token = 0;
	at->too_deep = at->in_string = false;
	at->before = '\0';
	while (i < stop && !at->too_deep) {
		char c = text.p[i];

		if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
			i++;
			continue;
		}
		at->token = i;
		at->before = last;
		if (c == '"') {
			i = scan_string(at, text, i, stop);
		} else if (!ends_word(c)) {
			i = scan_word(text, i, stop);
		} else {
			i++;
			if (c == '{' || c == '[')
				open_frame(at, c == '{');
			else if ((c == '}' || c == ']') && at->depth)
				at->depth--;
			else if (c == ',' && at->depth)
				next_in_frame(&at->frames[at->depth - 1]);
			else if (c == ':' && at->depth)
				at->frames[at->depth - 1].colon = true;
		}
		last = text.p[i - 1];
	}
}

static bool hex4(struct str s, uint32_t *out)
{
	uint32_t v = 0;

	if (s.n < 4)
		return false;
	for (size_t i = 0; i < 4; i++) {
		char c = s.p[i];

		if (c >= '0' && c <= '9')
			v = v << 4 | (uint32_t)(c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			v = v << 4 | (uint32_t)((c | 0x20) - 'a' + 10);
		else
			return false;
	}
	*out = v;
	return true;
}

static size_t put_utf8(char *out, uint32_t c)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

/* After "\u": the character, U+FFFD for NUL and lone surrogates, which no pointer can hold. */
static bool take_unicode(struct str *s, uint32_t *c)
{
	uint32_t low;

	if (!hex4(*s, c))
		return false;
	*s = (struct str){ s->p + 4, s->n - 4 };
	if (*c >= 0xd800 && *c <= 0xdbff && str_starts(*s, STR("\\u")) &&
	    hex4((struct str){ s->p + 2, s->n - 2 }, &low) && low >= 0xdc00 && low <= 0xdfff) {
		*c = 0x10000 + ((*c - 0xd800) << 10) + (low - 0xdc00);
		*s = (struct str){ s->p + 6, s->n - 6 };
	} else if (*c == 0 || (*c >= 0xd800 && *c <= 0xdfff)) {
		*c = 0xfffd;
	}
	return true;
}

/* One character of a written key, its escape undone, as UTF-8 bytes; what is malformed
 * stays as it is. */
static size_t take_char(struct str *s, char out[MAX_UTF8])
{
	static const char escapes[] = "\"\"\\\\//b\bf\fn\nr\rt\t";
	struct str rest = { s->p + 1, s->n - 1 };
	uint32_t c;

	if (s->p[0] == '\\' && rest.n) {
		char e = rest.p[0];

		rest = (struct str){ rest.p + 1, rest.n - 1 };
		if (e == 'u' && take_unicode(&rest, &c)) {
			*s = rest;
			return put_utf8(out, c);
		}
		for (size_t i = 0; i + 1 < sizeof(escapes); i += 2) {
			if (e == escapes[i]) {
				*s = rest;
				out[0] = escapes[i + 1];
				return 1;
			}
		}
	}
	out[0] = s->p[0];
	*s = (struct str){ s->p + 1, s->n - 1 };
	return 1;
}

/* Appends "/key"; false when it does not fit. */
static bool add_key(char *pointer, size_t *n, struct str key)
{
	size_t to = *n;

	pointer[to++] = '/';
	while (key.n) {
		char c[MAX_UTF8];
		size_t len = take_char(&key, c);

		if (to + MAX_UTF8 > POINTER_MAX)
			return false;
		if (len == 1 && (c[0] == '~' || c[0] == '/')) {
			pointer[to++] = '~';
			pointer[to++] = c[0] == '~' ? '0' : '1';
		} else {
			memcpy(pointer + to, c, len);
			to += len;
		}
	}
	*n = to;
	return true;
}

static void add_index(char *pointer, size_t *n, size_t index)
{
	char digits[20];
	size_t first = sizeof(digits);

	do {
		digits[--first] = (char)('0' + index % 10);
		index /= 10;
	} while (index);
	pointer[(*n)++] = '/';
	memcpy(pointer + *n, digits + first, sizeof(digits) - first);
	*n += sizeof(digits) - first;
}

const char *place_pointer(const struct place *at, struct arena *a)
{
	char pointer[POINTER_MAX];
	size_t n = 0;

	for (size_t i = 0; i < at->depth; i++) {
		const struct place_frame *f = &at->frames[i];

		if (POINTER_MAX - n < 32 || (f->object && !f->has_key))
			break;
		if (!f->object)
			add_index(pointer, &n, f->index);
		else if (!add_key(pointer, &n, f->key))
			break;
	}
	return arena_dup(a, (struct str){ pointer, n }).p;
}

void place_line_column(struct str text, size_t offset, size_t *line, size_t *column)
{
	size_t start = 0;

	*line = 1;
	for (size_t i = 0; i < offset; i++) {
		if (text.p[i] == '\n') {
			++*line;
			start = i + 1;
		}
	}
	*column = text_length((struct str){ text.p + start, offset - start }) + 1;
}

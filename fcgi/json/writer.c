/* SPDX-License-Identifier: Apache-2.0
 * Writing JSON: spans without escapes are found eight bytes at a time and copied whole. */
#include "json/writer.h"

#define EACH_BYTE(c) (UINT64_C(0x0101010101010101) * (c))

static inline void separate(struct json_writer *w)
{
	if (w->comma)
		buf_char(w->out, ',');
}

static void open_with(struct json_writer *w, char c)
{
	separate(w);
	buf_char(w->out, c);
	w->comma = false;
}

static void close_with(struct json_writer *w, char c)
{
	buf_char(w->out, c);
	w->comma = true;
}

void json_object(struct json_writer *w)
{
	open_with(w, '{');
}

void json_end_object(struct json_writer *w)
{
	close_with(w, '}');
}

void json_array(struct json_writer *w)
{
	open_with(w, '[');
}

void json_end_array(struct json_writer *w)
{
	close_with(w, ']');
}

void json_key(struct json_writer *w, const char *key)
{
	size_t n = strlen(key);
	char *at = buf_room(w->out, n + 3 + w->comma);

	if (!at)
		return;
	char *p = at;
	if (w->comma)
		*p++ = ',';
	*p++ = '"';
	memcpy(p, key, n);
	p += n;
	*p++ = '"';
	*p++ = ':';
	w->out->n += (size_t)(p - at);
	w->comma = false;
}

/* High bits set where a byte of v is zero; exact as a question about the whole word. */
static inline uint64_t zero_bytes(uint64_t v)
{
	return (v - EACH_BYTE(1)) & ~v & EACH_BYTE(0x80);
}

static inline bool word_is_plain(const char *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	uint64_t control = (v - EACH_BYTE(0x20)) & ~v & EACH_BYTE(0x80);

	return !(control | zero_bytes(v ^ EACH_BYTE('"')) | zero_bytes(v ^ EACH_BYTE('\\')) |
		 zero_bytes(v ^ EACH_BYTE(0x7f)) | zero_bytes(v ^ EACH_BYTE(0xe2)));
}

/* Bytes at p that must be written as an escape: 0 (none), 1, or 3 (U+2028, U+2029). */
static inline size_t escaped_bytes(const char *p, const char *end)
{
	unsigned char c = (unsigned char)*p;

	if (c < 0x20 || c == '"' || c == '\\' || c == 0x7f)
		return 1;
	if (c == 0xe2 && end - p >= 3 && (unsigned char)p[1] == 0x80 && ((unsigned char)p[2] & 0xfe) == 0xa8)
		return 3;
	return 0;
}

static const char *plain_end(const char *p, const char *end)
{
	const char *begin = p;

	for (;;) {
		while (end - p >= 8 && word_is_plain(p))
			p += 8;
		/* What is left of a longer text is looked at together with what stands before it. */
		if (end - p < 8 && end - begin >= 8 && word_is_plain(end - 8))
			return end;
		/* The word that stopped the stride may still be plain: 0xe2 begins many characters. */
		const char *stop = end - p >= 8 ? p + 8 : end;

		while (p < stop && !escaped_bytes(p, end))
			p++;
		if (p == end || p < stop)
			return p;
	}
}

static void write_escape(struct buf *out, const char *p, size_t n)
{
	static const char hex[] = "0123456789abcdef";
	unsigned char c = (unsigned char)*p;
	char text[6] = { '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] };
	size_t len = 2;

	if (n == 3) {
		memcpy(text + 2, (unsigned char)p[2] == 0xa8 ? "2028" : "2029", 4);
		len = 6;
	} else {
		switch (c) {
		case '"':
		case '\\': text[1] = (char)c; break;
		case '\b': text[1] = 'b'; break;
		case '\t': text[1] = 't'; break;
		case '\n': text[1] = 'n'; break;
		case '\f': text[1] = 'f'; break;
		case '\r': text[1] = 'r'; break;
		default: len = 6;
		}
	}
	buf_add(out, text, len);
}

static void open_string(struct json_writer *w, struct str s)
{
	const char *p = s.p, *end = s.n ? s.p + s.n : s.p;

	separate(w);
	buf_char(w->out, '"');
	while (p < end) {
		const char *stop = plain_end(p, end);

		buf_add(w->out, p, (size_t)(stop - p));
		p = stop;
		if (p < end) {
			size_t n = escaped_bytes(p, end);

			write_escape(w->out, p, n);
			p += n;
		}
	}
}

void json_str(struct json_writer *w, struct str s)
{
	open_string(w, s);
	close_with(w, '"');
}

void json_str_uuid(struct json_writer *w, struct str before, struct uuid id)
{
	char text[UUID_TEXT_LEN + 1];

	uuid_format(id, text);
	open_string(w, before);
	buf_add(w->out, text, UUID_TEXT_LEN);
	close_with(w, '"');
}

void json_plain(struct json_writer *w, struct str s)
{
	char *at = buf_room(w->out, s.n + 2 + w->comma);

	if (!at)
		return;
	char *p = at;
	if (w->comma)
		*p++ = ',';
	*p++ = '"';
	if (s.n)
		memcpy(p, s.p, s.n);
	p[s.n] = '"';
	w->out->n += (size_t)(p - at) + s.n + 1;
	w->comma = true;
}

void json_z(struct json_writer *w, const char *z)
{
	json_str(w, str_from(z));
}

void json_int(struct json_writer *w, int64_t i)
{
	separate(w);
	buf_int(w->out, i);
	w->comma = true;
}

void json_bool(struct json_writer *w, bool b)
{
	json_raw(w, b ? STR("true") : STR("false"));
}

void json_null(struct json_writer *w)
{
	json_raw(w, STR("null"));
}

void json_uuid(struct json_writer *w, struct uuid id)
{
	char text[UUID_TEXT_LEN + 1];

	uuid_format(id, text);
	json_plain(w, (struct str){ text, UUID_TEXT_LEN });
}

void json_raw(struct json_writer *w, struct str json)
{
	separate(w);
	buf_str(w->out, json);
	w->comma = true;
}

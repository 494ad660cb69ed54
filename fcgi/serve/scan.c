/* SPDX-License-Identifier: Apache-2.0
 * Checks the records of one FastCGI request as far as they have arrived. */
#include "serve/scan.h"

#include <string.h>

enum { HEADER_LEN = 8, BEGIN_LEN = 8, VERSION = 1, RESPONDER = 1 };
enum { BEGIN_REQUEST = 1, PARAMS = 4, STDIN = 5 };

struct record {
	unsigned type, id;
	size_t content, padding, size; /* size: all of it, header included */
	const unsigned char *body;
	size_t seen;                   /* content bytes that have arrived */
};

/* Where in a name-value pair the stream of FCGI_PARAMS stands; pairs may span records. */
struct pairs {
	enum { NAME_LENGTH, VALUE_LENGTH, NAME, VALUE } at;
	size_t name, value; /* lengths; counted down while their bytes pass */
	size_t length;      /* being read, when it takes four bytes */
	unsigned more;      /* bytes of it still to come */
};

static bool next_record(const unsigned char **p, size_t *n, struct record *r)
{
	const unsigned char *h = *p;
	if (*n < HEADER_LEN)
		return false;
	r->type = h[1];
	r->id = (unsigned)h[2] << 8 | h[3];
	r->content = (size_t)h[4] << 8 | h[5];
	r->padding = h[6];
	r->size = HEADER_LEN + r->content + r->padding;
	r->body = h + HEADER_LEN;
	r->seen = *n - HEADER_LEN < r->content ? *n - HEADER_LEN : r->content;
	size_t taken = *n < r->size ? *n : r->size;
	*p += taken;
	*n -= taken;
	return true;
}

static void skip_empty(struct pairs *s)
{
	if (s->at == NAME && s->name == 0)
		s->at = VALUE;
	if (s->at == VALUE && s->value == 0)
		s->at = NAME_LENGTH;
}

static const char *length_byte(struct pairs *s, unsigned char c)
{
	if (s->more) {
		s->length = s->length << 8 | c;
		s->more--;
	} else if (c & 0x80) {
		s->length = c & 0x7f;
		s->more = 3;
	} else {
		s->length = c;
	}
	if (s->more)
		return NULL;
	if (s->length > SCAN_HEAD_MAX)
		return "a parameter claims an absurd length";
	if (s->at == NAME_LENGTH) {
		s->name = s->length;
		s->at = VALUE_LENGTH;
	} else {
		s->value = s->length;
		s->at = NAME;
		skip_empty(s);
	}
	return NULL;
}

/* libfcgi joins name and value by '=' into a C string, so neither may hold what would move the seam. */
static const char *pair_bytes(struct pairs *s, const unsigned char *p, size_t n)
{
	for (size_t i = 0; i < n;) {
		if (s->at == NAME_LENGTH || s->at == VALUE_LENGTH) {
			const char *why = length_byte(s, p[i++]);
			if (why)
				return why;
			continue;
		}
		size_t *left = s->at == NAME ? &s->name : &s->value;
		size_t run = *left < n - i ? *left : n - i;
		if (memchr(p + i, '\0', run) || (s->at == NAME && memchr(p + i, '=', run)))
			return "a parameter holds NUL, or its name an equals sign";
		*left -= run;
		i += run;
		skip_empty(s);
	}
	return NULL;
}

static const char *begin_fault(const struct record *r)
{
	if (r->type != BEGIN_REQUEST || r->content != BEGIN_LEN || r->id == 0)
		return "the first record begins no request";
	if (r->seen >= 2 && ((unsigned)r->body[0] << 8 | r->body[1]) != RESPONDER)
		return "the role is not responder";
	return NULL;
}

static enum scan_verdict bad(const char *what, const char **why)
{
	*why = what;
	return SCAN_BAD;
}

static enum scan_verdict scan_body(const unsigned char *p, size_t n, unsigned id, bool *whole, bool *trailing,
				   const char **why)
{
	struct record r;
	while (n && p[0] == VERSION && next_record(&p, &n, &r)) {
		if (r.type != STDIN || r.id != id)
			return bad("a foreign record stands in the body", why);
		if (r.content)
			continue;
		if (r.padding)
			return bad("the end of the body is padded", why);
		*whole = true;
		*trailing = n > 0;
		return SCAN_SOUND;
	}
	return n && p[0] != VERSION ? bad("unknown protocol version", why) : SCAN_SOUND;
}

enum scan_verdict scan_request(const unsigned char *p, size_t n, bool *whole, bool *trailing, const char **why)
{
	struct record r;
	struct pairs pairs = { .at = NAME_LENGTH };
	bool begun = false;
	unsigned id = 0;
	*whole = *trailing = false;
	while (n) {
		if (p[0] != VERSION)
			return bad("unknown protocol version", why);
		if (!next_record(&p, &n, &r))
			return SCAN_SHORT;
		const char *fault = NULL;
		if (!begun)
			fault = begin_fault(&r);
		else if (r.type != PARAMS || r.id != id)
			fault = "a foreign record stands among the parameters";
		else
			fault = pair_bytes(&pairs, r.body, r.seen);
		if (fault)
			return bad(fault, why);
		if (begun && r.content == 0 && (pairs.at != NAME_LENGTH || pairs.more))
			return bad("the parameters end inside a pair", why);
		if (begun && r.content == 0 && r.padding)
			return bad("the end of the parameters is padded", why);
		if (begun && r.content == 0)
			return scan_body(p, n, id, whole, trailing, why);
		begun = true;
		id = r.id;
	}
	return SCAN_SHORT;
}

size_t scan_head_size(const unsigned char *p, size_t n)
{
	const unsigned char *at = p;
	struct record r;

	while (next_record(&at, &n, &r) && (r.type != PARAMS || r.content))
		;
	return (size_t)(at - p);
}

struct str scan_pairs(unsigned char *p, size_t n)
{
	const unsigned char *at = p;
	struct record r;
	size_t joined = 0;

	while (next_record(&at, &n, &r) && (r.type != PARAMS || r.content)) {
		if (r.type == PARAMS) {
			memmove(p + joined, r.body, r.content);
			joined += r.content;
		}
	}
	return (struct str){ (const char *)p, joined };
}

static size_t read_length(const unsigned char **p)
{
	const unsigned char *b = *p;
	bool wide = b[0] & 0x80;

	*p += wide ? 4 : 1;
	return wide ? (size_t)(b[0] & 0x7f) << 24 | (size_t)b[1] << 16 | (size_t)b[2] << 8 | b[3] : b[0];
}

struct str scan_pair(struct str pairs, const char *name)
{
	const unsigned char *at = (const unsigned char *)pairs.p, *end = at + pairs.n;
	struct str wanted = str_from(name);

	while (at < end) {
		size_t name_n = read_length(&at), value_n = read_length(&at);
		struct str got = { (const char *)at, name_n };
		if (str_eq(got, wanted))
			return (struct str){ (const char *)at + name_n, value_n };
		at += name_n + value_n;
	}
	return (struct str){ NULL, 0 };
}

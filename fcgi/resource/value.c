/* SPDX-License-Identifier: Apache-2.0
 * One JSON value becomes one stored value, or a fault that says what to send instead. */
#include "resource/parse.h"

#include "base/text.h"
#include "json/writer.h"

#include <stdio.h>

static void wrong_type(struct problem *p, const char *pointer, const char *wanted, struct json got)
{
	problem_at_pointer(p, pointer, "wrong_type", "Expected %s, not %s.", wanted, json_type_name(json_type_of(got)));
}

/* Control characters other than line breaks and tabs have no place in a register. */
static bool has_control(struct str s, bool multiline)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if (c == 0x7f || (c < 0x20 && !(multiline && (c == '\n' || c == '\r' || c == '\t'))))
			return true;
	}
	return false;
}

/* What a record or an item is known by: it must show, or nobody could tell it from nothing. */
static bool names_something(const struct field *f)
{
	return f->len.min && f->flags & (FIELD_REQUIRED | FIELD_SUBJECT | FIELD_SEARCH | FIELD_MATCH | FIELD_UNIQUE);
}

static enum err parse_text(struct ctx *x, const struct field *f, struct json v, const char *pointer, struct str *out)
{
	struct problem *p = x->problem;
	bool multiline = f->len.max > 300;

	if (json_type_of(v) != JSON_T_STRING) {
		wrong_type(p, pointer, "a string", v);
		return ERR_OK;
	}
	enum err e = text_nfc(x->arena, json_string(v), out);
	if (e)
		return e;
	size_t n = text_length(*out);
	if (n < f->len.min)
		problem_at_pointer(p, pointer, "too_short", "At least %u character(s) are needed; leave the member out when there is no value.",
				   f->len.min);
	else if (n > f->len.max)
		problem_at_pointer(p, pointer, "too_long", "%zu characters; at most %u are kept.", n, f->len.max);
	else if (has_control(*out, multiline))
		problem_at_pointer(p, pointer, "control_character", "Control characters are not accepted%s.",
				   multiline ? " except line breaks and tabs" : " in a single-line text");
	else if (names_something(f) && !text_shows(*out))
		problem_at_pointer(p, pointer, "blank", "Nothing in this text shows; one letter, digit or sign at least is needed%s.",
				   f->flags & FIELD_REQUIRED ? "" : ", or leave the member out");
	return ERR_OK;
}

static void parse_int(struct ctx *x, const struct field *f, struct json v, const char *pointer, struct value *out)
{
	if (json_type_of(v) != JSON_T_INT) {
		wrong_type(x->problem, pointer, "a whole number", v);
		return;
	}
	out->i = json_integer(v);
	if (out->i < (int64_t)f->len.min || out->i > (int64_t)f->len.max)
		problem_at_pointer(x->problem, pointer, "out_of_range", "Expected a whole number from %u to %u.", f->len.min,
				   f->len.max);
}

const char *parse_decimal_fault(struct str s)
{
	struct str fraction, whole;
	size_t i = s.n && s.p[0] == '-' ? 1 : 0;

	whole = str_cut((struct str){ s.p + i, s.n - i }, '.', &fraction);
	if (whole.n == 0 || whole.n > 16 || (fraction.p && (fraction.n == 0 || fraction.n > 2)))
		return "Expected a decimal string such as \"1250.00\": up to 16 digits, and two after the point.";
	for (i = 0; i < whole.n; i++)
		if (whole.p[i] < '0' || whole.p[i] > '9')
			return "Expected a decimal string such as \"1250.00\", with digits only.";
	for (i = 0; i < fraction.n; i++)
		if (fraction.p[i] < '0' || fraction.p[i] > '9')
			return "Expected a decimal string such as \"1250.00\", with digits only.";
	return NULL;
}

const char *parse_url_fault(struct str s)
{
	struct str rest;

	if (str_starts(s, STR("https://")))
		rest = (struct str){ s.p + 8, s.n - 8 };
	else if (str_starts(s, STR("http://")))
		rest = (struct str){ s.p + 7, s.n - 7 };
	else
		return "Expected an absolute address that begins with https:// or http://.";
	if (rest.n == 0 || rest.p[0] == '/' || rest.p[0] == '?' || rest.p[0] == '#')
		return "The address has no host.";
	for (size_t i = 0; i < rest.n; i++)
		if ((unsigned char)rest.p[i] <= 0x20 || rest.p[i] == '"' || rest.p[i] == '<' || rest.p[i] == '>')
			return "The address holds a space, a quote or a bracket; percent-encode it.";
	return NULL;
}

/* The database returns DECIMAL(18,2): the stored and the sent form agree from the start. */
static enum err canonical_decimal(struct arena *a, struct str in, struct str *out)
{
	struct str fraction, whole = str_cut(in, '.', &fraction);
	bool negative = whole.p[0] == '-';

	if (negative)
		whole = (struct str){ whole.p + 1, whole.n - 1 };
	while (whole.n > 1 && whole.p[0] == '0')
		whole = (struct str){ whole.p + 1, whole.n - 1 };
	bool zero = str_is(whole, "0");
	for (size_t i = 0; i < fraction.n; i++)
		zero &= fraction.p[i] == '0';
	*out = arena_printf(a, "%s%.*s.%.*s%.*s", negative && !zero ? "-" : "", STR_ARG(whole), STR_ARG(fraction),
			    (int)(2 - fraction.n), "00");
	return out->p ? ERR_OK : ERR_NOMEM;
}

static enum err parse_decimal(struct ctx *x, struct json v, const char *pointer, struct value *out)
{
	if (json_type_of(v) != JSON_T_STRING) {
		wrong_type(x->problem, pointer, "a decimal string such as \"1250.00\"", v);
		return ERR_OK;
	}
	const char *fault = parse_decimal_fault(json_string(v));
	if (fault) {
		problem_at_pointer(x->problem, pointer, "format", "%s", fault);
		return ERR_OK;
	}
	return canonical_decimal(x->arena, json_string(v), &out->s);
}

static void check_code(struct ctx *x, const char *list, struct str code, const char *pointer)
{
	const struct code *c = codes_find(x->codes, list, code);

	if (c)
		return;
	const char *near = text_nearest(code, codes_spellings(x->codes, x->arena, list));
	problem_at_pointer(x->problem, pointer, "unknown_code", "No such code in %.*s/codelists/%s%s%s%s", STR_ARG(x->base_url), list,
			   TEXT_HINT(near));
}

static void parse_code(struct ctx *x, const struct field *f, struct json v, const char *pointer, struct value *out)
{
	if (json_type_of(v) != JSON_T_STRING) {
		wrong_type(x->problem, pointer, "a code (a string)", v);
		return;
	}
	out->s = json_string(v);
	check_code(x, f->list, out->s, pointer);
}

static void parse_dates(struct ctx *x, struct json v, const char *pointer, struct value *out)
{
	if (json_type_of(v) != JSON_T_STRING) {
		wrong_type(x->problem, pointer, "a date string such as \"2018\", \"2018-07\" or \"2018-07-28/2018-08-03\"", v);
		return;
	}
	out->s = json_string(v);
	const char *fault = edtf_parse(out->s, &out->bounds);
	if (fault)
		problem_at_pointer(x->problem, pointer, "format", "%s", fault);
}

static enum err parse_time(struct ctx *x, struct json v, const char *pointer, struct value *out)
{
	uint64_t ms;
	char text[CLOCK_RFC3339_LEN + 1];

	if (json_type_of(v) != JSON_T_STRING) {
		wrong_type(x->problem, pointer, "a date-time string such as \"2018-07-28T09:30:00Z\"", v);
		return ERR_OK;
	}
	if (!clock_parse_rfc3339(json_string(v), &ms)) {
		problem_at_pointer(x->problem, pointer, "format",
				   "Expected a date-time with its offset, such as \"2018-07-28T09:30:00Z\" (RFC 3339).");
		return ERR_OK;
	}
	clock_format_rfc3339(ms, text);
	out->s = arena_dup(x->arena, str_from(text));
	return out->s.p ? ERR_OK : ERR_NOMEM;
}

static enum err parse_url(struct ctx *x, const struct field *f, struct json v, const char *pointer, struct value *out)
{
	size_t before = x->problem->n_faults;
	enum err e = parse_text(x, f, v, pointer, &out->s);

	if (e || x->problem->n_faults != before)
		return e;
	const char *fault = parse_url_fault(out->s);
	if (fault)
		problem_at_pointer(x->problem, pointer, "format", "%s", fault);
	return ERR_OK;
}

/* Arrays of scalars are kept as canonical JSON text. */
static enum err parse_scalars(struct ctx *x, const struct field *f, struct json v, const char *pointer, struct value *out)
{
	static const struct field item_text = { .len = { 1, 2000 } };
	struct problem *p = x->problem;
	struct buf text;
	struct json_writer w;
	enum err e = ERR_OK;

	if (json_type_of(v) != JSON_T_ARRAY) {
		wrong_type(p, pointer, f->type == F_CODES ? "an array of codes" : "an array of strings", v);
		return ERR_OK;
	}
	size_t n = json_array_length(v);
	if (n > f->len.max) {
		problem_at_pointer(p, pointer, "too_many", "%zu items; at most %u are kept.", n, f->len.max);
		return ERR_OK;
	}
	if (n == 0) {
		out->set = false; /* an empty array and none at all are one thing */
		return ERR_OK;
	}
	buf_init(&text, 1 << 20);
	json_begin(&w, &text);
	json_array(&w);
	for (size_t i = 0; i < n && !e; i++) {
		struct value item = { 0 };
		const char *at = json_pointer_index(x->arena, pointer, i);
		if (!at)
			e = ERR_NOMEM;
		else if (f->type == F_TEXTS)
			e = parse_text(x, &item_text, json_item(v, i), at, &item.s);
		else
			parse_code(x, f, json_item(v, i), at, &item);
		for (size_t j = 0; f->type == F_CODES && !e && item.s.p && j < i; j++)
			if (json_type_of(json_item(v, j)) == JSON_T_STRING && str_eq(json_string(json_item(v, j)), item.s)) {
				problem_at_pointer(p, at, "repeated", "The code stands in the array twice; name it once.");
				break;
			}
		if (!e)
			json_str(&w, item.s);
	}
	json_end_array(&w);
	if (!e)
		e = text.err;
	if (!e && !(out->s = arena_dup(x->arena, buf_view(&text))).p)
		e = ERR_NOMEM;
	buf_free(&text);
	return e;
}

enum err parse_value(const struct parse *p, const struct leaf *l, struct json v, const char *pointer, struct value *out)
{
	const struct field *f = l->f;
	struct ctx *x = p->x;

	*out = (struct value){ .set = true };
	switch (f->type) {
	case F_TEXT:
		return parse_text(x, f, v, pointer, &out->s);
	case F_URL:
		return parse_url(x, f, v, pointer, out);
	case F_INT:
		parse_int(x, f, v, pointer, out);
		return ERR_OK;
	case F_BOOL:
		if (json_type_of(v) == JSON_T_BOOL)
			out->i = json_boolean(v);
		else
			wrong_type(x->problem, pointer, "true or false", v);
		return ERR_OK;
	case F_DECIMAL:
		return parse_decimal(x, v, pointer, out);
	case F_CODE:
		parse_code(x, f, v, pointer, out);
		return ERR_OK;
	case F_EDTF:
		parse_dates(x, v, pointer, out);
		return ERR_OK;
	case F_TIME:
		return parse_time(x, v, pointer, out);
	case F_TEXTS:
	case F_CODES:
		return parse_scalars(x, f, v, pointer, out);
	case F_REF:
		return parse_ref(p, l, v, pointer, out);
	default:
		return ERR_INTERNAL;
	}
}

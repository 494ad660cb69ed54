/* SPDX-License-Identifier: Apache-2.0
 * Request bodies through Jansson: its memory comes from the request's arena, and its errors
 * are told in our own words. */
#include <jansson.h>

#include "json/reader.h"

#include "base/text.h"
#include "json/place.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

/* What Jansson allocates while this thread parses.  The tree is never freed piece by piece:
 * the arena takes it back whole, also what Jansson itself loses when memory is out. */
static _Thread_local struct {
	struct arena *arena; /* NULL: somebody else's call */
	size_t left;
	bool over_budget, no_memory;
} parsing;

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void *take_memory(size_t n)
{
	if (!parsing.arena)
		return malloc(n);
	if (n > parsing.left) {
		parsing.over_budget = true;
		return NULL;
	}
	void *p = arena_alloc(parsing.arena, n);

	if (p)
		parsing.left -= n;
	else
		parsing.no_memory = true;
	return p;
}

static void give_memory(void *p)
{
	if (!parsing.arena)
		free(p);
}

static void prepare(void)
{
	json_set_alloc_funcs(take_memory, give_memory);
	json_object_seed(0);
}

void json_reader_init(void)
{
	pthread_once(&once, prepare);
}

/* What one parse needs to tell about a fault. */
struct report {
	struct arena *arena;
	struct str text;
	struct problem *problem;
	struct place at;
};

/* Sets the problem and its one fault to the same sentence. */
static enum err refuse(struct report *r, size_t offset, const char *code, const char *advice)
{
	const char *pointer = place_pointer(&r->at, r->arena);
	size_t line, column;

	if (!pointer)
		return ERR_NOMEM;
	place_line_column(r->text, offset, &line, &column);
	problem_at_pointer(r->problem, pointer, code, "Line %zu, column %zu: %s", line, column, advice);
	return problem_set(r->problem, 400, code, "Line %zu, column %zu: %s", line, column, advice);
}

static enum err check_encoding(struct report *r)
{
	size_t good = text_utf8_span(r->text);
	const char *nul = good ? memchr(r->text.p, '\0', good) : NULL;

	/* Jansson takes a NUL between tokens for the end and would not look at what follows. */
	if (nul) {
		size_t at = (size_t)(nul - r->text.p);

		place_scan(&r->at, r->text, at);
		return refuse(r, at, "encoding", "a NUL byte stands here; remove it.");
	}
	if (good == r->text.n)
		return ERR_OK;
	place_scan(&r->at, r->text, good);
	return refuse(r, good, "encoding", "the bytes here are not UTF-8; send the body in UTF-8.");
}

static enum err check_depth(struct report *r)
{
	_Static_assert(JSON_DEPTH_MAX == 64, "the sentence below names the limit");

	place_scan(&r->at, r->text, r->text.n);
	if (!r->at.too_deep)
		return ERR_OK;
	return refuse(r, r->at.token, "depth", "arrays and objects are nested more than 64 deep; nest them less.");
}

static bool ends_value(char c)
{
	return c && !strchr("{[,:", c);
}

/* What is wrong with a token in a place where another one was needed. */
static const char *advise_on_token(const struct report *r)
{
	const struct place *at = &r->at;
	const struct place_frame *f = at->depth ? &at->frames[at->depth - 1] : NULL;
	char c = r->text.p[at->token];

	if (str_starts(r->text, STR("\xef\xbb\xbf")))
		return "the text begins with a byte-order mark; send it without.";
	if (c == '/' || c == '#')
		return "JSON has no comments; remove this.";
	if ((c == '}' || c == ']') && at->before == ',')
		return "a comma stands before the closing bracket; remove the comma.";
	if (c == '}' || c == ']')
		return "this bracket closes nothing, or a value before it is missing; check what it should close.";
	if (c == ',')
		return "a value is missing before this comma; write one or remove the comma.";
	if (c == ':')
		return "this colon does not follow a name; write \"name\": value inside an object.";
	if (c == '\'')
		return "text stands in double quotes; replace the single ones.";
	if (ends_value(at->before))
		return "a comma between values, or a colon after a name, is missing before this.";
	if (f && f->object && !f->colon)
		return "the name of a member stands in double quotes; write \"name\": value.";
	if (strchr("0123456789+-.", c))
		return "this is no number; write it like -12 or 3.5, without a leading zero, plus sign or bare point.";
	return "this is no value; write text in double quotes, a number, true, false, null, an array or an object.";
}

static enum err refuse_syntax(struct report *r, size_t stop, const char *text)
{
	if (strncmp(text, "invalid Unicode", 15) == 0)
		return refuse(r, r->at.token, "encoding",
			      "this text escapes half of a surrogate pair; write both halves or the character itself.");
	const char *escape = stop ? memrchr(r->text.p, '\\', stop) : NULL;

	if (escape && strncmp(text, "invalid escape", 14) == 0)
		return refuse(r, (size_t)(escape - r->text.p), "syntax",
			      "this escape does not exist; use \\\" \\\\ \\/ \\b \\f \\n \\r \\t or \\u and four hexadecimal digits.");
	if (r->at.in_string)
		return refuse(r, stop, "syntax",
			      "a control character stands inside text; write it as an escape, such as \\n or \\t.");
	return refuse(r, r->at.token, "syntax", advise_on_token(r));
}

static bool is_blank(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!strchr(" \t\r\n", s.p[i]))
			return false;
	return true;
}

static enum err refuse_jansson(struct report *r, const json_error_t *error)
{
	size_t stop = error->position < 0 ? 0 : (size_t)error->position;

	if (stop > r->text.n)
		stop = r->text.n;
	place_scan(&r->at, r->text, stop);
	switch (json_error_code(error)) {
	case json_error_premature_end_of_input:
		return refuse(r, r->text.n, "syntax",
			      is_blank(r->text) ? "the body is empty; send a JSON value." :
						  "the text ends too early; close every quote, bracket and brace.");
	case json_error_end_of_input_expected:
		return refuse(r, r->at.token, "syntax", "more text follows the value; send one value only.");
	case json_error_duplicate_key:
		return refuse(r, r->at.token, "duplicate_key", "this name occurs twice in one object; keep one of them.");
	case json_error_numeric_overflow:
		return refuse(r, r->at.token, "number_range",
			      "this number is out of range; whole numbers have 64 bits, others reach about 1.8e308.");
	case json_error_null_character:
	case json_error_null_byte_in_key:
		return refuse(r, r->at.token, "encoding", "text must not contain \\u0000; remove it.");
	case json_error_invalid_utf8:
		return refuse(r, stop, "encoding", "the bytes here are not UTF-8; send the body in UTF-8.");
	default:
		return refuse_syntax(r, stop, error->text);
	}
}

static enum err load(struct report *r, size_t budget_bytes, struct json *out)
{
	json_error_t error;

	parsing.arena = r->arena;
	parsing.left = budget_bytes;
	parsing.over_budget = parsing.no_memory = false;
	const json_t *tree = json_loadb(r->text.p, r->text.n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
	parsing.arena = NULL;

	/* Jansson reads on with a shortened token when its text buffer cannot grow, so the flags
	 * count, not only its answer. */
	if (parsing.no_memory)
		return ERR_NOMEM;
	if (parsing.over_budget) {
		enum err e = problem_set(r->problem, 413, "too_large",
					 "The body holds more values than one request may; split it into several requests.");

		return e == ERR_REFUSED ? ERR_NOMEM : e;
	}
	if (tree) {
		out->j = tree;
		return ERR_OK;
	}
	return refuse_jansson(r, &error);
}

enum err json_parse(struct arena *a, struct str text, size_t budget_bytes, struct problem *p, struct json *out)
{
	struct report r = { .arena = a, .text = text.n ? text : STR(""), .problem = p };

	json_reader_init();
	out->j = NULL;
	enum err e = check_encoding(&r);
	if (!e)
		e = check_depth(&r);
	return e ? e : load(&r, budget_bytes, out);
}

static json_t *node(struct json v)
{
	/* Jansson's readers take pointers to non-const. */
	return (json_t *)v.j;
}

enum json_type json_type_of(struct json v)
{
	assert(v.j);
	switch (json_typeof(node(v))) {
	case JSON_OBJECT:  return JSON_T_OBJECT;
	case JSON_ARRAY:   return JSON_T_ARRAY;
	case JSON_STRING:  return JSON_T_STRING;
	case JSON_INTEGER: return JSON_T_INT;
	case JSON_REAL:    return JSON_T_REAL;
	case JSON_TRUE:
	case JSON_FALSE:   return JSON_T_BOOL;
	case JSON_NULL:    break;
	}
	return JSON_T_NULL;
}

const char *json_type_name(enum json_type t)
{
	switch (t) {
	case JSON_T_NULL:   return "null";
	case JSON_T_BOOL:   return "true or false";
	case JSON_T_INT:    return "a whole number";
	case JSON_T_REAL:   return "a number";
	case JSON_T_STRING: return "a string";
	case JSON_T_ARRAY:  return "an array";
	case JSON_T_OBJECT: return "an object";
	}
	return "a value";
}

struct str json_string(struct json v)
{
	assert(json_is_string(node(v)));
	return (struct str){ json_string_value(node(v)), json_string_length(node(v)) };
}

int64_t json_integer(struct json v)
{
	assert(json_is_integer(node(v)));
	return json_integer_value(node(v));
}

bool json_boolean(struct json v)
{
	assert(json_is_boolean(node(v)));
	return json_is_true(node(v));
}

size_t json_array_length(struct json v)
{
	assert(json_is_array(node(v)));
	return json_array_size(node(v));
}

struct json json_item(struct json array, size_t i)
{
	assert(json_is_array(node(array)));
	return (struct json){ json_array_get(node(array), i) };
}

struct json json_member(struct json object, const char *key)
{
	assert(json_is_object(node(object)));
	return (struct json){ json_object_get(node(object), key) };
}

static struct json_iter iter_at(void *at)
{
	struct json_iter it = { { NULL, 0 }, { NULL }, at };

	if (at) {
		it.key = (struct str){ json_object_iter_key(at), json_object_iter_key_len(at) };
		it.value.j = json_object_iter_value(at);
	}
	return it;
}

struct json_iter json_first(struct json object)
{
	assert(json_is_object(node(object)));
	return iter_at(json_object_iter(node(object)));
}

struct json_iter json_next(struct json object, struct json_iter it)
{
	return iter_at(json_object_iter_next(node(object), it.at));
}

const char *json_pointer(struct arena *a, const char *base, struct str token)
{
	size_t n = strlen(base), escapes = 0;

	for (size_t i = 0; i < token.n; i++)
		escapes += token.p[i] == '~' || token.p[i] == '/';
	char *out = arena_alloc(a, n + token.n + escapes + 2), *p = out;

	if (!out)
		return NULL;
	memcpy(p, base, n);
	p += n;
	*p++ = '/';
	for (size_t i = 0; i < token.n; i++) {
		char c = token.p[i];

		if (c == '~' || c == '/') {
			*p++ = '~';
			c = c == '~' ? '0' : '1';
		}
		*p++ = c;
	}
	*p = '\0';
	return out;
}

const char *json_pointer_index(struct arena *a, const char *base, size_t index)
{
	return arena_printf(a, "%s/%zu", base, index).p;
}

/* SPDX-License-Identifier: Apache-2.0
 * Request bodies: Jansson behind limits and typed getters.  A parsed tree lives until its
 * arena is reset and is read-only.
 *
 * Refused with a JSON pointer (RFC 6901) to the place: malformed text, duplicate keys, bad
 * UTF-8, NUL and lone surrogates, numbers out of range, depth over JSON_DEPTH_MAX. */
#ifndef ZIARA_JSON_READER_H
#define ZIARA_JSON_READER_H

#include "base/arena.h"
#include "base/fault.h"

#include <stdint.h>

/* Jansson exports the same names; its header, where needed, is included before this one. */
#undef json_boolean
#define json_string  ziara_json_string
#define json_integer ziara_json_integer
#define json_boolean ziara_json_boolean

enum { JSON_DEPTH_MAX = 64 };

enum json_type { JSON_T_NULL, JSON_T_BOOL, JSON_T_INT, JSON_T_REAL, JSON_T_STRING, JSON_T_ARRAY, JSON_T_OBJECT };

/* An opaque handle on a node of the tree; j == NULL means absent. */
struct json {
	const void *j;
};

/* Once, before threads start: seeds hashing, sets the counting allocator. */
void json_reader_init(void);
/* ERR_REFUSED with status 400 and one fault at its pointer, ERR_NOMEM (also when the tree
 * would need more than `budget_bytes`, after setting problem 413). */
MUST_USE enum err json_parse(struct arena *a, struct str text, size_t budget_bytes, struct problem *p,
			     struct json *out);

enum json_type json_type_of(struct json v);
/* "a string", "a number" …: for sentences. */
const char *json_type_name(enum json_type t);
/* Each expects the right type. */
struct str json_string(struct json v);
int64_t json_integer(struct json v);
bool json_boolean(struct json v);
size_t json_array_length(struct json v);
struct json json_item(struct json array, size_t i);
/* j == NULL when absent. */
struct json json_member(struct json object, const char *key);

/* Walks an object's members in insertion order: for (it = json_first(o); it.value.j; it = json_next(o, it)) */
struct json_iter {
	struct str key;
	struct json value;
	void *at;
};
struct json_iter json_first(struct json object);
struct json_iter json_next(struct json object, struct json_iter it);

/* RFC 6901 escaping of one reference token appended to `base`: ("/a", "b/c") -> "/a/b~1c".
 * Token may be an array index via json_pointer_index.  NULL when memory is out. */
const char *json_pointer(struct arena *a, const char *base, struct str token);
const char *json_pointer_index(struct arena *a, const char *base, size_t index);

#endif

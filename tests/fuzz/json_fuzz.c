/* SPDX-License-Identifier: Apache-2.0
 * Any bytes as a request body: what is accepted is written out and accepted again; what is
 * refused has its problem. */
#include "json/reader.h"
#include "json/writer.h"

#include "base/text.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MEMORY = 1 << 20 };

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void copy(struct json_writer *w, struct json v);

static void copy_object(struct json_writer *w, struct json v)
{
	json_object(w);
	for (struct json_iter it = json_first(v); it.value.j; it = json_next(v, it)) {
		/* Keys of strangers need escapes, which json_key does not write. */
		json_str(w, it.key);
		buf_char(w->out, ':');
		w->comma = false;
		copy(w, it.value);
	}
	json_end_object(w);
}

static void copy(struct json_writer *w, struct json v)
{
	switch (json_type_of(v)) {
	case JSON_T_OBJECT:
		copy_object(w, v);
		break;
	case JSON_T_ARRAY:
		json_array(w);
		for (size_t i = 0; i < json_array_length(v); i++)
			copy(w, json_item(v, i));
		json_end_array(w);
		break;
	case JSON_T_STRING:
		must(text_utf8_valid(json_string(v)));
		json_str(w, json_string(v));
		break;
	case JSON_T_INT:
		json_int(w, json_integer(v));
		break;
	case JSON_T_BOOL:
		json_bool(w, json_boolean(v));
		break;
	case JSON_T_REAL:
	case JSON_T_NULL:
		json_null(w);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new(2 * MEMORY);
	struct problem p;
	struct json v;
	struct buf out, again;
	struct json_writer w;

	must(a);
	json_reader_init();
	problem_reset(&p, a);
	enum err e = json_parse(a, (struct str){ (const char *)data, size }, MEMORY / 4, &p, &v);

	must(e == ERR_OK || p.status == 400 || p.status == 413);
	must(e != ERR_REFUSED || (p.n_faults == 1 && text_utf8_valid(str_from(p.faults[0].pointer))));
	if (!e) {
		buf_init(&out, MEMORY);
		buf_init(&again, MEMORY);
		json_begin(&w, &out);
		copy(&w, v);
		must(!out.err && json_parse(a, buf_view(&out), MEMORY, &p, &v) == ERR_OK);
		json_begin(&w, &again);
		copy(&w, v);
		must(str_eq(buf_view(&out), buf_view(&again)));
		buf_free(&out);
		buf_free(&again);
	}
	arena_free(a);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0
 * Streaming JSON (RFC 8259) into a bounded buffer.  Commas are the writer's business;
 * errors are sticky in the buffer. */
#ifndef ZIARA_JSON_WRITER_H
#define ZIARA_JSON_WRITER_H

#include "base/buf.h"
#include "base/uuid.h"

/* Jansson exports the same names; its header, where needed, is included before this one. */
#define json_object ziara_json_object
#define json_array  ziara_json_array
#define json_null   ziara_json_null

struct json_writer {
	struct buf *out;
	bool comma; /* the next value or key needs one */
};

static inline void json_begin(struct json_writer *w, struct buf *out)
{
	*w = (struct json_writer){ out, false };
}

void json_object(struct json_writer *w);
void json_end_object(struct json_writer *w);
void json_array(struct json_writer *w);
void json_end_array(struct json_writer *w);
/* `key` is a name from our own tables, ASCII without quotes: written unescaped. */
void json_key(struct json_writer *w, const char *key);
/* UTF-8 is passed through; ", \ and U+0000–U+001F are escaped; U+007F, U+2028 and U+2029 too,
 * so that the text may stand in scripts and logs.  Expects well-formed UTF-8. */
void json_str(struct json_writer *w, struct str s);
void json_z(struct json_writer *w, const char *z);
/* Text known to have nothing that is escaped: codes, dates, ids. */
void json_plain(struct json_writer *w, struct str s);
void json_int(struct json_writer *w, int64_t i);
void json_bool(struct json_writer *w, bool b);
void json_null(struct json_writer *w);
void json_uuid(struct json_writer *w, struct uuid id);
/* One string: a text and an id behind it. */
void json_str_uuid(struct json_writer *w, struct str before, struct uuid id);
/* Text that is JSON already. */
void json_raw(struct json_writer *w, struct str json);

#endif

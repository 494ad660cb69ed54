/* SPDX-License-Identifier: Apache-2.0
 * Where in a JSON text an offset is: the path to it and its line and column.  Works on
 * malformed text too, since it is there to describe faults. */
#ifndef ZIARA_JSON_PLACE_H
#define ZIARA_JSON_PLACE_H

#include "base/arena.h"
#include "json/reader.h"

/* One open array or object. */
struct place_frame {
	bool object;
	bool has_key, colon; /* of an object's current member */
	size_t index;        /* of an array's current item */
	struct str key;      /* as written, with its escapes */
};

struct place {
	struct place_frame frames[JSON_DEPTH_MAX];
	size_t depth;
	bool too_deep;    /* the scan stopped at the container that would be one too many */
	bool in_string;   /* the scan stopped inside a string */
	size_t token;     /* offset of the last token's first byte */
	char before;      /* last byte of the token before it; NUL: none */
};

/* Reads `text` up to the offset `stop`. */
void place_scan(struct place *at, struct str text, size_t stop);
/* The RFC 6901 pointer; that of an ancestor when it would be longer than 4 KiB.
 * NULL when memory is out. */
const char *place_pointer(const struct place *at, struct arena *a);
/* Counted from 1; the column in characters. */
void place_line_column(struct str text, size_t offset, size_t *line, size_t *column);

#endif

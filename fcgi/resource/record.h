/* SPDX-License-Identifier: Apache-2.0
 * A record in memory: what was read from the tables or from a body, in one form. */
#ifndef ZIARA_RESOURCE_RECORD_H
#define ZIARA_RESOURCE_RECORD_H

#include "base/edtf.h"
#include "base/uuid.h"
#include "resource/shape.h"

/* What a body was called when something happened, and what it is today (resource/resolve.h). */
struct standing {
	struct str name;     /* then; p == NULL: as it is today */
	struct uuid now;     /* the body of today … */
	struct str now_name; /* … p == NULL: still itself */
};

struct value {
	bool set;
	bool hidden;       /* F_REF: the target is not for this view */
	struct str s;      /* text, code, EDTF, URL, decimal; arrays: their JSON text; F_TIME: RFC 3339 */
	int64_t i;         /* F_INT, F_BOOL */
	struct uuid id;    /* F_REF: as it is stored */
	bool merged;       /* F_REF: that record was merged into `survivor`, which `hidden` and `label` are of */
	struct uuid survivor;
	struct str label;  /* F_REF: label of the target, today's */
	const struct standing *standing; /* F_REF to a body with a history; NULL: as it is today */
	struct edtf bounds;/* F_EDTF read from a body */
};

struct records {
	struct record *item;
	size_t n, cap;
};

struct record {
	struct uuid id;
	struct uuid parent;
	int64_t pos;
	bool known;              /* read from the table, or a body item that names one */
	bool merged;             /* roots: merged into `survivor` */
	struct uuid survivor;
	const char *pointer;     /* JSON pointer of the body item it came from */
	struct value *v;         /* shape->n_leaves */
	struct records *kids;    /* shape->n_kids */
	const char *computed;    /* F_COMPUTED text, NULL: none */
	/* children served across roots */
	struct uuid root;
	struct str root_label;
	struct edtf when;        /* when the root was: bounds of its first day; hi == 0: not known */
};

/* A record of this shape with nothing set. */
MUST_USE enum err record_init(struct arena *a, const struct shape *s, struct record *r);
/* The same for one that load_row is about to fill: of a value that stays unset nothing else may be read. */
MUST_USE enum err record_init_row(struct arena *a, const struct shape *s, struct record *r);
/* Appends a fresh record and returns it; NULL when memory is out.  Earlier pointers into the
 * list are invalid afterwards. */
struct record *records_add(struct arena *a, const struct shape *s, struct records *list);
struct record *records_find(const struct records *list, struct uuid id);
bool record_same_value(const struct field *f, const struct value *a, const struct value *b);
/* Same columns, kids left aside. */
bool record_same_row(const struct shape *s, const struct record *a, const struct record *b);

/* The record a reference leads to. */
static inline struct uuid value_answers(const struct value *v)
{
	return v->merged ? v->survivor : v->id;
}
static inline uint32_t record_version(const struct record *r)
{
	return (uint32_t)r->v[ROOT_VERSION].i;
}
static inline bool record_published(const struct record *r)
{
	return str_is(r->v[ROOT_STATE].s, "published");
}

#endif

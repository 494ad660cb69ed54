/* SPDX-License-Identifier: Apache-2.0
 * Descriptor tables: one row a field.  The engine makes SQL, validation, JSON, filters and
 * OpenAPI of them; register/ holds nothing else.
 *
 * A root table has the columns id, version, state, embargo_until, created_at, updated_at and
 * last_request besides those named here, and merged_into and merge_asked when its records can be merged;
 * a child table has id, parent and pos. */
#ifndef ZIARA_RESOURCE_FIELD_H
#define ZIARA_RESOURCE_FIELD_H

#include "access/view.h"
#include "http/request.h"

enum field_type {
	F_END = 0,   /* terminates an array of fields */
	F_TEXT,      /* NFC text, length in characters; what something is known by (flags) must show */
	F_INT,       /* whole number within len.min..len.max */
	F_BOOL,
	F_DECIMAL,   /* decimal string, at most 18 digits and 2 of them fractional */
	F_CODE,      /* a code of `list` */
	F_EDTF,      /* three columns: col, col_lo, col_hi (base/edtf.h) */
	F_TIME,      /* RFC 3339 date-time, milliseconds, UTC */
	F_URL,       /* absolute http or https URL */
	F_REF,       /* reference to a record, or to a child that is a resource of its own: {id} and its label */
	F_TEXTS,     /* array of texts, one JSON column */
	F_CODES,     /* array of distinct codes of `list`, one JSON column */
	F_GROUP,     /* nested object whose members are columns of the same table */
	F_CHILD,     /* array of items in a table of their own */
	F_COMPUTED,  /* a short text made by the resource's `computed` hook; never stored */
};

/* Filter operators, as in field.op=value; eq is plain field=value. */
enum field_op {
	OP_EQ = 1 << 0,
	OP_NE = 1 << 1,
	OP_IN = 1 << 2,
	OP_LT = 1 << 3,
	OP_LTE = 1 << 4,
	OP_GT = 1 << 5,
	OP_GTE = 1 << 6,
	OP_PREFIX = 1 << 7,
	OP_CONTAINS = 1 << 8,
	OP_NULL = 1 << 9,
	OP_OVERLAPS = 1 << 10,
};
#define OPS_CODE  (OP_EQ | OP_NE | OP_IN | OP_NULL)
#define OPS_TEXT  (OP_EQ | OP_PREFIX | OP_CONTAINS | OP_NULL)
#define OPS_RANGE (OP_EQ | OP_LT | OP_LTE | OP_GT | OP_GTE | OP_NULL)
#define OPS_EDTF  (OPS_RANGE | OP_OVERLAPS)
/* The operators that a field of this type may have. */
unsigned field_ops(enum field_type t);

enum field_flag {
	FIELD_REQUIRED = 1 << 0,
	FIELD_READ_ONLY = 1 << 1, /* ignored in bodies; the items of such an array stay as they are */
	FIELD_UNIQUE = 1 << 2,    /* part of a unique key: a changed row is replaced, so that two rows can swap */
	FIELD_MATCH = 1 << 3,     /* {name, create: true} reuses a record equal in its match fields */
	FIELD_INTERNAL = 1 << 4,  /* a column the engine keeps and never shows */
	FIELD_SUBJECT = 1 << 5,   /* says what an item is about: an item all of whose subjects are hidden is left out */
	FIELD_SEARCH = 1 << 6,    /* a text whose words find the record (token.h); in a child, every item of it */
};

struct field {
	const char *name;
	enum field_type type;
	const char *col;
	struct {
		unsigned min, max; /* characters, items of an array, or the range of an integer */
	} len;
	const char *list;          /* F_CODE, F_CODES */
	const char *ref;           /* F_REF: name of the resource */
	const char *table;         /* F_CHILD */
	const struct field *sub;   /* F_GROUP, F_CHILD */
	unsigned ops;
	unsigned flags;
	enum field_class cls;
	const char *open_if;       /* a sibling that says otherwise: F_BOOL, public when true; F_CODE, the class it names */
	const char *doc;
};

/* A filter that reaches across children, kept by the engine in the table `facet`.
 * `path` is "child.field", "child.child.field" or a field of the root. */
struct facet {
	const char *name;     /* the query parameter */
	const char *path;
	const char *with;     /* second field of the same item, joined to the value ("role", or "value" of an identifier) */
	const char *when;     /* only items whose field `when` … */
	const char *is;       /* … holds this code */
	const char *needs;    /* `with` facets over references: the parameter that carries the reference */
	const char *closure;  /* F_REF: the self-reference followed upwards ("parent"), so that an ancestor finds its descendants */
	const char *doc;
};

/* Filters by what other resources say of a record (the role a body played in visits), answered by one hand-written
 * statement that gives ids, column `found`.  Each parameter p fills :p and :any_p, which is 1 when p is not asked
 * for; :sees_visits, :sees_directory and :sees_policies say whose drafts the view sees, :sees_names whether it
 * sees restricted fields of visits (sql/queries). */
struct reach {
	const char *name;         /* the query parameter */
	const char *any;          /* "any_" and the name */
	const char *lists[2];     /* a code of one of these lists (the second may be NULL); or */
	const char *ref;          /* a resource's id … */
	const char *closure;      /* … and all below it by this self-reference, or NULL */
	const char *doc;
};

/* By what records are held against each other as likely duplicates (likeness.h). */
enum likeness_by {
	LIKE_END = 0,
	LIKE_NAME,       /* a name */
	LIKE_ACRONYM,    /* an acronym, which the initials of a name may be, too */
	LIKE_IDENTIFIER, /* scheme, and the number in `with` */
	LIKE_COUNTRY,    /* names of two known countries are names of two bodies */
	LIKE_LINK,       /* F_REF to the resource itself: who stands in it is known to be another */
};
struct likeness {
	enum likeness_by by;
	const char *path;     /* public field of the root, or "child.field" */
	const char *with;
};

/* How a sort column compares and how its value travels in a cursor. */
enum sort_key {
	KEY_TEXT, /* by the column's collation */
	KEY_INT,
	KEY_TIME,
	KEY_ID,   /* the primary key itself */
};

/* An order a list may be asked for.  Every column named here is NOT NULL and indexed. */
struct sort {
	const char *name;
	const char *col;
	enum sort_key key;
};

struct record;
struct ctx;

/* Characters of a text that stands for a record which has no title. */
enum { RESOURCE_DATED_MAX = 2, RESOURCE_BRIEF_MAX = 160 };

struct resource {
	const char *name;            /* "visit": in change rows, facets, references */
	const char *path;            /* "visits" */
	const char *table;           /* roots: the table; children: found through `within` */
	const char *within;          /* children across all roots: "visit.learnings" */
	const char *title;           /* "Visits": OpenAPI */
	const char *label;           /* field shown where the record is embedded; children: its first words, NULL when
				      * nothing refers to them */
	const char *default_sort;    /* "-dates" */
	const char *facet_sort;      /* field whose lower bound orders facets, or NULL */
	const char *dated[RESOURCE_DATED_MAX];       /* roots: the fields that say when it was, best first; names in it are those of that time */
	bool chronicled;             /* roots: children "names" and "successions" say what it was called and what it became */
	const struct field *fields;  /* NULL for children */
	const struct facet *facets;  /* ends with a NULL name */
	const struct reach *reaches; /* roots; ends with a NULL name */
	const char *reach_sql;       /* their statement */
	const struct likeness *likeness; /* ends with LIKE_END; NULL: duplicates are not looked for */
	bool posted;                 /* roots: found by words in the order of default_sort (posting.h); the table has `postings_due` */
	const char *const *light_words;  /* folded words that say little in a name; ends with NULL */
	const struct sort *sorts;    /* ends with a NULL name */
	const char *const *indexed;  /* "kind -dates": filter and sort pairs served by an index; ends with NULL */
	enum access_group group;     /* roots: which scope writes them */
	unsigned methods;            /* enum http_method bits of the item; POST on the collection goes with PUT */
	bool merges;                 /* roots: one record may be merged into another (resource/alias.h) */
	const char *doc;
};

#endif

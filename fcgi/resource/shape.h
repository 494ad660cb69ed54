/* SPDX-License-Identifier: Apache-2.0
 * Descriptor tables made ready at start: checked, flattened to leaves (columns) and kids
 * (child tables), with their fixed SQL texts. */
#ifndef ZIARA_RESOURCE_SHAPE_H
#define ZIARA_RESOURCE_SHAPE_H

#include "base/arena.h"
#include "base/buf.h"
#include "resource/field.h"

enum { SHAPE_LEAVES_MAX = 56, SHAPE_KIDS_MAX = 12, RESOURCES_MAX = 24 };
/* Longest chain of self-references ("parent") that is followed, and accepted. */
enum { SHAPE_CLIMB_MAX = 64 };
/* Filters by what other resources say, of one resource. */
enum { SHAPE_REACHES_MAX = 4 };

/* Leaves every root has, in this order, before its own. */
enum root_leaf { ROOT_VERSION, ROOT_STATE, ROOT_EMBARGO, ROOT_CREATED, ROOT_UPDATED, ROOT_LAST_REQUEST, ROOT_LEAVES };

struct leaf {
	const struct field *f;
	const struct field *group;       /* the F_GROUP around it, or NULL */
	const struct shape *target;      /* F_REF */
	int open_if;                     /* leaf index of the sibling, or -1 */
};

struct kid {
	const struct field *f;
	struct shape *shape;
};

struct shape {
	const char *table;
	const struct resource *resource; /* of the root */
	const struct resource *served_as; /* its own: a root's, or a child's that is served across all roots; else NULL */
	struct shape *parent;            /* NULL for a root */
	size_t n_leaves, n_kids;
	struct leaf leaves[SHAPE_LEAVES_MAX];
	struct kid kids[SHAPE_KIDS_MAX];
	int label_leaf;                  /* of served_as; -1 when nothing may refer to it */
	bool referred;                   /* some reference leads to it */
	int dated[RESOURCE_DATED_MAX];   /* roots: the leaves that say when it was, best first; -1 */
	uint64_t bodies;                 /* bit a leaf: references to records with a history */
	bool has_unique;                 /* some leaf is FIELD_UNIQUE */
	bool searchable;                 /* some leaf of it, or of what is below, is FIELD_SEARCH */
	int order;                       /* position among all shapes */
	/* SQL pieces; t is the table, r0.. the tables of its references, p0.. the roots of those that are children */
	const char *columns;             /* "t.id, [t.parent, t.pos,] …"; a reference has label, state and what it was merged into */
	const char *from;                /* "visit t LEFT JOIN programme r0 ON r0.id = t.programme" */
	const char *insert, *update, *delete_row;
	size_t n_columns;                /* in `columns` */
};

/* A resource with the shape that serves it: a root's own, or a child's. */
struct served {
	const struct resource *resource;
	struct shape *shape;             /* what items look like */
	struct shape *root;              /* shape of the root they belong to (itself for roots) */
	int kid;                         /* children: index in root->kids; -1 for roots */
	const char *root_columns;        /* children: label, version and dated fields of the root rt */
	size_t n_root_columns;
};

/* Builds everything from `resources` (ends with NULL); false with a message on the first contradiction in the
 * tables (duplicate or missing names, operators that do not fit a type, unknown references,
 * an unindexed sort).  Call once, before threads. */
bool shape_init(const struct resource *const *resources, char *message, size_t message_size);
void shape_end(void);

/* The columns of some leaves, bit i for leaf i, as `columns` has them for SHAPE_ALL; returns how many. */
#define SHAPE_ALL UINT64_MAX
size_t shape_columns(const struct shape *s, uint64_t leaves, struct buf *out);
/* The joins those columns need, as `from` has them for SHAPE_ALL. */
void shape_joins(const struct shape *s, uint64_t leaves, struct buf *out);

size_t shape_served_count(void);
const struct served *shape_served(size_t i);
/* NULL when unknown. */
const struct served *shape_by_path(struct str path);
/* Number of root and child shapes, and each: for tests that compare them with a database. */
size_t shape_count(void);
const struct shape *shape_at(size_t i);

/* What a view shows of the records of this shape, or of the roots that hold them. */
static inline const struct sight *shape_sight(const struct view *v, const struct shape *s)
{
	return &v->of[s->resource->group];
}

/* Whether records of this root can be merged, so that one may stand for another. */
static inline bool shape_merges(const struct shape *root)
{
	return root->resource->merges && !root->parent;
}

/* Index of a leaf ("dates", "clearance.reference") or kid by name; -1 when there is none. */
int shape_leaf(const struct shape *s, struct str name);
int shape_kid(const struct shape *s, struct str name);

/* 8 hex digits over every descriptor: the `build` part of entity tags. */
const char *shape_fingerprint(void);

#endif

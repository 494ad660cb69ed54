/* SPDX-License-Identifier: Apache-2.0
 * Lists: query parameters become terms, terms become SQL, rows become a page. */
#ifndef ZIARA_RESOURCE_LIST_H
#define ZIARA_RESOURCE_LIST_H

#include "base/buf.h"
#include "http/request.h"
#include "resource/ctx.h"
#include "resource/record.h"
#include "resource/render.h"

enum { LIST_TERMS_MAX = 32, LIST_VALUES_MAX = 50, LIST_BELOW_MAX = 200, LIST_LIMIT_MAX = 200, LIST_LIMIT_DEFAULT = 25, LIST_SORTS_MAX = 2 };

enum term_kind { TERM_LEAF, TERM_ID, TERM_ROOT, TERM_FACET, TERM_WORDS, TERM_REACH };

/* One condition; all of a query are ANDed.  (A tree of these is what RSQL would make.) */
struct term {
	enum term_kind kind;
	size_t leaf;               /* TERM_LEAF */
	enum field_op op;
	const char *facet;         /* TERM_FACET: "visit.host_country" */
	const struct shape *target;/* TERM_FACET over references: what must be visible */
	struct uuid target_id;     /* of the one value asked for: the record that answers */
	size_t merged;             /* of v, how many list_run added: ids that come to the records asked for */
	const struct leaf *own;    /* closure facets in a restricted view: the root's own reference … */
	struct db_value *below;    /* … must be one of these published records */
	size_t n_below;
	struct db_value *v;        /* TERM_WORDS: pairs of a word and the first text behind all that begin with it (null: the word itself) */
	size_t n;                  /* TERM_WORDS: of pairs */
	struct db_value *posted;   /* TERM_WORDS: the stored words that the first one begins, when the page is read in their order */
	size_t n_posted;           /* (list_posted.h); 0: it is not */
	bool to_check;             /* the page itself is to say whether posted holds (list_posted.h) */
	struct edtf bounds;        /* EDTF and date-only time values */
};

struct ordering {
	const struct sort *sort;
	bool desc;
};

struct list_query {
	const struct served *served;
	struct term terms[LIST_TERMS_MAX];
	size_t n_terms;
	struct ordering sorts[LIST_SORTS_MAX];
	size_t n_sorts;
	/* TERM_REACH: one term for all of them; the values of resource->reaches, NULL: not asked for */
	struct db_value *reach[SHAPE_REACHES_MAX];
	size_t n_reach[SHAPE_REACHES_MAX];
	unsigned limit;
	bool count;
	struct render render;      /* fields, include, labels */
	uint64_t check;            /* of filters, order, resource and view: bound into cursors */
	/* position after which the page starts */
	bool after;
	struct db_value after_key[LIST_SORTS_MAX];
	struct uuid after_id;
};

/* Reads every query parameter; faults are collected as 400 (ERR_REFUSED). */
MUST_USE enum err list_parse(struct ctx *x, const struct served *served, struct http_request *r, struct list_query *q);
/* The parameters a single read takes too: fields and labels. */
MUST_USE enum err list_parse_item(struct ctx *x, const struct served *served, struct http_request *r, struct render *o);

/* Single parameters, for answers that are no list of a resource; faults go to the problem. */
void list_parse_limit(struct ctx *x, struct list_query *q, struct str value);
void list_parse_labels(struct ctx *x, struct str value, struct render *o);

/* Opaque, URL-safe: check, keys and id of the last row. */
struct str list_cursor(struct arena *a, const struct list_query *q, const struct db_value *keys, struct uuid id);
/* False when malformed or made by another query. */
bool list_cursor_read(struct arena *a, struct list_query *q, struct str text);

/* The statement for one page (limit + 1 rows) or, with `count`, for the total. */
struct list_sql {
	struct buf text;
	struct db_value params[LIST_TERMS_MAX * 4 + LIST_VALUES_MAX * 4 + LIST_BELOW_MAX * 6 + 64];
	size_t n;
};
/* The value of the next placeholder; past the room for them the text's error is set. */
void list_bind(struct list_sql *out, struct db_value v);
/* The leaves that a page's statement reads: those its items show. */
uint64_t list_leaves(const struct list_query *q);
/* A page that names bodies looks for their successors: its statement reads the label epoch too, as the last column. */
bool list_names_bodies(const struct list_query *q);
/* The table for it, joined where such a page's statement has all others. */
void list_epoch(struct list_sql *out, const struct list_query *q);
MUST_USE enum err list_sql(struct ctx *x, const struct list_query *q, bool count, struct list_sql *out);

struct page {
	struct records rows;
	struct str next_cursor;    /* n == 0: last page */
	int64_t total;             /* -1 unless asked for */
};
/* Adds to the query's values the ids of merged records that come to the same. */
MUST_USE enum err list_run(struct ctx *x, struct list_query *q, struct page *out);
/* {"items": […], "next": …, "total": …} */
void list_render(struct json_writer *w, const struct list_query *q, const struct page *p, struct str next_url);

/* One child served across roots, by its id: with its root's id and label.  ERR_NOT_FOUND. */
MUST_USE enum err list_child(struct ctx *x, const struct served *served, struct uuid id, struct record *out,
			     uint32_t *root_version);

#endif

/* SPDX-License-Identifier: Apache-2.0
 * Code lists: read from the table, looked up in memory. */
#include "resource/codes.h"

#include <stdlib.h>

enum { CODES_MEMORY = 8 << 20 };

struct codes {
	struct arena *arena;
	uint64_t epoch;      /* 0: nothing read yet */
	struct code *all;    /* ordered by list, then position */
	size_t n;
	const char **names;
	const struct code **by_code; /* ordered by list and code, for lookups */
};

struct codes *codes_new(void)
{
	struct codes *c = calloc(1, sizeof(*c));

	if (c && !(c->arena = arena_new(CODES_MEMORY))) {
		free(c);
		c = NULL;
	}
	return c;
}

void codes_free(struct codes *c)
{
	if (!c)
		return;
	arena_free(c->arena);
	free(c);
}

static int compare_str(struct str a, struct str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int d = n ? memcmp(a.p, b.p, n) : 0;

	return d ? d : (a.n > b.n) - (a.n < b.n);
}

static int compare_codes(const void *va, const void *vb)
{
	const struct code *a = *(const struct code *const *)va, *b = *(const struct code *const *)vb;
	int d = compare_str(a->list, b->list);

	return d ? d : compare_str(a->code, b->code);
}

static enum err index_codes(struct codes *c)
{
	size_t lists = 0;

	c->by_code = arena_array(c->arena, c->n, sizeof(*c->by_code));
	c->names = arena_array(c->arena, c->n + 1, sizeof(*c->names));
	if (!c->by_code || !c->names)
		return ERR_NOMEM;
	for (size_t i = 0; i < c->n; i++) {
		c->by_code[i] = &c->all[i];
		if (i == 0 || !str_eq(c->all[i].list, c->all[i - 1].list)) {
			struct str name = arena_dup(c->arena, c->all[i].list);
			if (!name.p)
				return ERR_NOMEM;
			c->names[lists++] = name.p;
		}
	}
	qsort(c->by_code, c->n, sizeof(*c->by_code), compare_codes);
	return ERR_OK;
}

static enum err read_codes(struct codes *c, struct db *d)
{
	struct db_rows rows;
	enum err e = db_query(d, c->arena,
			      "SELECT list, code, parent, label_en, label_fr, label_sw, active FROM code ORDER BY list, pos, code",
			      NULL, 0, &rows);

	if (e)
		return e;
	c->all = arena_array(c->arena, rows.rows, sizeof(*c->all));
	if (!c->all)
		return ERR_NOMEM;
	c->n = rows.rows;
	for (size_t i = 0; i < rows.rows; i++) {
		const struct db_value *v = db_cell(&rows, i, 0);
		c->all[i] = (struct code){
			.list = v[0].s, .code = v[1].s, .parent = v[2].s,
			.label = { [CODE_EN] = v[3].s, [CODE_FR] = v[4].s, [CODE_SW] = v[5].s },
			.active = v[6].i != 0,
		};
	}
	return index_codes(c);
}

enum err codes_refresh(struct codes *c, struct db *d, uint64_t epoch)
{
	if (c->epoch == epoch && epoch != 0)
		return ERR_OK;
	arena_reset(c->arena);
	c->epoch = 0;
	c->n = 0;
	enum err e = read_codes(c, d);
	if (e)
		c->n = 0;
	else
		c->epoch = epoch;
	return e;
}

const struct code *codes_find(const struct codes *c, const char *list, struct str code)
{
	struct code key = { .list = str_from(list), .code = code };
	const struct code *pkey = &key;
	const struct code *const *at = c->n ? bsearch(&pkey, c->by_code, c->n, sizeof(*c->by_code), compare_codes) : NULL;

	return at ? *at : NULL;
}

const struct code *codes_list(const struct codes *c, struct str list, size_t *n)
{
	const struct code *first = NULL;

	*n = 0;
	for (size_t i = 0; i < c->n; i++) {
		if (!str_eq(c->all[i].list, list))
			continue;
		if (!first)
			first = &c->all[i];
		++*n;
	}
	return first;
}

const char *const *codes_lists(const struct codes *c)
{
	static const char *const none[] = { NULL };

	return c->n ? (const char *const *)c->names : none;
}

struct str codes_label(const struct code *c, enum code_label lang)
{
	return c->label[lang].p ? c->label[lang] : c->label[CODE_EN];
}

const char *const *codes_spellings(const struct codes *c, struct arena *a, const char *list)
{
	static const char *const none[] = { NULL };
	size_t n;
	const struct code *first = codes_list(c, str_from(list), &n);
	const char **out = arena_array(a, n + 1, sizeof(*out));

	if (!out)
		return none;
	for (size_t i = 0; i < n; i++) {
		struct str z = arena_dup(a, first[i].code);
		if (!z.p)
			return none;
		out[i] = z.p;
	}
	return out;
}

/* SPDX-License-Identifier: Apache-2.0
 * From names, acronyms and identifiers to keys. */
#include "resource/likeness_key.h"

#include "base/hash.h"
#include "base/latin.h"
#include "base/text.h"
#include "base/words.h"

#include <inttypes.h>
#include <stdlib.h>

enum { BODY_MAX = 120, BODY_KEPT = 100, SPELLING_MIN = 6, INITIALS_MIN = 3, INITIALS_MAX = 12 };

static const char *const names[LIKENESS_KINDS] = {
	"name", "words", "transliteration", "spelling", "acronym", "initials", "identifier",
};

const char *likeness_key_name(enum likeness_kind kind)
{
	return names[kind];
}

struct work {
	struct arena *a;
	const char *const *light;
	struct likeness_keys *out;
};

static enum err add(const struct work *w, enum likeness_kind kind, struct str body)
{
	struct likeness_keys *out = w->out;

	if (body.n > BODY_MAX)
		body = arena_printf(w->a, "%.*s%016" PRIx64, (int)text_utf8_span((struct str){ body.p, BODY_KEPT }), body.p,
				    hash_64(body));
	if (!body.p)
		return ERR_NOMEM;
	if (body.n == 0 || out->n == LIKENESS_KEYS_MAX)
		return ERR_OK;
	for (size_t i = 0; i < out->n; i++)
		if (out->item[i].kind == kind && str_eq(out->item[i].body, body))
			return ERR_OK;
	out->item[out->n++] = (struct likeness_key){ .kind = kind, .body = body };
	return ERR_OK;
}

/* --- names -------------------------------------------------------------------------------- */

/* p == NULL when memory is out. */
static struct str joined(struct arena *a, const struct words *w, const char *between)
{
	size_t n = 0, gap = strlen(between);

	for (size_t i = 0; i < w->n; i++)
		n += w->item[i].n + gap;
	char *p = arena_alloc(a, n + 1);
	struct str out = { p, 0 };
	for (size_t i = 0; p && i < w->n; i++) {
		if (i) {
			memcpy(p + out.n, between, gap);
			out.n += gap;
		}
		memcpy(p + out.n, w->item[i].p, w->item[i].n);
		out.n += w->item[i].n;
	}
	return out;
}

static bool is_light(const char *const *light, struct str word)
{
	for (; light && *light; light++)
		if (str_is(word, *light))
			return true;
	return false;
}

/* What says something; everything when nothing does. */
static enum err weighty(const struct work *w, const struct words *all, struct words *out)
{
	*out = (struct words){ .item = arena_array(w->a, all->n, sizeof(*out->item)) };
	if (!out->item)
		return ERR_NOMEM;
	for (size_t i = 0; i < all->n; i++)
		if (!is_light(w->light, all->item[i]))
			out->item[out->n++] = all->item[i];
	if (out->n == 0)
		*out = *all;
	return ERR_OK;
}

static int by_bytes(const void *a, const void *b)
{
	const struct str *x = a, *y = b;
	int c = memcmp(x->p, y->p, x->n < y->n ? x->n : y->n);

	return c ? c : (x->n > y->n) - (x->n < y->n);
}

static enum err add_initials(const struct work *w, const struct words *words)
{
	if (words->n < INITIALS_MIN || words->n > INITIALS_MAX)
		return ERR_OK;
	struct words first = { .item = arena_array(w->a, words->n, sizeof(*first.item)), .n = words->n };
	if (!first.item)
		return ERR_NOMEM;
	for (size_t i = 0; i < words->n; i++) {
		struct str word = words->item[i];
		size_t n = 1;
		while (n < word.n && ((unsigned char)word.p[n] & 0xc0) == 0x80)
			n++;
		first.item[i] = (struct str){ word.p, n };
	}
	return add(w, LIKENESS_INITIALS, joined(w->a, &first, ""));
}

/* Scripts that write no vowels meet here with those that do: z is s, v is w, h is nothing, and a t that ends a word
 * may be the Arabic feminine ending. */
static size_t skeleton(struct str word, char *out)
{
	size_t n = 0;

	for (size_t i = 0; i < word.n; i++) {
		char c = word.p[i] == 'z' ? 's' : word.p[i] == 'v' ? 'w' : word.p[i];
		if (!strchr("aeiouh", c))
			out[n++] = c;
	}
	return n > 1 && out[n - 1] == 't' ? n - 1 : n;
}

static enum err add_latin(const struct work *w, struct str name)
{
	struct str latin, rest;
	enum err e = latin_of(w->a, name, &latin);

	if (!e)
		e = latin_plain(w->a, latin, &rest);
	if (!e)
		e = add(w, LIKENESS_TRANSLITERATION, rest);
	char *p = e ? NULL : arena_alloc(w->a, rest.n + 1);
	if (!p)
		return e ? e : ERR_NOMEM;
	size_t n = 0;
	while (rest.p) {
		struct str word = str_cut(rest, ' ', &rest);
		if (!is_light(w->light, word))
			n += skeleton(word, p + n);
	}
	return n < SPELLING_MIN ? ERR_OK : add(w, LIKENESS_SPELLING, (struct str){ p, n });
}

static enum err add_name(const struct work *w, struct str name, bool initials)
{
	struct words all, some;
	enum err e = words_of(w->a, name, WORDS_ASKED, &all);

	if (!e)
		e = add(w, LIKENESS_NAME, joined(w->a, &all, " "));
	if (!e)
		e = weighty(w, &all, &some);
	if (!e && initials)
		e = add_initials(w, &some);
	if (!e && some.n)
		qsort(some.item, some.n, sizeof(*some.item), by_bytes);
	if (!e)
		e = add(w, LIKENESS_WORDS, joined(w->a, &some, " "));
	return e ? e : add_latin(w, name);
}

/* Letters and digits alone. */
static enum err add_code(const struct work *w, enum likeness_kind kind, struct str text)
{
	struct words words;
	enum err e = words_of(w->a, text, WORDS_ASKED, &words);

	return e ? e : add(w, kind, joined(w->a, &words, ""));
}

/* --- records ------------------------------------------------------------------------------ */

/* Finds the field of a path: "name", or "names.name" (*kid is set).  NULL: no such field. */
static const struct shape *place(const struct shape *s, const char *path, const char *with, int *kid, int *leaf, int *second)
{
	struct str rest, head = str_cut(str_from(path), '.', &rest);

	*kid = -1;
	if (rest.p) {
		*kid = shape_kid(s, head);
		if (*kid < 0)
			return NULL;
		s = s->kids[*kid].shape;
		head = rest;
	}
	*leaf = shape_leaf(s, head);
	*second = with ? shape_leaf(s, str_from(with)) : *leaf;
	return *leaf < 0 || *second < 0 ? NULL : s;
}

const struct shape *likeness_key_place(const struct shape *s, const struct likeness *l, const char **column)
{
	int kid, leaf, second;
	const struct shape *k = place(s, l->path, l->with, &kid, &leaf, &second);

	*column = k ? k->leaves[leaf].f->col : NULL;
	return k;
}

const char *likeness_key_fault(const struct shape *s)
{
	for (const struct likeness *l = s->parent ? NULL : s->resource->likeness; l && l->by; l++) {
		int kid, leaf, second;
		const struct shape *k = place(s, l->path, l->with, &kid, &leaf, &second);
		if (!k)
			return "likeness names a field that is not there";
		if (l->by == LIKE_LINK ? k->leaves[leaf].target != s : k->leaves[leaf].target != NULL)
			return "likeness takes references to the resource itself as links, and nothing else of them";
		if (k->leaves[leaf].f->cls != CLASS_PUBLIC || k->leaves[second].f->cls != CLASS_PUBLIC)
			return "likeness looks at fields that everybody may see only";
		if (l->by == LIKE_COUNTRY && kid >= 0)
			return "likeness takes the country from the record itself";
	}
	return NULL;
}

static enum err add_item(const struct work *w, const struct likeness *l, bool acronyms, const struct value *first, const struct value *second)
{
	if (!first->set || !second->set)
		return ERR_OK;
	switch (l->by) {
	case LIKE_NAME:
		return add_name(w, first->s, acronyms);
	case LIKE_ACRONYM:
		return add_code(w, LIKENESS_ACRONYM, first->s);
	case LIKE_IDENTIFIER: {
		struct str text = arena_printf(w->a, "%.*s %.*s", STR_ARG(first->s), STR_ARG(second->s));
		return text.p ? add_code(w, LIKENESS_IDENTIFIER, text) : ERR_NOMEM;
	}
	default:
		return ERR_OK;
	}
}

static bool has(const struct shape *s, enum likeness_by by)
{
	for (const struct likeness *l = s->resource->likeness; l && l->by; l++)
		if (l->by == by)
			return true;
	return false;
}

enum err likeness_key_add(struct arena *a, const struct shape *s, const struct record *r, struct likeness_keys *out)
{
	struct work w = { a, s->resource->light_words, out };
	bool acronyms = has(s, LIKE_ACRONYM), first = out->n == 0;
	enum err e = ERR_OK;

	for (const struct likeness *l = s->resource->likeness; !e && l && l->by; l++) {
		int kid, leaf, second;
		const struct shape *k = place(s, l->path, l->with, &kid, &leaf, &second);
		if (!k)
			return ERR_INTERNAL;
		if (l->by == LIKE_COUNTRY && first && r->v[leaf].set)
			out->country = r->v[leaf].s;
		if (kid < 0)
			e = add_item(&w, l, acronyms, &r->v[leaf], &r->v[second]);
		for (size_t i = 0; kid >= 0 && !e && i < r->kids[kid].n; i++)
			e = add_item(&w, l, acronyms, &r->kids[kid].item[i].v[leaf], &r->kids[kid].item[i].v[second]);
	}
	return e;
}

struct str likeness_key_stored(struct arena *a, const struct likeness_key *k, struct str country)
{
	return arena_printf(a, "%.*s|%.*s", STR_ARG(k->body), STR_ARG(likeness_key_country(k->kind, country)));
}

void likeness_key_links(const struct shape *s, const struct record *r, void (*each)(void *arg, struct uuid id), void *arg)
{
	for (const struct likeness *l = s->resource->likeness; l && l->by; l++) {
		int kid, leaf, second;
		if (l->by != LIKE_LINK || !place(s, l->path, l->with, &kid, &leaf, &second))
			continue;
		if (kid < 0 && r->v[leaf].set)
			each(arg, value_answers(&r->v[leaf]));
		for (size_t i = 0; kid >= 0 && i < r->kids[kid].n; i++)
			if (r->kids[kid].item[i].v[leaf].set)
				each(arg, value_answers(&r->kids[kid].item[i].v[leaf]));
	}
}

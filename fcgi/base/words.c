/* SPDX-License-Identifier: Apache-2.0
 * Word boundaries, and the rules on compounds, articles and acronyms. */
#include "base/words.h"

#include "base/text.h"

#include <pthread.h>
#include <unicode/ubrk.h>
#include <unicode/uchar.h>
#include <unicode/uscript.h>
#include <unicode/utext.h>
#include <unicode/utf8.h>

enum { CHAIN_MAX = 16 };

/* Words that touch: the parts of a compound, read before it is known what they are parts of. */
struct chain {
	struct str part[CHAIN_MAX];
	size_t n, letters;       /* of the parts, those that are a single letter */
	size_t end;              /* where the last part ended in the text */
};

struct work {
	struct arena *a;
	struct str text;
	enum words_use use;
	struct words *out;
	size_t cap;
	struct chain chain;
};

/* --- words out -------------------------------------------------------------------------- */

static struct str cut(struct str word)
{
	if (word.n <= WORDS_BYTES_MAX)
		return word;
	word.n = WORDS_BYTES_MAX;
	while (word.n && ((unsigned char)word.p[word.n] & 0xc0) == 0x80)
		word.n--;
	return word;
}

static enum err add(struct work *w, struct str word)
{
	struct words *out = w->out;

	if (!word.n)
		return ERR_OK;
	struct str *more = arena_room(w->a, out->item, out->n, &w->cap, 1, sizeof(*more));
	if (!more)
		return ERR_NOMEM;
	out->item = more;
	out->item[out->n++] = cut(word);
	return ERR_OK;
}

/* --- what hangs before a word ----------------------------------------------------------- */

struct prefix {
	const char *p;
	size_t stay;     /* letters that must stay */
	bool asked;      /* left out of what is asked, too */
};

/* The longest first. */
static const struct prefix prefixes[] = {
	{ "وال", 3, true }, { "بال", 3, true }, { "كال", 3, true }, { "فال", 3, true }, { "ال", 3, true }, { "لل", 3, true },
	{ "וה", 3, false }, { "ו", 3, false }, { "ה", 3, false }, { "ב", 3, false }, { "ל", 3, false },
	{ "የ", 2, false }, { "ለ", 2, false }, { "በ", 2, false }, { "ከ", 2, false },
};

static enum err add_bare(struct work *w, struct str word)
{
	bool asked = false;
	size_t before = w->out->n;

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++) {
		struct str prefix = str_from(prefixes[i].p), bare = { word.p + prefix.n, word.n - prefix.n };
		if (!str_starts(word, prefix) || text_length(bare) < prefixes[i].stay)
			continue;
		if (w->use == WORDS_ASKED && !prefixes[i].asked)
			break;
		enum err e = add(w, bare);
		if (e)
			return e;
		asked |= prefixes[i].asked;
		if (asked)
			break;
	}
	return w->use == WORDS_ASKED && w->out->n > before ? ERR_OK : add(w, word);
}

/* --- compounds -------------------------------------------------------------------------- */

static enum err flush(struct work *w)
{
	struct chain *c = &w->chain;
	bool acronym = c->n > 1 && c->letters == c->n;
	size_t bytes = 0;
	enum err e = ERR_OK;

	for (size_t i = 0; i < c->n && !e; i++) {
		bytes += c->part[i].n;
		if (!acronym)
			e = add_bare(w, c->part[i]);
	}
	if (!e && c->n > 1 && (acronym || w->use == WORDS_STORED)) {
		char *joined = arena_alloc(w->a, bytes), *p = joined;
		if (!joined)
			return ERR_NOMEM;
		for (size_t i = 0; i < c->n; i++) {
			memcpy(p, c->part[i].p, c->part[i].n);
			p += c->part[i].n;
		}
		e = add(w, (struct str){ joined, bytes });
	}
	*c = (struct chain){ 0 };
	return e;
}

static bool single_letter(struct str s)
{
	UChar32 c;
	size_t i = 0;

	U8_NEXT_UNSAFE(s.p, i, c);
	return i == s.n && u_isalpha(c);
}

static enum err add_part(struct work *w, struct str part)
{
	struct chain *c = &w->chain;

	if (!part.n)
		return ERR_OK;
	if (c->n == CHAIN_MAX) {
		enum err e = flush(w);
		if (e)
			return e;
	}
	c->part[c->n++] = part;
	c->letters += single_letter(part);
	return ERR_OK;
}

/* Between two words they make a compound. */
static bool is_link(UChar32 c)
{
	return c == '&' || u_charType(c) == U_DASH_PUNCTUATION;
}

/* Whether all between the last word and the next is one link. */
static bool linked(const struct work *w, size_t from)
{
	size_t i = w->chain.end;
	UChar32 c;

	if (!w->chain.n || i >= from)
		return false;
	U8_NEXT_UNSAFE(w->text.p, i, c);
	return i == from && is_link(c);
}

/* --- one word of ICU -------------------------------------------------------------------- */

static bool is_of_words(UChar32 c)
{
	return (U_GET_GC_MASK(c) & (U_GC_L_MASK | U_GC_M_MASK | U_GC_N_MASK)) != 0;
}

/* Characters that UAX #29 leaves within a word and that are not part of its spelling. */
static bool is_dropped(UChar32 c)
{
	return c == '\'' || c == '"' || c == ',' || c == ';' || c == 0x00b7 || c == 0x2027;
}

static bool is_latin(struct str s)
{
	UErrorCode status = U_ZERO_ERROR;
	UChar32 c;
	size_t i = 0;

	U8_NEXT_UNSAFE(s.p, i, c);
	return uscript_getScript(c, &status) == USCRIPT_LATIN;
}

enum { ARTICLE_LETTERS_MAX = 4, REST_LETTERS_MIN = 3 };

static bool leaves_rest(struct str before, struct str rest)
{
	return before.n && rest.n && text_length(before) <= ARTICLE_LETTERS_MAX && text_length(rest) >= REST_LETTERS_MIN &&
	       is_latin(before);
}

/* The next part of a word of ICU from *i on, without what is dropped; empty at its end. */
static struct str next_part(struct str word, size_t *i, char *room)
{
	size_t n = 0;

	while (*i < word.n) {
		size_t at = *i;
		UChar32 c;

		U8_NEXT_UNSAFE(word.p, *i, c);
		if (is_of_words(c)) {
			memcpy(room + n, word.p + at, *i - at);
			n += *i - at;
		} else if (n && !is_dropped(c)) {
			break;
		}
	}
	return (struct str){ room, n };
}

static enum err add_rest(struct work *w, struct str word)
{
	const char *apostrophe = memchr(word.p, '\'', word.n);

	if (!apostrophe || w->use == WORDS_ASKED)
		return ERR_OK;
	size_t before = (size_t)(apostrophe - word.p), i = 0;
	char *room = arena_alloc(w->a, word.n);
	if (!room)
		return ERR_NOMEM;
	struct str after = { apostrophe, word.n - before }, rest = next_part(after, &i, room);
	return i == after.n && leaves_rest((struct str){ word.p, before }, rest) ? add_bare(w, rest) : ERR_OK;
}

/* "i.o.m" is one word, "d'ivoire" leaves a rest, "st.petersburg" is two. */
static enum err read_word(struct work *w, struct str word)
{
	char *room = arena_alloc(w->a, word.n);
	size_t i = 0, bytes = 0, parts = 0, letters = 0;
	struct str part;
	enum err e = ERR_OK;

	if (!room)
		return ERR_NOMEM;
	while ((part = next_part(word, &i, room + bytes)).n) {
		bytes += part.n;
		parts++;
		letters += single_letter(part);
	}
	if (parts > 1 && letters == parts)
		return add_part(w, (struct str){ room, bytes });
	for (i = 0, bytes = 0; !e && (part = next_part(word, &i, room + bytes)).n; bytes += part.n)
		e = add_part(w, part);
	return e ? e : add_rest(w, word);
}

/* --- boundaries ------------------------------------------------------------------------- */

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t iterator_key;
static bool has_key;

static void close_iterator(void *iterator)
{
	ubrk_close(iterator);
}

static void make_key(void)
{
	has_key = pthread_key_create(&iterator_key, close_iterator) == 0;
}

/* One for each thread, closed with it: opening one reads rules and dictionaries. */
static UBreakIterator *iterator(void)
{
	UErrorCode status = U_ZERO_ERROR;

	if (pthread_once(&once, make_key) || !has_key)
		return NULL;
	UBreakIterator *it = pthread_getspecific(iterator_key);
	if (it)
		return it;
	it = ubrk_open(UBRK_WORD, "", NULL, 0, &status);
	if (U_FAILURE(status) || pthread_setspecific(iterator_key, it)) {
		ubrk_close(it);
		return NULL;
	}
	return it;
}

static enum err each_word(struct work *w, UBreakIterator *it)
{
	int32_t from = ubrk_first(it), to;
	enum err e = ERR_OK;

	for (; !e && (to = ubrk_next(it)) != UBRK_DONE; from = to) {
		if (ubrk_getRuleStatus(it) < UBRK_WORD_NONE_LIMIT)
			continue;
		if (!linked(w, (size_t)from))
			e = flush(w);
		if (!e)
			e = read_word(w, (struct str){ w->text.p + from, (size_t)(to - from) });
		w->chain.end = (size_t)to;
	}
	return e ? e : flush(w);
}

enum err words_of(struct arena *a, struct str text, enum words_use use, struct words *out)
{
	struct work w = { .a = a, .use = use, .out = out };
	UText over = UTEXT_INITIALIZER;
	UErrorCode status = U_ZERO_ERROR;
	UBreakIterator *it = iterator();

	*out = (struct words){ NULL, 0 };
	enum err e = it ? text_fold(a, text, &w.text) : ERR_INTERNAL;
	if (e || w.text.n == 0)
		return e;
	utext_openUTF8(&over, w.text.p, (int64_t)w.text.n, &status);
	ubrk_setUText(it, &over, &status);
	e = U_FAILURE(status) ? ERR_INTERNAL : each_word(&w, it);
	utext_close(&over);
	return e;
}

/* SPDX-License-Identifier: Apache-2.0
 * What two records of the same body or person would share.
 *
 * key              of                                  example
 * name             every name: its words in order      international organization for migration
 * words            the same without light words, sorted  international migration organization
 * transliteration  in Latin letters, spellings of one sound alike  ministerstvo ustici
 * spelling         its consonants, from six on         mnstrstwstc
 * acronym          the acronym, letters and digits     iom
 * initials         of three or more words              iom
 * identifier       scheme and number, letters and digits  xmdac47066
 *
 * Keys are made of fields that everybody may see, so that they tell nothing else. */
#ifndef ZIARA_RESOURCE_LIKENESS_KEY_H
#define ZIARA_RESOURCE_LIKENESS_KEY_H

#include "resource/record.h"

enum likeness_kind {
	LIKENESS_NAME, LIKENESS_WORDS, LIKENESS_TRANSLITERATION, LIKENESS_SPELLING, LIKENESS_ACRONYM, LIKENESS_INITIALS,
	LIKENESS_IDENTIFIER, LIKENESS_KINDS,
};

struct likeness_key {
	enum likeness_kind kind;
	struct str body;     /* longer ones end in a hash */
};

/* Of one record; of a record with more, its first names count. */
enum { LIKENESS_KEYS_MAX = 120 };

struct likeness_keys {
	struct likeness_key item[LIKENESS_KEYS_MAX];
	size_t n;
	struct str country;  /* of the record that was added first; empty: not known */
};

/* As the column `reason` has it. */
const char *likeness_key_name(enum likeness_kind kind);
/* Adds the keys of one record (kids loaded), each once. */
MUST_USE enum err likeness_key_add(struct arena *a, const struct shape *s, const struct record *r, struct likeness_keys *out);
/* The country under which a kind of key is stored: one identifier means one body, wherever it is. */
static inline struct str likeness_key_country(enum likeness_kind kind, struct str country)
{
	return kind == LIKENESS_IDENTIFIER ? (struct str){ NULL, 0 } : country;
}
/* As the column `likeness` has it: body, |, country.  p == NULL when memory is out. */
struct str likeness_key_stored(struct arena *a, const struct likeness_key *k, struct str country);
/* Runs `each` on the records that a record itself says it is another than: its links (see field.h). */
void likeness_key_links(const struct shape *s, const struct record *r, void (*each)(void *arg, struct uuid id), void *arg);
/* The shape in whose table the field of a row of resource->likeness stands, and its column. */
const struct shape *likeness_key_place(const struct shape *s, const struct likeness *l, const char **column);
/* A sentence about the first row of resource->likeness that does not fit, or NULL; asked at start. */
const char *likeness_key_fault(const struct shape *s);

#endif

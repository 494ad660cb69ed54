/* SPDX-License-Identifier: Apache-2.0
 * The letters that stand for others, by code point. */
#include "base/letters.h"

#include <stddef.h>
#include <stdlib.h>

struct same {
	uint16_t letter;
	UChar to[LETTERS_MAX];
};

/* In order of code points. */
static const struct same table[] = {
	{ 0x00e6, { 'a', 'e' } }, { 0x00f0, { 'd' } }, { 0x00f8, { 'o' } }, { 0x00fe, { 't', 'h' } },
	{ 0x0111, { 'd' } }, { 0x0127, { 'h' } }, { 0x0131, { 'i' } }, { 0x0138, { 'q' } }, { 0x0142, { 'l' } },
	{ 0x014b, { 'n' } }, { 0x0153, { 'o', 'e' } }, { 0x0167, { 't' } }, { 0x0180, { 'b' } }, { 0x0183, { 'b' } },
	{ 0x0188, { 'c' } }, { 0x018c, { 'd' } }, { 0x0192, { 'f' } }, { 0x0195, { 'h', 'v' } }, { 0x0199, { 'k' } },
	{ 0x019a, { 'l' } }, { 0x019e, { 'n' } }, { 0x01a3, { 'o', 'i' } }, { 0x01a5, { 'p' } }, { 0x01ab, { 't' } },
	{ 0x01ad, { 't' } }, { 0x01b4, { 'y' } }, { 0x01b6, { 'z' } }, { 0x01dd, { 'e' } }, { 0x01e5, { 'g' } },
	{ 0x0225, { 'z' } }, { 0x023c, { 'c' } }, { 0x023f, { 's' } }, { 0x0240, { 'z' } }, { 0x0247, { 'e' } },
	{ 0x0249, { 'j' } }, { 0x024d, { 'r' } }, { 0x024f, { 'y' } }, { 0x0253, { 'b' } }, { 0x0254, { 'o' } },
	{ 0x0256, { 'd' } }, { 0x0257, { 'd' } }, { 0x0259, { 'e' } }, { 0x025b, { 'e' } }, { 0x0260, { 'g' } },
	{ 0x0263, { 'g' } }, { 0x0268, { 'i' } }, { 0x0269, { 'i' } }, { 0x0272, { 'n' } }, { 0x0288, { 't' } },
	{ 0x0289, { 'u' } }, { 0x028a, { 'u' } }, { 0x028b, { 'v' } },
	{ 0x0491, { 0x0433 } },
	{ 0x05da, { 0x05db } }, { 0x05dd, { 0x05de } }, { 0x05df, { 0x05e0 } }, { 0x05e3, { 0x05e4 } }, { 0x05e5, { 0x05e6 } },
	{ 0x0629, { 0x0647 } }, { 0x0649, { 0x064a } }, { 0x0671, { 0x0627 } }, { 0x06a9, { 0x0643 } },
	{ 0x06be, { 0x0647 } }, { 0x06c1, { 0x0647 } }, { 0x06cc, { 0x064a } }, { 0x06d2, { 0x064a } }, { 0x06d5, { 0x0647 } },
	{ 0x2c65, { 'a' } }, { 0x2c66, { 't' } },
};

static int by_letter(const void *key, const void *item)
{
	return *(const UChar32 *)key - ((const struct same *)item)->letter;
}

/* Syllables of a series stand in the order of their vowels, seven from its first. */
enum { HA = 0x1200, HHA = 0x1210, SZA = 0x1220, SA = 0x1230, XA = 0x1280, A = 0x12a0, PHARYNGEAL_A = 0x12d0,
       TSA = 0x1338, TZA = 0x1340, FOURTH = 3, ORDERS = 7 };

static UChar ethiopic(UChar32 c)
{
	static const struct { UChar32 from, to; } series[] = {
		{ HA, HA }, { HHA, HA }, { XA, HA }, { SZA, SA }, { A, A }, { PHARYNGEAL_A, A }, { TZA, TSA },
	};

	for (size_t i = 0; i < sizeof(series) / sizeof(*series); i++) {
		UChar32 order = c - series[i].from, to = series[i].to;
		if (order < 0 || order >= ORDERS)
			continue;
		return (UChar)(to + (order == FOURTH && (to == HA || to == A) ? 0 : order));
	}
	return (UChar)c;
}

int letters_same(UChar32 c, UChar out[LETTERS_MAX])
{
	if (c >= HA && c < TZA + ORDERS) {
		out[0] = ethiopic(c);
		return out[0] != c;
	}
	const struct same *s = bsearch(&c, table, sizeof(table) / sizeof(*table), sizeof(*table), by_letter);

	if (!s)
		return 0;
	out[0] = s->to[0];
	out[1] = s->to[1];
	return out[1] ? 2 : 1;
}

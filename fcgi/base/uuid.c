/* SPDX-License-Identifier: Apache-2.0
 * UUIDs: fresh version 7 ids, reading and writing the text form. */
#include "base/uuid.h"

#include <pthread.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdlib.h>

enum { POOL_BYTES = 512 };

/* Random bytes fetched ahead, and the last id made, which the next one of the same
 * millisecond must exceed (RFC 9562, 6.2, method 2). */
static _Thread_local struct {
	uint8_t pool[POOL_BYTES];
	size_t left;
	bool seeded;
	uint64_t last_ms;
	uint16_t rand_a; /* 12 bits */
	uint64_t rand_b; /* 62 bits */
} state;

static pthread_once_t once = PTHREAD_ONCE_INIT;

/* A child that inherited the pool would make its parent's ids again. */
static void forget_after_fork(void)
{
	state.left = 0;
	state.seeded = false;
}

static void prepare(void)
{
	/* Without randomness, or with shared randomness, no id may be made at all. */
	if (sodium_init() < 0 || pthread_atfork(NULL, NULL, forget_after_fork) != 0)
		abort();
}

static uint64_t random_bits(size_t n_bytes)
{
	uint64_t v = 0;

	if (state.left < n_bytes) {
		pthread_once(&once, prepare);
		randombytes_buf(state.pool, sizeof(state.pool));
		state.left = sizeof(state.pool);
	}
	while (n_bytes--)
		v = v << 8 | state.pool[--state.left];
	return v;
}

struct uuid uuid_v7(uint64_t unix_ms)
{
	const uint64_t mask_b = ((uint64_t)1 << 62) - 1;

	if (!state.seeded || unix_ms != state.last_ms) {
		/* The top bit starts at 0, which leaves 2^41 steps before the counter could wrap. */
		state.rand_a = random_bits(2) & 0x7ff;
		state.rand_b = random_bits(8) & mask_b;
		state.last_ms = unix_ms;
		state.seeded = true;
	} else {
		uint64_t sum = state.rand_b + random_bits(4) + 1;

		state.rand_a = (uint16_t)((state.rand_a + (sum >> 62)) & 0xfff);
		state.rand_b = sum & mask_b;
	}

	struct uuid id;
	for (int i = 0; i < 6; i++)
		id.b[i] = (uint8_t)(unix_ms >> (40 - 8 * i));
	id.b[6] = (uint8_t)(0x70 | state.rand_a >> 8);
	id.b[7] = (uint8_t)state.rand_a;
	for (int i = 0; i < 8; i++)
		id.b[8 + i] = (uint8_t)(state.rand_b >> (56 - 8 * i));
	id.b[8] = (uint8_t)(id.b[8] | 0x80);
	return id;
}

static bool is_hyphen_place(size_t i)
{
	return i == 8 || i == 13 || i == 18 || i == 23;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool uuid_parse(struct str text, struct uuid *out)
{
	struct uuid id;
	uint8_t all_or = 0, all_and = 0xff;
	size_t n = 0;

	if (text.n != UUID_TEXT_LEN)
		return false;
	for (size_t i = 0; i < UUID_TEXT_LEN;) {
		if (is_hyphen_place(i)) {
			if (text.p[i++] != '-')
				return false;
			continue;
		}
		int high = hex_value(text.p[i]), low = hex_value(text.p[i + 1]);

		if (high < 0 || low < 0)
			return false;
		id.b[n] = (uint8_t)(high << 4 | low);
		all_or |= id.b[n];
		all_and &= id.b[n];
		n++;
		i += 2;
	}
	if (all_or == 0 || all_and == 0xff)
		return false;
	*out = id;
	return true;
}

void uuid_format(struct uuid id, char out[UUID_TEXT_LEN + 1])
{
	static const char hex[] = "0123456789abcdef";
	static const uint8_t at[sizeof(id.b)] = { 0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34 };

	for (size_t i = 0; i < sizeof(id.b); i++) {
		out[at[i]] = hex[id.b[i] >> 4];
		out[at[i] + 1] = hex[id.b[i] & 15];
	}
	out[8] = out[13] = out[18] = out[23] = '-';
	out[UUID_TEXT_LEN] = '\0';
}

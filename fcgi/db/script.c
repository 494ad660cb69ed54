/* SPDX-License-Identifier: Apache-2.0
 * Migration files: statements, checksums, the versions they tolerate. */
#include "db/script.h"

#include "base/hash.h"

#include <stdlib.h>

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The end of the quotation or comment that starts at `p`; `p` itself when none does. */
static const char *skip_part(const char *p)
{
	if (*p == '#' || (p[0] == '-' && p[1] == '-' && (is_space(p[2]) || !p[2])))
		return p + strcspn(p, "\n");
	if (p[0] == '/' && p[1] == '*') {
		const char *end = strstr(p + 2, "*/");
		return end ? end + 2 : p + strlen(p);
	}
	if (*p != '\'' && *p != '"' && *p != '`')
		return p;
	/* A doubled quote looks like the end and a new start, which comes to the same. */
	char quote = *p++;
	while (*p && *p != quote)
		p += *p == '\\' && quote != '`' && p[1] ? 2 : 1;
	return *p ? p + 1 : p;
}

static bool is_comment(const char *p)
{
	return *p == '#' || (p[0] == '-' && p[1] == '-') || (p[0] == '/' && p[1] == '*');
}

static bool ends_line(const char *p)
{
	p += strspn(p, " \t\r");
	return !*p || *p == '\n';
}

bool script_next(const char **at, struct str *statement)
{
	const char *p = *at;

	while (*p && (is_space(*p) || (is_comment(p) && skip_part(p) != p)))
		p = is_space(*p) ? p + 1 : skip_part(p);
	const char *start = p;
	while (*p && !(*p == ';' && ends_line(p + 1))) {
		const char *end = skip_part(p);
		p = end == p ? p + 1 : end;
	}
	*at = *p ? p + 1 : p;
	while (p > start && is_space(p[-1]))
		p--;
	*statement = (struct str){ start, (size_t)(p - start) };
	return statement->n > 0;
}

void script_sum_init(struct script_sum *sum)
{
	memset(sum, 0, sizeof(*sum));
	memset(sum->hex, '0', sizeof(sum->hex) - 1);
}

void script_sum_add(struct script_sum *sum, struct str statement)
{
	static const char digits[] = "0123456789abcdef";
	uint8_t pair[2 * HASH_BYTES];

	_Static_assert(sizeof(sum->hash) == HASH_BYTES, "room for one hash");
	memcpy(pair, sum->hash, HASH_BYTES);
	hash_bytes(statement, pair + HASH_BYTES);
	hash_bytes((struct str){ (const char *)pair, sizeof(pair) }, sum->hash);
	for (size_t i = 0; i < HASH_BYTES; i++) {
		sum->hex[2 * i] = digits[sum->hash[i] >> 4];
		sum->hex[2 * i + 1] = digits[sum->hash[i] & 15];
	}
}

int script_measure(const struct migration *m, struct script_sum *sum)
{
	const char *at = m->sql;
	struct str statement;
	int n = 0;

	script_sum_init(sum);
	for (; script_next(&at, &statement); n++)
		script_sum_add(sum, statement);
	return n;
}

void script_tolerates(const struct migration *m, char out[SCRIPT_VERSION_MAX + 1])
{
	static const char key[] = "-- tolerates: ";
	struct str value = STR(ZIARA_VERSION);

	for (const char *p = m->sql; p[0] == '-' && p[1] == '-'; p += strspn(p, "\n")) {
		size_t n = strcspn(p, "\n");
		if (strncmp(p, key, sizeof(key) - 1) == 0)
			value = (struct str){ p + sizeof(key) - 1, n - (sizeof(key) - 1) };
		p += n;
	}
	if (value.n > SCRIPT_VERSION_MAX)
		value.n = SCRIPT_VERSION_MAX;
	memcpy(out, value.p, value.n);
	out[value.n] = '\0';
}

/* Three numbers with dots between and nothing behind. */
static bool parse_version(struct str s, long out[3])
{
	size_t i = 0;

	for (int part = 0; part < 3; part++) {
		size_t start = i;
		out[part] = 0;
		for (; i < s.n && s.p[i] >= '0' && s.p[i] <= '9' && i - start < 9; i++)
			out[part] = out[part] * 10 + (s.p[i] - '0');
		if (i == start || (part < 2 && (i >= s.n || s.p[i++] != '.')))
			return false;
	}
	return i == s.n;
}

bool script_version_reaches(const char *have, struct str need)
{
	long h[3], n[3];

	if (!parse_version(str_from(have), h) || !parse_version(need, n))
		return false;
	for (int i = 0; i < 3; i++)
		if (h[i] != n[i])
			return h[i] > n[i];
	return true;
}

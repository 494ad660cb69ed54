/* SPDX-License-Identifier: Apache-2.0
 * Configuration: one table row a key, read from defaults, a file and the environment. */
#include "base/conf.h"

#include "base/str.h"
#include "base/text.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define ENV_PREFIX "ZIARA_"
#define CREDENTIAL "ziara-db"

enum conf_type { CONF_TEXT, CONF_INT, CONF_BYTES };

struct conf_key {
	const char *name;
	enum conf_type type;
	size_t offset, size;
	const char *preset;
	long long min, max;                        /* of the value, or of a text's length */
	const char *(*check)(struct str value);    /* NULL when good, else what it must be */
	const char *doc;
};

static bool all_of(struct str s, const char *allowed)
{
	for (size_t i = 0; i < s.n; i++)
		if (!s.p[i] || !strchr(allowed, s.p[i]))
			return false;
	return true;
}

#define DIGITS   "0123456789"
#define CAPITALS "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define LETTERS  CAPITALS "abcdefghijklmnopqrstuvwxyz"

static const char *check_mode(struct str v)
{
	return v.n == 4 && v.p[0] == '0' && all_of(v, "01234567") ? NULL : "four octal digits that begin with 0, such as 0660";
}

static const char *check_url(struct str v)
{
	struct str scheme = str_starts(v, STR("https://")) ? STR("https://") : STR("http://");
	struct str host = { v.p + scheme.n, v.n - scheme.n };

	if (str_starts(v, scheme) && host.n && all_of(host, LETTERS DIGITS ".-:[]"))
		return NULL;
	return "http:// or https://, a host and perhaps a port, without a slash at the end";
}

static const char *check_country(struct str v)
{
	return v.n == 2 && all_of(v, CAPITALS) ? NULL : "two capital letters (ISO 3166-1), such as KE";
}

static const char *check_db_name(struct str v)
{
	return all_of(v, LETTERS DIGITS "_-") ? NULL : "letters, digits, _ and -";
}

static const char *check_log_format(struct str v)
{
	return str_is(v, "logfmt") || str_is(v, "json") ? NULL : "logfmt or json";
}

#define FIELD(member) offsetof(struct conf, member), sizeof(((struct conf *)0)->member)
#define MIB (1024LL * 1024)

static const struct conf_key keys[] = {
	{ "socket", CONF_TEXT, FIELD(socket), "/run/ziara/ziara.sock", 1, 107, NULL,
	  "FastCGI socket to bind" },
	{ "socket_mode", CONF_TEXT, FIELD(socket_mode), "0660", 4, 4, check_mode,
	  "permissions of the socket, octal" },
	{ "socket_group", CONF_TEXT, FIELD(socket_group), "", 0, 63, NULL,
	  "group of the socket, by name or number; empty: the program's own" },
	{ "backlog", CONF_INT, FIELD(backlog), "4096", 1, 65535, NULL,
	  "connections that may wait to be accepted" },
	{ "processes", CONF_INT, FIELD(processes), "2", 1, 64, NULL,
	  "worker processes" },
	{ "threads", CONF_INT, FIELD(threads), "4", 1, 256, NULL,
	  "threads in each worker; each holds one database connection" },
	{ "io_timeout_ms", CONF_INT, FIELD(io_timeout_ms), "30000", 100, 600000, NULL,
	  "longest wait for one read or write on a FastCGI connection" },
	{ "slow_threads", CONF_INT, FIELD(slow_threads), "0", 0, 128, NULL,
	  "threads of each worker that slow requests may have: at most half of them; 0: a quarter, one at least" },
	{ "slow_wait_ms", CONF_INT, FIELD(slow_wait_ms), "10000", 100, 600000, NULL,
	  "longest wait of a slow request while others hold the threads for them, then 503" },
	{ "hang_timeout_ms", CONF_INT, FIELD(hang_timeout_ms), "60000", 500, 3600000, NULL,
	  "a worker whose threads all make no progress for so long is replaced" },
	{ "public_url", CONF_TEXT, FIELD(public_url), "http://127.0.0.1:8080", 1, 255, check_url,
	  "what links begin with" },
	{ "home_country", CONF_TEXT, FIELD(home_country), "KE", 2, 2, check_country,
	  "country whose visits these are" },
	{ "db_option_file", CONF_TEXT, FIELD(db_option_file), "", 0, 255, NULL,
	  "MariaDB option file whose group [client] holds host, user and password; without a / the name\n"
	  "                                                 of a systemd credential; empty: the credential " CREDENTIAL ", if any" },
	{ "db_name", CONF_TEXT, FIELD(db_name), "ziara", 1, 64, check_db_name,
	  "database" },
	{ "db_statement_timeout_ms", CONF_INT, FIELD(db_statement_timeout_ms), "5000", 10, 600000, NULL,
	  "longest time for one statement" },
	{ "db_connect_timeout_ms", CONF_INT, FIELD(db_connect_timeout_ms), "2000", 100, 60000, NULL,
	  "longest time for connecting" },
	{ "request_memory_bytes", CONF_BYTES, FIELD(request_memory_bytes), "16777216", 256 * 1024, 1024 * MIB, NULL,
	  "memory that one request may use" },
	{ "page_memory_bytes", CONF_BYTES, FIELD(page_memory_bytes), "10485760", 0, 1024 * MIB, NULL,
	  "memory of a process for pages of lists and records that are asked for again; 0: none are kept" },
	{ "log_format", CONF_TEXT, FIELD(log_format), "logfmt", 1, 7, check_log_format,
	  "form of the lines on stderr: logfmt or json" },
	{ "slow_request_ms", CONF_INT, FIELD(slow_request_ms), "1000", 0, 600000, NULL,
	  "a request that takes so long gets a line with its statements; 0: none does" },
};

enum { N_KEYS = sizeof(keys) / sizeof(keys[0]) };
_Static_assert(sizeof(keys) / sizeof(keys[0]) <= (size_t)CONF_KEYS_MAX, "origin[] has a place for each key");

/* Where a sentence about a failure goes, and what it is about ("file:3" or "ZIARA_THREADS"). */
struct report {
	char *message;
	size_t size;
	char where[512];
};

__attribute__((format(printf, 3, 4)))
static enum err refuse(struct report *r, enum err e, const char *fmt, ...)
{
	va_list args;
	int n = snprintf(r->message, r->size, "%s: ", r->where);

	if (n >= 0 && (size_t)n < r->size) {
		va_start(args, fmt);
		vsnprintf(r->message + n, r->size - (size_t)n, fmt, args);
		va_end(args);
	}
	return e;
}

static enum err set_text(struct conf *c, const struct conf_key *k, struct str value, struct report *r)
{
	char *field = (char *)c + k->offset;
	const char *must = k->check ? k->check(value) : NULL;

	if (must)
		return refuse(r, ERR_SYNTAX, "%s must be %s.", k->name, must);
	if ((long long)value.n < k->min)
		return refuse(r, ERR_SYNTAX, "%s must not be empty.", k->name);
	if ((long long)value.n > k->max || value.n >= k->size)
		return refuse(r, ERR_SYNTAX, "%s must not be longer than %lld bytes.", k->name, k->max);
	if (memchr(value.p, '\0', value.n))
		return refuse(r, ERR_SYNTAX, "%s contains a NUL byte; remove it.", k->name);
	memset(field, 0, k->size);
	memcpy(field, value.p, value.n);
	return ERR_OK;
}

static enum err set_number(struct conf *c, const struct conf_key *k, struct str value, struct report *r)
{
	char *field = (char *)c + k->offset;
	long long v = 0;

	/* Twelve digits hold every allowed value and cannot overflow. */
	bool good = value.n > 0 && value.n <= 12 && all_of(value, DIGITS);
	for (size_t i = 0; good && i < value.n; i++)
		v = v * 10 + (value.p[i] - '0');
	if (!good || v < k->min || v > k->max)
		return refuse(r, ERR_SYNTAX, "%s must be a whole number from %lld to %lld.", k->name, k->min, k->max);
	if (k->type == CONF_BYTES)
		*(size_t *)(void *)field = (size_t)v;
	else
		*(int *)(void *)field = (int)v;
	return ERR_OK;
}

static enum err set_key(struct conf *c, const struct conf_key *k, struct str value, struct report *r)
{
	snprintf(c->origin[k - keys], CONF_ORIGIN_MAX, "%.*s", CONF_ORIGIN_MAX - 1, r->where);
	switch (k->type) {
	case CONF_TEXT:  return set_text(c, k, value, r);
	case CONF_INT:
	case CONF_BYTES: return set_number(c, k, value, r);
	}
	return refuse(r, ERR_INTERNAL, "%s has no type.", k->name);
}

static const struct conf_key *find_key(struct str name)
{
	for (size_t i = 0; i < N_KEYS; i++)
		if (str_is(name, keys[i].name))
			return &keys[i];
	return NULL;
}

static const char *nearest_key(struct str name)
{
	const char *names[N_KEYS + 1] = { NULL };

	for (size_t i = 0; i < N_KEYS; i++)
		names[i] = keys[i].name;
	return text_nearest(name, names);
}

/* To the other case, ASCII. */
static void change_case(char *out, size_t size, struct str s, bool to_upper)
{
	size_t n = s.n < size ? s.n : size - 1;

	for (size_t i = 0; i < n; i++) {
		char c = s.p[i];

		if (to_upper && c >= 'a' && c <= 'z')
			c = (char)(c - ('a' - 'A'));
		else if (!to_upper && c >= 'A' && c <= 'Z')
			c = (char)(c + ('a' - 'A'));
		out[i] = c;
	}
	out[n] = '\0';
}

static enum err load_line(struct conf *c, struct str line, bool seen[N_KEYS], struct report *r)
{
	struct str value, name;

	line = str_trim(line);
	if (!line.n || line.p[0] == '#')
		return ERR_OK;
	name = str_trim(str_cut(line, '=', &value));
	if (!value.p)
		return refuse(r, ERR_SYNTAX, "a line must be `key = value`, a comment that begins with #, or empty.");
	const struct conf_key *k = find_key(name);

	if (!k) {
		const char *near = nearest_key(name);

		return refuse(r, ERR_SYNTAX, "unknown key \"%.*s\"%s%s%s.", STR_ARG(name), near ? "; did you mean \"" : "",
			      near ? near : "", near ? "\"" : "");
	}
	if (seen[k - keys])
		return refuse(r, ERR_SYNTAX, "%s is set a second time; keep one of the lines.", k->name);
	seen[k - keys] = true;
	return set_key(c, k, str_trim(value), r);
}

static enum err load_file(struct conf *c, const char *file, struct report *r)
{
	bool seen[N_KEYS] = { false };
	FILE *f = fopen(file, "re");
	char *line = NULL;
	size_t size = 0, number = 0;
	enum err e = ERR_OK;
	ssize_t n;

	snprintf(r->where, sizeof(r->where), "%s", file);
	if (!f)
		return refuse(r, ERR_IO, "cannot be opened: %m.");
	while (!e && (errno = 0, n = getline(&line, &size, f)) >= 0) {
		while (n && (line[n - 1] == '\n' || line[n - 1] == '\r'))
			n--;
		snprintf(r->where, sizeof(r->where), "%s:%zu", file, ++number);
		e = load_line(c, (struct str){ line, (size_t)n }, seen, r);
	}
	if (!e && !feof(f))
		e = refuse(r, ERR_IO, "cannot be read: %m.");
	free(line);
	fclose(f); /* only read from: nothing can be lost */
	return e;
}

static bool foreign_variable(struct str name)
{
	return str_is(name, ENV_PREFIX "SUITES") || str_starts(name, STR(ENV_PREFIX "TEST_"));
}

static enum err load_variable(struct conf *c, struct str name, struct str value, struct report *r)
{
	char lower[128], upper[128];

	snprintf(r->where, sizeof(r->where), "%.*s", name.n > 200 ? 200 : (int)name.n, name.p);
	name = (struct str){ name.p + sizeof(ENV_PREFIX) - 1, name.n - (sizeof(ENV_PREFIX) - 1) };
	change_case(lower, sizeof(lower), name, false);
	change_case(upper, sizeof(upper), name, true);
	const struct conf_key *k = str_is(name, upper) ? find_key(str_from(lower)) : NULL;

	if (k)
		return set_key(c, k, value, r);
	const char *near = nearest_key(str_from(lower));

	if (!near)
		return refuse(r, ERR_SYNTAX, "no such key; unset the variable.");
	change_case(upper, sizeof(upper), str_from(near), true);
	return refuse(r, ERR_SYNTAX, "no such key; did you mean " ENV_PREFIX "%s?", upper);
}

static enum err load_environment(struct conf *c, struct report *r)
{
	enum err e = ERR_OK;

	for (char **v = environ; v && *v && !e; v++) {
		struct str value, name = str_cut(str_from(*v), '=', &value);

		if (value.p && str_starts(name, STR(ENV_PREFIX)) && !foreign_variable(name))
			e = load_variable(c, name, value, r);
	}
	return e;
}

/* systemd puts credentials into a folder that only this service can read (systemd.exec(5), LoadCredential=). */
static enum err find_credential(struct conf *c, struct report *r)
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	const char *name = c->db_option_file[0] ? c->db_option_file : CREDENTIAL;
	const struct conf_key *k = find_key(STR("db_option_file"));
	char path[sizeof(c->db_option_file)], origin[CONF_ORIGIN_MAX];

	if (!folder || !*folder || strchr(name, '/'))
		return ERR_OK;
	int n = snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (!c->db_option_file[0] && access(path, F_OK) != 0)
		return ERR_OK;
	snprintf(r->where, sizeof(r->where), "systemd credential %s", name);
	if (n < 0 || (size_t)n >= sizeof(path))
		return refuse(r, ERR_SYNTAX, "its path is longer than %zu bytes.", sizeof(path) - 1);
	snprintf(origin, sizeof(origin), "%s", c->origin[k - keys]);
	if (c->db_option_file[0])
		snprintf(r->where, sizeof(r->where), "systemd credential %s, named by %s", name, origin);
	return set_key(c, k, str_from(path), r);
}

enum err conf_load(struct conf *c, const char *file, char *message, size_t message_size)
{
	struct report r = { .message = message, .size = message_size, .where = "default" };
	enum err e = ERR_OK;

	if (message_size)
		message[0] = '\0';
	memset(c, 0, sizeof(*c));
	for (size_t i = 0; i < N_KEYS && !e; i++)
		e = set_key(c, &keys[i], str_from(keys[i].preset), &r);
	if (!e && file)
		e = load_file(c, file, &r);
	if (!e)
		e = load_environment(c, &r);
	return e ? e : find_credential(c, &r);
}

void conf_print(const struct conf *c)
{
	for (size_t i = 0; i < N_KEYS; i++) {
		const char *field = (const char *)c + keys[i].offset;

		printf("# %s\n%s = ", c->origin[i], keys[i].name);
		switch (keys[i].type) {
		case CONF_TEXT:  printf("%s", field); break;
		case CONF_INT:   printf("%d", *(const int *)(const void *)field); break;
		case CONF_BYTES: printf("%zu", *(const size_t *)(const void *)field); break;
		}
		putchar('\n');
	}
}

void conf_print_keys(void)
{
	for (size_t i = 0; i < N_KEYS; i++)
		printf("%-24s %-23s %s\n", keys[i].name, keys[i].preset[0] ? keys[i].preset : "(none)", keys[i].doc);
}

void conf_print_file(void)
{
	fputs("# Configuration of Ziara: lines `key = value`.  What stands behind # are the defaults; take the # away\n"
	      "# to set another value.  ZIARA_ and the key in capitals in the environment wins over this file.\n"
	      "# `ziara check --config FILE` says what is in force.  No secret stands here.\n", stdout);
	for (size_t i = 0; i < N_KEYS; i++) {
		struct str line, rest = str_from(keys[i].doc);

		putchar('\n');
		do { /* a text of several lines is indented for the table of conf_print_keys */
			line = str_cut(rest, '\n', &rest);
			printf("# %.*s\n", STR_ARG(str_trim(line)));
		} while (rest.p);
		printf("#%s =%s%s\n", keys[i].name, keys[i].preset[0] ? " " : "", keys[i].preset);
	}
}

/* SPDX-License-Identifier: Apache-2.0
 * ziara key: makes, lists, revokes and renews keys. */
#include "main_key.h"

#include "access/key_store.h"
#include "app/app.h"
#include "base/clock.h"
#include "base/conf.h"
#include "base/text.h"
#include "json/writer.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>

enum { EXIT_FAILED = 1, EXIT_USAGE = 2, MEMORY = 16 << 20, LIST_BYTES_MAX = 64 << 20 };

static const char usage_text[] =
	"usage: ziara key add --name TEXT (--role ROLE | --scope LIST) [--expires DATE] [--config FILE]\n"
	"       ziara key list [--json] [--config FILE]\n"
	"       ziara key revoke ID [--config FILE]\n"
	"       ziara key rotate ID [--config FILE]\n\n"
	"  add      makes a key and prints it, once: only its hash is kept\n"
	"           --name TEXT     whose key it is, 1 to 100 characters\n"
	"           --role ROLE     reader, editor or admin\n"
	"           --scope LIST    instead of a role: scopes with commas between, of read.partner, read.restricted,\n"
	"                           write.visits, write.directory, write.policies, comment, moderate, admin\n"
	"           --expires DATE  the last day it works (2027-06-30, UTC), or a moment (2027-06-30T12:00:00Z)\n"
	"  list     shows every key, without secrets\n"
	"           --json          as a JSON array\n"
	"  revoke   ends a key for good; every worker refuses it within two seconds\n"
	"  rotate   prints a new secret for the same key; the old one ends at once, as with revoke\n\n"
	"The option file of db_option_file must name an account that may write the table api_key.\n"
	"Exit status: 0 done, 1 failed, 2 wrong usage or configuration.\n";

struct args {
	const char *config, *name, *role, *scope, *expires, *id;
	bool json;
	struct conf conf;
	struct key key; /* what add is to make */
};

struct job {
	struct args *args;
	struct db *db;
	struct arena *arena;
};

__attribute__((format(printf, 1, 2)))
static int refuse(const char *fmt, ...)
{
	va_list ap;

	fputs("ziara key: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return EXIT_USAGE;
}

/* --- what the command line says ----------------------------------------------------------- */

static int read_grant(struct args *a)
{
	struct str bad;

	if (!a->role == !a->scope)
		return refuse("give --role or --scope, one of the two; see ziara key --help");
	if (a->role) {
		const char *near = text_nearest(str_from(a->role), scope_roles());
		a->key.scopes = scope_of_role(str_from(a->role));
		if (!a->key.scopes)
			return refuse("there is no role %s%s%s%s", a->role, TEXT_HINT(near));
		snprintf(a->key.role, sizeof(a->key.role), "%s", a->role);
	} else if (!scope_parse(str_from(a->scope), &a->key.scopes, &bad)) {
		const char *near = text_nearest(bad, scope_names());
		return refuse("there is no scope \"%.*s\"%s%s%s", STR_ARG(bad), TEXT_HINT(near));
	}
	return 0;
}

/* A day counts to its end. */
static int read_expiry(struct args *a)
{
	struct str s = str_from(a->expires);
	char text[64];
	bool day = s.n == 10;

	snprintf(text, sizeof(text), "%.40s%s", s.p, day ? "T23:59:59.999Z" : "");
	if (s.n > 40 || !clock_parse_rfc3339(str_from(text), &a->key.expires_ms))
		return refuse("--expires takes a day such as 2027-06-30 or a moment such as 2027-06-30T12:00:00Z");
	if (a->key.expires_ms <= clock_now_ms())
		return refuse("--expires %s is past", a->expires);
	return 0;
}

static int check_add(struct args *a)
{
	if (!a->name)
		return refuse("give --name: whose key it is");
	const char *fault = key_name_fault(str_from(a->name));
	if (fault)
		return refuse("%s", fault);
	snprintf(a->key.name, sizeof(a->key.name), "%s", a->name);
	int code = read_grant(a);
	return code || !a->expires ? code : read_expiry(a);
}

static int check_id(struct args *a)
{
	/* A whole token here would stand in the list of processes: say so without repeating it. */
	if (!a->id)
		return refuse("give the id of the key; ziara key list shows it");
	if (strlen(a->id) != KEY_ID_LEN || strspn(a->id, "0123456789abcdef") != KEY_ID_LEN)
		return refuse("an id is the %d hex digits between zk_ and the second _ of a key, never the whole key", KEY_ID_LEN);
	return 0;
}

/* --- add, rotate, revoke ------------------------------------------------------------------- */

static int failed(enum err e)
{
	fprintf(stderr, "ziara key: %s; see the lines above, and ziara check\n", err_name(e));
	return EXIT_FAILED;
}

static int print_token(char token[KEY_TOKEN_LEN + 1])
{
	bool ok = puts(token) >= 0 && fflush(stdout) == 0;

	sodium_memzero(token, KEY_TOKEN_LEN + 1);
	if (!ok)
		fputs("ziara key: the key could not be printed; rotate it for another\n", stderr);
	return ok ? 0 : EXIT_FAILED;
}

static int add(const struct job *j)
{
	struct key *k = &j->args->key;
	char token[KEY_TOKEN_LEN + 1], scopes[SCOPE_LIST_MAX];
	enum err e = key_add(j->db, j->arena, k, clock_now_ms(), token);

	if (e)
		return failed(e);
	scope_list(k->scopes, scopes);
	fprintf(stderr, "ziara key: made %s for %s: %s.  It is shown this once.\n", k->id, k->name, scopes);
	return print_token(token);
}

static int rotate(const struct job *j)
{
	char token[KEY_TOKEN_LEN + 1];
	enum err e = key_rotate(j->db, j->arena, str_from(j->args->id), token);

	if (e == ERR_NOT_FOUND || e == ERR_CONFLICT) {
		fprintf(stderr, "ziara key: %s\n", e == ERR_CONFLICT ? "this key is revoked; make another with ziara key add"
								     : "there is no key with this id; see ziara key list");
		return EXIT_FAILED;
	}
	if (e)
		return failed(e);
	fprintf(stderr, "ziara key: %s has a new secret, shown this once; the old one works no more.\n", j->args->id);
	return print_token(token);
}

static int revoke(const struct job *j)
{
	enum err e = key_revoke(j->db, j->arena, str_from(j->args->id), clock_now_ms());

	if (e == ERR_NOT_FOUND) {
		fputs("ziara key: there is no key with this id; see ziara key list\n", stderr);
		return EXIT_FAILED;
	}
	if (e)
		return failed(e);
	fprintf(stderr, "ziara key: %s is revoked\n", j->args->id);
	return 0;
}

/* --- list ----------------------------------------------------------------------------------- */

static const char *moment(uint64_t ms, char out[CLOCK_RFC3339_LEN + 1])
{
	if (!ms)
		return "-";
	clock_format_rfc3339(ms, out);
	return out;
}

static const char *standing(const struct key *k)
{
	return k->revoked_ms ? "revoked" : k->expires_ms && k->expires_ms <= clock_now_ms() ? "expired" : "valid";
}

static void list_text(const struct key *keys, size_t n)
{
	char a[CLOCK_RFC3339_LEN + 1], b[CLOCK_RFC3339_LEN + 1], c[CLOCK_RFC3339_LEN + 1], scopes[SCOPE_LIST_MAX];

	printf("%-16s  %-7s  %-24s  %-24s  %-24s  %-8s  %s\n", "ID", "STATE", "CREATED", "EXPIRES", "LAST USED", "ROLE", "NAME: SCOPES");
	for (size_t i = 0; i < n; i++) {
		const struct key *k = &keys[i];
		scope_list(k->scopes, scopes);
		printf("%-16s  %-7s  %-24s  %-24s  %-24s  %-8s  %s: %s\n", k->id, standing(k), moment(k->created_ms, a),
		       moment(k->expires_ms, b), moment(k->last_used_ms, c), k->role[0] ? k->role : "-", k->name, scopes);
	}
}

static void list_member(struct json_writer *w, const char *name, uint64_t ms)
{
	char text[CLOCK_RFC3339_LEN + 1];

	json_key(w, name);
	if (ms)
		json_z(w, moment(ms, text));
	else
		json_null(w);
}

static enum err list_json(const struct key *keys, size_t n)
{
	struct json_writer w;
	struct buf out;

	buf_init(&out, LIST_BYTES_MAX);
	json_begin(&w, &out);
	json_array(&w);
	for (size_t i = 0; i < n; i++) {
		const struct key *k = &keys[i];
		const char *const texts[][2] = { { "id", k->id }, { "name", k->name }, { "role", k->role[0] ? k->role : NULL }, { "state", standing(k) } };
		json_object(&w);
		for (size_t t = 0; t < sizeof(texts) / sizeof(*texts); t++) {
			json_key(&w, texts[t][0]);
			if (texts[t][1])
				json_z(&w, texts[t][1]);
			else
				json_null(&w);
		}
		json_key(&w, "scopes");
		json_array(&w);
		for (unsigned s = 0; s < SCOPES; s++)
			if (k->scopes & 1u << s)
				json_z(&w, scope_name(1u << s));
		json_end_array(&w);
		list_member(&w, "created_at", k->created_ms);
		list_member(&w, "expires_at", k->expires_ms);
		list_member(&w, "revoked_at", k->revoked_ms);
		list_member(&w, "last_used_at", k->last_used_ms);
		json_end_object(&w);
	}
	json_end_array(&w);
	buf_char(&out, '\n');
	enum err e = out.err ? out.err : fwrite(out.p, 1, out.n, stdout) == out.n ? ERR_OK : ERR_IO;
	buf_free(&out);
	return e;
}

static int list(const struct job *j)
{
	struct key *keys;
	size_t n;
	enum err e = key_list(j->db, j->arena, &keys, &n);

	if (!e && j->args->json)
		e = list_json(keys, n);
	else if (!e)
		list_text(keys, n);
	if (!e && fflush(stdout) != 0)
		e = ERR_IO;
	return e ? failed(e) : 0;
}

/* --- the command line ------------------------------------------------------------------------ */

static const struct action {
	const char *name;
	bool adds, takes_id;
	int (*run)(const struct job *j);
} actions[] = {
	{ "add", true, false, add },
	{ "list", false, false, list },
	{ "revoke", false, true, revoke },
	{ "rotate", false, true, rotate },
};

static int read_args(const struct action *action, int argc, char **argv, struct args *a)
{
	const struct { const char *name; const char **to; bool here; } options[] = {
		{ "--config", &a->config, true },        { "--name", &a->name, action->adds },
		{ "--role", &a->role, action->adds },    { "--scope", &a->scope, action->adds },
		{ "--expires", &a->expires, action->adds },
	};

	for (int i = 2; i < argc; i++) {
		bool taken = false;
		for (size_t o = 0; o < sizeof(options) / sizeof(*options) && !taken; o++)
			if (options[o].here && strcmp(argv[i], options[o].name) == 0 && i + 1 < argc && !*options[o].to) {
				*options[o].to = argv[++i];
				taken = true;
			}
		if (!taken && action->run == list && strcmp(argv[i], "--json") == 0)
			taken = a->json = true;
		if (!taken && action->takes_id && !a->id && argv[i][0] != '-') {
			a->id = argv[i];
			taken = true;
		}
		if (!taken) /* not repeated: it may be a secret in the wrong place */
			return refuse("argument %d of ziara key %s is not understood; see ziara key --help", i - 1, action->name);
	}
	return action->adds ? check_add(a) : action->takes_id ? check_id(a) : 0;
}

static int run(const struct action *action, struct args *a)
{
	struct db_params p = app_db_params(&a->conf);
	struct job j = { a, NULL, arena_new(MEMORY) };
	int code = EXIT_FAILED;

	if (j.arena && !db_library_init() && (j.db = db_new(&p)))
		code = action->run(&j);
	else
		fputs("ziara key: memory is out\n", stderr);
	db_free(j.db);
	arena_free(j.arena);
	db_library_end();
	return code;
}

int main_key(int argc, char **argv)
{
	struct args a = { 0 };
	char message[512];

	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
			fputs(usage_text, stdout);
			return 0;
		}
	for (size_t i = 0; argc > 1 && i < sizeof(actions) / sizeof(*actions); i++) {
		if (strcmp(argv[1], actions[i].name) != 0)
			continue;
		int code = read_args(&actions[i], argc, argv, &a);
		if (code)
			return code;
		if (conf_load(&a.conf, a.config, message, sizeof(message))) {
			fprintf(stderr, "ziara: %s\n", message);
			return EXIT_USAGE;
		}
		return run(&actions[i], &a);
	}
	fputs(usage_text, stderr);
	return EXIT_USAGE;
}

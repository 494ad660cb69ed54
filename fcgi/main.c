/* SPDX-License-Identifier: Apache-2.0
 * The command: serve, migrate, key, openapi, config, check. */
#include "app/app.h"
#include "base/log.h"
#include "base/metric.h"
#include "db/migrate.h"
#include "json/reader.h"
#include "main_check.h"
#include "main_key.h"
#include "main_reindex.h"
#include "register/install.h"
#include "resource/openapi.h"
#include "resource/shape.h"
#include "serve/serve.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum { EXIT_FAILED = 1, EXIT_USAGE = 2, MIGRATE_MEMORY = 64 << 20 };

struct args {
	const char *config;
	const char *mode;      /* "--status" and so on; NULL: none */
	struct conf conf;
};

static int migrate_run(struct args *a);
static int serve(struct args *a);
static int openapi(struct args *a);
static int config(struct args *a);
static int check(struct args *a);
static int reindex(struct args *a);

static const struct command {
	const char *name, *modes, *help;
	int (*run)(struct args *a); /* NULL: main_key reads its own arguments */
} commands[] = {
	{ "serve", "", "answer FastCGI requests until SIGTERM; SIGHUP reloads the configuration", serve },
	{ "migrate", "--status --print-sql --print-grants",
	  "bring the schema and code lists up to date;\n"
	  "             --status        say what is applied, change nothing\n"
	  "             --print-sql     print the SQL for an administrator to run\n"
	  "             --print-grants  print the privileges the two accounts need", migrate_run },
	{ "key", "", "add, list, revoke and rotate the keys of callers; see ziara key --help", NULL },
	{ "reindex", "--due", "make anew, from all records, what lists and names are found by: needed once after an\n"
	  "             upgrade; the service may go on meanwhile, and it may be stopped and run again\n"
	  "             --due           only when that was never done, as ziara check tells", reindex },
	{ "openapi", "", "print the OpenAPI description", openapi },
	{ "config", "--file", "print the configuration keys with their defaults;\n"
	  "             --file          as a configuration file", config },
	{ "check", "", "print the configuration in force and where each value came from; try the database\n"
	  "             and say what of its settings does not fit", check },
};

static void usage(FILE *out)
{
	fputs("ziara " ZIARA_VERSION " - a register of benchmarking visits, partners and policy drafts\n\n"
	      "usage: ziara COMMAND [OPTION] [--config FILE]\n\n", out);
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].help);
	fputs("\nEach configuration key is also an environment variable: ZIARA_ and the key in capitals.\n"
	      "Exit status: 0 done, 1 failed, 2 wrong usage or configuration.\n", out);
}

/* --- serve -------------------------------------------------------------------------------- */

static enum err process_start(const struct conf *c)
{
	char message[512];
	struct db_params params = app_db_params(c);

	log_set_format_named(c->log_format);
	metric_join();
	json_reader_init();
	enum err e = db_library_init();
	if (!e && !app_init(c, message, sizeof(message))) {
		log_error("%s", message);
		return ERR_INTERNAL;
	}
	return e ? e : db_watch_start(&params);
}

static const struct serve_app served = {
	.process_start = process_start,
	.thread_start = app_thread_start,
	.slow = app_slow,
	.handle = app_handle,
	.thread_stop = app_thread_stop,
	.process_stop = db_watch_stop,
	.body_cap_bytes = APP_BODY_MAX,
};

static int serve(struct args *a)
{
	char message[512];

	if (check_option_file(&a->conf, message, sizeof(message)) != CHECK_FINE)
		log_warn("%s", message);
	/* the tables are checked here too, so that a mistake ends the master and not each worker */
	if (!app_init(&a->conf, message, sizeof(message))) {
		log_error("%s", message);
		return EXIT_FAILED;
	}
	if (metric_init())
		return EXIT_FAILED;
	return serve_run(&a->conf, a->config, &served);
}

/* --- migrate ------------------------------------------------------------------------------ */

static void progress(const struct migration *m)
{
	fprintf(stderr, "ziara: applying %s\n", m->name);
}

static int failed(const struct migrate_state *s, enum err e)
{
	fprintf(stderr, "ziara: %s\n", s->message[0] ? s->message : err_name(e));
	return EXIT_FAILED;
}

static int status(struct db *d, struct arena *mem)
{
	struct migrate_state s = { 0 };
	enum err e = migrate_check(d, mem, &s);

	if (e)
		return failed(&s, e);
	printf("schema version %d of %d\n", s.applied, s.known);
	if (s.message[0])
		fprintf(stderr, "ziara: %s\n", s.message);
	return s.applied >= s.known && s.unfinished < 0 ? 0 : EXIT_FAILED;
}

static int apply(struct db *d, struct arena *mem)
{
	struct migrate_state s = { 0 };
	size_t added = 0;
	enum err e = migrate_up(d, mem, &s, progress);

	if (e)
		return failed(&s, e);
	e = install_codelists(d, mem, &added);
	if (e) {
		fprintf(stderr, "ziara: the code lists could not be installed: %s\n", err_name(e));
		return EXIT_FAILED;
	}
	fprintf(stderr, "ziara: schema version %d, %zu code(s) added\n", s.applied, added);
	return 0;
}

static int print_sql(struct db *d, struct arena *mem)
{
	struct migrate_state s = { 0 };
	enum err e = migrate_check(d, mem, &s);

	/* only where there is no server at all: a refused account is a mistake to be told of */
	if (e == ERR_UNAVAILABLE && (db_errno(d) == 2002 || db_errno(d) == 2003))
		fprintf(stderr, "ziara: no database to look at; printing everything\n");
	else if (e)
		return failed(&s, e);
	migrate_print_sql(e ? 0 : s.applied, e ? -1 : s.unfinished);
	install_print_sql();
	return 0;
}

static int migrate_run(struct args *a)
{
	struct db_params p = app_db_params(&a->conf);
	struct arena *mem = arena_new(MIGRATE_MEMORY);
	struct db *d = NULL;
	int code = EXIT_FAILED;

	p.statement_timeout_ms = 0; /* a migration takes what it takes */
	if (a->mode && strcmp(a->mode, "--print-grants") == 0) {
		migrate_print_grants(a->conf.db_name);
		code = 0;
	} else if (!mem || db_library_init() || !(d = db_new(&p))) {
		fprintf(stderr, "ziara: memory is out\n");
	} else if (!a->mode) {
		code = apply(d, mem);
	} else if (strcmp(a->mode, "--status") == 0) {
		code = status(d, mem);
	} else {
		code = print_sql(d, mem);
	}
	db_free(d);
	arena_free(mem);
	db_library_end();
	return code;
}

/* --- openapi, config ---------------------------------------------------------------------- */

static int openapi(struct args *a)
{
	char message[512], server[300];
	struct json_writer w;
	struct buf out;

	if (!app_init(&a->conf, message, sizeof(message))) {
		fprintf(stderr, "ziara: %s\n", message);
		return EXIT_FAILED;
	}
	snprintf(server, sizeof(server), "%s/api/v1", a->conf.public_url);
	buf_init(&out, 16 << 20);
	json_begin(&w, &out);
	openapi_write(&w, &view_everything, str_from(server));
	buf_char(&out, '\n');
	bool ok = !out.err && fwrite(out.p, 1, out.n, stdout) == out.n && fflush(stdout) == 0;
	buf_free(&out);
	shape_end();
	if (!ok)
		fprintf(stderr, "ziara: the description could not be written\n");
	return ok ? 0 : EXIT_FAILED;
}

static int config(struct args *a)
{
	if (a->mode)
		conf_print_file();
	else
		conf_print_keys();
	return fflush(stdout) == 0 ? 0 : EXIT_FAILED;
}

static int check(struct args *a)
{
	return check_run(&a->conf) ? 0 : EXIT_FAILED;
}

static int reindex(struct args *a)
{
	return reindex_run(&a->conf, a->mode != NULL) ? 0 : EXIT_FAILED;
}

/* --- the command line --------------------------------------------------------------------- */

static bool mode_known(const struct command *c, const char *mode)
{
	const char *at = strstr(c->modes, mode);
	size_t n = strlen(mode);

	return n > 2 && at && (at == c->modes || at[-1] == ' ') && (at[n] == ' ' || at[n] == '\0');
}

static bool read_args(const struct command *c, int argc, char **argv, struct args *a)
{
	for (int i = 2; i < argc; i++) {
		if (strcmp(argv[i], "--config") == 0 && i + 1 < argc)
			a->config = argv[++i];
		else if (!a->mode && mode_known(c, argv[i]))
			a->mode = argv[i];
		else {
			fprintf(stderr, "ziara %s: unexpected %s; see ziara --help\n", c->name, argv[i]);
			return false;
		}
	}
	return true;
}

/* The next file opened would take the place of a stream that is closed: a key would go to the database
 * instead of the terminal.  From these, writing fails. */
static bool fill_streams(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDONLY) != fd)
			return false;
	return true;
}

int main(int argc, char **argv)
{
	struct args a = { 0 };
	char message[512];

	if (!fill_streams())
		return EXIT_FAILED;
	if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0)) {
		usage(stdout);
		return 0;
	}
	if (argc > 1 && strcmp(argv[1], "--version") == 0) {
		puts("ziara " ZIARA_VERSION);
		return 0;
	}
	for (size_t i = 0; argc > 1 && i < sizeof(commands) / sizeof(*commands); i++) {
		if (strcmp(argv[1], commands[i].name) != 0)
			continue;
		if (!commands[i].run)
			return main_key(argc - 1, argv + 1);
		for (int j = 2; j < argc; j++)
			if (strcmp(argv[j], "--help") == 0 || strcmp(argv[j], "-h") == 0) {
				usage(stdout);
				return 0;
			}
		if (!read_args(&commands[i], argc, argv, &a))
			return EXIT_USAGE;
		if (conf_load(&a.conf, a.config, message, sizeof(message))) {
			fprintf(stderr, "ziara: %s\n", message);
			return EXIT_USAGE;
		}
		log_set_format_named(a.conf.log_format);
		return commands[i].run(&a);
	}
	if (argc > 1)
		fprintf(stderr, "ziara: there is no command %s\n\n", argv[1]);
	usage(stderr);
	return EXIT_USAGE;
}

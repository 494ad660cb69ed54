/* SPDX-License-Identifier: Apache-2.0
 * `ziara check`: the configuration in force, and whether the database fits it. */
#include "main_check.h"

#include "app/app.h"
#include "db/migrate.h"
#include "resource/reindex.h"
#include "resource/shape.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	MEMORY = 4 << 20,
	STATEMENTS_CACHED = 256, /* at most, on each connection (db.h) */
	ADMIN_CONNECTIONS = 5,   /* for the administrator, backups and migrations */
	OLDEST_SERIES = 1011,    /* 10.11, the version all is tested with */
};

__attribute__((format(printf, 1, 2)))
static void say(const char *fmt, ...)
{
	va_list args;

	fputs("ziara: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
}

enum check_result check_option_file(const struct conf *c, char *message, size_t message_size)
{
	const char *file = c->db_option_file;
	struct stat st;

	if (!file[0])
		return CHECK_FINE; /* the library's own files, or none */
	if (stat(file, &st) != 0 || access(file, R_OK) != 0) {
		snprintf(message, message_size, "db_option_file: %s cannot be read: %m", file);
		return CHECK_BAD;
	}
	if (!S_ISREG(st.st_mode)) {
		snprintf(message, message_size, "db_option_file: %s is no file", file);
		return CHECK_BAD;
	}
	if (st.st_mode & S_IROTH) {
		snprintf(message, message_size, "db_option_file: everybody on this machine can read %s and the password in it; chmod o= %s",
			 file, file);
		return CHECK_DOUBTFUL;
	}
	return CHECK_FINE;
}

/* --- what the server says ----------------------------------------------------------------- */

static const char facts_sql[] =
	"SELECT @@version, @@max_connections, @@max_user_connections, @@max_prepared_stmt_count, @@innodb_flush_log_at_trx_commit,"
	" @@global.read_only, (SELECT variable_value FROM information_schema.session_status WHERE variable_name = 'Ssl_version')";

enum fact { VERSION, CONNECTIONS, USER_CONNECTIONS, STATEMENTS, FLUSH, READ_ONLY, TLS, FACTS };

static long series(const char *version)
{
	char *end;
	long major = strtol(version, &end, 10);

	return *end == '.' ? major * 100 + strtol(end + 1, NULL, 10) : 0;
}

static void judge_room(const struct conf *c, const struct db_value *v)
{
	int64_t threads = (int64_t)c->processes * c->threads, needed = threads + c->processes;
	int64_t statements = threads * STATEMENTS_CACHED;

	if (v[CONNECTIONS].i < needed + ADMIN_CONNECTIONS)
		say("warning: the server takes %" PRId64 " connections (max_connections); %d processes with %d threads and a watch each"
		    " need %" PRId64 ", and %d should be left for others", v[CONNECTIONS].i, c->processes, c->threads, needed,
		    ADMIN_CONNECTIONS);
	if (v[USER_CONNECTIONS].i && v[USER_CONNECTIONS].i < needed)
		say("warning: the account may have %" PRId64 " connections (max_user_connections) and %" PRId64 " are needed",
		    v[USER_CONNECTIONS].i, needed);
	if (v[STATEMENTS].i < statements * 2)
		say("warning: the server keeps %" PRId64 " prepared statements (max_prepared_stmt_count); set it to %" PRId64
		    " for %" PRId64 " threads, or there will be 503 answers", v[STATEMENTS].i, statements * 2, threads);
}

static void judge(const struct conf *c, const struct db_value *v)
{
	const char *version = v[VERSION].s.p;

	if (!strstr(version, "MariaDB") || series(version) < OLDEST_SERIES)
		say("warning: the server is %s; MariaDB 10.11 or later is what this program is made for", version);
	if (v[FLUSH].i != 1)
		say("warning: innodb_flush_log_at_trx_commit is %" PRId64 ": a power cut loses changes that were acknowledged; set it to 1",
		    v[FLUSH].i);
	if (v[READ_ONLY].i)
		say("warning: the server is read-only: every change will be answered 503");
	judge_room(c, v);
}

static bool try_database(const struct conf *c, struct db *d, struct arena *mem)
{
	struct migrate_state s = { 0 };
	struct db_rows rows;
	enum err e = db_query(d, mem, facts_sql, NULL, 0, &rows);

	if (e || rows.rows != 1 || rows.cols != FACTS) {
		say("database: %s", e == ERR_UNAVAILABLE ? "not reached; the line above says why" : err_name(e ? e : ERR_INTERNAL));
		return false;
	}
	const struct db_value *v = rows.cells;
	say("database: reached, %s, %s", v[VERSION].s.p, v[TLS].s.n ? v[TLS].s.p : "on this host without TLS");
	judge(c, v);
	e = migrate_check(d, mem, &s);
	if (e)
		say("database: %s", s.message[0] ? s.message : err_name(e));
	else if (s.applied < s.known || s.unfinished >= 0)
		say("database: schema version %d of %d; run ziara migrate", s.applied, s.known);
	else
		say("database: schema version %d", s.applied);
	bool good = !e && s.applied >= s.known && s.unfinished < 0, due = false, known = true;
	if (good && app_home_known(d, mem, c, &known) == ERR_OK && !known)
		say(APP_HOME_UNKNOWN, c->home_country);
	if (good && reindex_due(d, mem, &due) == ERR_OK && due)
		say("warning: some records are not found by the words of their names yet; run ziara reindex");
	return good && known;
}

bool check_run(const struct conf *c)
{
	struct db_params p = app_db_params(c);
	struct arena *mem = arena_new(MEMORY);
	char message[1024];
	struct db *d = NULL;

	conf_print(c);
	bool good = fflush(stdout) == 0;
	if (!app_init(c, message, sizeof(message))) {
		say("%s", message);
		good = false;
	}
	enum check_result file = check_option_file(c, message, sizeof(message));
	if (file != CHECK_FINE)
		say("%s%s", file == CHECK_DOUBTFUL ? "warning: " : "", message);
	if (!mem || db_library_init() || !(d = db_new(&p)))
		say("memory is out");
	/* without its option file the database would only be refused once more */
	good = d && file != CHECK_BAD && try_database(c, d, mem) && good;
	db_free(d);
	arena_free(mem);
	db_library_end();
	shape_end();
	return good;
}

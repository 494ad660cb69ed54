/* SPDX-License-Identifier: Apache-2.0
 * `ziara reindex`: every record in small transactions, beside a service that goes on. */
#include "main_reindex.h"

#include "app/app.h"
#include "db/migrate.h"
#include "resource/reindex.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { MEMORY = 256 << 20 };

struct job {
	struct ctx x;
	uint64_t records;
	bool shows; /* progress on a terminal */
};

static bool say(enum err e, const char *message)
{
	fprintf(stderr, "ziara reindex: %s\n", message && message[0] ? message : err_name(e));
	return false;
}

/* Writers of the same records go first; a batch that had to give way to them is tried again for half a minute. */
static enum err batch(struct job *j, const struct shape *s, struct uuid *below, size_t *n)
{
	static const struct timespec pause = { 0, 100 * 1000000 };
	enum err e = reindex_batch(&j->x, s, below, n);

	for (int again = 0; (e == ERR_RETRY || e == ERR_LOCKED) && again < 300; again++) {
		nanosleep(&pause, NULL);
		arena_reset(j->x.arena);
		e = reindex_batch(&j->x, s, below, n);
	}
	return e;
}

static enum err whole_table(struct job *j, const struct shape *s)
{
	struct uuid below;
	size_t n;

	memset(below.b, 0xff, sizeof(below.b));
	for (uint64_t done = 0;; done += n) {
		arena_reset(j->x.arena);
		enum err e = batch(j, s, &below, &n);
		if (e || n == 0)
			return e;
		j->records += n;
		if (j->shows)
			fprintf(stderr, "\rziara reindex: %s: %" PRIu64 "   ", s->resource->path, done + n);
	}
}

static bool all_tables(struct job *j)
{
	for (size_t i = 0; i < shape_count(); i++) {
		const struct shape *s = shape_at(i);
		enum err e = s->parent ? ERR_OK : whole_table(j, s);
		if (j->shows && !s->parent)
			fputs("\n", stderr);
		if (e)
			return say(e, NULL);
	}
	fprintf(stderr, "ziara reindex: %" PRIu64 " records, %" PRIu64 " rows brought in line\n", j->records, j->x.kept);
	return true;
}

static bool run(struct job *j, bool if_due)
{
	struct migrate_state s = { 0 };
	bool due = true;
	enum err e = migrate_check(j->x.db, j->x.arena, &s);

	if (e)
		return say(e, s.message);
	if (s.applied < s.known || s.unfinished >= 0)
		return say(ERR_OK, "the schema is not up to date; run ziara migrate first");
	if (if_due)
		e = reindex_due(j->x.db, j->x.arena, &due);
	if (e)
		return say(e, NULL);
	return due ? all_tables(j) : true;
}

bool reindex_run(const struct conf *c, bool if_due)
{
	struct db_params p = app_db_params(c);
	struct problem problem;
	struct job j = { .shows = isatty(STDERR_FILENO) };
	char message[512];
	bool good = false;

	j.x = (struct ctx){ .arena = arena_new(MEMORY), .conf = c, .view = view_everything, .problem = &problem, .codes = codes_new() };
	p.stamps = true;
	if (!app_init(c, message, sizeof(message))) {
		say(ERR_INTERNAL, message);
	} else if (!j.x.arena || !j.x.codes || db_library_init() || !(j.x.db = db_new(&p))) {
		say(ERR_NOMEM, "memory is out");
	} else {
		problem_reset(&problem, j.x.arena);
		good = run(&j, if_due);
	}
	db_free(j.x.db);
	codes_free(j.x.codes);
	arena_free(j.x.arena);
	db_library_end();
	shape_end();
	return good;
}

/* SPDX-License-Identifier: Apache-2.0
 * Bringing a database to the schema of this binary, once, in order, and resumable.
 *
 * Each migration has a row in schema_migration, made before its first statement; `statements`
 * counts those in place and `checksum` covers just them, until applied_at says it is complete.
 * On Galera a row lock holds on one node only: migrate on the node that takes the writes. */
#include "db/internal.h"
#include "db/script.h"

#include "base/clock.h"
#include "base/log.h"

#include <stdio.h>

struct up {
	const struct migration *list;
	size_t n;
	struct arena *arena;
	struct migrate_state *s;
	void (*progress)(const struct migration *m);
	struct db *work; /* where statements run */
};

/* A row of schema_migration. */
struct applied {
	int version, statements;
	struct str name, checksum, tolerates;
	bool finished;
};

#define SAY(s, ...) ((void)snprintf((s)->message, sizeof((s)->message), __VA_ARGS__))

static struct applied applied_row(const struct db_rows *r, size_t i)
{
	return (struct applied){
		.version = (int)db_cell(r, i, 0)->i,
		.name = db_cell(r, i, 1)->s,
		.checksum = db_cell(r, i, 2)->s,
		.tolerates = db_cell(r, i, 3)->s,
		.statements = (int)db_cell(r, i, 4)->i,
		.finished = db_cell(r, i, 5)->i != 0,
	};
}

/* No rows when there is no table yet. */
static enum err read_applied(struct db *d, struct arena *a, struct db_rows *out)
{
	enum err e = db_query(d, a,
			      "SELECT COUNT(*) FROM information_schema.tables "
			      "WHERE table_schema = DATABASE() AND table_name = 'schema_migration'",
			      NULL, 0, out);

	if (e != ERR_OK || db_cell(out, 0, 0)->i == 0) {
		*out = (struct db_rows){ 0 };
		return e;
	}
	return db_query(d, a,
			"SELECT version, name, checksum, tolerates, statements, applied_at IS NOT NULL "
			"FROM schema_migration ORDER BY version",
			NULL, 0, out);
}

/* One row against the list; `i` counts from 0. */
static enum err check_row(const struct migration *list, size_t n, struct migrate_state *s, struct applied row, size_t i)
{
	if (row.version != (int)i + 1) {
		SAY(s, "schema_migration has a row %d where %zu is due: rows were removed or added by hand.",
		    row.version, i + 1);
		return ERR_CONFLICT;
	}
	if (i >= n) {
		if (script_version_reaches(ZIARA_VERSION, row.tolerates))
			return ERR_OK;
		SAY(s, "The database has migration %.*s, which needs at least version %.*s; this is %s. "
		       "Install a newer version.",
		    STR_ARG(row.name), STR_ARG(row.tolerates), ZIARA_VERSION);
		return ERR_CONFLICT;
	}
	if (row.finished) {
		struct script_sum sum;
		script_measure(&list[i], &sum);
		if (str_is(row.checksum, sum.hex))
			return ERR_OK;
		SAY(s, "Migration %s is not the one that was applied (checksum %.*s in the database, %s here). "
		       "Run the version it was applied with, or one that left it as it was.",
		    list[i].name, STR_ARG(row.checksum), sum.hex);
		return ERR_CONFLICT;
	}
	return ERR_OK;
}

enum err migrate_check_from(struct db *d, struct arena *a, const struct migration *list, size_t n,
			    struct migrate_state *s)
{
	struct db_rows rows = { 0 };

	*s = (struct migrate_state){ .known = n ? list[n - 1].version : 0, .unfinished = -1 };
	enum err e = read_applied(d, a, &rows);
	if (e != ERR_OK) {
		SAY(s, "The schema's state cannot be read (%s).", err_name(e));
		return e;
	}
	for (size_t i = 0; i < rows.rows; i++) {
		struct applied row = applied_row(&rows, i);
		e = check_row(list, n, s, row, i);
		if (e != ERR_OK)
			return e;
		if (row.finished)
			s->applied = row.version;
		else if ((s->unfinished = row.statements) >= 0)
			SAY(s, "Migration %.*s is unfinished: %d of its statements are in place. Run the migration again.",
			    STR_ARG(row.name), row.statements);
	}
	if (s->applied < s->known && !s->message[0])
		SAY(s, "The database has migrations up to %d, this version needs %d. Run the migration.", s->applied,
		    s->known);
	return ERR_OK;
}

/* The transaction that holds the lock must still be there before anything is changed. */
static enum err hold_lock(struct db *lock, struct up *u)
{
	struct db_rows rows;
	enum err e = db_query(lock, u->arena, "SELECT id FROM schema_lock WHERE id = 1 FOR UPDATE", NULL, 0, &rows);

	if (e == ERR_OK && rows.rows == 1)
		return ERR_OK;
	if (e == ERR_LOCKED)
		SAY(u->s, "Another migration is running and does not end.");
	else
		SAY(u->s, "The lock of schema_lock cannot be had or was lost (%s). Run the migration again.", err_name(e));
	/* Not ERR_LOCKED, not ERR_RETRY: the wait was long enough. */
	return ERR_UNAVAILABLE;
}

static enum err note_progress(struct up *u, const struct migration *m, int statements, const struct script_sum *sum)
{
	struct db_rows rows = { 0 };
	struct db_value values[] = { db_int(statements), db_text(str_from(sum->hex)), db_int(m->version) };
	enum err e = db_query(u->work, u->arena,
			      "UPDATE schema_migration SET statements = ?, checksum = ? "
			      "WHERE version = ? AND applied_at IS NULL",
			      values, 3, &rows);

	if (e == ERR_OK && rows.affected == 1)
		return ERR_OK;
	SAY(u->s, "Statement %d of migration %s is in place, but its note is not (%s). First run: UPDATE schema_migration "
	       "SET statements = %d, checksum = '%s' WHERE version = %d; then run the migration again.",
	    statements, m->name, err_name(e), statements, sum->hex, m->version);
	return ERR_INTERNAL;
}

static enum err note_end(struct up *u, const struct migration *m)
{
	char now[CLOCK_SQL_LEN + 1];
	struct db_rows rows = { 0 };

	clock_format_sql(clock_now_ms(), now);
	struct db_value values[] = { db_text(str_from(now)), db_int(m->version) };
	enum err e = db_query(u->work, u->arena,
			      "UPDATE schema_migration SET applied_at = ? WHERE version = ? AND applied_at IS NULL", values,
			      2, &rows);
	if (e == ERR_OK && rows.affected == 1)
		return ERR_OK;
	SAY(u->s, "All of migration %s is in place, but its note is not (%s). Run the migration again.", m->name,
	    err_name(e));
	return ERR_INTERNAL;
}

static enum err note_start(struct up *u, const struct migration *m)
{
	char tolerates[SCRIPT_VERSION_MAX + 1];
	struct script_sum none;

	script_tolerates(m, tolerates);
	script_sum_init(&none);
	struct db_value values[] = { db_int(m->version), db_text(str_from(m->name)), db_text(str_from(none.hex)),
				     db_text(str_from(tolerates)) };
	enum err e = db_query(u->work, u->arena,
			      "INSERT INTO schema_migration (version, name, checksum, tolerates, statements) "
			      "VALUES (?, ?, ?, ?, 0)",
			      values, 4, NULL);
	if (e == ERR_OK)
		return ERR_OK;
	SAY(u->s, "Migration %s cannot be started (%s).", m->name, err_name(e));
	return ERR_INTERNAL;
}

static void say_stopped(struct up *u, const struct migration *m, int k, const struct script_sum *with)
{
	SAY(u->s, "Migration %s stopped at statement %d (server error %u); those before it are in place and will not be "
	       "repeated. Remove the cause, then run the migration again: it goes on with statement %d. Should that one be "
	       "in place, first run: UPDATE schema_migration SET statements = %d, checksum = '%s' WHERE version = %d;",
	    m->name, k, db_errno(u->work), k, k, with->hex, m->version);
}

/* Runs what is missing of one migration; `row`: its unfinished row, or NULL. */
static enum err apply(struct up *u, struct db *lock, const struct migration *m, const struct applied *row)
{
	struct script_sum sum, with;
	const char *at = m->sql;
	struct str statement;
	int done = row ? row->statements : 0;
	enum err e = ERR_OK;

	script_sum_init(&sum);
	for (int k = 0; k < done && script_next(&at, &statement); k++)
		script_sum_add(&sum, statement);
	if (row && !str_is(row->checksum, sum.hex)) {
		SAY(u->s, "Migration %s was begun with other statements than it has now. Finish it with the version that "
		       "began it, or restore the database.", m->name);
		return ERR_CONFLICT;
	}
	if (!row && (e = note_start(u, m)) != ERR_OK)
		return e;
	while (script_next(&at, &statement)) {
		with = sum;
		script_sum_add(&with, statement);
		e = hold_lock(lock, u);
		if (e != ERR_OK)
			return e;
		if (conn_exec(u->work, statement) != ERR_OK) {
			say_stopped(u, m, done + 1, &with);
			return ERR_INTERNAL;
		}
		sum = with;
		e = note_progress(u, m, ++done, &sum);
		if (e != ERR_OK)
			return e;
	}
	return note_end(u, m);
}

static enum err up_locked(struct db *lock, void *arg)
{
	struct up *u = arg;
	struct db_rows rows = { 0 };
	enum err e = hold_lock(lock, u);

	/* Read again: somebody else may have migrated while this one waited. */
	if (e == ERR_OK)
		e = migrate_check_from(u->work, u->arena, u->list, u->n, u->s);
	if (e == ERR_OK)
		e = read_applied(u->work, u->arena, &rows);
	for (size_t i = 0; e == ERR_OK && i < u->n; i++) {
		struct applied row = { 0 };
		if (i < rows.rows)
			row = applied_row(&rows, i);
		if (row.finished)
			continue;
		if (u->progress)
			u->progress(&u->list[i]);
		e = apply(u, lock, &u->list[i], i < rows.rows ? &row : NULL);
		if (e == ERR_OK)
			u->s->applied = u->list[i].version;
	}
	if (e == ERR_OK)
		u->s->message[0] = '\0';
	return e;
}

/* A handle like `d` whose statements may take as long as they need. */
static struct db *patient(const struct db *d)
{
	struct db_params p = { .option_file = d->option_file, .database = d->database,
			       .connect_timeout_ms = d->connect_timeout_ms };
	struct db *other = db_new(&p);

	if (other && conn_exec(other, STR("SET wait_timeout=31536000, idle_transaction_timeout=0, "
					  "idle_write_transaction_timeout=0, innodb_lock_wait_timeout=600, "
					  "lock_wait_timeout=600")) != ERR_OK) {
		db_free(other);
		return NULL;
	}
	return other;
}

static enum err prepare_tables(struct db *work, struct arena *a)
{
	struct db_rows rows;
	enum err e = conn_exec(work, STR(SCRIPT_CREATE_MIGRATION));

	if (e == ERR_OK)
		e = conn_exec(work, STR(SCRIPT_CREATE_LOCK));
	/* Inserting would wait for whoever holds the row; looking does not. */
	if (e == ERR_OK)
		e = db_query(work, a, "SELECT id FROM schema_lock WHERE id = 1", NULL, 0, &rows);
	if (e == ERR_OK && rows.rows == 0)
		e = conn_exec(work, STR(SCRIPT_FILL_LOCK));
	return e;
}

enum err migrate_up_from(struct db *d, struct arena *a, const struct migration *list, size_t n,
			 struct migrate_state *s, void (*progress)(const struct migration *m))
{
	struct up u = { .list = list, .n = n, .arena = a, .s = s, .progress = progress };
	enum err e = migrate_check_from(d, a, list, n, s);

	if (e != ERR_OK || s->applied >= s->known)
		return e;
	struct db *lock = patient(d);
	u.work = patient(d);
	if (!lock || !u.work) {
		SAY(s, "No second and third connection can be had: one holds the lock, one does the work.");
		e = ERR_UNAVAILABLE;
	} else if ((e = prepare_tables(u.work, a)) != ERR_OK) {
		SAY(s, "The tables schema_migration and schema_lock cannot be made (%s, server error %u).", err_name(e),
		    db_errno(u.work));
	} else {
		e = db_tx(lock, DB_WRITE, up_locked, &u);
		if (e != ERR_OK && !s->message[0])
			SAY(s, "The migration failed (%s).", err_name(e));
	}
	db_free(u.work);
	db_free(lock);
	return e;
}

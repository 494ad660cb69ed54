/* SPDX-License-Identifier: Apache-2.0
 * The floor of a creation: the same rows by the same prepared statements in one durable transaction, without HTTP,
 * JSON or checks.  scripts/bench writes FILE from what the application stored for one POST.
 *
 *   inserts OPTION_FILE DATABASE FILE CLIENTS SECONDS
 *
 * FILE has a line for each row: its INSERT, then for each placeholder a tab and "-" for NULL, "T" and text in
 * hexadecimal, "B" and bytes in hexadecimal, or "I" and a number: the n-th fresh id of the transaction. */
#include <mysql.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROWS_MAX = 100, VALUES_MAX = 400, IDS_MAX = 100, LINE_MAX_BYTES = 1 << 20, CLIENTS_MAX = 256, TIMES_MAX = 1 << 20, ID_BYTES = 16 };

struct value {
	char kind;
	int number;
	char *bytes;
	unsigned long n;
};

struct row {
	char *sql;
	struct value values[VALUES_MAX];
	unsigned n;
};

struct client {
	pthread_t thread;
	int number;
	uint32_t *us; /* time of each transaction */
	size_t done, failed;
};

static struct row rows[ROWS_MAX];
static size_t n_rows;
static const char *option_file, *database;
static double seconds;

static void fail(const char *what, const char *why)
{
	fprintf(stderr, "inserts: %s: %s\n", what, why);
	exit(1);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct value read_value(const char *text)
{
	struct value v = { .kind = text[0] };
	size_t digits = strlen(text + (text[0] != '\0'));

	if (v.kind == 'I') {
		v.number = (int)strtol(text + 1, NULL, 10);
		if (v.number < 0 || v.number >= IDS_MAX)
			fail("file", "too many ids");
	} else if (v.kind == 'T' || v.kind == 'B') {
		v.n = digits / 2;
		v.bytes = malloc(v.n + 1);
		for (size_t i = 0; v.bytes && i < v.n; i++) {
			char pair[3] = { text[1 + 2 * i], text[2 + 2 * i], '\0' };
			v.bytes[i] = (char)strtol(pair, NULL, 16);
		}
	} else if (v.kind != '-') {
		fail("file", "a value of no known kind");
	}
	return v;
}

static void read_file(const char *path)
{
	FILE *f = fopen(path, "r");
	char *line = malloc(LINE_MAX_BYTES);

	if (!f || !line)
		fail(path, "cannot be read");
	while (fgets(line, LINE_MAX_BYTES, f)) {
		struct row *r = &rows[n_rows];
		if (++n_rows > ROWS_MAX)
			fail(path, "too many rows");
		line[strcspn(line, "\n")] = '\0';
		char *rest = line;
		r->sql = strdup(strsep(&rest, "\t"));
		for (char *text; (text = strsep(&rest, "\t"));) {
			if (r->n == VALUES_MAX)
				fail(path, "too many values");
			r->values[r->n++] = read_value(text);
		}
	}
	free(line);
	fclose(f);
}

/* Ids as the application makes them: time first, so that new rows stand at the end of their tables. */
static void make_ids(const struct client *c, unsigned char ids[IDS_MAX][ID_BYTES])
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	uint64_t ms = (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
	for (int i = 0; i < IDS_MAX; i++) {
		for (int b = 0; b < 6; b++)
			ids[i][b] = (unsigned char)(ms >> (40 - 8 * b));
		ids[i][6] = 0x70;
		ids[i][7] = (unsigned char)i;
		ids[i][8] = 0x80;
		ids[i][9] = (unsigned char)c->number;
		for (int b = 0; b < 6; b++)
			ids[i][10 + b] = (unsigned char)((uint64_t)c->done >> (40 - 8 * b));
	}
}

static MYSQL *enter(void)
{
	MYSQL *m = mysql_init(NULL);

	if (!m)
		fail("connection", "no memory");
	mysql_options(m, MYSQL_READ_DEFAULT_FILE, option_file);
	mysql_options(m, MYSQL_READ_DEFAULT_GROUP, "client");
	mysql_options(m, MYSQL_SET_CHARSET_NAME, "utf8mb4");
	if (!mysql_real_connect(m, NULL, NULL, NULL, database, 0, NULL, 0))
		fail("connection", mysql_error(m));
	if (mysql_autocommit(m, 0) || mysql_query(m, "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"))
		fail("session", mysql_error(m));
	return m;
}

static MYSQL_STMT *prepare(MYSQL *m, const char *sql)
{
	MYSQL_STMT *s = mysql_stmt_init(m);

	if (!s || mysql_stmt_prepare(s, sql, strlen(sql)))
		fail(sql, s ? mysql_stmt_error(s) : "no memory");
	return s;
}

static int insert(MYSQL_STMT *s, const struct row *r, unsigned char ids[IDS_MAX][ID_BYTES])
{
	MYSQL_BIND b[VALUES_MAX];

	memset(b, 0, sizeof(b));
	for (unsigned i = 0; i < r->n; i++) {
		const struct value *v = &r->values[i];
		b[i].buffer_type = v->kind == '-' ? MYSQL_TYPE_NULL : v->kind == 'T' ? MYSQL_TYPE_STRING : MYSQL_TYPE_BLOB;
		b[i].buffer = v->kind == 'I' ? (void *)ids[v->number] : v->bytes;
		b[i].buffer_length = v->kind == 'I' ? ID_BYTES : v->n;
	}
	return mysql_stmt_bind_param(s, b) || mysql_stmt_execute(s);
}

static void *work(void *arg)
{
	struct client *c = arg;
	MYSQL *m = enter();
	MYSQL_STMT *s[ROWS_MAX];
	unsigned char ids[IDS_MAX][ID_BYTES];

	for (size_t i = 0; i < n_rows; i++)
		s[i] = i > 0 && strcmp(rows[i].sql, rows[i - 1].sql) == 0 ? s[i - 1] : prepare(m, rows[i].sql);
	double end = now() + seconds;
	while (c->done < TIMES_MAX) {
		double began = now();
		if (began >= end)
			break;
		make_ids(c, ids);
		int bad = 0;
		for (size_t i = 0; i < n_rows && !bad; i++) {
			bad = insert(s[i], &rows[i], ids);
			if (bad && c->failed == 0)
				fprintf(stderr, "inserts: %s: %s\n", rows[i].sql, mysql_stmt_error(s[i]));
		}
		bad = bad ? bad | mysql_rollback(m) : mysql_commit(m);
		c->failed += bad != 0;
		c->us[c->done++] = (uint32_t)((now() - began) * 1e6);
	}
	for (size_t i = 0; i < n_rows; i++)
		if (i == 0 || s[i] != s[i - 1])
			mysql_stmt_close(s[i]);
	mysql_close(m);
	return NULL;
}

static int by_size(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* The same line as ask.lua. */
static void report(struct client *c, int clients, double took)
{
	size_t n = 0, failed = 0;
	double sum = 0;
	static uint32_t nothing;

	for (int i = 0; i < clients; i++) {
		n += c[i].done;
		failed += c[i].failed;
	}
	uint32_t *all = n ? malloc(n * sizeof(*all)) : &nothing;
	if (!all)
		fail("report", "no memory");
	size_t at = 0;
	for (int i = 0; i < clients; i++)
		for (size_t j = 0; j < c[i].done; j++) {
			all[at++] = c[i].us[j];
			sum += c[i].us[j];
		}
	qsort(all, n, sizeof(*all), by_size);
	printf("BENCH {\"requests\":%zu,\"duration_us\":%.0f,\"bytes\":0,\"status\":%zu,\"connect\":0,\"read\":0,\"write\":0,\"timeout\":0,"
	       "\"mean_us\":%.1f,\"p50_us\":%u,\"p90_us\":%u,\"p99_us\":%u,\"max_us\":%u}\n", n, took * 1e6, failed, n ? sum / (double)n : 0,
	       all[n / 2], all[n * 9 / 10], all[n * 99 / 100], all[n ? n - 1 : 0]);
}

int main(int argc, char **argv)
{
	static struct client clients[CLIENTS_MAX];
	int n = argc == 6 ? (int)strtol(argv[4], NULL, 10) : 0;

	if (n < 1 || n > CLIENTS_MAX) {
		fprintf(stderr, "usage: inserts OPTION_FILE DATABASE FILE CLIENTS SECONDS\n");
		return 2;
	}
	option_file = argv[1];
	database = argv[2];
	seconds = strtod(argv[5], NULL);
	read_file(argv[3]);
	mysql_library_init(0, NULL, NULL);
	double began = now();
	for (int i = 0; i < n; i++) {
		clients[i].number = i;
		clients[i].us = malloc(TIMES_MAX * sizeof(uint32_t));
		if (!clients[i].us || pthread_create(&clients[i].thread, NULL, work, &clients[i]) != 0)
			fail("thread", "cannot be started");
	}
	for (int i = 0; i < n; i++)
		pthread_join(clients[i].thread, NULL);
	report(clients, n, now() - began);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0
 * The handle and its connection: options, session settings, loss and replacement. */
#include "db/internal.h"

#include "base/clock.h"
#include "base/log.h"

#include <poll.h>
#include <stdlib.h>
#include <stdio.h>
#include <unistd.h>

enum {
	READ_GRACE_S = 5,        /* the server ends a statement first; this is for a dead network */
	IDLE_CHECK_US = 50000,   /* a connection idle for longer is looked at before use */
	SQL_SHORT = 1024,        /* a statement with its comment that is sent from the stack */
};

/* Only what sends no readable password and asks nobody for one. */
static const char auth_plugins[] = "mysql_native_password,client_ed25519,caching_sha2_password,auth_gssapi_client";

enum err db_library_init(void)
{
	return mysql_library_init(0, NULL, NULL) ? ERR_INTERNAL : ERR_OK;
}

void db_library_end(void)
{
	mysql_library_end();
}

/* True unless memory is out; *out stays NULL for NULL and "". */
static bool copy(char **out, const char *z)
{
	if (z && *z)
		*out = strdup(z);
	return *out || !z || !*z;
}

struct db *db_new(const struct db_params *params)
{
	struct db *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->connect_timeout_ms = params->connect_timeout_ms;
	d->statement_timeout_ms = params->statement_timeout_ms;
	d->random = clock_mono_us() ^ (uint64_t)(uintptr_t)d << 16;
	if (copy(&d->option_file, params->option_file) && copy(&d->database, params->database) &&
	    cache_init(&d->cache, params->statements_max ? params->statements_max : DB_STATEMENTS_MAX) == ERR_OK)
		return d;
	db_free(d);
	return NULL;
}

void db_free(struct db *d)
{
	if (!d)
		return;
	conn_drop(d);
	cache_free(&d->cache);
	free(d->option_file);
	free(d->database);
	free(d->cells);
	free(d->text);
	free(d);
}

void conn_drop(struct db *d)
{
	if (!d->my)
		return;
	/* First the connection: statements without one are freed without a word to the server. */
	mysql_close(d->my);
	d->my = NULL;
	d->pending = false;
	cache_clear(&d->cache);
}

static bool set_options(struct db *d, MYSQL *my)
{
	unsigned connect_s = d->connect_timeout_ms > 0 ? ((unsigned)d->connect_timeout_ms + 999) / 1000 : 0;
	unsigned read_s = ((unsigned)d->statement_timeout_ms + 999) / 1000 + READ_GRACE_S;
	unsigned off = 0;
	my_bool no = 0, yes = 1;
	int bad = 0;

	bad |= d->option_file ? mysql_options(my, MYSQL_READ_DEFAULT_FILE, d->option_file)
			      : mysql_options(my, MYSQL_READ_DEFAULT_GROUP, "client");
	if (connect_s)
		bad |= mysql_options(my, MYSQL_OPT_CONNECT_TIMEOUT, &connect_s);
	if (d->statement_timeout_ms > 0) {
		bad |= mysql_options(my, MYSQL_OPT_READ_TIMEOUT, &read_s);
		bad |= mysql_options(my, MYSQL_OPT_WRITE_TIMEOUT, &read_s);
	}
	bad |= mysql_options(my, MYSQL_SET_CHARSET_NAME, "utf8mb4");
	bad |= mysql_options(my, MYSQL_OPT_LOCAL_INFILE, &off);
	bad |= mysql_options(my, MYSQL_OPT_RECONNECT, &no);
	bad |= mysql_options(my, MYSQL_REPORT_DATA_TRUNCATION, &yes);
	bad |= mysql_options(my, MARIADB_OPT_RESTRICTED_AUTH, auth_plugins);
	return !bad;
}

/* The library goes on in plain text when the server offers no TLS, and checks no host name for
 * a CA alone; whoever asked for TLS must get all of it. */
static bool tls_as_asked(MYSQL *my)
{
	const char *ca = NULL, *capath = NULL, *cert = NULL;
	my_bool enforce = 0, verify = 0;

	mysql_get_optionv(my, MYSQL_OPT_SSL_CA, &ca);
	mysql_get_optionv(my, MYSQL_OPT_SSL_CAPATH, &capath);
	mysql_get_optionv(my, MYSQL_OPT_SSL_CERT, &cert);
	mysql_get_optionv(my, MYSQL_OPT_SSL_ENFORCE, &enforce);
	mysql_get_optionv(my, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);
	if (!ca && !capath && !cert && !enforce && !verify)
		return true;
	if ((ca || capath) && !verify) {
		log_error("database: the option file names a CA; add ssl-verify-server-cert=1 to have the host checked");
		return false;
	}
	if (!mysql_get_ssl_cipher(my)) {
		log_error("database: the option file asks for TLS but the connection has none");
		return false;
	}
	return true;
}

static enum err set_session(struct db *d, MYSQL *my)
{
	char sql[512];
	int ms = d->statement_timeout_ms > 0 ? d->statement_timeout_ms : 0;

	/* Messages are read for the names of keys, so their language is fixed, too. */
	int n = snprintf(sql, sizeof(sql), "SET lc_messages='en_US', max_statement_time=%d.%03d, " CONN_SESSION,
			 ms / 1000, ms % 1000);

	if (!mysql_real_query(my, sql, (unsigned long)n))
		return ERR_OK;
	const struct errors_row *row = errors_note(d, mysql_errno(my), mysql_error(my), mysql_sqlstate(my),
						   (struct str){ sql, (size_t)n });
	return row->err;
}

static enum err open_connection(struct db *d)
{
	if (d->option_file && access(d->option_file, R_OK) != 0) {
		/* The library would go on without it, as another user on another server. */
		log_error("database: the option file %s cannot be read", d->option_file);
		errors_forget(d);
		return ERR_UNAVAILABLE;
	}
	/* A new handle each time: a failed attempt leaves one without its options. */
	MYSQL *my = mysql_init(NULL);
	if (!my)
		return ERR_NOMEM;
	enum err e = ERR_NOMEM;
	if (!set_options(d, my))
		goto fail;
	if (!mysql_real_connect(my, NULL, NULL, NULL, d->database, 0, NULL, CLIENT_FOUND_ROWS)) {
		log_warn("database: cannot connect: error %u: %s", mysql_errno(my), mysql_error(my));
		errors_forget(d);
		d->last_errno = mysql_errno(my);
		e = errors_find(d->last_errno)->err;
		if (e == ERR_INTERNAL)
			e = ERR_UNAVAILABLE;
		goto fail;
	}
	/* The option file is read while connecting and might have asked for it. */
	my_bool no = 0;
	mysql_options(my, MYSQL_OPT_RECONNECT, &no);
	if (!tls_as_asked(my)) {
		errors_forget(d);
		e = ERR_UNAVAILABLE;
		goto fail;
	}
	e = set_session(d, my);
	if (e != ERR_OK)
		goto fail;
	d->my = my;
	d->used_us = clock_mono_us();
	return ERR_OK;
fail:
	mysql_close(my);
	return e;
}

/* An idle server says nothing: something to read is its farewell. */
static bool idle_is_dead(struct db *d)
{
	struct pollfd p = { .fd = (int)mysql_get_socket(d->my), .events = POLLIN };

	return clock_mono_us() - d->used_us > IDLE_CHECK_US && poll(&p, 1, 0) != 0;
}

enum err conn_ready(struct db *d)
{
	if (d->pending) {
		d->pending = false;
		if (mysql_read_query_result(d->my))
			conn_drop(d);
	}
	if (d->my && !d->in_tx && idle_is_dead(d))
		conn_drop(d);
	return d->my ? ERR_OK : open_connection(d);
}

static int send_tagged(struct db *d, struct str sql, int (*send)(MYSQL *my, const char *sql, unsigned long n))
{
	char tagged[SQL_SHORT];

	if (!d->tag[0] || sql.n + strlen(d->tag) + 8 > sizeof(tagged))
		return send(d->my, sql.p, sql.n);
	int n = snprintf(tagged, sizeof(tagged), "/* %s */ %.*s", d->tag, STR_ARG(sql));
	return send(d->my, tagged, (unsigned long)n);
}

void conn_post(struct db *d, struct str sql)
{
	if (send_tagged(d, sql, mysql_send_query))
		conn_drop(d);
	else
		d->pending = true;
}

enum err conn_exec(struct db *d, struct str sql)
{
	enum err e = conn_ready(d);

	if (e != ERR_OK)
		return e;
	int bad = send_tagged(d, sql, mysql_real_query);
	while (!bad) {
		/* Rows are of no interest, but must be read before the next statement. */
		MYSQL_RES *res = mysql_use_result(d->my);
		if (res) {
			while (mysql_fetch_row(res))
				;
			mysql_free_result(res);
		}
		if (mysql_errno(d->my))
			break;
		bad = mysql_next_result(d->my);
		if (bad == -1) {
			d->used_us = clock_mono_us();
			return ERR_OK;
		}
	}
	const struct errors_row *row = errors_note(d, mysql_errno(d->my), mysql_error(d->my), mysql_sqlstate(d->my),
						   sql);
	if (row->flags & (ERRORS_GONE | ERRORS_DROP))
		conn_drop(d);
	return row->err;
}

unsigned db_errno(const struct db *d)
{
	return d->last_errno;
}

const char *db_error_key(const struct db *d)
{
	return d->last_key;
}

static bool tag_fits(const char *text)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~-";
	size_t n = text ? strlen(text) : 0;

	return n > 0 && n <= DB_TAG_MAX && strspn(text, allowed) == n;
}

void db_tag(struct db *d, const char *request_id, const char *trace_id)
{
	bool request = tag_fits(request_id), trace = tag_fits(trace_id);

	snprintf(d->tag, sizeof(d->tag), "%s%s%s", request ? request_id : "", request && trace ? " " : "", trace ? trace_id : "");
}

struct db_stats db_stats(const struct db *d)
{
	return d->stats;
}

void db_stats_reset(struct db *d)
{
	d->stats = (struct db_stats){ 0, 0, 0 };
}

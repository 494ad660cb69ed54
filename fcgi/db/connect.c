/* SPDX-License-Identifier: Apache-2.0
 * Making a connection: the option file, TLS, what the session is set to.
 *
 * The library by itself goes on in plain text when the server offers no TLS, and checks no host
 * name for a CA alone; here whoever is on another host, or asks for TLS, gets all of it. */
#include "db/internal.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"

#include <arpa/inet.h>
#include <errmsg.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	READ_GRACE_S = 5, /* the server ends a statement first; this is for a dead network */
};

/* Only what sends no readable password and asks nobody for one. */
static const char auth_plugins[] = "mysql_native_password,client_ed25519,caching_sha2_password,auth_gssapi_client";

static const char tls_advice[] =
	"; a database on another host needs TLS: the server must offer it (ssl-cert, ssl-key), with a certificate that is in"
	" date, names the `host` of the option file, and comes from the CA that `ssl-ca` there names (without ssl-ca: from one"
	" that this system trusts)";

/* The library reads the file only on its way to a connection, so it is sent to where there is none; what it has read
 * stays, and everything set after that wins. */
static bool read_option_file(struct db *d, MYSQL *my)
{
	static const char nowhere[] = "255.255.255.255";
	unsigned second = 1;

	if (d->option_file ? mysql_options(my, MYSQL_READ_DEFAULT_FILE, d->option_file)
			   : mysql_options(my, MYSQL_READ_DEFAULT_GROUP, "client"))
		return false;
	return !mysql_options(my, MYSQL_OPT_CONNECT_TIMEOUT, &second) &&
	       !mysql_real_connect(my, nowhere, NULL, NULL, NULL, 0, NULL, CLIENT_REMEMBER_OPTIONS);
}

static bool set_options(struct db *d, MYSQL *my)
{
	unsigned connect_s = d->connect_timeout_ms > 0 ? ((unsigned)d->connect_timeout_ms + 999) / 1000 : 0;
	unsigned read_s = ((unsigned)d->statement_timeout_ms + 999) / 1000 + (d->probes ? 0 : READ_GRACE_S);
	unsigned off = 0;
	my_bool no = 0, yes = 1;
	int bad = mysql_options(my, MYSQL_OPT_CONNECT_TIMEOUT, &connect_s);

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

/* Also a name that leads to this host is remote: only these three cannot lead elsewhere. */
static bool local_name(const char *host)
{
	return !host || !*host || strcmp(host, "localhost") == 0 || strcmp(host, "127.0.0.1") == 0 ||
	       strcmp(host, "::1") == 0;
}

static bool local_peer(MYSQL *my)
{
	struct sockaddr_storage at = { 0 };
	socklen_t n = sizeof(at);

	if (getpeername((int)mysql_get_socket(my), (struct sockaddr *)&at, &n))
		return false;
	if (at.ss_family == AF_INET)
		return ((struct sockaddr_in *)(void *)&at)->sin_addr.s_addr == htonl(INADDR_LOOPBACK);
	return at.ss_family == AF_UNIX || (at.ss_family == AF_INET6 &&
					   IN6_IS_ADDR_LOOPBACK(&((struct sockaddr_in6 *)(void *)&at)->sin6_addr));
}

static bool tls_wanted(MYSQL *my)
{
	const char *ca = NULL, *capath = NULL, *cert = NULL;
	my_bool enforce = 0, verify = 0;

	mysql_get_optionv(my, MYSQL_OPT_SSL_CA, &ca);
	mysql_get_optionv(my, MYSQL_OPT_SSL_CAPATH, &capath);
	mysql_get_optionv(my, MYSQL_OPT_SSL_CERT, &cert);
	mysql_get_optionv(my, MYSQL_OPT_SSL_ENFORCE, &enforce);
	mysql_get_optionv(my, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);
	return ca || capath || cert || enforce || verify || !local_name(my->options.host);
}

static bool require_tls(MYSQL *my)
{
	my_bool yes = 1;

	return !mysql_options(my, MYSQL_OPT_SSL_ENFORCE, &yes) && !mysql_options(my, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &yes) &&
	       !mysql_options(my, MARIADB_OPT_TLS_VERSION, "TLSv1.2,TLSv1.3");
}

/* Says it once in a while, in the log and in d->why; the prober's reasons go into the log with the change they make. */
__attribute__((format(printf, 3, 4)))
static enum err refuse(struct db *d, unsigned number, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(d->why, sizeof(d->why), fmt, args);
	va_end(args);
	errors_forget(d);
	d->last_errno = number;
	if (!d->probes && errors_news(number))
		log_error("database: %s", d->why);
	return ERR_UNAVAILABLE;
}

static enum err cannot_connect(struct db *d, MYSQL *my, bool tls)
{
	unsigned number = fail_number(mysql_errno(my));
	const struct errors_row *row = errors_find(number);
	enum err e = refuse(d, number, "cannot connect: error %u: %s%s", number, mysql_error(my),
			    tls && number == CR_SSL_CONNECTION_ERROR ? tls_advice : "");

	/* Nothing was begun on it that could be lost. */
	if (row->flags & ERRORS_GONE)
		d->last_errno = CR_CONN_HOST_ERROR;
	return row->err == ERR_NOMEM ? ERR_NOMEM : e;
}

static enum err set_session(struct db *d, MYSQL *my)
{
	char sql[512];
	int ms = d->statement_timeout_ms > 0 ? d->statement_timeout_ms : 0;

	/* Messages are read for the names of keys, so their language is fixed, too. */
	int n = snprintf(sql, sizeof(sql), "SET lc_messages='en_US', max_statement_time=%d.%03d, " CONN_SESSION,
			 ms / 1000, ms % 1000);

	return fail_before() || mysql_real_query(my, sql, (unsigned long)n) || fail_after() ? cannot_connect(d, my, false) : ERR_OK;
}

static enum err open_on(struct db *d, MYSQL *my)
{
	if (!read_option_file(d, my) || !set_options(d, my))
		return ERR_NOMEM;
	bool tls = tls_wanted(my);
	if (tls && !require_tls(my))
		return ERR_NOMEM;
	if (fail_before() || !mysql_real_connect(my, NULL, NULL, NULL, d->database, 0, NULL, CLIENT_FOUND_ROWS) || fail_after())
		return cannot_connect(d, my, tls);
	if (!tls && !local_peer(my))
		return refuse(d, 0, "its host is called local in the option file and is not: name it by its address");
	if (tls && !mysql_get_ssl_cipher(my))
		return refuse(d, 0, "the connection has no TLS%s", tls_advice);
	if (!d->probes && !watch_add(&d->watched, (int)mysql_get_socket(my)))
		return refuse(d, 0, "it has just stopped answering");
	enum err e = set_session(d, my);
	if (e != ERR_OK)
		watch_remove(&d->watched);
	return e;
}

static enum err open_new(struct db *d)
{
	if (d->option_file && access(d->option_file, R_OK) != 0)
		/* The library would go on without it, as another user on another server. */
		return refuse(d, 0, "the option file %s (db_option_file) cannot be read: %m", d->option_file);
	/* A new handle each time: a failed attempt leaves one without its options. */
	MYSQL *my = mysql_init(NULL);
	if (!my)
		return ERR_NOMEM;
	enum err e = open_on(d, my);
	if (e != ERR_OK) {
		mysql_close(my);
		return e;
	}
	d->my = my;
	d->used_us = clock_mono_us();
	return ERR_OK;
}

enum err connect_open(struct db *d)
{
	enum err e = open_new(d);

	metric_add(e ? METRIC_CONNECTIONS_FAILED : METRIC_CONNECTIONS_OPENED, 1);
	metric_add(METRIC_CONNECTIONS, e == ERR_OK);
	return e;
}

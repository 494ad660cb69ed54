/* SPDX-License-Identifier: Apache-2.0
 * Configuration: one file of `key = value` lines and environment variables with the same
 * names (ZIARA_ and the key in capitals); the environment wins, defaults come last. */
#ifndef ZIARA_BASE_CONF_H
#define ZIARA_BASE_CONF_H

#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>

enum { CONF_KEYS_MAX = 32, CONF_ORIGIN_MAX = 96 };

struct conf {
	/* serving */
	char socket[108];          /* FastCGI socket path to bind */
	char socket_mode[8];       /* octal, "0660" */
	char socket_group[64];     /* name or number; empty: as the process */
	int backlog;
	int processes, threads;    /* worker processes; threads in each */
	int io_timeout_ms;         /* each read and write on a FastCGI connection */
	int slow_threads;          /* of a worker's; 0: a quarter */
	int slow_wait_ms;          /* a slow request waits so long for a thread, then 503 */
	int hang_timeout_ms;       /* a worker without progress for so long is replaced */
	/* what links and computed fields are built from */
	char public_url[256];      /* scheme://host[:port], no trailing slash */
	char home_country[8];      /* ISO 3166-1 alpha-2 */
	/* database */
	char db_option_file[256];  /* MariaDB option file, group [client]; credentials live there */
	char db_name[65];
	int db_statement_timeout_ms;
	int db_connect_timeout_ms;
	/* limits */
	size_t request_memory_bytes;
	size_t page_memory_bytes;  /* of a process, for pages of lists and records; 0: none are kept */
	/* what the operator sees */
	char log_format[8];        /* "logfmt" or "json" */
	int slow_request_ms;       /* 0: no line about slow requests */
	/* where each value came from, in the order of the keys: "default", "file:3", "ZIARA_THREADS" */
	char origin[CONF_KEYS_MAX][CONF_ORIGIN_MAX];
};

/* Fills defaults, then the file (NULL: none), then the environment; a db_option_file that is a bare
 * name, or none, is looked for among systemd's credentials ($CREDENTIALS_DIRECTORY).  On failure returns
 * ERR_SYNTAX (unknown key: the nearest spelling is named) or ERR_IO with a sentence in
 * message[]. */
MUST_USE enum err conf_load(struct conf *c, const char *file, char *message, size_t message_size);
/* What is in force and where it came from, a comment with the origin and a `key = value` line for
 * each key, on stdout: a file that conf_load takes.  No key is a secret. */
void conf_print(const struct conf *c);
/* Help text: one line a key with its default and meaning, on stdout. */
void conf_print_keys(void);
/* A configuration file with every key commented out, on stdout: what an installation begins with. */
void conf_print_file(void);

#endif

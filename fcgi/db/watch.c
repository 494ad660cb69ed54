/* SPDX-License-Identifier: Apache-2.0
 * One thread of the process asks the database twice a second whether it is there, so that no
 * other has to wait for one that is frozen, cut off or gone.
 *
 * A slow statement is told from a silent server: this one still gets answers. */
#include "db/internal.h"

#include "base/clock.h"
#include "base/log.h"

#include <errmsg.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	ASK_EVERY_MS = 500,
	ASK_AGAIN_MS = 200,      /* while it is down */
	SILENT_MS = 1500,        /* without an answer it is down */
	CONNECT_MS = 1000,
	READ_MS = 1000,
};

static struct {
	pthread_mutex_t lock;    /* of the list, and of going down: nobody joins it unseen */
	struct watched *first;
	atomic_bool down;
	bool running;
	pthread_t thread;
	int stop_fd;             /* readable once the thread is to end */
	struct db *db;
	uint64_t down_us;        /* when it went down */
} watch = { .lock = PTHREAD_MUTEX_INITIALIZER, .stop_fd = -1 };

bool db_watch_down(void)
{
	return atomic_load_explicit(&watch.down, memory_order_relaxed);
}

bool watch_add(struct watched *w, int fd)
{
	/* The library closes its descriptor by itself when the connection breaks, and the number may by
	 * then be somebody else's. */
	int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (own < 0) {
		log_error("database: a second descriptor of a connection: %m");
		return false;
	}
	pthread_mutex_lock(&watch.lock);
	bool up = !atomic_load(&watch.down);
	if (up) {
		*w = (struct watched){ .next = watch.first, .at = &watch.first, .fd = own };
		if (w->next)
			w->next->at = &w->next;
		watch.first = w;
	}
	pthread_mutex_unlock(&watch.lock);
	if (!up)
		close(own);
	return up;
}

void watch_remove(struct watched *w)
{
	pthread_mutex_lock(&watch.lock);
	if (w->at) {
		*w->at = w->next;
		if (w->next)
			w->next->at = w->at;
		w->at = NULL;
		close(w->fd);
	}
	pthread_mutex_unlock(&watch.lock);
}

/* Every change of state comes through here. */
static void change(bool down, const char *why)
{
	if (down == atomic_load(&watch.down))
		return;
	pthread_mutex_lock(&watch.lock);
	atomic_store(&watch.down, down);
	/* Their owners wake up with a lost connection and close it. */
	for (struct watched *w = down ? watch.first : NULL; w; w = w->next)
		(void)shutdown(w->fd, SHUT_RDWR);
	pthread_mutex_unlock(&watch.lock);
	uint64_t now_us = clock_mono_us();
	if (down) {
		watch.down_us = now_us;
		log_error("database: down: %s; requests are answered 503 until it answers again", why);
	} else {
		log_warn("database: up again after %.1f s", (double)(now_us - watch.down_us) / 1e6);
	}
}

/* False at once when the thread is to end. */
static bool pause_for(int ms)
{
	struct pollfd p = { .fd = watch.stop_fd, .events = POLLIN };

	return poll(&p, 1, ms) == 0 || !p.revents;
}

/* Nobody is there; anything else was said by a server, or lies with us and shows where it hurts. */
static bool nobody_there(unsigned number)
{
	return number == CR_CONNECTION_ERROR || number == CR_CONN_HOST_ERROR || number == CR_IPSOCK_ERROR ||
	       number == CR_UNKNOWN_HOST || number == CR_SERVER_HANDSHAKE_ERR || number == CR_SERVER_GONE_ERROR ||
	       number == CR_SERVER_LOST;
}

/* Whether it answers on the connection there is; the connection is gone when it does not. */
static bool ask(struct db *d, bool *silent)
{
	struct pollfd p[] = { { .fd = (int)mysql_get_socket(d->my), .events = POLLIN },
			      { .fd = watch.stop_fd, .events = POLLIN } };
	uint64_t asked_us = clock_mono_us();
	static const char sql[] = "DO 1";

	if (!mysql_send_query(d->my, sql, sizeof(sql) - 1)) {
		while (poll(p, 2, SILENT_MS) < 0 && clock_mono_us() - asked_us < SILENT_MS * 1000u)
			;
		if (p[0].revents && !mysql_read_query_result(d->my))
			return true;
		*silent = !p[0].revents && !p[1].revents;
	}
	conn_drop(d);
	return false;
}

static void probe(struct db *d)
{
	bool silent = false;

	if (d->my && ask(d, &silent)) {
		change(false, NULL);
	} else if (silent) {
		change(true, "no answer for 1.5 s");
	} else if (pause_for(0)) {
		/* It may have been restarted, or only this connection ended. */
		enum err e = connect_open(d);
		change(e == ERR_UNAVAILABLE && nobody_there(d->last_errno), d->why);
	}
}

static void *run(void *arg)
{
	struct db *d = arg;

	do
		probe(d);
	while (pause_for(db_watch_down() ? ASK_AGAIN_MS : ASK_EVERY_MS));
	return NULL;
}

enum err db_watch_start(const struct db_params *params)
{
	struct db_params own = *params;

	if (watch.running)
		return ERR_INTERNAL;
	own.connect_timeout_ms = CONNECT_MS;
	own.statement_timeout_ms = READ_MS;
	own.statements_max = 1;
	watch.db = db_new(&own);
	watch.stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (watch.db && watch.stop_fd >= 0) {
		watch.db->probes = true;
		watch.running = pthread_create(&watch.thread, NULL, run, watch.db) == 0;
	}
	if (watch.running)
		return ERR_OK;
	db_watch_stop();
	return ERR_NOMEM;
}

void db_watch_stop(void)
{
	if (watch.running) {
		if (eventfd_write(watch.stop_fd, 1))
			log_error("eventfd: %m");
		pthread_join(watch.thread, NULL);
	}
	watch.running = false;
	db_free(watch.db);
	watch.db = NULL;
	if (watch.stop_fd >= 0)
		close(watch.stop_fd);
	watch.stop_fd = -1;
	atomic_store(&watch.down, false);
}

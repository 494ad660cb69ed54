/* SPDX-License-Identifier: Apache-2.0
 * Signals, readiness, reloading, the end; it never touches a request. */
#include "serve/master.h"

#include "base/clock.h"
#include "base/log.h"
#include "serve/crew.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

enum { TICK_MAX_MS = 1000 };

struct master {
	struct crew crew;
	const char *file;
	const struct listener *listener;
	struct conf confs[2];      /* in force, and being tried */
	int in_force;
	bool told_ready, stop;
	bool reload;               /* SIGHUP came */
	int turn;                  /* the place being taken over; -1: no reloading */
	pid_t relief;              /* who is to take it over; 0: not started yet */
	uint64_t watchdog_us, pinged_us;
};

static bool open_descriptors(struct master *m)
{
	sigset_t set;
	sigemptyset(&set);
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP, SIGCHLD,
				       SIGUSR1 /* for workers, who must not die of it while they start */ };
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaddset(&set, signals[i]);
	/* A parent may have ignored it, and then nobody is told of children. */
	signal(SIGCHLD, SIG_DFL);
	signal(SIGPIPE, SIG_IGN);
	m->crew.signal_fd = -1;
	if (!crew_open(&m->crew))
		return false;
	if (sigprocmask(SIG_BLOCK, &set, NULL) == 0)
		m->crew.signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (m->crew.signal_fd < 0)
		log_error("signals of the master: %s", strerror(errno));
	return m->crew.signal_fd >= 0;
}

static void tell_ready(struct master *m)
{
	const struct conf *c = m->crew.c;
	sd_notifyf(0, "READY=1\nSTATUS=%d worker processes, %d threads each", m->crew.n, c->threads);
}

static void tell_first_ready(struct master *m)
{
	if (m->told_ready || !crew_complete(&m->crew))
		return;
	m->told_ready = true;
	log_info("ready: %d processes with %d threads each", m->crew.n, m->crew.c->threads);
	tell_ready(m);
}

static void ping_watchdog(struct master *m)
{
	uint64_t now_us = clock_mono_us();
	if (m->watchdog_us == 0 || now_us < m->pinged_us + m->watchdog_us / 2 || !crew_serves(&m->crew))
		return;
	m->pinged_us = now_us;
	sd_notify(0, "WATCHDOG=1");
}

/* One turn: waits for signals, workers' words and the clock. */
static void attend(struct master *m, int timeout_ms)
{
	struct pollfd fds[] = { { .fd = m->crew.signal_fd, .events = POLLIN },
				{ .fd = m->crew.ready[0], .events = POLLIN } };
	struct signalfd_siginfo info;
	int tick_ms = m->crew.c->hang_timeout_ms / 4;
	if (m->watchdog_us && m->watchdog_us / 4000 < (uint64_t)tick_ms)
		tick_ms = (int)(m->watchdog_us / 4000) + 1;
	tick_ms = tick_ms < TICK_MAX_MS ? tick_ms : TICK_MAX_MS;
	if (timeout_ms < 0 || timeout_ms > tick_ms)
		timeout_ms = tick_ms;
	if (poll(fds, 2, timeout_ms) < 0 && errno != EINTR)
		log_error("poll: %s", strerror(errno));
	while (read(m->crew.signal_fd, &info, sizeof(info)) == sizeof(info)) {
		m->stop = m->stop || info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT;
		m->reload = m->reload || info.ssi_signo == SIGHUP;
	}
	crew_hear_ready(&m->crew);
	crew_reap(&m->crew);
	crew_look_after(&m->crew);
	ping_watchdog(m);
}

/* --- reloading ---------------------------------------------------------------------------- */

static void end_reload(struct master *m)
{
	m->turn = -1;
	if (m->told_ready)
		tell_ready(m);
}

static void warn_of_fixed(const struct listener *l, const struct conf *old, const struct conf *new)
{
	const struct {
		const char *name;
		bool differs;
	} fixed[] = {
		{ "socket", strcmp(old->socket, new->socket) != 0 },
		{ "socket_mode", strcmp(old->socket_mode, new->socket_mode) != 0 },
		{ "socket_group", strcmp(old->socket_group, new->socket_group) != 0 },
		{ "backlog", old->backlog != new->backlog },
	};
	for (size_t i = 0; l->bound_here && i < sizeof(fixed) / sizeof(fixed[0]); i++)
		if (fixed[i].differs)
			log_warn("%s: the new value counts from the next start, for the socket stays open", fixed[i].name);
}

static void begin_reload(struct master *m)
{
	char message[512];
	struct conf *old = &m->confs[m->in_force], *new = &m->confs[!m->in_force];

	m->reload = false;
	log_info("reloading the configuration");
	sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64, clock_mono_us());
	if (conf_load(new, m->file, message, sizeof(message))) {
		log_error("the old configuration stays in force: %s", message);
		end_reload(m);
		return;
	}
	if (!crew_make_batons(&m->crew, new)) {
		log_error("the old configuration stays in force: too few descriptors for its processes");
		end_reload(m);
		return;
	}
	warn_of_fixed(m->listener, old, new);
	m->crew.trial = new;
	m->turn = 0;
	m->relief = 0;
}

static void take_into_force(struct master *m)
{
	struct crew *w = &m->crew;
	m->in_force = !m->in_force;
	w->c = &m->confs[m->in_force];
	w->trial = NULL;
	log_set_format_named(w->c->log_format);
	crew_set_places(w);
	for (int i = 0; i < CREW_MAX; i++)
		if (w->members[i].duty == DUTY_SERVE && w->members[i].place >= w->n)
			crew_dismiss(&w->members[i], true);
}

/* Worker after worker: the new one is ready before the old one is asked to end. */
static void go_on_reloading(struct master *m)
{
	struct crew *w = &m->crew;
	if (m->turn < 0 || crew_find(w, m->turn, DUTY_RELIEVE))
		return;
	if (m->relief) {
		const struct member *now = crew_find(w, m->turn, DUTY_SERVE);
		bool taken_over = now && now->pid == m->relief;
		if (!taken_over && m->turn == 0) {
			w->trial = NULL;
			log_error("the old configuration stays in force: no worker starts with the new one");
			end_reload(m);
			return;
		}
		if (!taken_over)
			log_error("worker %d goes on with the old configuration: send SIGHUP again", m->turn);
		if (m->turn == 0)
			take_into_force(m);
		m->turn++;
		m->relief = 0;
	}
	if (m->turn >= w->n) {
		log_info("the configuration is reloaded: %d processes with %d threads each", w->n, w->c->threads);
		end_reload(m);
		return;
	}
	m->relief = -1; /* where nobody can be forked, it counts as one that failed */
	if (crew_relieve(w, m->turn))
		m->relief = crew_find(w, m->turn, DUTY_RELIEVE)->pid;
}

/* --- the life ----------------------------------------------------------------------------- */

static void stop_all(struct master *m)
{
	struct crew *w = &m->crew;
	log_info("stopping");
	sd_notify(0, "STOPPING=1");
	/* First the path, so that what workers find in the queue is all there will be. */
	listener_unlink(m->listener);
	close(m->listener->fd);
	for (int i = 0; i < CREW_MAX; i++)
		if (w->members[i].duty != DUTY_NONE)
			crew_dismiss(&w->members[i], false);
	while (crew_count(w))
		attend(m, -1);
}

static void live(struct master *m)
{
	while (!m->stop) {
		int wait_ms = crew_start_due(&m->crew);
		if (m->reload && m->turn < 0)
			begin_reload(m);
		go_on_reloading(m);
		attend(m, wait_ms);
		tell_first_ready(m);
	}
}

int master_run(const struct conf *c, const char *file, const struct serve_app *app, const struct listener *l)
{
	static struct master m;
	m = (struct master){ .crew = { .app = app, .listener = l }, .file = file, .listener = l, .turn = -1 };
	m.confs[0] = *c;
	m.crew.c = &m.confs[0];
	if (sd_watchdog_enabled(0, &m.watchdog_us) <= 0)
		m.watchdog_us = 0;
	if (open_descriptors(&m)) {
		live(&m);
		stop_all(&m);
	} else {
		m.crew.failed = true;
		listener_unlink(l);
		close(l->fd);
	}
	close(m.crew.signal_fd);
	crew_close(&m.crew);
	return m.crew.failed ? 1 : 0;
}

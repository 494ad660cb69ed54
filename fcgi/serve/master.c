/* SPDX-License-Identifier: Apache-2.0
 * Single-threaded, so that fork is safe; it never touches a request. */
#include "serve/master.h"

#include "base/clock.h"
#include "base/log.h"
#include "serve/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

enum {
	WORKERS_MAX = 64,
	BACK_OFF_MIN_MS = 100,
	BACK_OFF_MAX_MS = 5000,
	LIVED_WELL_MS = 10 * 1000, /* after that the next death counts as the first again */
	STOP_MAX_MS = 30 * 1000,
};

struct slot {
	pid_t pid;           /* 0: none */
	uint64_t started_us; /* of the running or last one */
	uint64_t due_us;     /* when pid is 0: the next start */
	unsigned back_off_ms;
	bool was_ready;
};

struct master {
	const struct conf *c;
	const struct serve_app *app;
	const struct listener *listener;
	int signal_fd, ready[2];
	pid_t pid;
	struct slot slots[WORKERS_MAX];
	int n;
	bool told_ready, failed;
};

static bool open_descriptors(struct master *m)
{
	sigset_t set;
	sigemptyset(&set);
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP, SIGCHLD };
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaddset(&set, signals[i]);
	/* A parent may have ignored it, and then nobody is told of children. */
	signal(SIGCHLD, SIG_DFL);
	signal(SIGPIPE, SIG_IGN);
	m->signal_fd = m->ready[0] = m->ready[1] = -1;
	if (sigprocmask(SIG_BLOCK, &set, NULL) == 0 && pipe2(m->ready, O_CLOEXEC | O_NONBLOCK) == 0)
		m->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (m->signal_fd < 0)
		log_error("descriptors of the master: %s", strerror(errno));
	return m->signal_fd >= 0;
}

__attribute__((noreturn)) static void be_worker(struct master *m, int number)
{
	/* The signal is lost if the master died before the call: hence the second look. */
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) || getppid() != m->pid)
		_exit(1);
	close(m->signal_fd);
	close(m->ready[0]);
	signal(SIGINT, SIG_IGN); /* a terminal sends it to all; the master decides */
	signal(SIGHUP, SIG_IGN);
	exit(worker_run(m->c, m->app, m->listener, m->ready[1], (unsigned char)number));
}

static void schedule(struct master *m, int number, uint64_t now_us)
{
	struct slot *s = &m->slots[number];
	if (s->back_off_ms == 0 || now_us - s->started_us > LIVED_WELL_MS * 1000ull)
		s->back_off_ms = BACK_OFF_MIN_MS;
	else
		s->back_off_ms = s->back_off_ms * 2 > BACK_OFF_MAX_MS ? BACK_OFF_MAX_MS : s->back_off_ms * 2;
	s->due_us = now_us + s->back_off_ms * 1000ull;
}

static void start(struct master *m, int number)
{
	struct slot *s = &m->slots[number];
	s->started_us = clock_mono_us();
	pid_t pid = fork();
	if (pid == 0)
		be_worker(m, number);
	if (pid < 0) {
		schedule(m, number, s->started_us);
		log_error("worker %d cannot be forked: %s; next try in %u ms", number, strerror(errno), s->back_off_ms);
		return;
	}
	s->pid = pid;
	s->was_ready = false;
}

static void log_end(const struct slot *s, int number, int status, const char *next)
{
	if (WIFSIGNALED(status))
		log_error("worker %d (process %d) was killed by signal %d (%s)%s", number, (int)s->pid,
			  WTERMSIG(status), strsignal(WTERMSIG(status)), next);
	else if (WEXITSTATUS(status) == WORKER_NOT_STARTED)
		log_error("worker %d (process %d) could not start (exit code %d)%s", number, (int)s->pid,
			  WEXITSTATUS(status), next);
	else
		log_error("worker %d (process %d) ended unasked (exit code %d)%s", number, (int)s->pid,
			  WEXITSTATUS(status), next);
}

static void reap(struct master *m, bool stopping)
{
	int status;
	pid_t pid;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		for (int i = 0; i < m->n; i++) {
			struct slot *s = &m->slots[i];
			if (s->pid != pid)
				continue;
			if (stopping && !(WIFEXITED(status) && WEXITSTATUS(status) == 0)) {
				log_end(s, i, status, " while stopping");
				m->failed = true;
			} else if (!stopping) {
				char next[48];
				schedule(m, i, clock_mono_us());
				snprintf(next, sizeof(next), "; next start in %u ms", s->back_off_ms);
				log_end(s, i, status, next);
			}
			s->pid = 0;
		}
	}
}

static void hear_ready(struct master *m)
{
	unsigned char number;
	bool all = true;
	while (read(m->ready[0], &number, 1) == 1)
		if (number < m->n)
			m->slots[number].was_ready = true;
	for (int i = 0; i < m->n; i++)
		all = all && m->slots[i].was_ready;
	if (!all || m->told_ready)
		return;
	m->told_ready = true;
	log_info("ready: %d processes with %d threads each", m->n, m->c->threads);
	sd_notifyf(0, "READY=1\nSTATUS=%d worker processes, %d threads each", m->n, m->c->threads);
}

/* Starts whoever is due; returns the milliseconds until the next one is, -1 for nobody. */
static int start_due(struct master *m)
{
	int wait_ms = -1;
	for (int i = 0; i < m->n; i++) {
		struct slot *s = &m->slots[i];
		uint64_t now_us = clock_mono_us();
		if (s->pid == 0 && s->due_us <= now_us)
			start(m, i);
		if (s->pid)
			continue;
		int left_ms = (int)((s->due_us - now_us) / 1000) + 1;
		if (wait_ms < 0 || left_ms < wait_ms)
			wait_ms = left_ms;
	}
	return wait_ms;
}

/* Waits; reaps; true when a signal asks to stop. */
static bool attend(struct master *m, int timeout_ms, bool stopping)
{
	struct pollfd fds[] = { { .fd = m->signal_fd, .events = POLLIN }, { .fd = m->ready[0], .events = POLLIN } };
	struct signalfd_siginfo info;
	bool stop = false;
	if (poll(fds, 2, timeout_ms) < 0 && errno != EINTR)
		log_error("poll: %s", strerror(errno));
	if (fds[1].revents)
		hear_ready(m);
	while (read(m->signal_fd, &info, sizeof(info)) == sizeof(info))
		stop = stop || info.ssi_signo != SIGCHLD;
	reap(m, stopping || stop);
	return stop;
}

static int running(const struct master *m)
{
	int n = 0;
	for (int i = 0; i < m->n; i++)
		n += m->slots[i].pid != 0;
	return n;
}

static void signal_all(const struct master *m, int sig)
{
	for (int i = 0; i < m->n; i++)
		if (m->slots[i].pid && kill(m->slots[i].pid, sig))
			log_error("worker %d: %s", i, strerror(errno));
}

static void stop_all(struct master *m)
{
	log_info("stopping");
	sd_notify(0, "STOPPING=1");
	/* First the path, so that what workers find in the queue is all there will be. */
	listener_unlink(m->listener);
	close(m->listener->fd);
	signal_all(m, SIGTERM);
	uint64_t end_us = clock_mono_us() + STOP_MAX_MS * 1000ull;
	while (running(m)) {
		uint64_t now_us = clock_mono_us();
		if (now_us >= end_us) {
			log_error("%d workers do not end: killing them", running(m));
			signal_all(m, SIGKILL);
			end_us = now_us + STOP_MAX_MS * 1000ull;
		}
		attend(m, (int)((end_us - now_us) / 1000) + 1, true);
	}
}

int master_run(const struct conf *c, const struct serve_app *app, const struct listener *l)
{
	struct master m = { .c = c, .app = app, .listener = l, .pid = getpid() };
	m.n = c->processes < 1 ? 1 : c->processes > WORKERS_MAX ? WORKERS_MAX : c->processes;
	if (open_descriptors(&m)) {
		while (!attend(&m, start_due(&m), false))
			;
		stop_all(&m);
	} else {
		m.failed = true;
		listener_unlink(l);
		close(l->fd);
	}
	close(m.signal_fd);
	close(m.ready[0]);
	close(m.ready[1]);
	return m.failed ? 1 : 0;
}

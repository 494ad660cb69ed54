/* SPDX-License-Identifier: Apache-2.0
 * Starts, watches and ends worker processes.  The master has one thread, so that fork is safe. */
#include "serve/crew.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "serve/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	BACK_OFF_MIN_MS = 100,
	BACK_OFF_MAX_MS = 5000,
	LIVED_WELL_MS = 10 * 1000, /* after that the next death counts as the first again */
	LEAVE_MAX_MS = 30 * 1000,
};

bool crew_open(struct crew *w)
{
	w->master = getpid();
	w->ready[0] = w->ready[1] = -1;
	w->pulses = mmap(NULL, CREW_MAX * sizeof(*w->pulses), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (w->pulses == MAP_FAILED || pipe2(w->ready, O_CLOEXEC | O_NONBLOCK)) {
		log_error("what master and workers share: %s", strerror(errno));
		return false;
	}
	if (!crew_make_batons(w, w->c))
		return false;
	crew_set_places(w);
	return true;
}

void crew_close(struct crew *w)
{
	close(w->ready[0]);
	close(w->ready[1]);
	for (int i = 0; i < w->n_batons; i++)
		baton_close(&w->batons[i]);
	if (w->pulses != MAP_FAILED)
		munmap(w->pulses, CREW_MAX * sizeof(*w->pulses));
}

int crew_places(const struct conf *c)
{
	return c->processes < 1 ? 1 : c->processes > CREW_PLACES_MAX ? CREW_PLACES_MAX : c->processes;
}

bool crew_make_batons(struct crew *w, const struct conf *c)
{
	for (int places = crew_places(c); w->n_batons < places; w->n_batons++)
		if (baton_open(&w->batons[w->n_batons]))
			return false;
	return true;
}

void crew_set_places(struct crew *w)
{
	w->n = crew_places(w->c);
}

struct member *crew_find(struct crew *w, int place, enum duty duty)
{
	for (int i = 0; i < CREW_MAX; i++)
		if (w->members[i].duty == duty && (place < 0 || w->members[i].place == place))
			return &w->members[i];
	return NULL;
}

__attribute__((noreturn)) static void be_worker(struct crew *w, int number, int place, const struct conf *c)
{
	struct batons batons = { w->batons, w->n_batons, place, crew_places(c) };
	/* The signal is lost if the master died before the call: hence the second look. */
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) || getppid() != w->master)
		_exit(1);
	close(w->signal_fd);
	close(w->ready[0]);
	if (w->listener->lock_fd >= 0)
		close(w->listener->lock_fd); /* its place is free once the master is gone */
	signal(SIGINT, SIG_IGN); /* a terminal sends it to all; the master decides */
	signal(SIGHUP, SIG_IGN);
	exit(worker_run(c, w->app, w->listener, w->ready[1], (unsigned char)number, w->pulses, CREW_MAX,
			&batons));
}

/* 0, or why it could not be. */
static int start(struct crew *w, int place, enum duty duty)
{
	struct member *m = crew_find(w, -1, DUTY_NONE);
	if (!m)
		return EAGAIN;
	int number = (int)(m - w->members);
	uint64_t now_us = clock_mono_us();
	w->pulses[number] = (struct pulse){ .at_us = now_us };
	pid_t pid = fork();
	if (pid == 0)
		be_worker(w, number, place, duty == DUTY_RELIEVE && w->trial ? w->trial : w->c);
	if (pid < 0)
		return errno;
	*m = (struct member){ .duty = duty, .pid = pid, .place = place, .started_us = now_us };
	return 0;
}

static void plan(struct crew *w, int place, uint64_t started_us)
{
	uint64_t now_us = clock_mono_us();
	unsigned ms = w->places[place].back_off_ms * 2;
	if (ms == 0 || now_us - started_us > LIVED_WELL_MS * 1000ull)
		ms = BACK_OFF_MIN_MS;
	if (ms > BACK_OFF_MAX_MS)
		ms = BACK_OFF_MAX_MS;
	w->places[place].back_off_ms = ms;
	w->places[place].due_us = now_us + ms * 1000ull;
}

int crew_start_due(struct crew *w)
{
	int wait_ms = -1;
	for (int i = 0; i < w->n; i++) {
		uint64_t now_us = clock_mono_us();
		if (crew_find(w, i, DUTY_SERVE))
			continue;
		if (w->places[i].due_us <= now_us) {
			int failed = start(w, i, DUTY_SERVE);
			if (!failed)
				continue;
			plan(w, i, now_us);
			log_error("worker %d cannot be forked: %s; next try in %u ms", i, strerror(failed),
				  w->places[i].back_off_ms);
		}
		int left_ms = (int)((w->places[i].due_us - now_us) / 1000) + 1;
		if (wait_ms < 0 || left_ms < wait_ms)
			wait_ms = left_ms;
	}
	return wait_ms;
}

bool crew_relieve(struct crew *w, int place)
{
	int failed = start(w, place, DUTY_RELIEVE);
	if (failed)
		log_error("worker %d cannot be forked: %s", place, strerror(failed));
	return !failed;
}

void crew_dismiss(struct member *m, bool others_stay)
{
	m->duty = DUTY_LEAVE;
	m->end_by_us = clock_mono_us() + LEAVE_MAX_MS * 1000ull;
	if (kill(m->pid, others_stay ? SIGUSR1 : SIGTERM))
		log_error("worker %d (process %d): %s", m->place, (int)m->pid, strerror(errno));
}

static void log_end(const struct member *m, int status, const char *next)
{
	if (WIFSIGNALED(status))
		log_error("worker %d (process %d) was killed by signal %d (%s)%s%s", m->place, (int)m->pid, WTERMSIG(status),
			  strsignal(WTERMSIG(status)), WTERMSIG(status) == SIGKILL && !m->killed ?
			  ", not by the master: for want of memory? The kernel's log knows" : "", next);
	else if (WEXITSTATUS(status) == WORKER_NOT_STARTED)
		log_error("worker %d (process %d) could not start (exit code %d)%s", m->place, (int)m->pid,
			  WEXITSTATUS(status), next);
	else
		log_error("worker %d (process %d) ended unasked (exit code %d)%s", m->place, (int)m->pid,
			  WEXITSTATUS(status), next);
}

static void bury(struct crew *w, struct member *m, int status)
{
	char next[48];
	atomic_store(&w->pulses[m - w->members].place, 0);
	log_rescue(&w->pulses[m - w->members].held);
	bool well = WIFEXITED(status) && WEXITSTATUS(status) == 0;
	switch (m->duty) {
	case DUTY_SERVE:
		if (m->place >= w->n) {
			log_end(m, status, "");
			break;
		}
		metric_add(METRIC_WORKER_RESTARTS, 1);
		plan(w, m->place, m->started_us);
		snprintf(next, sizeof(next), "; next start in %u ms", w->places[m->place].back_off_ms);
		log_end(m, status, next);
		break;
	case DUTY_RELIEVE:
		log_end(m, status, ", to take over from another");
		break;
	case DUTY_LEAVE:
		if (!well) {
			log_end(m, status, " while stopping");
			w->failed = true;
		}
		break;
	case DUTY_NONE:
		break;
	}
	m->duty = DUTY_NONE;
}

void crew_hear_ready(struct crew *w)
{
	unsigned char number;
	while (read(w->ready[0], &number, 1) == 1) {
		struct member *m = &w->members[number];
		m->ready = true;
		if (m->duty != DUTY_RELIEVE)
			continue;
		struct member *old = crew_find(w, m->place, DUTY_SERVE);
		if (old)
			crew_dismiss(old, true);
		m->duty = DUTY_SERVE;
	}
}

void crew_reap(struct crew *w)
{
	int status;
	pid_t pid;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		crew_hear_ready(w); /* its own word must not be taken for its successor's */
		for (int i = 0; i < CREW_MAX; i++)
			if (w->members[i].duty != DUTY_NONE && w->members[i].pid == pid)
				bury(w, &w->members[i], status);
	}
}

static void end_at_once(struct member *m)
{
	m->killed = true;
	if (kill(m->pid, SIGKILL))
		log_error("worker %d (process %d): %s", m->place, (int)m->pid, strerror(errno));
}

void crew_look_after(struct crew *w)
{
	uint64_t now_us = clock_mono_us();
	for (int i = 0; i < CREW_MAX; i++) {
		struct member *m = &w->members[i];
		uint64_t at_us = atomic_load(&w->pulses[i].at_us);
		if (m->duty == DUTY_LEAVE && now_us > m->end_by_us) {
			log_error("worker %d (process %d) does not end: killing it", m->place, (int)m->pid);
			m->end_by_us = now_us + LEAVE_MAX_MS * 1000ull;
			end_at_once(m);
		} else if ((m->duty == DUTY_SERVE || m->duty == DUTY_RELIEVE) &&
			   now_us > at_us + (uint64_t)w->c->hang_timeout_ms * 1000) {
			log_error("worker %d (process %d) has made no progress for %d ms: killing it", m->place, (int)m->pid,
				  w->c->hang_timeout_ms);
			atomic_store(&w->pulses[i].at_us, now_us); /* once is enough until it is gone */
			end_at_once(m);
		}
	}
}

bool crew_complete(const struct crew *w)
{
	int n = 0;
	for (int i = 0; i < CREW_MAX; i++)
		n += w->members[i].duty == DUTY_SERVE && w->members[i].ready && w->members[i].place < w->n;
	return n == w->n;
}

bool crew_serves(const struct crew *w)
{
	for (int i = 0; i < CREW_MAX; i++)
		if (w->members[i].duty == DUTY_SERVE && w->members[i].ready)
			return true;
	return false;
}

int crew_count(const struct crew *w)
{
	int n = 0;
	for (int i = 0; i < CREW_MAX; i++)
		n += w->members[i].duty != DUTY_NONE;
	return n;
}

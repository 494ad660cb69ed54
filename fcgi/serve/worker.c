/* SPDX-License-Identifier: Apache-2.0
 * Threads share one epoll over the listening socket and all kept connections.
 *
 * A connection is armed for one event, so one thread has it; whichever thread is free takes the
 * next, so neither an idle connection nor a slow request holds up others.  A connection with half a
 * request, or with a slow one when enough of them run, waits without a thread: halves.h, gate.h. */
#include "serve/worker.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "serve/conns.h"
#include "serve/gate.h"
#include "serve/halves.h"
#include "serve/transport.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum {
	STACK_BYTES = 2 * 1024 * 1024,
	ACCEPT_BATCH = 4, /* then other threads and processes have their turn */
	ACCEPT_PAUSE_MS = 100,
	HALVES_A_TURN = 64,
	QUIET_MS = 200,   /* without a request, before kept connections are closed in a drain */
	DRAIN_TICK_MS = 10,
	TICK_MAX_MS = 1000,
	REST_MAX_MS = 500,  /* after a slow request */
	REST_SPARE_MS = 50, /* in which who waits is served before it is refused */
	HALVES_PAUSE_MS = 5, /* so that single bytes are not looked at one by one */
	DRAIN_MAX_MS = 40 * 1000, /* past the master's patience: it matters only when the master is gone */
};

struct post {
	struct worker *worker;
	pthread_t thread;
	atomic_uint_fast64_t since_us; /* of the event in hand; 0: free */
	_Atomic(struct transport *) transport; /* until all threads are joined */
};

struct worker {
	const struct conf *c;
	const struct serve_app *app;
	const struct listener *listener;
	struct conns conns;
	int signal_fd;
	int stop_fd; /* readable for ever once threads are to end */
	int wake_fd; /* threads tell the main thread: started, failed, accepting paused */
	atomic_int started, failed;
	atomic_int busy; /* threads with a connection in hand */
	atomic_uint_fast64_t active_us; /* when a request was last begun or ended */
	struct post *posts;
	int n_threads;
	struct pulse *pulse;
	struct gate gate;
	struct unsent unsent;
	struct halves *halves;
	bool halves_pause;
};

static void wake(int fd)
{
	if (eventfd_write(fd, 1))
		log_error("eventfd: %s", strerror(errno));
}

/* A whole request waits on `fd`. */
static void serve_one(struct worker *w, struct transport *t, int fd, int refusal)
{
	switch (transport_serve(t, fd, refusal, &w->unsent)) {
	case OUTCOME_OPEN:
		conns_release(&w->conns, fd);
		break;
	case OUTCOME_CLOSED:
		conns_gone(&w->conns);
		break;
	case OUTCOME_UNSENT:
		break;
	}
}

/* Connections that were parked: much may have happened to them since. */
static enum pace serve_parked(struct worker *w, struct transport *t, int fd, int refusal)
{
	enum pace pace;
	enum peek found = transport_look(t, fd, &pace);
	if (found == PEEK_REQUEST)
		serve_one(w, t, fd, pace == PACE_QUICK ? 0 : refusal); /* the body it waited for may have come */
	else
		conns_end(&w->conns, fd);
	return pace;
}

static int least(int a, int b)
{
	return b >= 0 && b < a ? b : a;
}

static void begin_request(struct worker *w, struct post *p)
{
	uint64_t now_us = clock_mono_us();
	atomic_store(&w->active_us, now_us);
	atomic_store(&p->since_us, now_us);
}

/* A slow request that ran beside others keeps its place for as long again, so that slow ones have half the time of their
 * threads; alone they have all of it.  It ends before one that waits for the place would be refused for it: who came
 * while the request ran has been asked for, and a quarter of one's patience is less than who comes now has. */
static void rest(struct worker *w, const struct post *p)
{
	uint64_t ran_ms = (clock_mono_us() - atomic_load(&p->since_us)) / 1000;
	int ms = least(REST_MAX_MS, w->c->slow_wait_ms / 4), left = gate_left_ms(&w->gate);

	if (ran_ms < (uint64_t)ms)
		ms = (int)ran_ms;
	if (left >= 0)
		ms = least(ms, left > REST_SPARE_MS ? left - REST_SPARE_MS : 0);
	if (ms && atomic_load(&w->busy) > 1 && !atomic_load(&w->conns.closing))
		poll(NULL, 0, ms);
}

static void attend(struct worker *w, struct post *p, struct transport *t, int fd)
{
	enum pace pace;
	switch (transport_look(t, fd, &pace)) {
	case PEEK_NOTHING:
		conns_release(&w->conns, fd);
		return;
	case PEEK_HALF:
		if (!halves_add(w->halves, fd))
			conns_end(&w->conns, fd);
		return;
	case PEEK_END:
		conns_end(&w->conns, fd);
		return;
	case PEEK_REQUEST:
		break;
	}
	bool place = pace != PACE_QUICK;
	if (place && !gate_enter(&w->gate, fd))
		return;
	serve_one(w, t, fd, 0);
	while (place) {
		if (pace == PACE_SLOW)
			rest(w, p);
		fd = gate_next(&w->gate);
		place = fd >= 0;
		if (place) {
			begin_request(w, p);
			pace = serve_parked(w, t, fd, 0);
		}
	}
}

static void refuse_overdue(struct worker *w, struct transport *t)
{
	int fd = gate_overdue(&w->gate);
	if (fd >= 0)
		(void)serve_parked(w, t, fd, 503);
}

static void serve_events(struct worker *w, struct post *p, struct transport *t)
{
	for (;;) {
		struct epoll_event ev;
		int n = epoll_wait(w->conns.epoll_fd, &ev, 1, -1);
		if (n < 0 && errno != EINTR) {
			log_error("epoll_wait: %s", strerror(errno));
			return;
		}
		if (n <= 0)
			continue;
		if (ev.data.fd == w->stop_fd)
			return;
		atomic_fetch_add(&w->busy, 1);
		metric_add(METRIC_THREADS_BUSY, 1);
		begin_request(w, p);
		if (ev.data.fd == w->conns.listener_fd)
			for (int i = 0; i < ACCEPT_BATCH && conns_accept(&w->conns);)
				i++;
		else if (conns_is_baton(&w->conns, ev.data.fd))
			for (int i = 0; i < ACCEPT_BATCH && conns_take_over(&w->conns);)
				i++;
		else if (ev.data.fd == w->gate.overdue_fd)
			refuse_overdue(w, t);
		else if (conns_hold(&w->conns, ev.data.fd))
			attend(w, p, t, ev.data.fd);
		atomic_store(&p->since_us, 0);
		atomic_store(&w->active_us, clock_mono_us());
		metric_add(METRIC_THREADS_BUSY, -1);
		if (atomic_fetch_sub(&w->busy, 1) == 1)
			log_flush();
	}
}

static void *thread_main(void *arg)
{
	struct post *p = arg;
	struct worker *w = p->worker;
	void *state = NULL;
	enum err e = w->app->thread_start ? w->app->thread_start(w->c, &state) : ERR_OK;
	struct transport *t = e ? NULL : transport_new(w->c, w->app, state, &w->conns.closing);
	if (e || !t) {
		log_error("a thread cannot start: %s", err_name(e ? e : ERR_NOMEM));
		atomic_fetch_add(&w->failed, 1);
		wake(w->wake_fd);
	} else {
		atomic_store(&p->transport, t);
		atomic_fetch_add(&w->started, 1);
		wake(w->wake_fd);
		serve_events(w, p, t);
	}
	if (!e && w->app->thread_stop)
		w->app->thread_stop(state);
	return NULL;
}

/* SIGTERM and SIGUSR1 come by signal_fd.  Faults of our own stay unblocked, so that their reports come out. */
static bool block_signals(struct worker *w)
{
	sigset_t all, ends;
	sigfillset(&all);
	static const int faults[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS };
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		sigdelset(&all, faults[i]);
	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGUSR1);
	if (pthread_sigmask(SIG_SETMASK, &all, NULL))
		return false;
	w->signal_fd = signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK);
	return w->signal_fd >= 0;
}

static bool open_descriptors(struct worker *w, const struct batons *batons, struct pulse *pulses, int n_pulses)
{
	w->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	w->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (conns_open(&w->conns, w->c, w->listener->fd, batons, w->wake_fd))
		return false;
	w->conns.pulse = w->pulse;
	w->conns.pulses = pulses;
	w->conns.n_pulses = n_pulses;
	if (w->stop_fd >= 0 && w->wake_fd >= 0 && block_signals(w))
		return conns_watch(&w->conns, EPOLL_CTL_ADD, w->stop_fd, EPOLLIN) &&
		       conns_watch(&w->conns, EPOLL_CTL_ADD, w->gate.overdue_fd, EPOLLIN | EPOLLEXCLUSIVE);
	log_error("descriptors of a worker: %s", strerror(errno));
	return false;
}

static bool start_threads(struct worker *w)
{
	pthread_attr_t attr;
	int wanted = w->c->threads > 0 ? w->c->threads : 1;
	w->posts = calloc((size_t)wanted, sizeof(*w->posts));
	if (!w->posts || pthread_attr_init(&attr)) {
		log_error("no memory for threads");
		return false;
	}
	int failed = pthread_attr_setstacksize(&attr, STACK_BYTES);
	while (!failed && w->n_threads < wanted) {
		struct post *p = &w->posts[w->n_threads];
		p->worker = w;
		failed = pthread_create(&p->thread, &attr, thread_main, p);
		if (!failed)
			w->n_threads++;
	}
	pthread_attr_destroy(&attr);
	if (failed)
		log_error("thread %d of %d: %s", w->n_threads + 1, wanted, strerror(failed));
	return !failed;
}

/* Waits for a signal to end, a word from a thread, more of a half request, or room for an answer; the signal, or 0. */
static int wait_for_word(struct worker *w, int timeout_ms)
{
	struct pollfd fds[] = {
		{ .fd = w->signal_fd, .events = POLLIN },
		{ .fd = w->wake_fd, .events = POLLIN },
		{ .fd = w->halves_pause ? -1 : w->halves->epoll_fd, .events = POLLIN },
		{ .fd = w->unsent.epoll_fd, .events = POLLIN },
	};
	eventfd_t count;
	struct signalfd_siginfo info;
	if (poll(fds, 4, timeout_ms) < 0 && errno != EINTR)
		log_error("poll: %s", strerror(errno));
	if (fds[1].revents)
		(void)eventfd_read(w->wake_fd, &count);
	w->halves_pause = fds[2].revents;
	if (!fds[0].revents || read(w->signal_fd, &info, sizeof(info)) != sizeof(info))
		return 0;
	return (int)info.ssi_signo;
}

/* The time at which the worker last could have taken a request. */
static void keep_pulse(struct worker *w)
{
	uint64_t at_us = 0;
	for (int i = 0; i < w->n_threads; i++) {
		uint64_t since_us = atomic_load(&w->posts[i].since_us);
		if (since_us == 0) {
			at_us = clock_mono_us();
			break;
		}
		if (since_us > at_us)
			at_us = since_us;
	}
	atomic_store(&w->pulse->at_us, at_us);
}

static void cut_overdue(struct worker *w)
{
	uint64_t now_us = clock_mono_us();
	for (int i = 0; i < w->n_threads; i++) {
		struct transport *t = atomic_load(&w->posts[i].transport);
		if (t)
			transport_cut_overdue(t, now_us);
	}
}

/* One turn of the main thread; the signal that came, or 0. */
static int tend(struct worker *w, int timeout_ms)
{
	timeout_ms = least(timeout_ms, w->c->hang_timeout_ms / 4);
	timeout_ms = least(timeout_ms, w->c->slow_wait_ms / 4);
	timeout_ms = least(timeout_ms, w->halves_pause ? HALVES_PAUSE_MS : halves_wait_ms(w->halves));
	int sig = wait_for_word(w, timeout_ms);
	halves_tend(w->halves, conns_release, conns_end, &w->conns);
	unsent_tend(&w->unsent, conns_release, conns_end, &w->conns);
	gate_tick(&w->gate);
	cut_overdue(w);
	keep_pulse(w);
	log_flush();
	return sig;
}

static void stop_threads(struct worker *w)
{
	wake(w->stop_fd);
	for (int i = 0; i < w->n_threads; i++)
		pthread_join(w->posts[i].thread, NULL);
	for (int i = 0; i < w->n_threads; i++)
		transport_free(atomic_load(&w->posts[i].transport));
}

static void hand_over(struct worker *w)
{
	int fd;
	conns_hand_over(&w->conns);
	/* So many a turn: one that cannot be given comes back at once, and signals want to be read, too. */
	for (int n = 0; n < HALVES_A_TURN && (fd = halves_take(w->halves)) >= 0; n++)
		conns_release(&w->conns, fd);
}

static void close_idle(struct worker *w)
{
	int fd;
	conns_close_idle(&w->conns);
	while ((fd = halves_take(w->halves)) >= 0)
		conns_end(&w->conns, fd);
}

static void begin_closing(struct worker *w)
{
	conns_stop(&w->conns, false);
	if (!w->listener->bound_here)
		return;
	/* Nobody else will take the queue of a socket whose path is gone. */
	while (conns_accept(&w->conns))
		;
	/* Where the master is gone the path is still there: a new server must not find a listener that only finishes
	 * its last requests.  A thread that still accepts gets an error. */
	if (dup3(w->stop_fd, w->listener->fd, O_CLOEXEC) < 0)
		log_error("the listening socket of a worker that ends: %s", strerror(errno));
}

/* Running requests end.  Where others stay, they get the connections.  Otherwise requests that still arrive
 * on kept ones are answered, and idle ones are closed only once it has been quiet: the web server may just
 * be choosing one. */
static void drain(struct worker *w, int sig)
{
	uint64_t begin_us = clock_mono_us(), now_us = begin_us;
	bool handing = sig == SIGUSR1;
	atomic_store(&w->active_us, begin_us);
	if (handing)
		conns_stop(&w->conns, true);
	else
		begin_closing(w);
	/* Without successors the last look is for what others have given away meanwhile. */
	while (atomic_load(&w->busy) || !gate_empty(&w->gate) || atomic_load(&w->pulse->open) ||
	       (!handing && conns_take_over(&w->conns))) {
		if (handing)
			hand_over(w);
		else if (now_us > atomic_load(&w->active_us) + QUIET_MS * 1000u)
			close_idle(w);
		if (tend(w, DRAIN_TICK_MS) == SIGTERM && handing) {
			handing = false;
			atomic_store(&w->active_us, clock_mono_us());
			begin_closing(w);
		}
		now_us = clock_mono_us();
		if (now_us > begin_us + DRAIN_MAX_MS * 1000ull) {
			log_error("requests still run after %d ms: giving them up", DRAIN_MAX_MS);
			_exit(1);
		}
	}
}

static int run(struct worker *w)
{
	for (;;) {
		bool paused = atomic_load(&w->conns.accept_paused);
		int sig = tend(w, paused ? ACCEPT_PAUSE_MS : TICK_MAX_MS);
		if (sig)
			return sig;
		if (paused)
			conns_resume_accepting(&w->conns);
	}
}

static int serve(struct worker *w, int ready_fd, unsigned char number)
{
	bool stopped = false;
	if (!start_threads(w)) {
		stop_threads(w);
		return WORKER_NOT_STARTED;
	}
	while (atomic_load(&w->started) < w->n_threads && !atomic_load(&w->failed) && !stopped)
		stopped = wait_for_word(w, -1) != 0;
	if (atomic_load(&w->failed) || (!stopped && !conns_begin(&w->conns))) {
		stop_threads(w);
		return WORKER_NOT_STARTED;
	}
	if (!stopped) {
		keep_pulse(w);
		if (write(ready_fd, &number, 1) != 1)
			log_warn("the master does not hear that process %d is ready: %s", (int)getpid(), strerror(errno));
		drain(w, run(w));
	}
	stop_threads(w);
	return 0;
}

/* Half the threads may be slow ones; unless told so only a quarter is, for what is slow keeps the database's
 * processors busy, too. */
static int slow_places(const struct conf *c)
{
	int most = c->threads > 1 ? c->threads / 2 : 1;

	if (c->slow_threads)
		return c->slow_threads < most ? c->slow_threads : most;
	return c->threads > 4 ? c->threads / 4 : 1;
}

int worker_run(const struct conf *c, const struct serve_app *app, const struct listener *l, int ready_fd,
	       unsigned char number, struct pulse *pulses, int n_pulses, const struct batons *batons)
{
	static struct halves halves;
	struct worker w = { .c = c, .app = app, .listener = l, .signal_fd = -1, .stop_fd = -1,
			    .wake_fd = -1, .halves = &halves, .pulse = &pulses[number] };
	int code = WORKER_NOT_STARTED;
	log_hold_in(&w.pulse->held);
	if (gate_open(&w.gate, slow_places(c), c->slow_wait_ms) || halves_open(&halves, c->io_timeout_ms) ||
	    unsent_open(&w.unsent, c->io_timeout_ms))
		return code;
	if (open_descriptors(&w, batons, pulses, n_pulses) && transport_init() == ERR_OK) {
		enum err e = app->process_start ? app->process_start(c) : ERR_OK;
		signal(SIGPIPE, SIG_IGN); /* libraries started there set it to their liking */
		if (e)
			log_error("process %d cannot start: %s", (int)getpid(), err_name(e));
		else
			code = serve(&w, ready_fd, number);
		if (!e && app->process_stop)
			app->process_stop();
	}
	unsent_close(&w.unsent);
	halves_close(&halves);
	gate_close(&w.gate);
	free(w.posts);
	close(w.signal_fd);
	close(w.wake_fd);
	close(w.stop_fd);
	conns_free(&w.conns);
	log_hold_in(NULL);
	return code;
}

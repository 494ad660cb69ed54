/* SPDX-License-Identifier: Apache-2.0
 * Threads share one epoll over the listening socket and all kept connections.
 *
 * A connection is armed for one event, so one thread has it; whichever thread is free takes the
 * next, so neither an idle connection nor a slow request holds up others. */
#include "serve/worker.h"

#include "base/clock.h"
#include "base/log.h"
#include "serve/transport.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	STACK_BYTES = 2 * 1024 * 1024,
	ACCEPT_BATCH = 4, /* then other threads and processes have their turn */
	ACCEPT_PAUSE_MS = 100,
	QUIET_MS = 200,   /* without a request, before kept connections are closed in a drain */
	DRAIN_TICK_MS = 10,
	DRAIN_MAX_MS = 40 * 1000, /* past the master's patience: it matters only when the master is gone */
};

struct worker {
	const struct conf *c;
	const struct serve_app *app;
	const struct listener *listener;
	int epoll_fd, signal_fd;
	int stop_fd; /* readable for ever once threads are to end */
	int wake_fd; /* threads tell the main thread: started, failed, accepting paused */
	atomic_int started, failed;
	atomic_int busy; /* threads with a connection in hand */
	atomic_int open; /* connections */
	atomic_uint_fast64_t active_us; /* when a request was last begun or ended */
	atomic_bool closing, accept_paused;
	atomic_uint_fast64_t complained_us; /* of accept, at most once a second */
	pthread_t *threads;
	int n_threads;
};

static void wake(int fd)
{
	if (eventfd_write(fd, 1))
		log_error("eventfd: %s", strerror(errno));
}

static bool watch(struct worker *w, int op, int fd, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.fd = fd };
	if (epoll_ctl(w->epoll_fd, op, fd, &ev) == 0)
		return true;
	log_error("epoll: %s", strerror(errno));
	return false;
}

static bool watch_listener(struct worker *w)
{
	return watch(w, EPOLL_CTL_ADD, w->listener->fd, EPOLLIN | EPOLLEXCLUSIVE);
}

/* Out of descriptors or memory: leave the queue alone for a moment instead of spinning on it. */
static void pause_accepting(struct worker *w, int error)
{
	if (atomic_exchange(&w->accept_paused, true) || atomic_load(&w->closing))
		return;
	uint64_t now_us = clock_mono_us();
	if (now_us - atomic_load(&w->complained_us) > 1000 * 1000) {
		atomic_store(&w->complained_us, now_us);
		log_warn("accept: %s; trying again every %d ms", strerror(error), ACCEPT_PAUSE_MS);
	}
	if (epoll_ctl(w->epoll_fd, EPOLL_CTL_DEL, w->listener->fd, NULL))
		log_error("epoll: %s", strerror(errno));
	wake(w->wake_fd);
}

/* False when the queue is empty or accepting had to pause. */
static bool accept_one(struct worker *w)
{
	int fd = accept4(w->listener->fd, NULL, NULL, SOCK_CLOEXEC);
	if (fd < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return false;
	if (fd < 0 && (errno == EINTR || errno == ECONNABORTED))
		return true;
	if (fd < 0) {
		pause_accepting(w, errno);
		return false;
	}
	atomic_fetch_add(&w->open, 1);
	if (transport_prepare(w->c, fd) || !watch(w, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLRDHUP | EPOLLONESHOT)) {
		close(fd);
		atomic_fetch_sub(&w->open, 1);
	}
	return true;
}

static void serve_one(struct worker *w, struct transport *t, int fd)
{
	bool kept = transport_serve(t, fd);
	if (kept && !watch(w, EPOLL_CTL_MOD, fd, EPOLLIN | EPOLLRDHUP | EPOLLONESHOT)) {
		close(fd);
		kept = false;
	}
	if (!kept)
		atomic_fetch_sub(&w->open, 1);
}

static void serve_events(struct worker *w, struct transport *t)
{
	for (;;) {
		struct epoll_event ev;
		int n = epoll_wait(w->epoll_fd, &ev, 1, -1);
		if (n < 0 && errno != EINTR) {
			log_error("epoll_wait: %s", strerror(errno));
			return;
		}
		if (n <= 0)
			continue;
		if (ev.data.fd == w->stop_fd)
			return;
		atomic_fetch_add(&w->busy, 1);
		atomic_store(&w->active_us, clock_mono_us());
		if (ev.data.fd == w->listener->fd)
			for (int i = 0; i < ACCEPT_BATCH && accept_one(w);)
				i++;
		else
			serve_one(w, t, ev.data.fd);
		atomic_store(&w->active_us, clock_mono_us());
		atomic_fetch_sub(&w->busy, 1);
	}
}

static void *thread_main(void *arg)
{
	struct worker *w = arg;
	void *state = NULL;
	enum err e = w->app->thread_start ? w->app->thread_start(w->c, &state) : ERR_OK;
	struct transport *t = e ? NULL : transport_new(w->c, w->app, state, &w->closing);
	if (e || !t) {
		log_error("a thread cannot start: %s", err_name(e ? e : ERR_NOMEM));
		atomic_fetch_add(&w->failed, 1);
		wake(w->wake_fd);
	} else {
		atomic_fetch_add(&w->started, 1);
		wake(w->wake_fd);
		serve_events(w, t);
		transport_free(t);
	}
	if (!e && w->app->thread_stop)
		w->app->thread_stop(state);
	return NULL;
}

/* SIGTERM comes by signal_fd.  Faults of our own stay unblocked, so that their reports come out. */
static bool block_signals(struct worker *w)
{
	sigset_t all, term;
	sigfillset(&all);
	static const int faults[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS };
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		sigdelset(&all, faults[i]);
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	if (pthread_sigmask(SIG_SETMASK, &all, NULL))
		return false;
	w->signal_fd = signalfd(-1, &term, SFD_CLOEXEC | SFD_NONBLOCK);
	return w->signal_fd >= 0;
}

static bool open_descriptors(struct worker *w)
{
	w->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	w->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	w->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (w->epoll_fd >= 0 && w->stop_fd >= 0 && w->wake_fd >= 0 && block_signals(w))
		return watch(w, EPOLL_CTL_ADD, w->stop_fd, EPOLLIN);
	log_error("descriptors of a worker: %s", strerror(errno));
	return false;
}

static bool start_threads(struct worker *w)
{
	pthread_attr_t attr;
	int wanted = w->c->threads > 0 ? w->c->threads : 1;
	w->threads = calloc((size_t)wanted, sizeof(*w->threads));
	if (!w->threads || pthread_attr_init(&attr)) {
		log_error("no memory for threads");
		return false;
	}
	int failed = pthread_attr_setstacksize(&attr, STACK_BYTES);
	while (!failed && w->n_threads < wanted) {
		failed = pthread_create(&w->threads[w->n_threads], &attr, thread_main, w);
		if (!failed)
			w->n_threads++;
	}
	pthread_attr_destroy(&attr);
	if (failed)
		log_error("thread %d of %d: %s", w->n_threads + 1, wanted, strerror(failed));
	return !failed;
}

/* Waits for SIGTERM or a word from a thread; true when it was SIGTERM. */
static bool wait_for_word(struct worker *w, int timeout_ms)
{
	struct pollfd fds[] = { { .fd = w->signal_fd, .events = POLLIN }, { .fd = w->wake_fd, .events = POLLIN } };
	eventfd_t count;
	struct signalfd_siginfo info;
	if (poll(fds, 2, timeout_ms) < 0 && errno != EINTR)
		log_error("poll: %s", strerror(errno));
	if (fds[1].revents)
		(void)eventfd_read(w->wake_fd, &count);
	return fds[0].revents && read(w->signal_fd, &info, sizeof(info)) == sizeof(info);
}

static void stop_threads(struct worker *w)
{
	wake(w->stop_fd);
	for (int i = 0; i < w->n_threads; i++)
		pthread_join(w->threads[i], NULL);
}

/* Running requests end, requests that still arrive on kept connections are answered, and idle
 * connections are closed only once it has been quiet: the web server may just be choosing one. */
static void drain(struct worker *w)
{
	uint64_t begin_us = clock_mono_us(), now_us = begin_us;
	atomic_store(&w->active_us, begin_us);
	if (!atomic_exchange(&w->accept_paused, true) &&
	    epoll_ctl(w->epoll_fd, EPOLL_CTL_DEL, w->listener->fd, NULL))
		log_error("epoll: %s", strerror(errno));
	/* Nobody else will take the queue of a socket whose path is gone. */
	atomic_store(&w->closing, true);
	if (w->listener->bound_here)
		while (accept_one(w))
			;
	while (atomic_load(&w->busy) || (atomic_load(&w->open) &&
					 now_us < atomic_load(&w->active_us) + QUIET_MS * 1000u)) {
		wait_for_word(w, DRAIN_TICK_MS);
		now_us = clock_mono_us();
		if (now_us > begin_us + DRAIN_MAX_MS * 1000ull) {
			log_error("requests still run after %d ms: giving them up", DRAIN_MAX_MS);
			_exit(1);
		}
	}
}

static void run(struct worker *w)
{
	for (;;) {
		bool paused = atomic_load(&w->accept_paused);
		if (wait_for_word(w, paused ? ACCEPT_PAUSE_MS : -1))
			return;
		if (paused && watch_listener(w))
			atomic_store(&w->accept_paused, false);
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
		stopped = wait_for_word(w, -1);
	if (atomic_load(&w->failed) || (!stopped && !watch_listener(w))) {
		stop_threads(w);
		return WORKER_NOT_STARTED;
	}
	if (!stopped) {
		if (write(ready_fd, &number, 1) != 1)
			log_warn("the master does not hear that worker %d is ready: %s", number, strerror(errno));
		run(w);
		drain(w);
	}
	stop_threads(w);
	return 0;
}

int worker_run(const struct conf *c, const struct serve_app *app, const struct listener *l, int ready_fd,
	       unsigned char number)
{
	struct worker w = { .c = c, .app = app, .listener = l, .epoll_fd = -1, .signal_fd = -1, .stop_fd = -1,
			    .wake_fd = -1 };
	int code = WORKER_NOT_STARTED;
	if (open_descriptors(&w) && transport_init() == ERR_OK) {
		enum err e = app->process_start ? app->process_start(c) : ERR_OK;
		signal(SIGPIPE, SIG_IGN); /* libraries started there set it to their liking */
		if (e)
			log_error("worker %d cannot start: %s", number, err_name(e));
		else
			code = serve(&w, ready_fd, number);
		if (!e && app->process_stop)
			app->process_stop();
	}
	free(w.threads);
	close(w.signal_fd);
	close(w.wake_fd);
	close(w.stop_fd);
	close(w.epoll_fd);
	return code;
}

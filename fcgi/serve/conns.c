/* SPDX-License-Identifier: Apache-2.0
 * Accepting, waiting, handing over. */
#include "serve/conns.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "serve/transport.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { HELD = 0, ARMING, IDLE, BATON }; /* the values of idle[] */
enum { DESCRIPTORS_MAX = 1024 * 1024, COMPLAIN_US = 1000 * 1000 };
enum { ROOM_PAUSE_NS = 10 * 1000 * 1000 };
enum { CLEARLY_FEWER = 8, STUCK_US = 3000 * 1000 };

enum err conns_open(struct conns *k, const struct conf *c, int listener_fd, const struct batons *batons, int wake_fd)
{
	struct rlimit limit = { 0 };
	*k = (struct conns){ .c = c, .listener_fd = listener_fd, .batons = *batons, .wake_fd = wake_fd };
	k->n_idle = getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < DESCRIPTORS_MAX ? limit.rlim_cur : DESCRIPTORS_MAX;
	k->idle = calloc(k->n_idle, sizeof(*k->idle));
	k->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (k->idle && k->epoll_fd >= 0 && pthread_mutex_init(&k->opening, NULL) == 0)
		return ERR_OK;
	log_error("connections of a worker: %s", strerror(errno));
	return ERR_IO;
}

void conns_free(struct conns *k)
{
	free(k->idle);
	close(k->epoll_fd);
}

bool conns_watch(struct conns *k, int op, int fd, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.fd = fd };
	if (epoll_ctl(k->epoll_fd, op, fd, &ev) == 0)
		return true;
	log_error("epoll: %s", strerror(errno));
	return false;
}

static void forget(struct conns *k, int fd)
{
	if (epoll_ctl(k->epoll_fd, EPOLL_CTL_DEL, fd, NULL))
		log_error("epoll: %s", strerror(errno));
}

bool conns_resume_accepting(struct conns *k)
{
	if (!conns_watch(k, EPOLL_CTL_ADD, k->listener_fd, EPOLLIN | EPOLLEXCLUSIVE))
		return false;
	atomic_store(&k->accept_paused, false);
	return true;
}

/* The next of its own batons from *p on; while it ends without successors, of all: who passes one on looks there again
 * before it ends. */
static const struct baton *next_baton(const struct conns *k, int *p)
{
	bool all = atomic_load(&k->closing);
	while (*p < k->batons.n && !all && *p % k->batons.places != k->batons.place)
		++*p;
	return *p < k->batons.n ? &k->batons.all[*p] : NULL;
}

bool conns_begin(struct conns *k)
{
	const struct baton *b;
	for (int p = 0; (b = next_baton(k, &p)); p++) {
		if ((size_t)b->take >= k->n_idle || !conns_watch(k, EPOLL_CTL_ADD, b->take, EPOLLIN | EPOLLEXCLUSIVE))
			return false;
		atomic_store(&k->idle[b->take], BATON);
	}
	if (!conns_resume_accepting(k))
		return false;
	atomic_store(&k->pulse->place, k->batons.place + 1);
	return true;
}

bool conns_is_baton(struct conns *k, int fd)
{
	return (size_t)fd < k->n_idle && atomic_load(&k->idle[fd]) == BATON;
}

static bool may_complain(struct conns *k)
{
	uint64_t now_us = clock_mono_us(), before_us = atomic_load(&k->complained_us);
	return now_us - before_us > COMPLAIN_US &&
	       atomic_compare_exchange_strong(&k->complained_us, &before_us, now_us);
}

/* Out of descriptors or memory: leave the queue alone for a moment instead of spinning on it. */
static void pause_accepting(struct conns *k, int error)
{
	if (atomic_exchange(&k->accept_paused, true) || atomic_load(&k->closing))
		return;
	if (may_complain(k))
		log_warn("accept: %s; trying again soon", strerror(error));
	forget(k, k->listener_fd);
	if (eventfd_write(k->wake_fd, 1))
		log_error("eventfd: %s", strerror(errno));
}

static int load(struct pulse *p)
{
	return atomic_load(&p->open) + atomic_load(&p->coming);
}

/* Of those who serve elsewhere, make progress and have no more than `most`; NULL: none. */
static struct pulse *lightest(struct conns *k, int most)
{
	struct pulse *found = NULL;
	uint64_t now_us = clock_mono_us();
	for (struct pulse *p = k->pulses; p < k->pulses + k->n_pulses; p++) {
		int place = atomic_load(&p->place) - 1;
		if (place < 0 || place == k->batons.place || place >= k->batons.n || load(p) > most ||
		    now_us > atomic_load(&p->at_us) + STUCK_US)
			continue;
		found = p;
		most = load(p);
	}
	return found;
}

static bool give_to(struct conns *k, struct pulse *to, int fd)
{
	int place = atomic_load(&to->place) - 1;
	atomic_fetch_add(&to->coming, 1);
	if (place >= 0 && baton_give(&k->batons.all[place], fd))
		return true;
	atomic_fetch_sub(&to->coming, 1);
	return false;
}

/* Its next event may reach another thread before this one is back from the call. */
static void arm(struct conns *k, int op, int fd)
{
	unsigned char arming = ARMING;
	atomic_store(&k->idle[fd], ARMING);
	if (conns_watch(k, op, fd, EPOLLIN | EPOLLRDHUP | EPOLLONESHOT))
		atomic_compare_exchange_strong(&k->idle[fd], &arming, IDLE);
	else if (conns_hold(k, fd))
		conns_end(k, fd);
}

static void add(struct conns *k, int fd)
{
	int highest = atomic_load(&k->highest);
	while (fd > highest && !atomic_compare_exchange_weak(&k->highest, &highest, fd))
		;
	atomic_fetch_add(&k->pulse->open, 1);
	metric_add(METRIC_FCGI_CONNECTIONS, 1);
	if ((size_t)fd < k->n_idle && transport_prepare(k->c, fd) == ERR_OK)
		arm(k, EPOLL_CTL_ADD, fd);
	else
		conns_end(k, fd);
}

static bool hold_idle(struct conns *k, int fd)
{
	unsigned char idle = IDLE;
	return (size_t)fd < k->n_idle && atomic_compare_exchange_strong(&k->idle[fd], &idle, HELD);
}

/* One in the caller's hand ends, unless it has sent something: false. */
static bool end_silent(struct conns *k, int fd)
{
	char byte;
	bool silent = recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) <= 0;
	if (silent)
		conns_end(k, fd);
	else
		conns_release(k, fd);
	return silent;
}

/* Descriptors are out: one that is idle makes room, each time another.  False: none is. */
static bool evict(struct conns *k)
{
	unsigned n = (unsigned)atomic_load(&k->highest) + 1;
	for (unsigned i = 0; i < n; i++) {
		int fd = (int)(atomic_fetch_add(&k->evict_next, 1) % n);
		if (!hold_idle(k, fd) || !end_silent(k, fd))
			continue;
		if (may_complain(k))
			log_warn("too many open descriptors: idle connections are closed for new ones; raise LimitNOFILE");
		return true;
	}
	return false;
}

/* True: another worker gets it, and the descriptor is closed. */
static bool pass_on(struct conns *k, int fd)
{
	int most = load(k->pulse) - CLEARLY_FEWER;
	struct pulse *to = most >= 0 && atomic_load(&k->pulse->place) ? lightest(k, most) : NULL;
	if (!to || !give_to(k, to, fd))
		return false;
	close(fd);
	return true;
}

bool conns_accept(struct conns *k)
{
	pthread_mutex_lock(&k->opening);
	int fd = accept4(k->listener_fd, NULL, NULL, SOCK_CLOEXEC);
	int error = errno;
	pthread_mutex_unlock(&k->opening);
	if (fd < 0 && (error == EAGAIN || error == EWOULDBLOCK))
		return false;
	if (fd < 0 && (error == EINTR || error == ECONNABORTED))
		return true;
	if (fd < 0 && (error == EMFILE || error == ENFILE) && evict(k))
		return true;
	if (fd < 0) {
		pause_accepting(k, error);
		return false;
	}
	if (!pass_on(k, fd))
		add(k, fd);
	return true;
}

/* One that is taken while descriptors are out is lost. */
static bool make_room(struct conns *k)
{
	int probe = fcntl(k->wake_fd, F_DUPFD_CLOEXEC, 0);
	if (probe >= 0)
		close(probe);
	if (probe >= 0 || evict(k))
		return true;
	return false;
}

/* Threads do so one at a time, or one would fill the room that another has made. */
static int take_lying(struct conns *k, const struct baton *b)
{
	if (!baton_waits(b))
		return -1;
	pthread_mutex_lock(&k->opening);
	bool room = make_room(k);
	int fd = room ? baton_take(b) : -1;
	pthread_mutex_unlock(&k->opening);
	if (!room) /* it will be reported again at once */
		nanosleep(&(struct timespec){ .tv_nsec = ROOM_PAUSE_NS }, NULL);
	return fd;
}

bool conns_take_over(struct conns *k)
{
	const struct baton *b;
	for (int p = 0; (b = next_baton(k, &p)); p++) {
		int fd = take_lying(k, b);
		if (fd < 0)
			continue;
		int coming = atomic_load(&k->pulse->coming);
		if (coming > 0) /* those of a worker that leaves are not counted there */
			atomic_compare_exchange_strong(&k->pulse->coming, &coming, coming - 1);
		add(k, fd);
		return true;
	}
	atomic_store(&k->pulse->coming, 0);
	return false;
}

void conns_stop(struct conns *k, bool hand_over)
{
	atomic_store(&k->pulse->place, 0);
	if (!atomic_exchange(&k->accept_paused, true))
		forget(k, k->listener_fd);
	if (hand_over) {
		const struct baton *b;
		for (int p = 0; (b = next_baton(k, &p)); p++)
			forget(k, b->take);
		/* An exclusive wake-up is nobody else's: whoever leaves after it has to look. */
		for (int i = 0; i <= k->c->backlog && conns_accept(k); i++)
			;
		while (conns_take_over(k))
			;
	}
	atomic_store(&k->handing, hand_over);
	atomic_store(&k->closing, !hand_over);
}

bool conns_hold(struct conns *k, int fd)
{
	return atomic_exchange(&k->idle[fd], HELD) != HELD;
}

static bool has_successor(const struct conns *k)
{
	for (int i = 0; i < k->n_pulses; i++)
		if (atomic_load(&k->pulses[i].place) == k->batons.place + 1)
			return true;
	return false;
}

/* To the one that has its place; without such a one to whoever has least, so that they stay spread. */
static bool give(struct conns *k, int fd)
{
	struct pulse *to = has_successor(k) ? NULL : lightest(k, INT_MAX);
	if (!(to && give_to(k, to, fd)) && !baton_give(&k->batons.all[k->batons.place], fd))
		return false;
	/* Out of the epoll by hand: the connection lives on elsewhere, and would go on to report here. */
	forget(k, fd);
	conns_end(k, fd);
	return true;
}

void conns_release(void *arg, int fd)
{
	struct conns *k = arg;
	if (atomic_load(&k->handing) && give(k, fd))
		return;
	arm(k, EPOLL_CTL_MOD, fd);
}

void conns_gone(struct conns *k)
{
	atomic_fetch_sub(&k->pulse->open, 1);
	metric_add(METRIC_FCGI_CONNECTIONS, -1);
}

void conns_end(void *arg, int fd)
{
	struct conns *k = arg;
	close(fd);
	conns_gone(k);
}

/* The next idle one from *fd on, into the caller's hand. */
static bool next_idle(struct conns *k, int *fd)
{
	for (; *fd <= atomic_load(&k->highest) && atomic_load(&k->pulse->open); ++*fd) {
		if (hold_idle(k, *fd))
			return true;
	}
	return false;
}

void conns_close_idle(struct conns *k)
{
	for (int fd = 0; next_idle(k, &fd); fd++)
		(void)end_silent(k, fd);
}

void conns_hand_over(struct conns *k)
{
	for (int fd = 0; next_idle(k, &fd); fd++)
		if (!give(k, fd)) {
			conns_release(k, fd); /* those who take are slower: the next turn */
			return;
		}
}

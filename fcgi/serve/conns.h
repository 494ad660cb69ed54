/* SPDX-License-Identifier: Apache-2.0
 * The connections of one worker and the epoll its threads share; internal to serve/.
 *
 * A connection is idle, in the epoll and armed for one event, or in somebody's hand: a thread's, the
 * gate's, the waiting room's.  Whoever takes it first has it. */
#ifndef ZIARA_SERVE_CONNS_H
#define ZIARA_SERVE_CONNS_H

#include "serve/baton.h"
#include "serve/listener.h"
#include "serve/pulse.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

struct conns {
	const struct conf *c;
	int listener_fd;
	struct batons batons;
	struct pulse *pulse;    /* its own */
	struct pulse *pulses;   /* of all workers */
	int n_pulses;
	int epoll_fd;
	int wake_fd;            /* tells the main thread that accepting is paused */
	atomic_uchar *idle;     /* by descriptor */
	size_t n_idle;          /* its length */
	atomic_int highest;     /* the largest descriptor there has been */
	atomic_bool accept_paused;
	atomic_bool closing;    /* connections are no longer kept */
	atomic_bool handing;    /* connections go to other workers */
	atomic_uint_fast64_t complained_us; /* of accept, at most once a second */
	pthread_mutex_t opening; /* of descriptors for connections */
	atomic_uint evict_next; /* the descriptor whose turn it is to make room */
};

MUST_USE enum err conns_open(struct conns *k, const struct conf *c, int listener_fd, const struct batons *batons, int wake_fd);
void conns_free(struct conns *k);
bool conns_watch(struct conns *k, int op, int fd, uint32_t events);
/* Begins to take connections, new ones and those of workers that leave; or begins again after a pause. */
bool conns_begin(struct conns *k);
bool conns_resume_accepting(struct conns *k);
/* Takes no new ones any more; `hand_over`: nor those of others, and gives its own away.  Those the kernel has
 * told it of, and therefore nobody else, it takes first. */
void conns_stop(struct conns *k, bool hand_over);
/* Each takes one and makes it idle; false when there is none, or accepting had to pause.  Where descriptors are out,
 * one that is idle is closed for it.  Where another worker has
 * clearly fewer, a new one is passed on to it: the kernel gives all to one as long as that one is quick. */
bool conns_accept(struct conns *k);
bool conns_take_over(struct conns *k);
/* The descriptor on which an event came is one of those take_over takes from. */
bool conns_is_baton(struct conns *k, int fd);
/* After an event: false when somebody else has it. */
bool conns_hold(struct conns *k, int fd);
/* From the hand: to wait for its next request (here or at another worker), or to its end. */
void conns_release(void *k, int fd);
void conns_end(void *k, int fd);
/* One that somebody else has closed. */
void conns_gone(struct conns *k);
/* Closes who is idle and has sent nothing. */
void conns_close_idle(struct conns *k);
/* Gives away who is idle.  Before the process ends: again and again, for threads may just be releasing one. */
void conns_hand_over(struct conns *k);

#endif

/* SPDX-License-Identifier: Apache-2.0
 * The worker processes as the master sees them: places, who serves in each, who is about to take one
 * over, who is leaving; internal to serve/. */
#ifndef ZIARA_SERVE_CREW_H
#define ZIARA_SERVE_CREW_H

#include "serve/baton.h"
#include "serve/listener.h"
#include "serve/pulse.h"
#include "serve/serve.h"

#include <sys/types.h>

enum { CREW_PLACES_MAX = 64, CREW_MAX = 4 * CREW_PLACES_MAX };

enum duty {
	DUTY_NONE = 0, /* no such process */
	DUTY_SERVE,    /* has its place, or starts for an empty one */
	DUTY_RELIEVE,  /* starts for a place where another still serves */
	DUTY_LEAVE,    /* was asked to end */
};

struct member {
	enum duty duty;
	pid_t pid;
	int place;
	bool ready, killed;  /* killed: by the master */
	uint64_t started_us;
	uint64_t end_by_us;  /* DUTY_LEAVE: killed when it is later */
};

struct crew {
	const struct conf *c;              /* in force */
	const struct conf *trial;          /* what those who relieve others start with; NULL: the one in force */
	const struct serve_app *app;
	const struct listener *listener;
	pid_t master;
	int ready[2], signal_fd;           /* workers write their number in members[]; closed in them */
	int n;                             /* places */
	struct {
		uint64_t due_us;           /* of an empty place: the next start */
		unsigned back_off_ms;
	} places[CREW_PLACES_MAX];
	struct member members[CREW_MAX];
	struct baton batons[CREW_PLACES_MAX]; /* of each place there has been */
	int n_batons;
	struct pulse *pulses;              /* one for each member */
	bool failed;                       /* a worker that was asked to end did not do so in order */
};

/* As many as a configuration asks for, within bounds. */
int crew_places(const struct conf *c);
/* Before workers start with that configuration.  False, and the log says why. */
bool crew_make_batons(struct crew *w, const struct conf *c);
/* Places from c->processes.  False, and the log says why, when there are no descriptors or memory. */
bool crew_open(struct crew *w);
void crew_close(struct crew *w);
void crew_set_places(struct crew *w);
/* Starts whoever is due at an empty place; returns the milliseconds until the next is, -1 for nobody. */
int crew_start_due(struct crew *w);
/* Starts a worker that takes the place over once it is ready; false when it cannot be forked or too
 * many are still leaving. */
bool crew_relieve(struct crew *w, int place);
/* Who has that duty at a place; place -1: at any.  NULL: nobody. */
struct member *crew_find(struct crew *w, int place, enum duty duty);
/* Asks it to finish what runs and end; it is killed after a while.  `others_stay`: they get its
 * connections; else it closes them. */
void crew_dismiss(struct member *m, bool others_stay);
/* Collects who has ended; logs how, and plans the next start. */
void crew_reap(struct crew *w);
/* Hears who has become ready; whoever served at a place that is taken over is dismissed. */
void crew_hear_ready(struct crew *w);
/* Kills workers that make no progress, or do not end. */
void crew_look_after(struct crew *w);
/* Every place has a ready worker. */
bool crew_complete(const struct crew *w);
/* Some worker serves. */
bool crew_serves(const struct crew *w);
int crew_count(const struct crew *w);

#endif

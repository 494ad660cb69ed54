/* SPDX-License-Identifier: Apache-2.0
 * Lines for the operator on stderr, each one wholly logfmt or wholly JSON:
 *   time=2018-07-28T09:30:00.000Z level=info msg=request status=200 ms=1.234
 *   {"time":"2018-07-28T09:30:00.000Z","level":"info","msg":"request","status":200,"ms":1.234}
 * Never personal data, never secrets, never bound values. */
#ifndef ZIARA_BASE_LOG_H
#define ZIARA_BASE_LOG_H

#include "base/str.h"

#include <stdatomic.h>
#include <stdint.h>

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };
enum log_format { LOG_LOGFMT, LOG_JSON };

/* What one write to a pipe passes on in one piece (PIPE_BUF): lines of several processes do not mix. */
enum { LOG_LINE_MAX = 4096 };

void log_set_level(enum log_level max);
void log_set_format(enum log_format format);
/* "json" or "logfmt". */
void log_set_format_named(const char *name);

/* One line with a message.  Control characters are escaped and bytes that are no UTF-8 become
 * U+FFFD; what is too long ends early and the line with cut=true.  errno stays as it was. */
void log_line(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
#define log_error(...) log_line(LOG_ERROR, __VA_ARGS__)
#define log_warn(...)  log_line(LOG_WARN, __VA_ARGS__)
#define log_info(...)  log_line(LOG_INFO, __VA_ARGS__)

/* A line with fields, on the stack of whoever writes it. */
struct log_fields {
	char text[LOG_LINE_MAX];
	size_t n;
	bool json, cut;
};

/* False when the level is not wanted: then nothing else is to be called. */
bool log_begin(struct log_fields *l, enum log_level level, struct str message);
/* Keys are letters, digits and '_' of our own. */
void log_str(struct log_fields *l, const char *key, struct str value);
void log_int(struct log_fields *l, const char *key, uint64_t value);
/* Microseconds as milliseconds with three decimals. */
void log_ms(struct log_fields *l, const char *key, uint64_t us);
/* Writes the line, in one write(2).  Where a pipe or socket is full it waits a second at most, and then drops lines
 * until one is taken; how many they were is said then. */
void log_write(struct log_fields *l);

/* Lines that wait for company: as many as one write passes on. */
struct log_held {
	atomic_size_t n; /* bytes of whole lines */
	unsigned lines;
	char text[LOG_LINE_MAX];
};

/* Like log_write, but the line may wait for others: until the room is full, something is said by log_write or log_line, or
 * log_flush is called.  Lines keep their order. */
void log_hold(struct log_fields *l);
/* To be called before a process that holds lines waits. */
void log_flush(void);
/* Where lines are held from now on, zeroed; NULL: in the process's own memory.  In memory that is shared they outlive the
 * process, and another passes them on with log_rescue(). */
void log_hold_in(struct log_held *h);
void log_rescue(struct log_held *h);

#endif

/* SPDX-License-Identifier: Apache-2.0
 * Log lines: formatted in one buffer, written at once. */
#include "base/log.h"

#include "base/clock.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 2048 };

static _Atomic int max_level = LOG_INFO;

void log_set_level(enum log_level max)
{
	atomic_store_explicit(&max_level, (int)max, memory_order_relaxed);
}

static const char *level_name(enum log_level level)
{
	switch (level) {
	case LOG_ERROR: return "error";
	case LOG_WARN:  return "warn";
	case LOG_INFO:  return "info";
	case LOG_DEBUG: return "debug";
	}
	return "unknown";
}

/* A message must not be able to begin a line of its own or to command a terminal
 * (U+0080-U+009F are control characters too). */
static void clean(unsigned char *p, unsigned char *end)
{
	for (; p < end; p++) {
		if (*p < 0x20 || *p == 0x7f)
			*p = '?';
		else if (*p == 0xc2 && p + 1 < end && p[1] >= 0x80 && p[1] <= 0x9f)
			p[0] = p[1] = '?';
	}
}

void log_line(enum log_level level, const char *fmt, ...)
{
	static const char cut[] = " [cut]";
	char line[LINE_MAX_BYTES], time[CLOCK_RFC3339_LEN + 1];
	const size_t room = sizeof(line) - sizeof(cut);
	int saved = errno;
	va_list args;

	if ((int)level > atomic_load_explicit(&max_level, memory_order_relaxed))
		return;
	clock_format_rfc3339(clock_now_ms(), time);
	int head = snprintf(line, room, "%s %s ", time, level_name(level));
	if (head < 0)
		return;
	size_t n = (size_t)head;

	errno = saved; /* for %m */
	va_start(args, fmt);
	int body = vsnprintf(line + n, room - n, fmt, args);
	va_end(args);
	if (body > 0 && (size_t)body < room - n) {
		n += (size_t)body;
	} else if (body > 0) {
		n = room - 1;
		memcpy(line + n, cut, sizeof(cut) - 1);
		n += sizeof(cut) - 1;
	}
	clean((unsigned char *)line + head, (unsigned char *)line + n);
	line[n++] = '\n';
	/* When stderr is gone there is nobody left to tell. */
	while (write(STDERR_FILENO, line, n) < 0 && errno == EINTR)
		;
	errno = saved;
}

/* SPDX-License-Identifier: Apache-2.0
 * Log lines: each made in one buffer and written at once, or together with its neighbours. */
#include "base/log.h"

#include "base/clock.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	MESSAGE_MAX = 2048,
	END_ROOM = sizeof(",\"cut\":true}\n"),
	LAST = LOG_LINE_MAX - END_ROOM,
	PATIENCE_MS = 1000, /* once; then lines are dropped until one is taken again */
	DIGITS_MAX = 20, /* 2^64 */
};
_Static_assert(LOG_LINE_MAX <= PIPE_BUF, "a line goes through a pipe in one piece");

/* Where lines go.  Whoever should read them may have stopped, and that must not stop us. */
static struct {
	pthread_mutex_t lock;
	enum { SINK_OTHER, SINK_PIPE, SINK_SOCKET } kind;
	int own_fd; /* a pipe's, which never waits; -1: none */
	dev_t dev;
	ino_t ino;
	uint64_t lost; /* lines, since one was last taken */
} sink = { .lock = PTHREAD_MUTEX_INITIALIZER, .own_fd = -1 };

static struct log_held own_held;
static struct log_held *held = &own_held; /* under sink.lock */

static _Atomic int max_level = LOG_INFO;
static _Atomic int line_format = LOG_LOGFMT;

void log_set_level(enum log_level max)
{
	atomic_store_explicit(&max_level, (int)max, memory_order_relaxed);
}

void log_set_format(enum log_format format)
{
	atomic_store_explicit(&line_format, (int)format, memory_order_relaxed);
}

void log_set_format_named(const char *name)
{
	log_set_format(strcmp(name, "json") == 0 ? LOG_JSON : LOG_LOGFMT);
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

static void put(struct log_fields *l, const char *p, size_t n)
{
	memcpy(l->text + l->n, p, n);
	l->n += n;
}

/* What stands bare in both formats between quotes, and in logfmt without them. */
static bool plain(unsigned char c)
{
	return c > ' ' && c < 0x7f && c != '"' && c != '\\' && c != '=';
}

/* Bytes of the character at `p` and what is written for it: itself, or out[]. */
static size_t escape(const char *p, size_t left, char out[8], size_t *n_out)
{
	static const char hex[] = "0123456789abcdef";
	unsigned char c = (unsigned char)*p;
	size_t n = 1;

	*n_out = 0;
	if (c == '"' || c == '\\') {
		out[0] = '\\';
		out[1] = (char)c;
		*n_out = 2;
		return 1;
	}
	if (c >= 0x80) {
		size_t span = left < 4 ? left : 4;
		n = c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
		/* whole and well-formed, or one byte is replaced */
		if (n > span || text_utf8_span((struct str){ p, n }) != n) {
			memcpy(out, "\xef\xbf\xbd", 3);
			*n_out = 3;
			return 1;
		}
	}
	/* U+0080-U+009F command terminals just as the first ones do. */
	bool c1 = n == 2 && c == 0xc2 && (unsigned char)p[1] < 0xa0;
	if (c < ' ' || c == 0x7f || c1) {
		unsigned char code = c1 ? (unsigned char)p[1] : c;
		memcpy(out, "\\u00", 4);
		out[4] = hex[code >> 4];
		out[5] = hex[code & 15];
		*n_out = 6;
	}
	return n;
}

static void put_quoted(struct log_fields *l, struct str s)
{
	size_t i = 0;

	l->text[l->n++] = '"';
	while (i < s.n) {
		size_t run = i;
		char out[8];
		size_t n_out;

		while (run < s.n && (plain((unsigned char)s.p[run]) || s.p[run] == ' ' || s.p[run] == '='))
			run++;
		if (l->n + (run - i) + sizeof(out) > LAST) {
			size_t room = l->n + sizeof(out) < LAST ? LAST - l->n - sizeof(out) : 0;
			put(l, s.p + i, room < run - i ? room : run - i);
			l->cut = true;
			break;
		}
		put(l, s.p + i, run - i);
		i = run;
		if (i == s.n)
			break;
		size_t n = escape(s.p + i, s.n - i, out, &n_out);
		put(l, n_out ? out : s.p + i, n_out ? n_out : n);
		i += n;
	}
	l->text[l->n++] = '"';
}

/* False when there is no room for the key and `n` bytes of its value. */
static bool put_key(struct log_fields *l, const char *key, size_t n)
{
	size_t k = strlen(key);

	if (l->n + k + n + sizeof(",\"\":\"\"\\u0000") > LAST) {
		l->cut = true;
		return false;
	}
	if (l->n > 1)
		l->text[l->n++] = l->json ? ',' : ' ';
	if (l->json)
		l->text[l->n++] = '"';
	put(l, key, k);
	if (l->json)
		put(l, "\":", 2);
	else
		l->text[l->n++] = '=';
	return true;
}

void log_str(struct log_fields *l, const char *key, struct str value)
{
	bool bare = !l->json && value.n > 0;

	for (size_t i = 0; bare && i < value.n; i++)
		bare = plain((unsigned char)value.p[i]);
	if (!put_key(l, key, bare ? value.n : 0))
		return;
	if (bare)
		put(l, value.p, value.n);
	else
		put_quoted(l, value);
}

static void put_number(struct log_fields *l, uint64_t v)
{
	char digits[DIGITS_MAX];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + v % 10);
		v /= 10;
	} while (v);
	put(l, digits + at, sizeof(digits) - at);
}

void log_int(struct log_fields *l, const char *key, uint64_t value)
{
	if (put_key(l, key, DIGITS_MAX))
		put_number(l, value);
}

void log_ms(struct log_fields *l, const char *key, uint64_t us)
{
	if (!put_key(l, key, DIGITS_MAX + 4))
		return;
	put_number(l, us / 1000);
	unsigned rest = (unsigned)(us % 1000);
	char decimals[] = { '.', (char)('0' + rest / 100), (char)('0' + rest / 10 % 10), (char)('0' + rest % 10) };
	put(l, decimals, sizeof(decimals));
}

bool log_begin(struct log_fields *l, enum log_level level, struct str message)
{
	char time[CLOCK_RFC3339_LEN + 1];

	if ((int)level > atomic_load_explicit(&max_level, memory_order_relaxed))
		return false;
	l->n = 0;
	l->cut = false;
	l->json = atomic_load_explicit(&line_format, memory_order_relaxed) == LOG_JSON;
	if (l->json)
		l->text[l->n++] = '{';
	clock_format_rfc3339(clock_now_ms(), time);
	log_str(l, "time", (struct str){ time, CLOCK_RFC3339_LEN });
	log_str(l, "level", str_from(level_name(level)));
	log_str(l, "msg", message);
	return true;
}

static void finish(struct log_fields *l)
{
	if (l->cut && l->json)
		put(l, ",\"cut\":true", 11);
	else if (l->cut)
		put(l, " cut=true", 9);
	if (l->json)
		l->text[l->n++] = '}';
	l->text[l->n++] = '\n';
}

/* Standard error is looked at anew each time, for it may be put elsewhere.  The flag O_NONBLOCK belongs to a
 * description that others share, so a pipe is opened once more. */
static void look_at_stderr(void)
{
	struct stat st;

	if (fstat(STDERR_FILENO, &st))
		st = (struct stat){ 0 };
	if (st.st_dev == sink.dev && st.st_ino == sink.ino)
		return;
	if (sink.own_fd >= 0)
		close(sink.own_fd);
	sink.own_fd = -1;
	sink.dev = st.st_dev;
	sink.ino = st.st_ino;
	sink.kind = S_ISFIFO(st.st_mode) ? SINK_PIPE : S_ISSOCK(st.st_mode) ? SINK_SOCKET : SINK_OTHER;
	if (sink.kind == SINK_PIPE)
		sink.own_fd = open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_CLOEXEC);
}

static bool has_room(int timeout_ms)
{
	struct pollfd p = { .fd = STDERR_FILENO, .events = POLLOUT };

	return poll(&p, 1, timeout_ms) != 0;
}

/* False when nobody takes it.  When stderr is gone there is nobody left to tell. */
static bool try_write(const char *text, size_t len)
{
	ssize_t n;

	do {
		if (sink.kind == SINK_SOCKET)
			n = send(STDERR_FILENO, text, len, MSG_DONTWAIT | MSG_NOSIGNAL);
		else if (sink.own_fd >= 0)
			n = write(sink.own_fd, text, len);
		else if (sink.kind == SINK_PIPE && !has_room(0))
			return false;
		else
			n = write(STDERR_FILENO, text, len);
	} while (n < 0 && errno == EINTR);
	return n >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
}

/* True once it is said, or nobody wants to know. */
static bool tell_lost(void)
{
	struct log_fields l;
	char message[64];
	int n = snprintf(message, sizeof(message), "%" PRIu64 " log lines were lost: nobody read them", sink.lost);

	if (log_begin(&l, LOG_WARN, (struct str){ message, (size_t)n })) {
		finish(&l);
		if (!try_write(l.text, l.n))
			return false;
	}
	sink.lost = 0;
	return true;
}

static void pass(const char *text, size_t len, unsigned lines)
{
	look_at_stderr();
	if (sink.lost && !tell_lost())
		sink.lost += lines;
	else if (!try_write(text, len) && (!has_room(PATIENCE_MS) || !try_write(text, len)))
		sink.lost += lines;
}

static void pass_held(struct log_held *h)
{
	size_t n = atomic_load(&h->n);

	if (n == 0)
		return;
	pass(h->text, n < sizeof(h->text) ? n : sizeof(h->text), h->lines);
	h->lines = 0;
	atomic_store(&h->n, 0);
}

void log_write(struct log_fields *l)
{
	int saved = errno;

	finish(l);
	pthread_mutex_lock(&sink.lock);
	pass_held(held);
	pass(l->text, l->n, 1);
	pthread_mutex_unlock(&sink.lock);
	errno = saved;
}

void log_hold(struct log_fields *l)
{
	int saved = errno;

	finish(l);
	pthread_mutex_lock(&sink.lock);
	if (atomic_load(&held->n) + l->n > sizeof(held->text))
		pass_held(held);
	size_t n = atomic_load(&held->n);
	memcpy(held->text + n, l->text, l->n);
	held->lines++;
	atomic_store(&held->n, n + l->n); /* from here on the line is whole for whoever outlives us */
	pthread_mutex_unlock(&sink.lock);
	errno = saved;
}

void log_flush(void)
{
	int saved = errno;

	pthread_mutex_lock(&sink.lock);
	pass_held(held);
	pthread_mutex_unlock(&sink.lock);
	errno = saved;
}

void log_hold_in(struct log_held *h)
{
	pthread_mutex_lock(&sink.lock);
	pass_held(held);
	held = h ? h : &own_held;
	pthread_mutex_unlock(&sink.lock);
}

void log_rescue(struct log_held *h)
{
	pthread_mutex_lock(&sink.lock);
	pass_held(h);
	pthread_mutex_unlock(&sink.lock);
}

void log_line(enum log_level level, const char *fmt, ...)
{
	struct log_fields l;
	char message[MESSAGE_MAX];
	int saved = errno;
	va_list args;

	if ((int)level > atomic_load_explicit(&max_level, memory_order_relaxed))
		return;
	errno = saved; /* for %m */
	va_start(args, fmt);
	int n = vsnprintf(message, sizeof(message), fmt, args);
	va_end(args);
	if (n >= 0 && log_begin(&l, level, (struct str){ message, (size_t)n < sizeof(message) ? (size_t)n : sizeof(message) - 1 })) {
		l.cut = l.cut || (size_t)n >= sizeof(message);
		log_write(&l);
	}
	errno = saved;
}

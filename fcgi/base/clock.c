/* SPDX-License-Identifier: Apache-2.0
 * Time: one settable clock, and UTC calendar arithmetic without mktime or a locale. */
#include "base/clock.h"

#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

#define MS_PER_DAY     UINT64_C(86400000)
#define MS_END_OF_9999 UINT64_C(253402300799999)

static _Atomic uint64_t frozen_ms;

struct civil {
	unsigned year, month, day;           /* 1-based month and day */
	unsigned hour, minute, second, ms;
	unsigned weekday;                    /* 0: Sunday */
};

uint64_t clock_now_ms(void)
{
	uint64_t frozen = atomic_load_explicit(&frozen_ms, memory_order_relaxed);
	struct timespec t;

	if (frozen)
		return frozen;
	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

uint64_t clock_mono_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

void clock_set_ms(uint64_t unix_ms)
{
	atomic_store_explicit(&frozen_ms, unix_ms, memory_order_relaxed);
}

static bool is_leap(unsigned year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static unsigned days_of_month(unsigned year, unsigned month)
{
	static const unsigned char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

/* Days before 1 January of a year, counted from year 0. */
static unsigned days_before_year(unsigned year)
{
	if (year == 0)
		return 0;
	unsigned y = year - 1;

	return year * 365 + y / 4 - y / 100 + y / 400 + 1; /* year 0 is a leap year */
}

static int64_t days_since_1970(unsigned year, unsigned month, unsigned day)
{
	int64_t days = days_before_year(year);

	for (unsigned m = 1; m < month; m++)
		days += days_of_month(year, m);
	return days + day - 1 - days_before_year(1970);
}

static struct civil civil_from_ms(uint64_t unix_ms)
{
	struct civil c;

	if (unix_ms > MS_END_OF_9999)
		unix_ms = MS_END_OF_9999;
	unsigned rest = (unsigned)(unix_ms % MS_PER_DAY);
	unsigned days = (unsigned)(unix_ms / MS_PER_DAY);

	c.weekday = (days + 4) % 7; /* 1970-01-01 was a Thursday */
	c.ms = rest % 1000;
	c.second = rest / 1000 % 60;
	c.minute = rest / 60000 % 60;
	c.hour = rest / 3600000;

	days += days_before_year(1970);
	/* A year has at least 365 days, so this guess is never too early. */
	c.year = days / 365;
	while (days_before_year(c.year) > days)
		c.year--;
	days -= days_before_year(c.year);
	for (c.month = 1; days >= days_of_month(c.year, c.month); c.month++)
		days -= days_of_month(c.year, c.month);
	c.day = days + 1;
	return c;
}

static char *put_digits(char *p, unsigned v, int width)
{
	for (int i = width - 1; i >= 0; i--) {
		p[i] = (char)('0' + v % 10);
		v /= 10;
	}
	return p + width;
}

/* "2018-07-28?09:30:00.000" */
static char *put_date_time(char *p, const struct civil *c, char between)
{
	p = put_digits(p, c->year, 4);
	*p++ = '-';
	p = put_digits(p, c->month, 2);
	*p++ = '-';
	p = put_digits(p, c->day, 2);
	*p++ = between;
	p = put_digits(p, c->hour, 2);
	*p++ = ':';
	p = put_digits(p, c->minute, 2);
	*p++ = ':';
	p = put_digits(p, c->second, 2);
	*p++ = '.';
	return put_digits(p, c->ms, 3);
}

void clock_format_sql(uint64_t unix_ms, char out[CLOCK_SQL_LEN + 1])
{
	struct civil c = civil_from_ms(unix_ms);

	*put_date_time(out, &c, ' ') = '\0';
}

void clock_format_rfc3339(uint64_t unix_ms, char out[CLOCK_RFC3339_LEN + 1])
{
	struct civil c = civil_from_ms(unix_ms);
	char *p = put_date_time(out, &c, 'T');

	*p++ = 'Z';
	*p = '\0';
}

void clock_format_http(uint64_t unix_ms, char out[CLOCK_HTTP_LEN + 1])
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct civil c = civil_from_ms(unix_ms);

	snprintf(out, CLOCK_HTTP_LEN + 1, "%.3s, %02u %.3s %04u %02u:%02u:%02u GMT", days + c.weekday * 3,
		 c.day % 100, months + (c.month - 1) * 3, c.year % 10000, c.hour % 100, c.minute % 100,
		 c.second % 100);
}

/* Takes exactly `width` digits and, unless it is NUL, the character `after` them. */
static bool take_digits(struct str *s, size_t width, char after, unsigned *out)
{
	size_t n = width + (after ? 1 : 0);
	unsigned v = 0;

	if (s->n < n || (after && s->p[width] != after))
		return false;
	for (size_t i = 0; i < width; i++) {
		if (s->p[i] < '0' || s->p[i] > '9')
			return false;
		v = v * 10 + (unsigned)(s->p[i] - '0');
	}
	*s = (struct str){ s->p + n, s->n - n };
	*out = v;
	return true;
}

static bool take_char(struct str *s, const char *any_of)
{
	if (!s->n || !s->p[0] || !strchr(any_of, s->p[0]))
		return false;
	*s = (struct str){ s->p + 1, s->n - 1 };
	return true;
}

/* ".5" is 500 ms; digits past the third are cut. */
static bool take_fraction(struct str *s, unsigned *ms)
{
	unsigned digit, weight = 100;

	*ms = 0;
	if (!take_char(s, "."))
		return true;
	if (!take_digits(s, 1, '\0', &digit))
		return false;
	do {
		*ms += digit * weight;
		weight /= 10;
	} while (take_digits(s, 1, '\0', &digit));
	return true;
}

static bool take_date_time(struct str *s, const char *between, int64_t *unix_ms)
{
	struct civil c;

	if (!take_digits(s, 4, '-', &c.year) || !take_digits(s, 2, '-', &c.month) ||
	    !take_digits(s, 2, '\0', &c.day) || !take_char(s, between) || !take_digits(s, 2, ':', &c.hour) ||
	    !take_digits(s, 2, ':', &c.minute) || !take_digits(s, 2, '\0', &c.second) || !take_fraction(s, &c.ms))
		return false;
	if (c.month < 1 || c.month > 12 || c.day < 1 || c.day > days_of_month(c.year, c.month) || c.hour > 23 ||
	    c.minute > 59 || c.second > 59)
		return false;
	int64_t seconds = days_since_1970(c.year, c.month, c.day) * 86400 + c.hour * 3600 + c.minute * 60 + c.second;

	*unix_ms = seconds * 1000 + c.ms;
	return true;
}

/* "Z" or "+hh:mm"; what it takes the local time ahead of UTC. */
static bool take_offset(struct str *s, int64_t *ahead_ms)
{
	unsigned hours, minutes;

	*ahead_ms = 0;
	if (take_char(s, "Zz"))
		return true;
	bool behind = s->n && s->p[0] == '-';

	if (!take_char(s, "+-") || !take_digits(s, 2, ':', &hours) || !take_digits(s, 2, '\0', &minutes) ||
	    hours > 23 || minutes > 59)
		return false;
	*ahead_ms = ((int64_t)hours * 60 + minutes) * (behind ? -60000 : 60000);
	return true;
}

static bool in_range(int64_t ms, uint64_t *out)
{
	if (ms < 0 || (uint64_t)ms > MS_END_OF_9999)
		return false;
	*out = (uint64_t)ms;
	return true;
}

bool clock_parse_sql(struct str text, uint64_t *unix_ms)
{
	int64_t ms;

	return take_date_time(&text, " ", &ms) && text.n == 0 && in_range(ms, unix_ms);
}

bool clock_parse_rfc3339(struct str text, uint64_t *unix_ms)
{
	int64_t ms, ahead_ms;

	return take_date_time(&text, "Tt ", &ms) && take_offset(&text, &ahead_ms) && text.n == 0 &&
	       in_range(ms - ahead_ms, unix_ms);
}

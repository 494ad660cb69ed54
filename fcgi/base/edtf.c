/* SPDX-License-Identifier: Apache-2.0
 * Reading dates: the form first, then the calendar, then the order of an interval. */
#include "base/edtf.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Number of leading digits. */
static size_t digits(struct str s)
{
	size_t n = 0;

	while (n < s.n && is_digit(s.p[n]))
		n++;
	return n;
}

static int number(struct str s)
{
	int v = 0;

	for (size_t i = 0; i < s.n; i++)
		v = v * 10 + (s.p[i] - '0');
	return v;
}

static int days_of_month(int year, int month)
{
	static const unsigned char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return month == 2 && leap ? 29 : days[month - 1];
}

/* What the writer probably meant by a character that no date contains. */
static const char *odd_character(struct str s)
{
	if (s.p[0] == '-')
		return "Years before 0000 are not taken: begin with a four-digit year, such as 2018.";
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		bool after_digit = i > 0 && is_digit(s.p[i - 1]);

		if (is_digit((char)c) || c == '-')
			continue;
		if (c == ' ' || c == '\t' || c == '\n' || c == '\r')
			return "A date has no spaces: write 2018-07-28 or 2018-07-28/2018-08-03.";
		if ((c == 'T' || c == 't' || c == ':') && digits(s) >= 4)
			return "Times of day are not taken: write only the date, such as 2018-07-28.";
		if (c == '?' || c == '~' || c == '%')
			return "Marks of doubt (? ~ %) are not taken: write the part that is certain, such as 2018-07 or 2018.";
		if (c == 'X' || (after_digit && (c == 'x' || c == 'u' || c == 'U')))
			return "Unknown digits are not taken: leave the unknown part out, such as 2018-07 or 2018.";
		if ((i == 0 && c == 'Y' && s.n > 1 && (is_digit(s.p[1]) || s.p[1] == '-')) ||
		    (after_digit && (c == 'E' || c == 'S')))
			return "Years of more than four digits are not taken: begin with a year from 0000 to 9999.";
		if (c == '[' || c == ']' || c == '{' || c == '}' || c == ',')
			return "Sets of dates are not taken: write one date, or an interval such as 2018-07-28/2018-08-03.";
		if (c == '.')
			return "Dots do not separate the parts of a date: write 2018-07-28, and .. only as an end of an interval.";
		if (c == 0xe2)
			return "Write the plain hyphen (-) between year, month and day and a slash (/) in an interval.";
		break;
	}
	return "A date is written in digits: 2018, 2018-07 or 2018-07-28.";
}

static const char *check_year(struct str year)
{
	if (year.n == 4)
		return NULL;
	if (year.n == 8)
		return "Hyphens belong between year, month and day: write 2018-07-28, not 20180728.";
	if (year.n == 6)
		return "A hyphen belongs between year and month: write 2018-07, not 201807.";
	return "A date begins with a year of four digits: write 2018, 2018-07 or 2018-07-28.";
}

static const char *check_month(struct str part, int month)
{
	if (part.n == 0)
		return "The month is missing after the hyphen: write 2018-07, or 2018 when it is not known.";
	if (part.n != 2)
		return "A month has two digits: write 2018-07, not 2018-7.";
	if (month >= 21 && month <= 41)
		return "Seasons and quarters (21 to 41) are not taken: write months, such as 2018-06/2018-08.";
	if (month < 1 || month > 12)
		return "A month is from 01 to 12; leave it out when it is not known, such as 2018.";
	return NULL;
}

static const char *check_day(struct str part, int year, int month, int day)
{
	if (part.n == 0)
		return "The day is missing after the hyphen: write 2018-07-28, or 2018-07 when it is not known.";
	if (part.n != 2)
		return "A day has two digits: write 2018-07-08, not 2018-07-8.";
	if (day < 1 || day > 31)
		return "A day is from 01 to 31; leave it out when it is not known, such as 2018-07.";
	if (day == 29 && month == 2 && days_of_month(year, month) == 28)
		return "29 February exists in leap years only: check the day or the year.";
	if (day > days_of_month(year, month))
		return "That month has fewer days: check the day or the month.";
	return NULL;
}

static const char *parse_date(struct str s, struct edtf *out)
{
	struct str month_part, day_part, rest;

	for (size_t i = 0; i < s.n; i++)
		if (!is_digit(s.p[i]) && (i == 0 || s.p[i] != '-'))
			return odd_character(s);
	struct str year_part = str_cut(s, '-', &month_part);
	const char *wrong = check_year(year_part);

	if (wrong)
		return wrong;
	int year = number(year_part);

	*out = (struct edtf){ year * 10000 + 101, year * 10000 + 1231 };
	if (!month_part.p)
		return NULL;
	month_part = str_cut(month_part, '-', &day_part);
	int month = month_part.n == 2 ? number(month_part) : 0;

	wrong = check_month(month_part, month);
	if (wrong)
		return wrong;
	int first = year * 10000 + month * 100;

	*out = (struct edtf){ first + 1, first + days_of_month(year, month) };
	if (!day_part.p)
		return NULL;
	day_part = str_cut(day_part, '-', &rest);
	if (rest.p)
		return "A date has at most three parts: write 2018-07-28; the two dates of an interval are parted by a slash.";
	int day = day_part.n == 2 ? number(day_part) : 0;

	wrong = check_day(day_part, year, month, day);
	if (wrong)
		return wrong;
	*out = (struct edtf){ first + day, first + day };
	return NULL;
}

static const char *parse_interval(struct str start, struct str end, struct edtf *out)
{
	struct edtf from = { EDTF_OPEN_LO, EDTF_OPEN_LO }, to = { EDTF_OPEN_HI, EDTF_OPEN_HI };
	bool open_start = str_is(start, ".."), open_end = str_is(end, "..");
	const char *wrong = NULL;

	if (memchr(end.p, '/', end.n))
		return "An interval has one slash between its two dates: write 2018-07-28/2018-08-03.";
	if (open_start && open_end)
		return "An interval needs at least one date: write 2018-07-28/.. or ../2018-08-03.";
	if (start.n == 0 || end.n == 0)
		return "An end of an interval is empty: write .. for an open end, such as 2018-07-28/.. or ../2018-08-03.";
	if (!open_start)
		wrong = parse_date(start, &from);
	if (!wrong && !open_end)
		wrong = parse_date(end, &to);
	if (wrong)
		return wrong;
	if (from.lo > to.hi)
		return "The interval ends before it starts: write the earlier date first.";
	*out = (struct edtf){ from.lo, to.hi };
	return NULL;
}

const char *edtf_parse(struct str text, struct edtf *out)
{
	struct str end;

	if (text.n == 0)
		return "An empty text is no date: write 2018, 2018-07 or 2018-07-28, or leave the date out.";
	if (str_is(text, ".."))
		return "Two dots are only an end of an interval: write 2018-07-28/.. or ../2018-08-03.";
	struct str start = str_cut(text, '/', &end);
	struct edtf found;
	const char *wrong = end.p ? parse_interval(start, end, &found) : parse_date(start, &found);

	if (!wrong)
		*out = found;
	return wrong;
}

#include "base/clock.h"

#include <time.h>

#define DAY INT64_C(86400)
/* Days from 0001-01-01 to 1970-01-01 in the proleptic Gregorian calendar. */
#define EPOCH_DAYS INT64_C(719162)
/* The first moment of year 1 and the last of year 9999: what .NET and ISO 8601 can say. */
#define TIME_FIRST (-EPOCH_DAYS * DAY * PCHAT_SECOND)
#define TIME_LAST  (INT64_C(253402300800) * PCHAT_SECOND - 1)

struct civil {
	int64_t year;
	unsigned month; /* 1-12 */
	unsigned day;   /* 1-31 */
};

static int64_t
read_clock(clockid_t id)
{
	struct timespec ts = { 0 };

	clock_gettime(id, &ts); /* cannot fail with these clocks */
	return (int64_t)ts.tv_sec * PCHAT_SECOND + ts.tv_nsec / 1000;
}

int64_t
pchat_now(void)
{
	return read_clock(CLOCK_REALTIME);
}

int64_t
pchat_monotonic(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

/* ---- the calendar ---- */

static bool
is_leap(int64_t year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static unsigned
days_in_month(int64_t year, unsigned month)
{
	static const unsigned char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return days[month - 1] + (month == 2 && is_leap(year));
}

/* Days since 1970-01-01 of a date of year 1 or later. */
static int64_t
days_from_civil(struct civil c)
{
	int64_t y = c.year - 1;
	int64_t days = y * 365 + y / 4 - y / 100 + y / 400 - EPOCH_DAYS;

	for (unsigned m = 1; m < c.month; m++)
		days += days_in_month(c.year, m);
	return days + c.day - 1;
}

static int64_t
days_of_year(int64_t year)
{
	return is_leap(year) ? 366 : 365;
}

static struct civil
civil_from_days(int64_t days)
{
	struct civil c = { 1, 1, 1 };
	int64_t n = days + EPOCH_DAYS;

	/* 400 years have 146097 days. The estimate is never too high, and a year too low at most.
	 */
	c.year += n / 146097 * 400;
	n %= 146097;
	c.year += n / 366;
	n -= days_from_civil((struct civil){ n / 366 + 1, 1, 1 }) + EPOCH_DAYS;
	for (; n >= days_of_year(c.year); c.year++)
		n -= days_of_year(c.year);
	for (; n >= days_in_month(c.year, c.month); c.month++)
		n -= days_in_month(c.year, c.month);
	c.day = (unsigned)n + 1;
	return c;
}

/* ---- text ---- */

static int64_t
clamp(int64_t t)
{
	return t < TIME_FIRST ? TIME_FIRST : t > TIME_LAST ? TIME_LAST : t;
}

/* Date and time to the second, without a zone; the microseconds are returned. */
static unsigned
write_seconds(int64_t t, char buf[PCHAT_TIME_MAX])
{
	int64_t since = clamp(t) - TIME_FIRST; /* not negative, so / and % are the floor */
	int64_t seconds = since / PCHAT_SECOND;
	struct civil c = civil_from_days(seconds / DAY - EPOCH_DAYS);
	unsigned of_day = (unsigned)(seconds % DAY);

	snprintf(buf, PCHAT_TIME_MAX, "%04u-%02u-%02uT%02u:%02u:%02u", (unsigned)c.year, c.month,
	         c.day, of_day / 3600, of_day / 60 % 60, of_day % 60);
	return (unsigned)(since % PCHAT_SECOND);
}

const char *
pchat_time_text(int64_t t, char buf[PCHAT_TIME_MAX])
{
	unsigned micro = write_seconds(t, buf);
	size_t n = strlen(buf);

	if (micro)
		snprintf(buf + n, PCHAT_TIME_MAX - n, ".%06uZ", micro);
	else
		snprintf(buf + n, PCHAT_TIME_MAX - n, "Z");
	return buf;
}

const char *
pchat_time_xccos(int64_t t, char buf[PCHAT_TIME_MAX])
{
	unsigned micro = write_seconds(t, buf);
	size_t n = strlen(buf);

	snprintf(buf + n, PCHAT_TIME_MAX - n, ".%06u0Z", micro);
	return buf;
}

int64_t
pchat_time_ticks(int64_t t)
{
	return (clamp(t) - TIME_FIRST) * 10;
}

/* ---- reading ---- */

/* Take exactly @digits decimal digits off @s. */
static bool
take_number(struct pchat_str *s, size_t digits, unsigned *ret)
{
	uint64_t v;

	if (s->n < digits || !pchat_str_uint((struct pchat_str){ s->p, digits }, UINT32_MAX, &v))
		return false;
	*ret = (unsigned)v;
	s->p += digits;
	s->n -= digits;
	return true;
}

static bool
take_char(struct pchat_str *s, const char *any)
{
	if (s->n == 0 || s->p[0] == '\0' || !strchr(any, s->p[0]))
		return false;
	s->p++;
	s->n--;
	return true;
}

static bool
take_date(struct pchat_str *s, int64_t *ret_days)
{
	unsigned year, month, day;

	if (!take_number(s, 4, &year) || !take_char(s, "-") || !take_number(s, 2, &month) ||
	    !take_char(s, "-") || !take_number(s, 2, &day))
		return false;
	if (year < 1 || month < 1 || month > 12 || day < 1 || day > days_in_month(year, month))
		return false;
	*ret_days = days_from_civil((struct civil){ year, month, day });
	return true;
}

/* Up to nine digits; what is finer than a microsecond is cut off. */
static bool
take_fraction(struct pchat_str *s, unsigned *ret_micro)
{
	unsigned digit, n = 0;

	*ret_micro = 0;
	if (!take_char(s, "."))
		return true;
	for (; n < 9 && take_number(s, 1, &digit); n++)
		if (n < 6)
			*ret_micro = *ret_micro * 10 + digit;
	for (unsigned i = n; i < 6; i++)
		*ret_micro *= 10;
	return n > 0;
}

/* "Z", "+hh:mm", "-hh:mm" or nothing: the minutes this zone is ahead of UTC. */
static bool
take_zone(struct pchat_str *s, int *ret_minutes)
{
	bool behind = s->n > 0 && s->p[0] == '-';
	unsigned hours, minutes;

	*ret_minutes = 0;
	if (s->n == 0 || take_char(s, "Zz"))
		return true;
	if (!take_char(s, "+-") || !take_number(s, 2, &hours) || !take_char(s, ":") ||
	    !take_number(s, 2, &minutes) || hours > 23 || minutes > 59)
		return false;
	*ret_minutes = (int)(hours * 60 + minutes) * (behind ? -1 : 1);
	return true;
}

/* The time of day with its zone, in microseconds since 00:00 UTC of the date before it. */
static bool
take_time(struct pchat_str *s, int64_t *ret)
{
	unsigned hour, minute, second = 0, micro = 0;
	int zone;
	int64_t minutes;

	if (!take_number(s, 2, &hour) || !take_char(s, ":") || !take_number(s, 2, &minute))
		return false;
	if (take_char(s, ":") && (!take_number(s, 2, &second) || !take_fraction(s, &micro)))
		return false;
	if (!take_zone(s, &zone) || hour > 23 || minute > 59 || second > 60)
		return false;
	minutes = (int64_t)hour * 60 + minute - zone;
	if (second == 60) {
		/* Leap seconds are inserted before midnight UTC, nowhere else. */
		if ((minutes + 1) % 1440 != 0)
			return false;
		second = 59;
		micro = 999999;
	}
	*ret = (minutes * 60 + second) * PCHAT_SECOND + micro;
	return true;
}

bool
pchat_time_parse(struct pchat_str s, int64_t *ret)
{
	int64_t days, time = 0, t;

	if (!take_date(&s, &days))
		return false;
	if (take_char(&s, "Tt ") && !take_time(&s, &time))
		return false;
	t = days * DAY * PCHAT_SECOND + time;
	if (s.n > 0 || t < TIME_FIRST || t > TIME_LAST)
		return false;
	*ret = t;
	return true;
}

/* ---- lengths of time ---- */

static const struct {
	char letter;
	unsigned seconds;
} units[] = { { 'd', 86400 }, { 'h', 3600 }, { 'm', 60 }, { 's', 1 } };

/* *@total += @v * @unit, as long as it is at most @max. */
static bool
add(uint64_t *total, uint64_t v, uint64_t unit, uint64_t max)
{
	if (v > (max - *total) / unit)
		return false;
	*total += v * unit;
	return true;
}

/* "hh:mm:ss" with any number of hours. */
static bool
parse_clock_form(struct pchat_str s, uint64_t max, uint64_t *ret)
{
	struct pchat_str rest;
	struct pchat_str hours = pchat_str_cut(s, ':', &rest);
	unsigned minutes, seconds;
	uint64_t v, total = 0;

	if (!pchat_str_uint(hours, max, &v) || !take_number(&rest, 2, &minutes) ||
	    !take_char(&rest, ":") || !take_number(&rest, 2, &seconds) || rest.n > 0 ||
	    minutes > 59 || seconds > 59)
		return false;
	if (!add(&total, v, 3600, max) || !add(&total, minutes, 60, max) ||
	    !add(&total, seconds, 1, max))
		return false;
	*ret = total;
	return true;
}

/* Numbers with units, each unit once and from the longest to the shortest. */
static bool
parse_unit_form(struct pchat_str s, uint64_t max, uint64_t *ret)
{
	uint64_t v, total = 0;
	size_t unit = 0;

	while (s.n > 0) {
		size_t n = 0;

		while (n < s.n && s.p[n] >= '0' && s.p[n] <= '9')
			n++;
		if (n == s.n || !pchat_str_uint((struct pchat_str){ s.p, n }, max, &v))
			return false;
		while (unit < PCHAT_N(units) && units[unit].letter != s.p[n])
			unit++;
		if (unit == PCHAT_N(units) || !add(&total, v, units[unit].seconds, max))
			return false;
		unit++;
		s = (struct pchat_str){ s.p + n + 1, s.n - n - 1 };
	}
	*ret = total;
	return true;
}

bool
pchat_duration_parse(struct pchat_str s, uint64_t max, uint64_t *ret)
{
	if (s.n == 0)
		return false;
	if (memchr(s.p, ':', s.n))
		return parse_clock_form(s, max, ret);
	return pchat_str_uint(s, max, ret) || parse_unit_form(s, max, ret);
}

void
pchat_duration_text(struct pchat_buf *out, uint64_t seconds)
{
	if (seconds == 0)
		pchat_buf_lit(out, "0s");
	for (size_t i = 0; i < PCHAT_N(units); i++) {
		uint64_t v = seconds / units[i].seconds;

		seconds %= units[i].seconds;
		if (v == 0)
			continue;
		pchat_buf_uint(out, v);
		pchat_buf_char(out, units[i].letter);
	}
}

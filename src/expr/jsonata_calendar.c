#include "expr/jsonata_calendar.h"

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

enum {
    DAYS_MAX = 100000000,
    YEARS_MAX = 400000, // more than DAYS_MAX
    MONTHS = 12,
    WEEK_DAYS = 7,
    DAYS_400_YEARS = 146097,
    DAYS_TO_1970 = 719468, // from the first of March of the year 0
    MARCH = 2,
};

#define HOUR_MS 3600000.0
#define MINUTE_MS 60000.0
#define SECOND_MS 1000.0

// Years that begin in March end with the leap day, which makes the count regular.
static double days_of(double year, double month)
{
    int64_t y = (int64_t)(month < MARCH ? year - 1 : year);
    int64_t m = (int64_t)month - MARCH + (month < MARCH ? MONTHS : 0);
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t of_era = y - era * 400;
    int64_t of_year = (153 * m + 2) / 5;

    int64_t days = era * DAYS_400_YEARS + of_era * 365 + of_era / 4 - of_era / 100 + of_year;

    return (double)(days - DAYS_TO_1970);
}

double calendar_ms(struct calendar c)
{
    double year = trunc(c.year);
    double month = trunc(c.month);

    if (year >= 0 && year <= 99)
        year += 1900;
    year += floor(month / MONTHS);
    month -= floor(month / MONTHS) * MONTHS;
    if (!(fabs(year) <= YEARS_MAX))
        return (double)NAN;
    double days = days_of(year, month) + trunc(c.day) - 1;
    double ms = days * CALENDAR_DAY_MS + trunc(c.hour) * HOUR_MS + trunc(c.minute) * MINUTE_MS +
                trunc(c.second) * SECOND_MS + trunc(c.millisecond);
    return fabs(ms) <= DAYS_MAX * CALENDAR_DAY_MS ? ms : (double)NAN;
}

static bool is_time(double ms)
{
    return fabs(ms) <= DAYS_MAX * CALENDAR_DAY_MS;
}

struct calendar calendar_of(double ms)
{
    if (!is_time(ms))
        return (struct calendar){(double)NAN, (double)NAN, (double)NAN, (double)NAN,
                                 (double)NAN, (double)NAN, (double)NAN};
    ms = trunc(ms);
    double days = floor(ms / CALENDAR_DAY_MS);
    double rest = ms - days * CALENDAR_DAY_MS;
    int64_t z = (int64_t)days + DAYS_TO_1970;
    int64_t era = (z >= 0 ? z : z - (DAYS_400_YEARS - 1)) / DAYS_400_YEARS;
    int64_t of_era = z - era * DAYS_400_YEARS;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * of_year + 2) / 153;
    int64_t day = of_year - (153 * month + 2) / 5 + 1;
    return (struct calendar){
        .day = (double)day,
        .month = (double)((month + MARCH) % MONTHS),
        .year = (double)(year + era * 400 + (month + MARCH >= MONTHS ? 1 : 0)),
        .hour = floor(rest / HOUR_MS),
        .minute = floor(fmod(rest, HOUR_MS) / MINUTE_MS),
        .second = floor(fmod(rest, MINUTE_MS) / SECOND_MS),
        .millisecond = fmod(rest, SECOND_MS),
    };
}

// Monday is 1.
static double weekday(double ms)
{
    double days = floor(ms / CALENDAR_DAY_MS);
    double from_monday = fmod(fmod(days + 3, WEEK_DAYS) + WEEK_DAYS, WEEK_DAYS);

    return from_monday + 1;
}

static double day_ms(double year, double month, double day)
{
    return calendar_ms((struct calendar){.year = year, .month = month, .day = day});
}

// ISO 8601: the first week is the one with the first Thursday; it starts on a Monday.
static double first_week(double year, double month)
{
    double first = day_ms(year, month, 1);
    double day = weekday(first);

    return day > 4 ? first + (8 - day) * CALENDAR_DAY_MS : first - (day - 1) * CALENDAR_DAY_MS;
}

static double weeks_from(double start, double day)
{
    return (day - start) / (CALENDAR_DAY_MS * WEEK_DAYS) + 1;
}

// Months before and after; day_ms() carries over what leaves the year, but for the years 0 to 99.
static double neighbour_week(double year, double month, int months)
{
    month += months;
    if (month < 0)
        return first_week(year - 1, month + MONTHS);
    return month >= MONTHS ? first_week(year + 1, month - MONTHS) : first_week(year, month);
}

static double week_of_year(struct calendar c)
{
    double today = day_ms(c.year, c.month, c.day);
    double week = weeks_from(first_week(c.year, 0), today);

    if (week > 52 && today >= first_week(c.year + 1, 0))
        week = 1;
    else if (week < 1)
        week = weeks_from(first_week(c.year - 1, 0), today);
    return floor(week);
}

static double week_of_month(struct calendar c)
{
    double today = day_ms(c.year, c.month, c.day);
    double week = weeks_from(first_week(c.year, c.month), today);

    if (week > 4 && today >= neighbour_week(c.year, c.month, 1))
        week = 1;
    else if (week < 1)
        week = weeks_from(neighbour_week(c.year, c.month, -1), today);
    return floor(week);
}

static double year_of_week(double ms, struct calendar c)
{
    if (ms < first_week(c.year, 0))
        return c.year - 1;
    return ms >= first_week(c.year + 1, 0) ? c.year + 1 : c.year;
}

static double month_of_week(double ms, struct calendar c)
{
    double month = c.month;

    if (ms < first_week(c.year, c.month))
        month += MONTHS - 1;
    else if (ms >= neighbour_week(c.year, c.month, 1))
        month += 1;
    return fmod(month, MONTHS) + 1;
}

double calendar_part(double ms, char component)
{
    ms = trunc(ms);
    struct calendar c = calendar_of(ms);

    if (!is_time(ms))
        return (double)NAN;
    switch (component) {
    case 'Y':
        return c.year;
    case 'M':
        return c.month + 1;
    case 'D':
        return c.day;
    case 'd':
        return (day_ms(c.year, c.month, c.day) - day_ms(c.year, 0, 1)) / CALENDAR_DAY_MS + 1;
    case 'F':
        return weekday(ms);
    case 'W':
        return week_of_year(c);
    case 'w':
        return week_of_month(c);
    case 'X':
        return year_of_week(ms, c);
    case 'x':
        return month_of_week(ms, c);
    case 'H':
        return c.hour;
    case 'h':
        return fmod(c.hour, 12) == 0 ? 12 : fmod(c.hour, 12);
    case 'P':
        return c.hour >= 12 ? 1 : 0;
    case 'm':
        return c.minute;
    case 's':
        return c.second;
    case 'f':
        return c.millisecond;
    default:
        return (double)NAN;
    }
}

// Reads what stands at the beginning of `*rest` when it fits `form`, where '0' to '9' is a digit up
// to that one and everything else itself.
static bool take(struct str *rest, const char *form)
{
    size_t bytes = strlen(form);

    if (rest->bytes < bytes)
        return false;
    for (size_t i = 0; i < bytes; i++) {
        char c = rest->data[i];
        bool digit = form[i] >= '0' && form[i] <= '9';
        if (digit ? c < '0' || c > form[i] : c != form[i])
            return false;
    }
    *rest = str_slice(*rest, bytes, rest->bytes);
    return true;
}

// Two digits behind `from` bytes of a text.
static double pair(struct str text, size_t from)
{
    return (text.data[from] - '0') * 10 + (text.data[from + 1] - '0');
}

struct iso {
    struct calendar c;
    double offset_minutes;
    bool has_time;
    bool impossible; // parts that do not go together
};

static void read_date(struct str *rest, struct iso *out)
{
    struct str text = *rest;

    out->c = (struct calendar){.year = pair(text, 0) * 100 + pair(text, 2), .day = 1};
    *rest = str_slice(*rest, 4, rest->bytes);
    text = *rest;
    if (take(rest, "-19"))
        out->c.month = pair(text, 1) - 1;
    bool has_month = rest->bytes < text.bytes;
    text = *rest;
    if (take(rest, "-39")) {
        out->c.day = pair(text, 1);
        out->impossible = !has_month;
    }
}

static void read_time(struct str *rest, struct iso *out)
{
    struct str text = *rest;

    if (take(rest, "T29:59:59")) {
        out->c.hour = pair(text, 1);
        out->c.minute = pair(text, 4);
        out->c.second = pair(text, 7);
        out->has_time = true;
    }
    if (rest->bytes > 1 && rest->data[0] == '.' && rest->data[1] >= '0' && rest->data[1] <= '9') {
        int unit = 100;
        size_t at = 1;
        for (; at < rest->bytes && rest->data[at] >= '0' && rest->data[at] <= '9'; at++) {
            out->c.millisecond += unit * (rest->data[at] - '0');
            unit /= 10;
        }
        *rest = str_slice(*rest, at, rest->bytes);
        out->impossible = out->impossible || !out->has_time;
    }
}

static void read_offset(struct str *rest, struct iso *out)
{
    struct str text = *rest;

    if (take(rest, "+29:59") || take(rest, "-29:59"))
        out->offset_minutes = pair(text, 1) * 60 + pair(text, 4);
    else if (take(rest, "+2959") || take(rest, "-2959"))
        out->offset_minutes = pair(text, 1) * 60 + pair(text, 3);
    else if (!take(rest, "Z"))
        return;
    bool sign = text.data[0] != 'Z';
    if (text.data[0] == '-')
        out->offset_minutes = -out->offset_minutes;
    if (sign && (!out->has_time || pair(text, 1) >= 24))
        out->impossible = true;
}

static bool is_in_range(const struct iso *iso)
{
    const struct calendar *c = &iso->c;
    bool midnight = c->hour == 24 && c->minute == 0 && c->second == 0 && c->millisecond == 0;

    return !iso->impossible && c->month >= 0 && c->month < MONTHS && c->day >= 1 && c->day <= 31 &&
           (c->hour < 24 || midnight);
}

bool calendar_read_iso(struct str text, double *out)
{
    struct iso iso = {0};
    struct str rest = text;

    *out = (double)NAN;
    if (!take(&rest, "9999"))
        return false;
    rest = text;
    read_date(&rest, &iso);
    read_time(&rest, &iso);
    read_offset(&rest, &iso);
    if (rest.bytes > 0)
        return false;
    // Date.UTC() would take 0 to 99 for another century.
    double shift = iso.c.year < 100 ? 400 : 0;
    iso.c.year += shift;
    if (is_in_range(&iso))
        *out = calendar_ms(iso.c) - (shift > 0 ? DAYS_400_YEARS * CALENDAR_DAY_MS : 0) -
               iso.offset_minutes * MINUTE_MS;
    return true;
}

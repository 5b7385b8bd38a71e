// Days of the Gregorian calendar. Counting is done in years that begin on the first of March, so
// that the leap day is the last of its year and months before it have a regular length.
#include "core/date.h"

#include "core/scope.h"

#include <assert.h>

enum {
    DAYS_OF_400_YEARS = 146097,
    DAYS_BEFORE_1970 = 719468, // from 0000-03-01
    DAYS_FIRST = -719528,      // 0000-01-01
    DAYS_LAST = 2932896,       // 9999-12-31
    MONTHS_A_YEAR = 12,
};

static bool is_leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

unsigned date_month_days(int year, unsigned month)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    assert(month >= 1 && month <= MONTHS_A_YEAR);
    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

bool date_valid(struct date d)
{
    return d.year >= 0 && d.year <= DATE_YEAR_MAX && d.month >= 1 && d.month <= MONTHS_A_YEAR &&
           d.day >= 1 && d.day <= date_month_days(d.year, d.month);
}

int32_t date_to_days(struct date d)
{
    assert(date_valid(d));
    // Shifted by 400 years, so that no division is of a negative number.
    int32_t year = d.year + 400 - (d.month <= 2 ? 1 : 0);
    int32_t month = (d.month + 9) % MONTHS_A_YEAR; // March is 0
    int32_t day_of_year = (153 * month + 2) / 5 + d.day - 1;

    return year * 365 + year / 4 - year / 100 + year / 400 + day_of_year - DAYS_BEFORE_1970 -
           DAYS_OF_400_YEARS;
}

struct date date_from_days(int32_t days)
{
    assert(days >= DAYS_FIRST && days <= DAYS_LAST);
    int32_t day = days + DAYS_BEFORE_1970 + DAYS_OF_400_YEARS; // from -0400-03-01
    int32_t era = day / DAYS_OF_400_YEARS;
    int32_t of_era = day % DAYS_OF_400_YEARS;
    // Leap days seen so far are taken out, then every year has 365 days.
    int32_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int32_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int32_t month = (5 * of_year + 2) / 153;
    struct date d = {
        .year = (int16_t)(year + 400 * (era - 1) + (month >= 10 ? 1 : 0)),
        .month = (uint8_t)(month < 10 ? month + 3 : month - 9),
        .day = (uint8_t)(of_year - (153 * month + 2) / 5 + 1),
    };

    assert(date_valid(d));
    return d;
}

bool date_read(struct str text, struct date *out)
{
    uint64_t year = 0;
    uint64_t month = 0;
    uint64_t day = 0;

    if (text.bytes != DATE_TEXT_BYTES || text.data[4] != '-' || text.data[7] != '-' ||
        !str_to_u64(str_slice(text, 0, 4), DATE_YEAR_MAX, &year) ||
        !str_to_u64(str_slice(text, 5, 2), 99, &month) ||
        !str_to_u64(str_slice(text, 8, 2), 99, &day))
        return false;
    *out = (struct date){(int16_t)year, (uint8_t)month, (uint8_t)day};
    return date_valid(*out);
}

static char *put_digits(char *to, unsigned number, unsigned count)
{
    for (unsigned i = count; i > 0; i--) {
        to[i - 1] = (char)('0' + number % 10);
        number /= 10;
    }
    return to + count;
}

void date_write(struct date d, char out[DATE_TEXT_BYTES])
{
    assert(date_valid(d));
    char *to = put_digits(out, (unsigned)d.year, 4);
    *to++ = '-';
    to = put_digits(to, d.month, 2);
    *to++ = '-';
    (void)put_digits(to, d.day, 2);
}

struct str date_to_str(struct scope *s, struct date d)
{
    char *text = scope_bytes(s, DATE_TEXT_BYTES);

    date_write(d, text);
    return str_of(text, DATE_TEXT_BYTES);
}

unsigned date_weekday(struct date d)
{
    // 1970-01-01 was a Thursday, the fourth day.
    return (unsigned)((date_to_days(d) - DAYS_FIRST + 5) % 7) + 1;
}

bool date_add_months(struct date d, int32_t months, struct date *out)
{
    assert(date_valid(d));
    int64_t total = (int64_t)d.year * MONTHS_A_YEAR + d.month - 1 + months;

    if (total < 0 || total >= (int64_t)(DATE_YEAR_MAX + 1) * MONTHS_A_YEAR)
        return false;
    int16_t year = (int16_t)(total / MONTHS_A_YEAR);
    uint8_t month = (uint8_t)(total % MONTHS_A_YEAR + 1);
    unsigned days = date_month_days(year, month);
    *out = (struct date){year, month, d.day < days ? d.day : (uint8_t)days};
    return true;
}

int date_compare(struct date a, struct date b)
{
    int32_t left = date_to_days(a);
    int32_t right = date_to_days(b);

    return (left > right) - (left < right);
}

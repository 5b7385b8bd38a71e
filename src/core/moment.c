// RFC 3339 text of moments.
#include "core/moment.h"

#include "core/scope.h"

#include <assert.h>

enum { FRACTION_DIGITS_MAX = 6 };

static const int64_t MOMENT_FIRST = -719528 * MOMENT_DAY_US;
static const int64_t MOMENT_LAST = 2932897 * MOMENT_DAY_US - 1;

bool moment_valid(int64_t at_us)
{
    return at_us >= MOMENT_FIRST && at_us <= MOMENT_LAST;
}

static int64_t day_of(int64_t at_us)
{
    int64_t day = at_us / MOMENT_DAY_US;

    return at_us % MOMENT_DAY_US < 0 ? day - 1 : day;
}

struct date moment_date(int64_t at_us)
{
    assert(moment_valid(at_us));
    return date_from_days((int32_t)day_of(at_us));
}

int64_t moment_of_date(struct date d)
{
    return date_to_days(d) * MOMENT_DAY_US;
}

// Reads two digits at the start of the text and cuts them off, with the separator before them.
static bool read_two(struct str *rest, char separator, uint64_t max, int64_t *out)
{
    uint64_t value = 0;

    if (rest->bytes < 3 || rest->data[0] != separator ||
        !str_to_u64(str_slice(*rest, 1, 2), max, &value))
        return false;
    *out = (int64_t)value;
    *rest = str_slice(*rest, 3, rest->bytes);
    return true;
}

static bool read_time(struct str *rest, int64_t *time_us, bool *leap)
{
    int64_t hour = 0;
    int64_t minute = 0;
    int64_t second = 0;
    char separator = rest->bytes && rest->data[0] == 't' ? 't' : 'T';

    if (!read_two(rest, separator, 23, &hour) || !read_two(rest, ':', 59, &minute) ||
        !read_two(rest, ':', 60, &second))
        return false;
    *time_us = hour * MOMENT_HOUR_US + minute * MOMENT_MINUTE_US + second * MOMENT_SECOND_US;
    *leap = second == 60;
    return true;
}

static bool read_fraction(struct str *rest, int64_t *fraction_us)
{
    int64_t unit_us = MOMENT_SECOND_US / 10;
    size_t at = 1;

    *fraction_us = 0;
    if (rest->bytes == 0 || rest->data[0] != '.')
        return true;
    for (; at < rest->bytes && rest->data[at] >= '0' && rest->data[at] <= '9'; at++) {
        *fraction_us += (rest->data[at] - '0') * unit_us;
        unit_us /= 10;
    }
    *rest = str_slice(*rest, at, rest->bytes);
    return at > 1;
}

static bool read_offset(struct str rest, int64_t *offset_us)
{
    int64_t hours = 0;
    int64_t minutes = 0;

    *offset_us = 0;
    if (str_is(rest, "Z") || str_is(rest, "z"))
        return true;
    bool negative = rest.bytes && rest.data[0] == '-';
    if (!read_two(&rest, negative ? '-' : '+', 23, &hours) || !read_two(&rest, ':', 59, &minutes) ||
        rest.bytes)
        return false;
    *offset_us = hours * MOMENT_HOUR_US + minutes * MOMENT_MINUTE_US;
    if (negative)
        *offset_us = -*offset_us;
    return true;
}

bool moment_read(struct str text, int64_t *out)
{
    struct date day;
    struct str rest = str_slice(text, DATE_TEXT_BYTES, text.bytes);
    int64_t time_us = 0;
    int64_t fraction_us = 0;
    int64_t offset_us = 0;
    bool leap = false;

    if (!date_read(str_slice(text, 0, DATE_TEXT_BYTES), &day) ||
        !read_time(&rest, &time_us, &leap) || !read_fraction(&rest, &fraction_us) ||
        !read_offset(rest, &offset_us))
        return false;
    int64_t second_us = moment_of_date(day) + time_us - offset_us;
    // RFC 3339, 5.7: leap seconds are inserted at the end of a day in UTC.
    if (leap && second_us % MOMENT_DAY_US != 0)
        return false;
    *out = second_us + fraction_us;
    return moment_valid(*out);
}

static char *put_two(char *to, char separator, int64_t number)
{
    to[0] = separator;
    to[1] = (char)('0' + number / 10);
    to[2] = (char)('0' + number % 10);
    return to + 3;
}

size_t moment_write(int64_t at_us, enum moment_digits digits, char out[MOMENT_TEXT_BYTES_MAX])
{
    int64_t time_us = at_us - day_of(at_us) * MOMENT_DAY_US;
    int64_t unit_us = MOMENT_SECOND_US / 10;

    date_write(moment_date(at_us), out);
    char *to = put_two(out + DATE_TEXT_BYTES, 'T', time_us / MOMENT_HOUR_US);
    to = put_two(to, ':', time_us / MOMENT_MINUTE_US % 60);
    to = put_two(to, ':', time_us / MOMENT_SECOND_US % 60);
    if (digits > 0)
        *to++ = '.';
    for (unsigned i = 0; i < (unsigned)digits && i < FRACTION_DIGITS_MAX; i++, unit_us /= 10)
        *to++ = (char)('0' + time_us / unit_us % 10);
    *to++ = 'Z';
    return (size_t)(to - out);
}

struct str moment_to_str(struct scope *s, int64_t at_us, enum moment_digits digits)
{
    char *text = scope_bytes(s, MOMENT_TEXT_BYTES_MAX);

    return str_of(text, moment_write(at_us, digits, text));
}

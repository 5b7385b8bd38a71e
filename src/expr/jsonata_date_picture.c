// Printing a time by a picture: XPath and XQuery Functions and Operators 3.1, 9.8.4.3 to 9.8.4.7.
#include "expr/jsonata_date_picture.h"

#include "core/buf.h"
#include "core/scope.h"
#include "expr/jsonata_calendar.h"
#include "expr/jsonata_case.h"
#include "expr/jsonata_date_picture_impl.h"
#include "expr/jsonata_text.h"

#include <assert.h>
#include <math.h>

enum { TEXT_BYTES_MAX = 1 << 20 };

// The offset from UTC as "+hhmm" tells it. For a negative one the reference rounds the hours down
// and keeps the minutes negative, and so do we.
struct zone {
    double hours;
    double minutes;
};

static struct zone read_zone(struct scope *s, struct str text)
{
    if (!text.data)
        return (struct zone){0};
    double offset = number_parse_integer(s, text);
    return (struct zone){floor(offset / 100), fmod(offset, 100)};
}

static enum status put_name(struct scope *s, struct buf *out, double value,
                            const struct date_part *part, struct picture_error *error)
{
    struct str name = {0};

    if (part->letter != 'M' && part->letter != 'x' && part->letter != 'F')
        return date_picture_refuse(s, error, "D3133", part->component);
    if (isnan(value)) {
        buf_put_z(out, "undefined"); // no time: the reference prints or trips over this
        return OK;
    }
    assert(value >= 1);
    name = str(part->letter == 'F' ? date_days[(size_t)value - 1] : date_months[(size_t)value - 1]);
    if (part->names == DATE_NAME_UPPER)
        name = text_upper(s, name);
    else if (part->names == DATE_NAME_LOWER)
        name = text_lower(s, name);
    if ((double)name.bytes > part->width_max)
        name = str_slice(name, 0, (size_t)part->width_max);
    buf_put(out, name);
    return OK;
}

static enum status put_integer(struct scope *s, struct buf *out, double value,
                               const struct integer_picture *picture, struct picture_error *error)
{
    struct str text = {0};

    TRY(integer_picture_format(s, value, picture, &text, error));
    buf_put(out, text);
    return OK;
}

static enum status put_number(struct scope *s, struct buf *out, double ms,
                              const struct date_part *part, struct picture_error *error)
{
    double value = calendar_part(ms, part->letter);

    if (part->names != DATE_NUMBER && part->letter != 'f')
        return put_name(s, out, value, part, error);
    if (!part->has_integer)
        return date_picture_refuse(s, error, "D3133", part->component);
    if (!isnan(part->year_digits))
        value = fmod(value, pow(10, part->year_digits));
    return put_integer(s, out, value, &part->integer, error);
}

// One or two digits show hours, and minutes only when there are some; more show both.
static enum status put_offset(struct scope *s, struct buf *out, struct zone zone,
                              const struct date_part *part, struct picture_error *error)
{
    const struct integer_picture *integer = &part->integer;
    double offset = zone.hours * 100 + zone.minutes;

    if (integer->regular_group > 0 || integer->digits_min == 3 || integer->digits_min == 4)
        return put_integer(s, out, offset, integer, error);
    if (integer->digits_min != 1 && integer->digits_min != 2)
        return date_picture_refuse(s, error, "D3134", str_format(s, "%zu", integer->digits_min));
    TRY(put_integer(s, out, zone.hours, integer, error));
    if (zone.minutes != 0) {
        struct integer_picture two = {0};
        TRY(integer_picture_read(s, str("00"), &two, error));
        buf_put_byte(out, ':');
        return put_integer(s, out, zone.minutes, &two, error);
    }
    return OK;
}

static enum status put_zone(struct scope *s, struct buf *out, struct zone zone,
                            const struct date_part *part, struct picture_error *error)
{
    double offset = zone.hours * 100 + zone.minutes;
    struct buf text = buf_make(s, TEXT_BYTES_MAX);

    TRY(put_offset(s, &text, zone, part, error));
    if (offset == 0 && part->zulu) {
        buf_put_byte(out, 'Z');
        return OK;
    }
    buf_put_z(out, part->letter == 'z' ? "GMT" : "");
    buf_put_z(out, offset >= 0 ? "+" : "");
    buf_put(out, buf_str(&text));
    return OK;
}

static enum status put_part(struct scope *s, struct buf *out, double ms, struct zone zone,
                            const struct date_part *part, struct picture_error *error)
{
    switch (part->letter) {
    case 'Z':
    case 'z':
        return put_zone(s, out, zone, part, error);
    case 'P':
        buf_put_z(out, calendar_part(ms, 'P') == 1
                           ? (part->names == DATE_NAME_UPPER ? "PM" : "pm")
                           : (part->names == DATE_NAME_UPPER ? "AM" : "am"));
        return OK;
    case 'C':
    case 'E':
        buf_put_z(out, "ISO");
        return OK;
    default:
        if (part->letter != 0 && strchr("YMDdFWwXxHhmsf", part->letter))
            return put_number(s, out, ms, part, error);
        buf_put_z(out, "undefined"); // a component that does not exist, as the reference prints it
        return OK;
    }
}

enum status date_picture_format(struct scope *s, double ms, struct str picture, struct str zone,
                                struct str *out, struct picture_error *error)
{
    struct zone offset = read_zone(s, zone);
    struct date_parts parts = {0};
    struct buf text = buf_make(s, TEXT_BYTES_MAX);

    *error = (struct picture_error){0};
    if (!picture.data)
        picture = str("[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01].[f001][Z01:01t]");
    TRY(date_picture_read(s, picture, &parts, error));
    ms += (60 * offset.hours + offset.minutes) * 60 * 1000;
    for (size_t i = 0; i < parts.count; i++) {
        if (parts.at[i].literal.data)
            buf_put(&text, parts.at[i].literal);
        else
            TRY(put_part(s, &text, ms, offset, &parts.at[i], error));
    }
    return buf_finish(&text, "the date", out);
}

// Reading a time by a picture. The parts of the picture become one regular expression; what its
// groups hold are the components, and these must be one of
//   a date: year, month, day - or year, day of the year
//   a time: hour, minute, second, fraction - or half of the day, hour to 12, and so on
// without a gap. What is missing to the left is now's, what is missing to the right is least.
#include "core/buf.h"
#include "core/scope.h"
#include "expr/jsonata_calendar.h"
#include "expr/jsonata_date_picture_impl.h"
#include "expr/jsonata_text.h"
#include "expr/regex.h"

#include <assert.h>
#include <math.h>

enum {
    STEPS_MAX = 1000000,
    LETTERS_MAX = 128,
};

// The values read so far, by component letter; NaN where the text held no such thing.
struct components {
    double value[LETTERS_MAX];
    bool known[LETTERS_MAX]; // named by the picture and understood
    bool any;                // the picture has markers at all
};

static void put_literal(struct buf *out, struct str literal)
{
    for (size_t i = 0; i < literal.bytes; i++) {
        if (strchr(".*+?^${}()|[]\\", literal.data[i]) && literal.data[i])
            buf_put_byte(out, '\\');
        buf_put_byte(out, literal.data[i]);
    }
}

static bool is_name(const struct date_part *part)
{
    return part->letter == 'M' || part->letter == 'x' || part->letter == 'F' || part->letter == 'P';
}

static enum status put_integer(struct scope *s, struct buf *out, const struct date_part *part,
                               struct picture_error *error)
{
    const struct integer_picture *integer = &part->integer;
    double ignored = 0;

    switch (integer->form) {
    case INTEGER_LETTERS:
        buf_put_z(out, integer->letters == CASE_UPPER ? "[A-Z]+" : "[a-z]+");
        return OK;
    case INTEGER_ROMAN:
        buf_put_z(out, integer->letters == CASE_UPPER ? "[MDCLXVI]+" : "[mdclxvi]+");
        return OK;
    case INTEGER_WORDS:
        buf_put_z(out, "(?:");
        integer_words_pattern(out);
        buf_put_z(out, ")+");
        return OK;
    case INTEGER_SEQUENCE:
        return integer_picture_parse(s, str(""), integer, &ignored, error); // tells D3130
    case INTEGER_DIGITS:
    default:
        buf_put_z(out, "[0-9]");
        if (integer->digits_exactly > 0)
            buf_format(out, "{%zu}", integer->digits_exactly);
        else
            buf_put_byte(out, '+');
        buf_put_z(out, integer->ordinal ? "(?:th|st|nd|rd)" : "");
        return OK;
    }
}

static void put_sign(struct buf *out, uint32_t sign)
{
    char bytes[4];

    put_literal(out, str_of(bytes, text_encode(sign, bytes)));
}

static enum status put_marker(struct scope *s, struct buf *out, const struct date_part *part,
                              struct picture_error *error)
{
    if (part->letter == 'Z' || part->letter == 'z') {
        buf_put_z(out, part->letter == 'z' ? "GMT[-+][0-9]+" : "[-+][0-9]+");
        if (part->integer.regular_group > 0) {
            put_sign(out, part->integer.groups[0].sign);
            buf_put_z(out, "[0-9]+");
        }
        return OK;
    }
    if (part->letter == 'f') {
        buf_put_z(out, "[0-9]+");
        return OK;
    }
    if (part->has_integer)
        return put_integer(s, out, part, error);
    if (!is_name(part))
        return date_picture_refuse(s, error, "D3133", part->component);
    buf_put_z(out, "[a-zA-Z]+");
    return OK;
}

static enum status put_pattern(struct scope *s, const struct date_parts *parts, struct buf *out,
                               struct picture_error *error)
{
    size_t markers = 0;

    buf_put_byte(out, '^');
    for (size_t i = 0; i < parts->count; i++) {
        if (parts->at[i].literal.data) {
            put_literal(out, parts->at[i].literal);
            continue;
        }
        markers++;
        buf_put_byte(out, '(');
        TRY(put_marker(s, out, &parts->at[i], error));
        buf_put_byte(out, ')');
    }
    buf_put_byte(out, '$');
    if (markers > DATE_PICTURE_PARTS_MAX)
        return fail(s, TOO_LARGE, "a date picture has at most %d components",
                    DATE_PICTURE_PARTS_MAX);
    return OK;
}

// Names are compared with their case, although the expression is not; a width cuts them.
static double name_value(struct str text, const char *const *names, size_t count, double width_max)
{
    for (size_t i = count; i > 0; i--) {
        struct str name = str(names[i - 1]);
        if (width_max > 0 && (double)name.bytes > width_max)
            name = str_slice(name, 0, (size_t)width_max);
        if (str_equal(text, name))
            return (double)i;
    }
    return (double)NAN;
}

static double half_value(struct str text)
{
    if (str_is(text, "am") || str_is(text, "AM"))
        return 0;
    return str_is(text, "pm") || str_is(text, "PM") ? 1 : (double)NAN;
}

// Minutes from UTC. Without a sign between them, hours are the first two digits.
static double zone_value(struct scope *s, struct str text, const struct date_part *part)
{
    double minutes = 0;

    if (part->letter == 'z')
        text = str_slice(text, 3, text.bytes); // GMT
    struct str hours = text;
    if (part->integer.regular_group > 0) {
        char bytes[4];
        struct str sign = str_of(bytes, text_encode(part->integer.groups[0].sign, bytes));
        size_t at = str_find(text, sign);
        hours = str_slice(text, 0, at);
        minutes = number_parse_integer(s, str_slice(text, at + sign.bytes, text.bytes));
    } else if (text.bytes > 3) {
        hours = str_slice(text, 0, 3);
        minutes = number_parse_integer(s, str_slice(text, 3, text.bytes));
    }
    return number_parse_integer(s, hours) * 60 + minutes;
}

static double fraction_value(struct scope *s, struct str text)
{
    struct str digits = str_concat(s, 2, str("0."), str_slice(text, 0, 3));
    double value = 0;

    (void)number_read(s, digits, &value);
    return value * 1000;
}

static enum status read_component(struct scope *s, struct str text, const struct date_part *part,
                                  struct components *c, struct picture_error *error)
{
    size_t letter = (size_t)(unsigned char)part->letter;
    double value = (double)NAN;

    if (part->letter == 'Z' || part->letter == 'z')
        value = zone_value(s, text, part);
    else if (part->letter == 'f')
        value = fraction_value(s, text);
    else if (part->has_integer)
        TRY(integer_picture_parse(s, text, &part->integer, &value, error));
    else if (part->letter == 'F')
        value = name_value(text, date_days, 7, part->width_max);
    else if (part->letter == 'P')
        value = half_value(text);
    else
        value = name_value(text, date_months, 12, part->width_max);
    assert(letter < LETTERS_MAX);
    c->any = true;
    c->value[letter] = value;
    c->known[letter] = part->has_integer || part->letter == 'f' || !isnan(value);
    return OK;
}

static enum status match(struct scope *s, struct str text, const struct date_parts *parts,
                         bool *found, struct components *c, struct picture_error *error)
{
    struct buf pattern = buf_make(s, REGEX_PATTERN_BYTES_MAX);
    const struct regex *regex = NULL;
    struct regex_match groups = {0};
    size_t group = 0;

    *found = false;
    TRY(put_pattern(s, parts, &pattern, error));
    if (pattern.overflow)
        return fail(s, TOO_LARGE, "the date picture is too long to read by");
    TRY(regex_compile(s, buf_str(&pattern), REGEX_CASELESS, &regex));
    if (text_find_surrogate(text) < text.bytes)
        return OK;
    TRY(regex_search(regex_work_new(s, STEPS_MAX), regex, text, 0, found, &groups));
    for (size_t i = 0; *found && i < parts->count; i++) {
        if (parts->at[i].literal.data)
            continue;
        struct regex_span span = groups.groups[++group];
        struct str part = str_slice(text, span.from, span.to - span.from);
        TRY(read_component(s, part, &parts->at[i], c, error));
    }
    return OK;
}

// Whether a component was read and is not 0, which the reference takes for missing here.
static bool has(const struct components *c, char letter)
{
    double value = c->value[(size_t)letter];

    return c->known[(size_t)letter] && value != 0 && !isnan(value);
}

// Whether at least one component of `own` was read and none of `others`.
static bool is_kind(const struct components *c, const char *own, const char *others)
{
    bool any = false;

    for (; *own; own++)
        any = any || has(c, *own);
    for (; *others; others++)
        if (has(c, *others))
            return false;
    return any;
}

// Goes from the largest part to the smallest and fills in what is missing.
static enum status complete(struct scope *s, struct components *c, const char *order, double now_ms,
                            bool *begun, bool *ended, struct picture_error *error)
{
    for (; *order; order++) {
        size_t letter = (size_t)*order;
        if (c->known[letter]) {
            *begun = true;
            if (*ended)
                return date_picture_refuse(s, error, "D3136", str(""));
        } else if (*begun) {
            c->value[letter] = strchr("MDd", *order) ? 1 : 0;
            *ended = true;
        } else {
            // Which half of the day it is now does not count, as in the reference.
            c->value[letter] = *order == 'P' ? 0 : calendar_part(now_ms, *order);
        }
    }
    return OK;
}

static double sum(const struct components *c, bool day_of_year, bool half_days)
{
    double month = c->value['M'] > 0 ? c->value['M'] - 1 : 0;
    struct calendar parts = {
        .year = c->value['Y'],
        .month = month,
        .day = c->value['D'],
        .hour = c->value['H'],
        .minute = c->value['m'],
        .second = c->value['s'],
        .millisecond = c->value['f'],
    };

    if (day_of_year) { // beyond the year's end the reference stays in the year
        struct calendar day = {.year = c->value['Y'], .day = c->value['d']};
        day = calendar_of(calendar_ms(day));
        parts.month = day.month;
        parts.day = day.day;
    }
    if (half_days)
        parts.hour = (c->value['h'] == 12 ? 0 : c->value['h']) + (c->value['P'] == 1 ? 12 : 0);
    double zone = has(c, 'Z') ? c->value['Z'] : has(c, 'z') ? c->value['z'] : 0;
    return calendar_ms(parts) - zone * 60 * 1000;
}

static enum status assemble(struct scope *s, struct components *c, double now_ms, double *out,
                            struct picture_error *error)
{
    bool date = is_kind(c, "YMD", "XxWwd");
    bool day_of_year = !date && is_kind(c, "Yd", "XMxWwD");
    bool month_weeks = is_kind(c, "Xxw", "YMWdD");
    bool weeks = !month_weeks && is_kind(c, "XW", "YMxwdD");
    bool half_days = !is_kind(c, "Hmsf", "Ph") && is_kind(c, "Phmsf", "H");
    bool begun = false;
    bool ended = false;

    TRY(complete(s, c,
                 day_of_year   ? "YD"
                 : month_weeks ? "XxwF"
                 : weeks       ? "XWF"
                               : "YMD",
                 now_ms, &begun, &ended, error));
    TRY(complete(s, c, half_days ? "Phmsf" : "Hmsf", now_ms, &begun, &ended, error));
    if (month_weeks || weeks) // the reference does not read these either
        return date_picture_refuse(s, error, "D3136", str(""));
    *out = sum(c, day_of_year, half_days);
    return OK;
}

enum status date_picture_parse(struct scope *s, struct str text, struct str picture, int64_t now_ms,
                               bool *found, double *out, struct picture_error *error)
{
    struct date_parts parts = {0};
    struct components *c = scope_new(s, struct components);

    *error = (struct picture_error){0};
    *found = false;
    *out = 0;
    if (text.bytes > DATE_TIMESTAMP_BYTES_MAX)
        return fail(s, TOO_LARGE, "a time has at most %d bytes", DATE_TIMESTAMP_BYTES_MAX);
    TRY(date_picture_read(s, picture, &parts, error));
    TRY(match(s, text, &parts, found, c, error));
    *found = *found && c->any;
    return *found ? assemble(s, c, (double)now_ms, out, error) : OK;
}

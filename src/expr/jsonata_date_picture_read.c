// Reading a date picture: XPath and XQuery Functions and Operators 3.1, 9.8.4.1 and 9.8.4.2.
#include "core/buf.h"
#include "core/scope.h"
#include "expr/jsonata_date_picture_impl.h"
#include "expr/jsonata_text.h"

#include <math.h>

const char *const date_months[12] = {
    "January", "February", "March",     "April",   "May",      "June",
    "July",    "August",   "September", "October", "November", "December",
};
const char *const date_days[7] = {
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday",
};

enum status date_picture_refuse(struct scope *s, struct picture_error *error, const char *code,
                                struct str value)
{
    *error = (struct picture_error){code, value};
    return fail(s, INVALID, "%s: the date picture is malformed at \"%.*s\"", code, STR(value));
}

static bool is_one_of(char letter, const char *letters)
{
    return letter != 0 && strchr(letters, letter) != NULL;
}

// How a component is shown whose marker does not say; empty for a component that does not exist.
static struct str default_presentation(char letter)
{
    if (is_one_of(letter, "YMDdWwXxHhf"))
        return str("1");
    if (is_one_of(letter, "FPCE"))
        return str("n");
    if (is_one_of(letter, "ms"))
        return str("01");
    return is_one_of(letter, "Zz") ? str("01:01") : str("");
}

static struct str without_space(struct scope *s, struct str text)
{
    struct buf out = buf_make(s, text.bytes);
    uint32_t point = 0;

    for (size_t i = 0; i < text.bytes;) {
        size_t bytes = text_decode(str_slice(text, i, text.bytes), &point);
        if (!text_is_space(point))
            buf_put(&out, str_slice(text, i, bytes));
        i += bytes;
    }
    return buf_str(&out);
}

static size_t find_last(struct str text, char c)
{
    for (size_t i = text.bytes; i > 0; i--)
        if (text.data[i - 1] == c)
            return i - 1;
    return text.bytes;
}

struct widths {
    double min; // NaN when there is none
    double max;
};

static double read_width(struct scope *s, struct str text)
{
    return number_parse_integer(s, text); // NaN for '*'
}

// Cuts the width modifier off: ",min", ",min-max", '*' for any.
static struct widths cut_widths(struct scope *s, struct str *marker)
{
    size_t comma = find_last(*marker, ',');
    struct widths widths = {(double)NAN, (double)NAN};

    if (comma == marker->bytes)
        return widths;
    struct str modifier = str_slice(*marker, comma + 1, marker->bytes);
    struct str min = str_cut(&modifier, '-');
    widths.min = read_width(s, min);
    widths.max = read_width(s, modifier);
    *marker = str_slice(*marker, 0, comma);
    return widths;
}

static enum date_names names_of(struct str presentation)
{
    if (presentation.bytes > 0 && presentation.data[0] == 'n')
        return DATE_NAME_LOWER;
    if (presentation.bytes == 0 || presentation.data[0] != 'N')
        return DATE_NUMBER;
    return presentation.bytes > 1 && presentation.data[1] == 'n' ? DATE_NAME_TITLE
                                                                 : DATE_NAME_UPPER;
}

// F&O 3.1, 9.8.4.4: how many digits of the year are shown.
static void limit_year(struct date_part *part, struct widths widths)
{
    struct integer_picture *integer = &part->integer;
    size_t digits = integer->digits_min + integer->digits_optional;

    if (!isnan(widths.max)) {
        part->year_digits = widths.max;
        integer->digits_min = (size_t)widths.max;
    } else if (digits >= 2 && integer->form == INTEGER_DIGITS) {
        part->year_digits = (double)digits;
    }
}

static enum status read_integer(struct scope *s, struct date_parts *parts, struct date_part *part,
                                struct str presentation, struct widths widths,
                                struct picture_error *error)
{
    struct integer_picture *integer = &part->integer;
    struct date_part *before = parts->count > 0 ? &parts->at[parts->count - 1] : NULL;

    TRY(integer_picture_read(s, presentation, integer, error));
    part->has_integer = true;
    if (integer->form == INTEGER_DIGITS && (double)integer->digits_min < widths.min)
        integer->digits_min = (size_t)widths.min;
    if (part->letter == 'Y')
        limit_year(part, widths);
    // Two numbers side by side: how long the first is must be known.
    if (before && before->has_integer)
        before->integer.digits_exactly = before->integer.digits_min;
    return OK;
}

// The second presentation modifier is the last of several characters: a, t, c or o.
static struct str cut_modifier(struct str *presentation)
{
    size_t last = presentation->bytes - 1;

    if (text_length(*presentation) < 2 || !is_one_of(presentation->data[last], "atco"))
        return str("");
    struct str modifier = str_slice(*presentation, last, 1);
    *presentation = str_slice(*presentation, 0, last);
    return modifier;
}

static enum status read_marker(struct scope *s, struct str marker, struct date_parts *parts,
                               struct picture_error *error)
{
    uint32_t point = 0;
    marker = without_space(s, marker);
    size_t first = marker.bytes > 0 ? text_decode(marker, &point) : 0;
    struct date_part part = {
        .component = str_slice(marker, 0, first),
        .letter = point < 0x80 ? (char)point : (char)0,
        .width_max = (double)NAN,
        .year_digits = (double)NAN,
    };
    struct widths widths = cut_widths(s, &marker);
    struct str presentation = str_slice(marker, first, marker.bytes);

    if (presentation.bytes == 0)
        presentation = default_presentation(part.letter);
    if (presentation.bytes == 0)
        return date_picture_refuse(s, error, "D3132", part.component);
    if (widths.min > INTEGER_PICTURE_BYTES_MAX || widths.max > INTEGER_PICTURE_BYTES_MAX)
        return fail(s, TOO_LARGE, "a part of a date has at most %d characters",
                    INTEGER_PICTURE_BYTES_MAX);
    struct str modifier = cut_modifier(&presentation);
    part.zulu = str_is(modifier, "t");
    part.width_max = widths.max >= 0 ? widths.max : (double)NAN;
    part.names = names_of(presentation);
    if (part.names == DATE_NUMBER && is_one_of(part.letter, "YMDdFWwXxHhmsf")) {
        struct str integer = str_concat(s, 3, presentation, str(";"), modifier);
        TRY(read_integer(s, parts, &part, modifier.bytes > 0 ? integer : presentation, widths,
                         error));
    }
    if (is_one_of(part.letter, "Zz")) {
        part.has_integer = true;
        TRY(integer_picture_read(s, presentation, &part.integer, error));
    }
    parts->at[parts->count++] = part;
    return OK;
}

// A doubled ']' in a literal is one.
static struct str literal_of(struct scope *s, struct str text)
{
    struct buf out = buf_make(s, text.bytes);

    for (size_t i = 0; i < text.bytes; i++) {
        buf_put_byte(&out, text.data[i]);
        if (text.data[i] == ']' && i + 1 < text.bytes && text.data[i + 1] == ']')
            i++;
    }
    return buf_str(&out);
}

static void add_literal(struct scope *s, struct date_parts *parts, struct str text)
{
    if (text.bytes > 0)
        parts->at[parts->count++] = (struct date_part){.literal = literal_of(s, text)};
}

enum status date_picture_read(struct scope *s, struct str picture, struct date_parts *out,
                              struct picture_error *error)
{
    struct str rest = picture;

    if (picture.bytes > DATE_PICTURE_BYTES_MAX)
        return fail(s, TOO_LARGE, "a date picture has at most %d bytes", DATE_PICTURE_BYTES_MAX);
    *out = (struct date_parts){.at = scope_array(s, picture.bytes + 1, sizeof *out->at)};
    while (rest.bytes > 0) {
        size_t open = str_find_byte(rest, '[');
        add_literal(s, out, str_slice(rest, 0, open));
        rest = str_slice(rest, open, rest.bytes);
        if (rest.bytes == 0)
            break;
        if (str_starts(rest, str("[["))) {
            add_literal(s, out, str("["));
            rest = str_slice(rest, 2, rest.bytes);
            continue;
        }
        size_t close = str_find_byte(rest, ']');
        if (close == rest.bytes)
            return date_picture_refuse(s, error, "D3135", str(""));
        TRY(read_marker(s, str_slice(rest, 1, close - 1), out, error));
        rest = str_slice(rest, close + 1, rest.bytes);
    }
    return OK;
}

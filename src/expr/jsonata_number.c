#include "expr/jsonata_number.h"

#include "core/buf.h"
#include "core/hex.h"
#include "core/json.h"
#include "core/scope.h"
#include "expr/jsonata_text.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PRECISION_DIGITS = 15,
    TEXT_BYTES_MAX = 40,
    BASE_DIGITS_MAX = 1100, // 2^1023 in base 2, and some
};

struct str number_text(struct scope *s, double value)
{
    if (isnan(value))
        return str("NaN");
    if (isinf(value))
        return value > 0 ? str("Infinity") : str("-Infinity");
    return json_text(json_double(s, value));
}

// Money and the like needs no rounding: at most six decimals, and fewer than 15 digits.
static bool has_few_decimals(double value)
{
    static const double million = 1e6;

    return fabs(value) < 1e8 && rint(value * million) / million == value;
}

// Whether a number lies half way between two of 15 digits. ECMA-262, toPrecision, takes the larger
// then, and printf() the even one.
static bool is_tie(double value)
{
    enum { DIGITS = 40, FIRST_LOST = 16 };
    char text[DIGITS + 16];

    (void)snprintf(text, sizeof text, "%.*e", DIGITS, fabs(value));
    return text[FIRST_LOST] == '5' && strspn(text + FIRST_LOST + 1, "0") == DIGITS - FIRST_LOST + 1;
}

double number_fifteen_digits(double value)
{
    char text[TEXT_BYTES_MAX];

    if (!isfinite(value) || value == trunc(value) || has_few_decimals(value))
        return value;
    if (is_tie(value))
        value = nextafter(value, value < 0 ? -(double)INFINITY : (double)INFINITY);
    (void)snprintf(text, sizeof text, "%.*e", PRECISION_DIGITS - 1, value);
    return strtod(text, NULL);
}

static size_t digits_from(struct str text, size_t at)
{
    while (at < text.bytes && text.data[at] >= '0' && text.data[at] <= '9')
        at++;
    return at;
}

// -?[0-9]+(\.[0-9]+)?([Ee][-+]?[0-9]+)?
static bool is_decimal(struct str text)
{
    size_t at = text.bytes > 0 && text.data[0] == '-' ? 1 : 0;
    size_t end = digits_from(text, at);

    if (end == at)
        return false;
    if (end < text.bytes && text.data[end] == '.') {
        at = end + 1;
        end = digits_from(text, at);
        if (end == at)
            return false;
    }
    if (end < text.bytes && (text.data[end] == 'e' || text.data[end] == 'E')) {
        at = end + 1;
        if (at < text.bytes && (text.data[at] == '-' || text.data[at] == '+'))
            at++;
        end = digits_from(text, at);
        if (end == at)
            return false;
    }
    return end == text.bytes;
}

// Returns the base that a prefix at this place tells, 0 when there is none with a digit behind it.
static unsigned prefix_at(struct str text, size_t at)
{
    if (at + 2 >= text.bytes || text.data[at] != '0')
        return 0;
    char letter = (char)(text.data[at + 1] | 0x20);
    unsigned base = letter == 'x' ? 16 : letter == 'o' ? 8 : letter == 'b' ? 2 : 0;
    int digit = hex_digit(text.data[at + 2]);
    return digit >= 0 && (unsigned)digit < base ? base : 0;
}

static size_t end_of_digits(struct str text, size_t at, unsigned base)
{
    while (at < text.bytes && hex_digit(text.data[at]) >= 0 &&
           (unsigned)hex_digit(text.data[at]) < base)
        at++;
    return at;
}

// The reference anchors 0x at the beginning only, 0b at the end only, and 0o nowhere.
static bool looks_prefixed(struct str text)
{
    for (size_t at = 0; at < text.bytes; at++) {
        unsigned base = prefix_at(text, at);
        if ((base == 16 && at == 0) || base == 8 ||
            (base == 2 && end_of_digits(text, at + 2, 2) == text.bytes))
            return true;
    }
    return false;
}

// Reads digits of a base that is a power of two, correctly rounded: as hexadecimal ones.
static double read_digits(struct scope *s, struct str digits, unsigned base)
{
    unsigned width = base == 16 ? 4 : base == 8 ? 3 : 1;
    char *hex = scope_bytes(s, digits.bytes + 4);
    size_t count = digits.bytes * width / 4 + 1;

    memcpy(hex, "0x", 2);
    for (size_t i = 0; i < count; i++) {
        unsigned nibble = 0;
        for (size_t bit = 0; bit < 4; bit++) {
            size_t from_right = i * 4 + bit;
            size_t digit = from_right / width;
            if (digit < digits.bytes) {
                unsigned value = (unsigned)hex_digit(digits.data[digits.bytes - 1 - digit]);
                nibble |= (value >> from_right % width & 1) << bit;
            }
        }
        hex[2 + count - 1 - i] = "0123456789abcdef"[nibble];
    }
    hex[2 + count] = 0;
    return strtod(hex, NULL);
}

bool number_read(struct scope *s, struct str text, double *out)
{
    if (is_decimal(text)) {
        *out = strtod(str_z(s, text), NULL);
        return isfinite(*out);
    }
    if (!looks_prefixed(text))
        return false;
    struct str trimmed = text_trim_space(text);
    unsigned base = prefix_at(trimmed, 0);
    *out = (double)NAN;
    if (base > 0 && end_of_digits(trimmed, 2, base) == trimmed.bytes)
        *out = read_digits(s, str_slice(trimmed, 2, trimmed.bytes), base);
    return true;
}

double number_parse_integer(struct scope *s, struct str text)
{
    struct str rest = text_trim_space(text);
    double sign = rest.bytes > 0 && rest.data[0] == '-' ? -1 : 1;

    if (rest.bytes > 0 && (rest.data[0] == '-' || rest.data[0] == '+'))
        rest = str_slice(rest, 1, rest.bytes);
    if (prefix_at(rest, 0) == 16) {
        struct str digits = str_slice(rest, 2, end_of_digits(rest, 2, 16) - 2);
        return sign * read_digits(s, digits, 16);
    }
    if (rest.bytes > 1 && rest.data[0] == '0' && (rest.data[1] | 0x20) == 'x')
        return (double)NAN;
    struct str digits = str_slice(rest, 0, digits_from(rest, 0));
    return digits.bytes > 0 ? sign * strtod(str_z(s, digits), NULL) : (double)NAN;
}

// Moves the point of the printed number, which is exact where multiplying is not.
static double shifted(struct scope *s, double value, double places)
{
    struct str digits = number_text(s, value);

    if (!isfinite(value))
        return (double)NAN;
    size_t e = str_find_byte(digits, 'e');
    double exponent = places;
    if (e < digits.bytes)
        exponent += strtod(str_z(s, str_slice(digits, e + 1, digits.bytes)), NULL);
    struct str text = str_format(s, "%.*se%.0f", (int)e, digits.data, exponent);
    return strtod(str_z(s, text), NULL);
}

// ECMA-262, Math.round: half goes up, towards positive infinity.
static double round_half_up(double value)
{
    double down = floor(value);

    return value - down >= 0.5 ? down + 1 : down;
}

double number_round(struct scope *s, double value, double places)
{
    bool shift = !isnan(places) && places != 0;

    if (shift && (places != trunc(places) || fabs(places) >= 1e21))
        return (double)NAN; // the reference makes a text of it that is no number
    double moved = shift ? shifted(s, value, places) : value;
    double rounded = round_half_up(moved);
    if (fabs(rounded - moved) == 0.5 && fabs(fmod(rounded, 2)) == 1)
        rounded -= 1;
    if (shift)
        rounded = shifted(s, rounded, -places);
    return rounded == 0 ? 0 : rounded;
}

// Digits that a double does not hold are zeros, as the common engine of ECMAScript prints them.
struct str number_in_base(struct scope *s, double value, unsigned base)
{
    static const char digit[] = "0123456789abcdefghijklmnopqrstuvwxyz";
    char text[BASE_DIGITS_MAX];
    size_t at = sizeof text;
    double rest = fabs(value);

    assert(base >= 2 && base <= 36);
    if (base == 10 || !isfinite(value))
        return number_text(s, value);
    while (rest / base >= 0x1p53) {
        rest /= base;
        text[--at] = '0';
    }
    do {
        double last = fmod(rest, base);
        text[--at] = digit[(size_t)last];
        rest = (rest - last) / base;
    } while (rest > 0);
    if (value < 0)
        text[--at] = '-';
    return str_copy(s, str_of(text + at, sizeof text - at));
}

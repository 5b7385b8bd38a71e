// JSON numbers: their grammar, their exact value, doubles as ECMAScript prints them.
#include "core/json_impl.h"

#include "core/scope.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    // No double needs more digits to be told from its neighbours, even half way between two.
    SIGNIFICANT_DIGITS_MAX = 800,
    DOUBLE_DIGITS_MAX = 17,
    FIXED_DIGITS_MAX = 21, // ECMA-262, Number::toString: longer ones get an exponent
    FIXED_ZEROS_MAX = 6,   // likewise behind "0."
};

static const int64_t EXPONENT_MAX = 1000000000000000; // a million billions
static const double WHOLE_MAX = 9007199254740992;     // 2^53: below, each whole number is a double

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static const char *skip_digits(const char *at, const char *end)
{
    while (at < end && is_digit(*at))
        at++;
    return at;
}

// RFC 8259, 6: number = [ minus ] int [ frac ] [ exp ].
const char *json_skip_number(const char *at, const char *end)
{
    if (at < end && *at == '-')
        at++;
    const char *whole = at;
    at = at < end && *at == '0' ? at + 1 : skip_digits(at, end);
    if (at == whole)
        return NULL;
    if (at < end && *at == '.') {
        const char *fraction = at + 1;
        at = skip_digits(fraction, end);
        if (at == fraction)
            return NULL;
    }
    if (at < end && (*at == 'e' || *at == 'E')) {
        at++;
        if (at < end && (*at == '+' || *at == '-'))
            at++;
        const char *exponent = at;
        at = skip_digits(exponent, end);
        if (at == exponent)
            return NULL;
    }
    return at;
}

// A number taken apart: 0.DIGITS * 10^exponent. The digits, of which neither the first nor the
// last is a zero, still have the point among them; there are none in 0.
struct parts {
    bool negative;
    const char *at;
    const char *end;
    int64_t exponent;
};

static int64_t exponent_read(const char *at, const char *end)
{
    bool negative = at < end && *at == '-';
    int64_t value = 0;

    if (at < end && (*at == '-' || *at == '+'))
        at++;
    for (; at < end && value < EXPONENT_MAX; at++)
        value = value * 10 + (*at - '0');
    value = value < EXPONENT_MAX ? value : EXPONENT_MAX;
    return negative ? -value : value;
}

static struct parts parts_of(struct json j)
{
    const char *end = j.text + j.count;
    bool negative = *j.text == '-';
    const char *at = j.text + (negative ? 1 : 0);
    const char *digits_end = at;

    while (digits_end < end && (is_digit(*digits_end) || *digits_end == '.'))
        digits_end++;
    int64_t exponent = digits_end < end ? exponent_read(digits_end + 1, end) : 0;
    const char *point = memchr(at, '.', (size_t)(digits_end - at));
    exponent += (point ? point : digits_end) - at;
    while (at < digits_end && (*at == '0' || *at == '.')) {
        if (*at == '0')
            exponent--;
        at++;
    }
    while (digits_end > at && (digits_end[-1] == '0' || digits_end[-1] == '.'))
        digits_end--;
    return (struct parts){negative, at, digits_end, exponent};
}

// Returns the next digit; -1 when there are no more.
static int next_digit(struct parts *p)
{
    if (p->at < p->end && *p->at == '.')
        p->at++;
    return p->at < p->end ? *p->at++ - '0' : -1;
}

static int compare_sizes(struct parts a, struct parts b)
{
    if (a.exponent != b.exponent)
        return a.exponent < b.exponent ? -1 : 1;
    for (;;) {
        int left = next_digit(&a);
        int right = next_digit(&b);
        if (left != right)
            return left < right ? -1 : 1;
        if (left < 0)
            return 0;
    }
}

static int sign_of(struct parts p)
{
    return p.at == p.end ? 0 : p.negative ? -1 : 1;
}

int json_compare_numbers(struct json a, struct json b)
{
    assert(a.type == JSON_NUMBER && b.type == JSON_NUMBER);
    struct parts left = parts_of(a);
    struct parts right = parts_of(b);
    int sign = sign_of(left);

    if (sign != sign_of(right))
        return sign < sign_of(right) ? -1 : 1;
    return sign == 0 ? 0 : sign * compare_sizes(left, right);
}

bool json_to_i64(struct json j, int64_t *out)
{
    enum { INT64_DIGITS_MAX = 19 };
    if (j.type != JSON_NUMBER)
        return false;
    if (str_to_i64(json_text(j), out))
        return true;
    struct parts p = parts_of(j);
    char digits[INT64_DIGITS_MAX + 1] = "-";
    size_t count = 0;

    if (sign_of(p) == 0) {
        *out = 0;
        return true;
    }
    if (p.exponent < 1 || p.exponent > INT64_DIGITS_MAX)
        return false;
    for (; count < (size_t)p.exponent; count++) {
        int digit = next_digit(&p);
        digits[count + 1] = (char)('0' + (digit < 0 ? 0 : digit));
    }
    if (next_digit(&p) >= 0)
        return false;
    return str_to_i64(p.negative ? str_of(digits, count + 1) : str_of(digits + 1, count), out);
}

// Whole numbers below 2^53, times or divided by a power of ten that is a double itself: both
// operands are exact, so the result is rounded once, which is right.
static bool double_fast(struct parts p, double *out)
{
    static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                    1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    const int64_t power_max = sizeof powers / sizeof *powers - 1;
    uint64_t whole = 0;
    int64_t count = 0;

    for (int digit = next_digit(&p); digit >= 0; digit = next_digit(&p), count++) {
        whole = whole * 10 + (uint64_t)digit;
        if (whole >= 1ULL << 53)
            return false;
    }
    int64_t power = p.exponent - count;
    if (power > power_max || power < -power_max)
        return false;
    *out = power < 0 ? (double)whole / powers[-power] : (double)whole * powers[power];
    return true;
}

// Any number: strtod() on at most SIGNIFICANT_DIGITS_MAX digits; a 1 stands for those cut off.
static double double_exact(struct parts p)
{
    char text[SIGNIFICANT_DIGITS_MAX + 32];
    size_t count = 0;
    int digit = next_digit(&p);

    for (; digit >= 0 && count < SIGNIFICANT_DIGITS_MAX; digit = next_digit(&p))
        text[count++] = (char)('0' + digit);
    if (digit >= 0)
        text[count++] = '1';
    (void)snprintf(text + count, sizeof text - count, "e%lld",
                   (long long)(p.exponent - (int64_t)count));
    return strtod(text, NULL);
}

bool json_to_double(struct json j, double *out)
{
    if (j.type != JSON_NUMBER)
        return false;
    struct parts p = parts_of(j);
    double value = 0;

    if (sign_of(p) != 0 && !double_fast(p, &value))
        value = double_exact(p);
    if (!isfinite(value))
        return false;
    *out = p.negative ? -value : value;
    return true;
}

struct json json_i64(struct scope *s, int64_t value)
{
    char digits[20];
    size_t from = sizeof digits;
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

    do {
        digits[--from] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    if (value < 0)
        digits[--from] = '-';
    struct str text = str_copy(s, str_of(digits + from, sizeof digits - from));
    return (struct json){.type = JSON_NUMBER, .count = (uint32_t)text.bytes, .text = text.data};
}

// Adds one to the last digit of "d.ddde+xx".
static void count_up(char *text)
{
    char *digit = strchr(text, 'e') - 1;

    while (digit > text && (*digit == '9' || *digit == '.')) {
        if (*digit == '9')
            *digit = '0';
        digit--;
    }
    *digit = (char)(*digit + (*digit < '9' ? 1 : 0));
}

// Prints `precision` digits that read back as the value; false when there are none. Above a power
// of two doubles lie twice as far apart as below it, so there the nearest digits may miss, and
// those one above them hit.
static bool print_exactly(double value, int precision, char text[32])
{
    (void)snprintf(text, 32, "%.*e", precision - 1, value);
    if (strtod(text, NULL) == value)
        return true;
    count_up(text);
    return strtod(text, NULL) == value;
}

// The digits of a number with few decimals, as money has: WHOLE / 10^decimals, which is rounded
// once and so reads back the same; of 15 digits no shorter ones do. Returns how many; 0 when it is
// not such a number.
static size_t decimal_digits(double value, char digits[DOUBLE_DIGITS_MAX + 1], int *exponent)
{
    enum { DECIMALS_MAX = 6 };
    static const double whole_max = 1e15;
    double power = 1;

    for (int decimals = 1; decimals <= DECIMALS_MAX; decimals++) {
        power *= 10;
        double whole = rint(value * power);
        if (whole >= whole_max)
            return 0;
        if (whole / power != value)
            continue;
        int count = snprintf(digits, DOUBLE_DIGITS_MAX + 1, "%lld", (long long)whole);
        *exponent = count - decimals;
        return (size_t)count;
    }
    return 0;
}

// Finds the fewest digits that read back the same: `digits` without trailing zeros, to be read as
// 0.DIGITS * 10^*exponent. Returns how many.
static size_t shortest_digits(double value, char digits[DOUBLE_DIGITS_MAX + 1], int *exponent)
{
    char text[32];
    size_t few = value < 1e9 ? decimal_digits(value, digits, exponent) : 0;
    if (few)
        return few;
    // Up to 15 digits survive any normal double; a subnormal may need fewer than it would show.
    int precision = value < 2.2250738585072014e-308 ? 1 : 15;

    while (!print_exactly(value, precision, text))
        precision++;
    assert(precision <= DOUBLE_DIGITS_MAX);
    size_t count = 0;
    const char *at = text;
    for (; *at != 'e'; at++)
        if (*at != '.')
            digits[count++] = *at;
    *exponent = 1 + (int)strtol(at + 1, NULL, 10);
    while (count > 1 && digits[count - 1] == '0')
        count--;
    digits[count] = '\0';
    return count;
}

// ECMA-262, 6.1.6.1.20 Number::toString, radix 10.
struct json json_double(struct scope *s, double value)
{
    char digits[DOUBLE_DIGITS_MAX + 1];
    int point = 0;
    const char *sign = value < 0 ? "-" : "";

    assert(isfinite(value));
    if (fabs(value) < WHOLE_MAX && value == trunc(value))
        return json_i64(s, (int64_t)value);
    int count = (int)shortest_digits(fabs(value), digits, &point);
    struct str text = {0};
    if (point >= count && point <= FIXED_DIGITS_MAX)
        text = str_format(s, "%s%s%.*s", sign, digits, point - count, "00000000000000000000");
    else if (point > 0 && point <= FIXED_DIGITS_MAX)
        text = str_format(s, "%s%.*s.%s", sign, point, digits, digits + point);
    else if (point <= 0 && point > -FIXED_ZEROS_MAX)
        text = str_format(s, "%s0.%.*s%s", sign, -point, "000000", digits);
    else
        text = str_format(s, "%s%c%s%se%+d", sign, digits[0], count > 1 ? "." : "", digits + 1,
                          point - 1);
    return json_number(text);
}

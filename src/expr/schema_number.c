// Exact arithmetic on JSON numbers as written: nothing here ever becomes a double. A number is
// taken as its digits without zeros at either end, times a power of ten.
#include "expr/schema_number.h"

enum { DIVISOR_DIGITS_MAX = 18 };

static const int64_t EXPONENT_MAX = 1000000000000000;

__extension__ typedef unsigned __int128 wide;

// -- numbers of few digits -----------------------------------------------------------------------

static struct small_number small_of(struct json number)
{
    enum { SMALL_BYTES_MAX = 18 }; // as many digits fit
    const char *at = number.text;
    const char *end = at + number.count;
    const char *point = NULL;
    int64_t digits = 0;
    bool negative = *at == '-';

    if (number.count > SMALL_BYTES_MAX)
        return (struct small_number){0};
    for (at += negative ? 1 : 0; at < end; at++) {
        if (*at >= '0' && *at <= '9')
            digits = digits * 10 + (*at - '0');
        else if (*at == '.')
            point = at;
        else
            return (struct small_number){0};
    }
    return (struct small_number){negative ? -digits : digits,
                                 point ? (uint32_t)(end - point - 1) : 0, true};
}

// Writes a number with more places; false when it gets too large.
static bool widen(struct small_number *n, uint32_t places)
{
    for (; n->places < places; n->places++)
        if (__builtin_mul_overflow(n->digits, 10, &n->digits))
            return false;
    return true;
}

struct bound number_bound(struct json number)
{
    return (struct bound){number, small_of(number)};
}

int number_compare(struct json number, const struct bound *bound)
{
    struct small_number a = small_of(number);
    struct small_number b = bound->small;

    if (!a.fits || !b.fits || !widen(&a, b.places) || !widen(&b, a.places))
        return json_compare_numbers(number, bound->value);
    return (a.digits > b.digits) - (a.digits < b.digits);
}

// -- numbers of any size -------------------------------------------------------------------------

struct parts {
    const char *at; // digits, with the point among them
    const char *end;
    int64_t exponent; // of the last digit
    bool negative;
};

static int64_t read_exponent(const char *at, const char *end)
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

static struct parts parts_of(struct json number)
{
    const char *at = number.text;
    const char *end = at + number.count;
    struct parts p = {.negative = *at == '-'};

    at += p.negative ? 1 : 0;
    const char *stop = at;
    const char *point = NULL;
    for (; stop < end && *stop != 'e' && *stop != 'E'; stop++)
        if (*stop == '.')
            point = stop;
    if (stop < end)
        p.exponent = read_exponent(stop + 1, end);
    if (point)
        p.exponent -= stop - point - 1;
    while (at < stop && (*at == '0' || *at == '.'))
        at++;
    while (stop > at && (stop[-1] == '0' || stop[-1] == '.')) {
        p.exponent += stop[-1] == '0' ? 1 : 0;
        stop--;
    }
    p.at = at;
    p.end = stop;
    return p;
}

static bool is_zero(struct parts p)
{
    return p.at == p.end;
}

bool number_is_whole(struct json number)
{
    const char *end = number.text + number.count;
    const char *at = number.text;

    while (at < end && *at != '.' && *at != 'e' && *at != 'E')
        at++;
    if (at == end)
        return true;
    struct parts p = parts_of(number);
    return is_zero(p) || p.exponent >= 0;
}

bool number_divisor(struct json number, struct divisor *out)
{
    struct parts p = parts_of(number);
    uint64_t digits = 0;
    size_t count = 0;

    if (p.negative || is_zero(p))
        return false;
    for (const char *at = p.at; at < p.end; at++) {
        if (*at == '.')
            continue;
        if (++count > DIVISOR_DIGITS_MAX)
            return false;
        digits = digits * 10 + (uint64_t)(*at - '0');
    }
    *out = (struct divisor){digits, p.exponent};
    return true;
}

static uint64_t multiply(uint64_t a, uint64_t b, uint64_t modulus)
{
    return (uint64_t)((wide)a * b % modulus);
}

static uint64_t power_of_ten(int64_t exponent, uint64_t modulus)
{
    uint64_t result = 1 % modulus;

    for (uint64_t base = 10 % modulus; exponent; exponent >>= 1) {
        if (exponent & 1)
            result = multiply(result, base, modulus);
        base = multiply(base, base, modulus);
    }
    return result;
}

// Decides for small numbers and divisors with places, like 0.01; false when they are not.
static bool small_is_multiple(struct json number, struct divisor divisor, bool *is_multiple)
{
    struct small_number n = small_of(number);
    uint32_t places = (uint32_t)-divisor.exponent;

    if (!n.fits || divisor.exponent > 0 || divisor.exponent < -DIVISOR_DIGITS_MAX)
        return false;
    if (n.places > places || !widen(&n, places))
        return false;
    *is_multiple = n.digits % (int64_t)divisor.digits == 0;
    return true;
}

// n * 10^e is a multiple of d * 10^f when n * 10^(e-f) is one of d. As n does not end in 0, it
// cannot be when e < f.
bool number_is_multiple(struct json number, struct divisor divisor)
{
    bool is_multiple = false;
    uint64_t rest = 0;

    if (small_is_multiple(number, divisor, &is_multiple))
        return is_multiple;
    struct parts p = parts_of(number);
    if (is_zero(p))
        return true;
    if (p.exponent < divisor.exponent)
        return false;
    for (const char *at = p.at; at < p.end; at++)
        if (*at != '.')
            rest = (multiply(rest, 10, divisor.digits) + (uint64_t)(*at - '0')) % divisor.digits;
    return multiply(rest, power_of_ten(p.exponent - divisor.exponent, divisor.digits),
                    divisor.digits) == 0;
}

uint64_t number_hash(struct json number)
{
    struct parts p = parts_of(number);
    uint64_t hash = 0;

    if (is_zero(p))
        return 0;
    hash = (uint64_t)p.exponent * 2 + (p.negative ? 1 : 0);
    for (const char *at = p.at; at < p.end; at++)
        if (*at != '.')
            hash = (hash ^ (uint64_t)*at) * 0x9E3779B97F4A7C15U;
    return hash ^ hash >> 29;
}

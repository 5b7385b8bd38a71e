// Exact decimals: a coefficient below 10^38, which 128 bits hold, and a number of places.
//
// While computing, places may be negative (trailing zeros taken out) or beyond the limit; settle()
// brings a result back into the limits or says that it does not fit. No product is computed before
// it is known to fit, so nothing depends on how 128 bits overflow.
#include "core/decimal.h"

#include "core/buf.h"
#include "core/scope.h"

#include <assert.h>

typedef decimal_coefficient wide;

// A result on its way: coefficient / 10^places, any places.
struct loose {
    wide coefficient;
    int64_t places;
};

static wide power_of_ten(int64_t exponent)
{
    static const uint64_t powers[] = {1,
                                      10,
                                      100,
                                      1000,
                                      10000,
                                      100000,
                                      1000000,
                                      10000000,
                                      100000000,
                                      1000000000,
                                      10000000000,
                                      100000000000,
                                      1000000000000,
                                      10000000000000,
                                      100000000000000,
                                      1000000000000000,
                                      10000000000000000,
                                      100000000000000000,
                                      1000000000000000000,
                                      10000000000000000000U};

    assert(exponent >= 0 && exponent <= DECIMAL_DIGITS_MAX);
    return exponent < 20 ? (wide)powers[exponent] : (wide)powers[19] * powers[exponent - 19];
}

static wide size_of(wide coefficient)
{
    return coefficient < 0 ? -coefficient : coefficient;
}

static bool fits(wide coefficient)
{
    return size_of(coefficient) < power_of_ten(DECIMAL_DIGITS_MAX);
}

static void check(struct decimal d)
{
    assert(fits(d.coefficient) && d.places <= DECIMAL_PLACES_MAX);
}

// Multiplies by 10^exponent; false when the product has more than 38 digits.
static bool shift_up(wide *coefficient, int64_t exponent)
{
    if (*coefficient == 0 || exponent == 0)
        return true;
    if (exponent > DECIMAL_DIGITS_MAX ||
        size_of(*coefficient) >= power_of_ten(DECIMAL_DIGITS_MAX - exponent))
        return false;
    *coefficient *= power_of_ten(exponent);
    return true;
}

// False when the product has more than 38 digits.
static bool multiply(wide a, wide b, wide *out)
{
    const wide small = (wide)1 << 63;

    if ((size_of(a) >= small || size_of(b) >= small) && b != 0 &&
        size_of(a) > (power_of_ten(DECIMAL_DIGITS_MAX) - 1) / size_of(b))
        return false;
    *out = a * b;
    return fits(*out);
}

// Takes out all trailing zeros.
static struct loose trimmed(struct loose n)
{
    while (n.coefficient != 0 && n.coefficient % 10 == 0) {
        n.coefficient /= 10;
        n.places--;
    }
    return n;
}

// Brings a result into the limits.
static enum status settle(struct scope *s, struct loose n, struct decimal *out)
{
    if (n.coefficient == 0)
        n.places = n.places < 0 ? 0 : n.places;
    if (n.coefficient == 0 && n.places > DECIMAL_PLACES_MAX)
        n.places = DECIMAL_PLACES_MAX;
    while (n.coefficient % 10 == 0 && n.places > 0 &&
           (n.places > DECIMAL_PLACES_MAX || !fits(n.coefficient))) {
        n.coefficient /= 10;
        n.places--;
    }
    if (n.places > DECIMAL_PLACES_MAX)
        return fail(s, TOO_LARGE, "a number has more than %d digits behind the point",
                    DECIMAL_PLACES_MAX);
    if (!fits(n.coefficient) || (n.places < 0 && !shift_up(&n.coefficient, -n.places)))
        return fail(s, TOO_LARGE, "a number has more than %d digits", DECIMAL_DIGITS_MAX);
    *out = (struct decimal){n.coefficient, n.places < 0 ? 0 : (uint32_t)n.places};
    check(*out);
    return OK;
}

// -- reading -------------------------------------------------------------------------------------

enum { EXPONENT_MAX = 1000000 }; // far beyond what fits

// What has been read of a number.
struct reader {
    const char *at;
    const char *end;
    struct loose value;
    uint32_t zeros_waiting; // read, and only counted once a digit follows
    bool too_long;
};

static bool at_digit(const struct reader *r)
{
    return r->at < r->end && *r->at >= '0' && *r->at <= '9';
}

// Zeros wait, so that 1.000 with a hundred zeros still fits.
static void take_digit(struct reader *r, char digit)
{
    if (digit == '0') {
        r->zeros_waiting += r->value.coefficient != 0 ? 1 : 0;
        return;
    }
    if (!shift_up(&r->value.coefficient, (int64_t)r->zeros_waiting + 1)) {
        r->too_long = true;
        return;
    }
    r->zeros_waiting = 0;
    r->value.coefficient += digit - '0';
}

// Reads at least one digit; returns how many.
static size_t read_digits(struct reader *r)
{
    size_t count = 0;

    for (; at_digit(r); r->at++, count++)
        take_digit(r, *r->at);
    return count;
}

static bool read_exponent(struct reader *r, int64_t *out)
{
    bool negative = r->at < r->end && *r->at == '-';
    int64_t exponent = 0;

    if (r->at < r->end && (*r->at == '-' || *r->at == '+'))
        r->at++;
    if (!at_digit(r))
        return false;
    for (; at_digit(r); r->at++)
        exponent = exponent < EXPONENT_MAX ? exponent * 10 + (*r->at - '0') : EXPONENT_MAX;
    *out = negative ? -exponent : exponent;
    return true;
}

// RFC 8259, 6: number = [ minus ] int [ frac ] [ exp ].
static bool read_number(struct reader *r, int64_t *exponent)
{
    size_t places = 0;
    bool leading_zero = r->at < r->end && *r->at == '0';
    size_t count = read_digits(r);

    if (count == 0 || (leading_zero && count > 1))
        return false;
    if (r->at < r->end && *r->at == '.') {
        r->at++;
        places = read_digits(r);
        if (places == 0)
            return false;
    }
    if (r->at < r->end && (*r->at == 'e' || *r->at == 'E')) {
        r->at++;
        if (!read_exponent(r, exponent))
            return false;
    }
    r->value.places = (int64_t)places;
    return r->at == r->end;
}

// Gives back the trailing zeros that were written, as many as fit: 1.10 keeps its place.
static void restore_zeros(struct reader *r)
{
    r->value.places -= r->zeros_waiting;
    while (r->zeros_waiting > 0 && r->value.places < DECIMAL_PLACES_MAX &&
           shift_up(&r->value.coefficient, 1)) {
        r->value.places++;
        r->zeros_waiting--;
    }
}

enum status decimal_parse(struct scope *s, struct str text, struct decimal *out)
{
    bool negative = text.bytes && text.data[0] == '-';
    int64_t exponent = 0;
    struct str digits = str_slice(text, negative ? 1 : 0, text.bytes);

    if (digits.bytes == 0)
        return fail(s, INVALID, "\"%.*s\" is no decimal number", STR(text));
    struct reader r = {.at = digits.data, .end = digits.data + digits.bytes};
    if (!read_number(&r, &exponent))
        return fail(s, INVALID, "\"%.*s\" is no decimal number", STR(str_slice(text, 0, 50)));
    if (r.too_long)
        return fail(s, TOO_LARGE, "a number has more than %d digits", DECIMAL_DIGITS_MAX);
    r.value.places -= exponent;
    restore_zeros(&r);
    if (negative)
        r.value.coefficient = -r.value.coefficient;
    return settle(s, r.value, out);
}

struct decimal decimal_of(int64_t number, uint32_t places)
{
    struct decimal d = {number, places};

    check(d);
    return d;
}

// -- computing -----------------------------------------------------------------------------------

// Adds what has the same places. Two numbers below 10^38 may exceed 2^127: then the last digit of
// the sum is left out when it is a zero, and else the sum is 10^38, which will not fit either.
static struct loose sum_of(wide a, wide b, int64_t places)
{
    const wide limit = power_of_ten(DECIMAL_DIGITS_MAX);
    wide last = a % 10 + b % 10;

    if ((a < 0) != (b < 0) || size_of(a) < limit - size_of(b))
        return (struct loose){a + b, places};
    if (places > 0 && last % 10 == 0)
        return (struct loose){a / 10 + b / 10 + last / 10, places - 1};
    return (struct loose){limit, 0};
}

enum status decimal_add(struct scope *s, struct decimal a, struct decimal b, struct decimal *out)
{
    check(a);
    check(b);
    struct loose more = {a.places < b.places ? b.coefficient : a.coefficient,
                         a.places < b.places ? b.places : a.places};
    struct loose less = {a.places < b.places ? a.coefficient : b.coefficient,
                         a.places < b.places ? a.places : b.places};

    // Zeros behind the one may be all that keeps the other from fitting with as many places.
    while (more.places > less.places && !shift_up(&less.coefficient, more.places - less.places)) {
        if (more.coefficient % 10 != 0)
            return fail(s, TOO_LARGE, "a sum has more than %d digits", DECIMAL_DIGITS_MAX);
        more.coefficient /= 10;
        more.places--;
    }
    return settle(s, sum_of(more.coefficient, less.coefficient, more.places), out);
}

struct decimal decimal_negate(struct decimal d)
{
    d.coefficient = -d.coefficient;
    return d;
}

enum status decimal_subtract(struct scope *s, struct decimal a, struct decimal b,
                             struct decimal *out)
{
    return decimal_add(s, a, decimal_negate(b), out);
}

// Takes the tens out of a product that come from a two in the one number and a five in the other.
static void take_tens(struct loose *twos, struct loose *fives)
{
    while (twos->coefficient != 0 && twos->coefficient % 2 == 0 && fives->coefficient % 5 == 0) {
        twos->coefficient /= 2;
        fives->coefficient /= 5;
        twos->places--;
    }
}

enum status decimal_multiply(struct scope *s, struct decimal a, struct decimal b,
                             struct decimal *out)
{
    check(a);
    check(b);
    struct loose left = {a.coefficient, a.places};
    struct loose right = {b.coefficient, b.places};
    wide product = 0;

    if (!multiply(left.coefficient, right.coefficient, &product)) {
        left = trimmed(left);
        right = trimmed(right);
        take_tens(&left, &right);
        take_tens(&right, &left);
        if (!multiply(left.coefficient, right.coefficient, &product))
            return fail(s, TOO_LARGE, "a product has more than %d digits", DECIMAL_DIGITS_MAX);
    }
    return settle(s, (struct loose){product, left.places + right.places}, out);
}

// Whether a quotient grows by one, away from zero; `rest` is what the division left of `whole`.
static bool rounds_up(wide quotient, wide rest, wide whole, enum decimal_rounding rounding)
{
    wide other = whole - rest; // instead of doubling, which might overflow

    if (rest != other)
        return rest > other;
    return rounding == DECIMAL_HALF_UP || quotient % 2 != 0;
}

enum status decimal_round(struct scope *s, struct decimal d, uint32_t places,
                          enum decimal_rounding rounding, struct decimal *out)
{
    check(d);
    assert(places <= DECIMAL_PLACES_MAX);
    if (places >= d.places) {
        if (!shift_up(&d.coefficient, (int64_t)places - d.places))
            return fail(s, TOO_LARGE, "a number has more than %d digits with %u places",
                        DECIMAL_DIGITS_MAX, places);
        *out = (struct decimal){d.coefficient, places};
        return OK;
    }
    wide unit = power_of_ten(d.places - places);
    wide size = size_of(d.coefficient);
    wide quotient = size / unit;
    if (rounds_up(quotient, size % unit, unit, rounding))
        quotient++;
    *out = (struct decimal){d.coefficient < 0 ? -quotient : quotient, places};
    return OK;
}

// Multiplies what a division left by ten and divides again: returns the digit. Adds ten times
// instead, where ten times the rest would not fit.
static wide next_digit(wide *rest, wide divisor)
{
    wide digit = 0;
    wide sum = 0;

    if (*rest < power_of_ten(DECIMAL_DIGITS_MAX - 1)) {
        digit = *rest * 10 / divisor;
        *rest = *rest * 10 % divisor;
        return digit;
    }
    for (int i = 0; i < 10; i++) {
        bool carry = sum >= divisor - *rest;
        sum = carry ? sum - (divisor - *rest) : sum + *rest;
        digit += carry;
    }
    *rest = sum;
    return digit;
}

// Long division, digit by digit, until `places` of them stand behind the point.
static bool divide(wide size, wide divisor, int64_t digits, enum decimal_rounding rounding,
                   wide *out)
{
    wide quotient = size / divisor;
    wide rest = size % divisor;

    for (int64_t i = 0; i < digits; i++) {
        if (!shift_up(&quotient, 1))
            return false;
        quotient += next_digit(&rest, divisor);
    }
    if (rounds_up(quotient, rest, divisor, rounding))
        quotient++;
    *out = quotient;
    return fits(quotient);
}

enum status decimal_divide(struct scope *s, struct decimal a, struct decimal b, uint32_t places,
                           enum decimal_rounding rounding, struct decimal *out)
{
    check(a);
    check(b);
    assert(places <= DECIMAL_PLACES_MAX);
    if (b.coefficient == 0)
        return fail(s, INVALID, "a number is divided by zero");
    struct loose divisor = trimmed((struct loose){size_of(b.coefficient), b.places});
    wide size = size_of(a.coefficient);
    int64_t digits = (int64_t)places + divisor.places - a.places;
    wide quotient = 0;

    // Fewer digits are wanted than the whole division gives: the divisor takes the difference.
    bool right = digits >= 0 || shift_up(&divisor.coefficient, -digits);
    if (!right && size != 0)
        return fail(s, TOO_LARGE, "a quotient needs more than %d digits", DECIMAL_DIGITS_MAX);
    if (size != 0 && !divide(size, divisor.coefficient, digits, rounding, &quotient))
        return fail(s, TOO_LARGE, "a quotient has more than %d digits", DECIMAL_DIGITS_MAX);
    bool negative = (a.coefficient < 0) != (b.coefficient < 0);
    *out = (struct decimal){negative ? -quotient : quotient, places};
    return OK;
}

int decimal_sign(struct decimal d)
{
    return (d.coefficient > 0) - (d.coefficient < 0);
}

int decimal_compare(struct decimal a, struct decimal b)
{
    check(a);
    check(b);
    int64_t shift = (int64_t)a.places - b.places;

    // A number that no longer fits with the other's places is the larger one, of either sign.
    if (shift < 0 && !shift_up(&a.coefficient, -shift))
        return decimal_sign(a);
    if (shift > 0 && !shift_up(&b.coefficient, shift))
        return -decimal_sign(b);
    return (a.coefficient > b.coefficient) - (a.coefficient < b.coefficient);
}

// -- writing -------------------------------------------------------------------------------------

void decimal_put(struct buf *out, struct decimal d)
{
    char text[DECIMAL_TEXT_BYTES_MAX];
    size_t from = sizeof text;
    wide rest = size_of(d.coefficient);
    uint32_t count = 0;

    check(d);
    while (rest > 0 || count <= d.places) {
        if (count == d.places && count > 0)
            text[--from] = '.';
        text[--from] = (char)('0' + (int)(rest % 10));
        rest /= 10;
        count++;
    }
    if (d.coefficient < 0)
        text[--from] = '-';
    buf_put(out, str_of(text + from, sizeof text - from));
}

struct str decimal_to_str(struct scope *s, struct decimal d)
{
    struct buf out = buf_make(s, DECIMAL_TEXT_BYTES_MAX);

    decimal_put(&out, d);
    return buf_str(&out);
}

// Exact decimal numbers for money: up to 38 digits, of which up to 38 behind the point. Nothing is
// rounded unless decimal_round() or decimal_divide() is asked to, and what does not fit is an
// error, never a wrong number. Trailing zeros are kept where they can be: 1.10 + 2.20 is 3.30.
#ifndef SHEAF_CORE_DECIMAL_H
#define SHEAF_CORE_DECIMAL_H

#include "core/status.h"
#include "core/str.h"

#include <stdbool.h>
#include <stdint.h>

struct scope;
struct buf;

enum {
    DECIMAL_DIGITS_MAX = 38,
    DECIMAL_PLACES_MAX = 38,
    DECIMAL_TEXT_BYTES_MAX = 41, // sign, "0", point, digits
};

__extension__ typedef __int128 decimal_coefficient;

// The number coefficient / 10^places. A zeroed one is 0.
struct decimal {
    decimal_coefficient coefficient;
    uint32_t places; // digits behind the point
};

enum decimal_rounding {
    DECIMAL_HALF_UP,   // 2.5 to 3, -2.5 to -3
    DECIMAL_HALF_EVEN, // 2.5 to 2, 3.5 to 4
};

// Reads the text of a JSON number: 12.50, -1e-3. Errors: INVALID it is none; TOO_LARGE it has more
// digits, before or behind the point, than fit.
enum status decimal_parse(struct scope *s, struct str text, struct decimal *out);

// Makes number / 10^places: decimal_of(1250, 2) is 12.50.
struct decimal decimal_of(int64_t number, uint32_t places);

// Errors of the four: TOO_LARGE the exact result, or a number written with as many places as it
// takes, has more than 38 digits; of the last also INVALID, by zero.
enum status decimal_add(struct scope *s, struct decimal a, struct decimal b, struct decimal *out);
enum status decimal_subtract(struct scope *s, struct decimal a, struct decimal b,
                             struct decimal *out);
enum status decimal_multiply(struct scope *s, struct decimal a, struct decimal b,
                             struct decimal *out);
// The quotient, rounded to `places`.
enum status decimal_divide(struct scope *s, struct decimal a, struct decimal b, uint32_t places,
                           enum decimal_rounding rounding, struct decimal *out);

// Gives the number exactly `places` digits behind the point, rounding or adding zeros.
// Errors: TOO_LARGE it does not fit with so many.
enum status decimal_round(struct scope *s, struct decimal d, uint32_t places,
                          enum decimal_rounding rounding, struct decimal *out);

struct decimal decimal_negate(struct decimal d);

// Orders by value: below 0, 0, above 0. 1.0 equals 1.00.
int decimal_compare(struct decimal a, struct decimal b);

// Returns -1, 0 or 1.
int decimal_sign(struct decimal d);

// Appends all its digits, "-0.50", which is a JSON number.
void decimal_put(struct buf *out, struct decimal d);

// Returns the same in the scope.
struct str decimal_to_str(struct scope *s, struct decimal d);

#endif

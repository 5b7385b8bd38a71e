// Numbers of JSONata as texts and the way back, and its rounding. Numbers are doubles; what
// ECMAScript calls NaN may come out of functions that were given nonsense, as in the reference
// implementation, and is printed as null.
#ifndef SHEAF_EXPR_JSONATA_NUMBER_H
#define SHEAF_EXPR_JSONATA_NUMBER_H

#include "core/str.h"

#include <stdbool.h>

struct scope;

// What is wrong with a picture or another argument: the language's code, and the value that the
// sentence names.
struct picture_error {
    const char *code;
    struct str value;
};

// Returns the number as ECMAScript prints it: the shortest digits, 1e+21, "NaN", "Infinity".
struct str number_text(struct scope *s, double value);
// Rounds to fifteen significant digits unless it is whole: what $string() and & print.
double number_fifteen_digits(double value);
// Reads what $number() takes: a decimal number, or 0x, 0o, 0b; false when the text is none of them.
// Where the reference's check is looser than its conversion, the number is NaN.
bool number_read(struct scope *s, struct str text, double *out);
// Reads leading digits, a sign and 0x before them, as ECMAScript's parseInt(): NaN without any.
double number_parse_integer(struct scope *s, struct str text);
// Rounds half to even at `places` behind the point (before it when negative).
double number_round(struct scope *s, double value, double places);
// Prints a whole number in a base of 2 to 36.
struct str number_in_base(struct scope *s, double value, unsigned base);

#endif

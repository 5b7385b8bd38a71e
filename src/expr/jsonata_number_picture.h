// Numbers printed as a picture says: "#,##0.00", "0.0%", "(0)". The rules are those of XPath and
// XQuery Functions and Operators 3.1, 4.7, as the reference implementation of JSONata has them,
// its oddities included: its tests are the standard here.
#ifndef SHEAF_EXPR_JSONATA_NUMBER_PICTURE_H
#define SHEAF_EXPR_JSONATA_NUMBER_PICTURE_H

#include "core/status.h"
#include "core/str.h"
#include "expr/jsonata_number.h"

#include <stdbool.h>

struct scope;

enum {
    NUMBER_PICTURE_BYTES_MAX = 1024,
    NUMBER_PICTURE_PLACES_MAX = 100, // behind the point
};

// The characters of a picture and of what it prints.
struct number_symbols {
    struct str decimal_separator;
    struct str grouping_separator;
    struct str exponent_separator;
    struct str minus_sign;
    struct str percent;
    struct str per_mille;
    struct str zero_digit;
    struct str digit;
    struct str pattern_separator;
};

extern const struct number_symbols number_symbols_default;

// Sets one by the name that $formatNumber() has for it; an unknown name changes nothing.
void number_symbols_set(struct number_symbols *symbols, struct str name, struct str value);

// Prints a number. Errors: INVALID with the language's code (D3080 to D3093); TOO_LARGE the picture
// exceeds a limit.
enum status number_picture_format(struct scope *s, double value, struct str picture,
                                  const struct number_symbols *symbols, struct str *out,
                                  struct picture_error *error);

#endif

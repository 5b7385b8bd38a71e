// What reading a number picture and printing by it share.
#ifndef SHEAF_EXPR_JSONATA_NUMBER_PICTURE_IMPL_H
#define SHEAF_EXPR_JSONATA_NUMBER_PICTURE_IMPL_H

#include "expr/jsonata_number_picture.h"
#include "expr/jsonata_text.h"

// The symbols as code points; `zero` is 0 of a family of ten digits.
struct picture_symbols {
    struct points decimal;
    struct points grouping;
    struct points exponent;
    struct points minus;
    struct points percent;
    struct points per_mille;
    struct points digit;
    struct points separator;
    uint32_t zero;
};

// How many digits stand to the right (integer part) or left (fraction) of each separator.
struct group_places {
    const size_t *at;
    size_t count;
};

// What one half of a picture, for positive or negative numbers, asks for.
struct subpicture {
    struct points prefix;
    struct points suffix;
    double factor;       // 100 with a percent sign, 1000 with a per-mille sign, else 1
    bool has_point;      // a decimal separator anywhere
    size_t scale;        // digits before the point of a mantissa
    size_t integer_min;  // digits before the point
    size_t fraction_min; // digits behind it
    size_t fraction_max;
    size_t exponent_min;  // 0: no exponent
    size_t regular_group; // so many digits between separators; 0: they stand at integer_groups
    struct group_places integer_groups;
    struct group_places fraction_groups;
};

// Reads a picture of one or two halves. Errors: as number_picture_format().
enum status number_picture_read(struct scope *s, struct str picture,
                                const struct number_symbols *symbols, struct picture_symbols *out,
                                struct subpicture parts[2], size_t *count,
                                struct picture_error *error);

#endif

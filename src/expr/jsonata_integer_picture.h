// Whole numbers printed and read by a picture: "#,##0", "0001", "1;o", "w" (words), "I" (Roman),
// "A" (letters), digits of other scripts. The rules are those of XPath and XQuery Functions and
// Operators 3.1, 4.6, in English, as the reference implementation of JSONata has them, its
// oddities included. Numbers are doubles, so words reach beyond trillions.
#ifndef SHEAF_EXPR_JSONATA_INTEGER_PICTURE_H
#define SHEAF_EXPR_JSONATA_INTEGER_PICTURE_H

#include "core/status.h"
#include "core/str.h"
#include "expr/jsonata_number.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct scope;
struct buf;

enum { INTEGER_PICTURE_BYTES_MAX = 1024 };

enum integer_form {
    INTEGER_DIGITS,
    INTEGER_LETTERS,
    INTEGER_ROMAN,
    INTEGER_WORDS,
    INTEGER_SEQUENCE, // a picture that no rule knows: neither printed nor read
};

enum letter_case {
    CASE_LOWER,
    CASE_UPPER,
    CASE_TITLE,
};

// So many digits stand to the right of the sign.
struct integer_group {
    size_t place;
    uint32_t sign;
};

// A picture that has been read; what it borrows lives in the scope.
struct integer_picture {
    enum integer_form form;
    enum letter_case letters;
    bool ordinal;
    uint32_t zero;                      // of the family of digits
    size_t digits_min;                  // 0 for forms without digits
    size_t digits_optional;             // '#'
    size_t regular_group;               // separators stand at all multiples of this; 0: as listed
    const struct integer_group *groups; // from right to left
    size_t group_count;
    struct str token; // the picture without ";o"
    // For reading: exactly so many digits, because another number follows at once; 0: any.
    size_t digits_exactly;
};

// Reads a picture. Errors: INVALID D3131; TOO_LARGE the picture exceeds the limit.
enum status integer_picture_read(struct scope *s, struct str picture, struct integer_picture *out,
                                 struct picture_error *error);

// Prints a whole number. Errors: INVALID D3130; TOO_LARGE a Roman number above ten million.
enum status integer_picture_format(struct scope *s, double value,
                                   const struct integer_picture *picture, struct str *out,
                                   struct picture_error *error);

// Reads a number; NaN when the text is none in this form. Errors: INVALID D3130.
enum status integer_picture_parse(struct scope *s, struct str text,
                                  const struct integer_picture *picture, double *out,
                                  struct picture_error *error);

// Prints a number in English words, in title case, and the way back from lower case.
void integer_words(struct buf *out, double value, bool ordinal);
double integer_from_words(struct str text);
// Appends a regular expression's alternatives of all the words, "zero|one|…".
void integer_words_pattern(struct buf *out);

#endif

// What reading a date picture, printing by it and reading times by it share.
#ifndef SHEAF_EXPR_JSONATA_DATE_PICTURE_IMPL_H
#define SHEAF_EXPR_JSONATA_DATE_PICTURE_IMPL_H

#include "expr/jsonata_date_picture.h"
#include "expr/jsonata_integer_picture.h"

enum date_names {
    DATE_NUMBER, // no name
    DATE_NAME_LOWER,
    DATE_NAME_UPPER,
    DATE_NAME_TITLE,
};

// A literal, or a marker [component presentation, width].
struct date_part {
    struct str literal;   // data NULL: a marker
    struct str component; // its one character, or empty
    char letter;          // the component when it is ASCII, else 0
    enum date_names names;
    bool zulu; // 't': an offset of zero is Z
    bool has_integer;
    struct integer_picture integer;
    double width_max;   // NaN when there is none
    double year_digits; // only the last so many digits of the year; NaN: all
};

struct date_parts {
    struct date_part *at;
    size_t count;
};

extern const char *const date_months[12];
extern const char *const date_days[7]; // from Monday

// Errors: as date_picture_format().
enum status date_picture_read(struct scope *s, struct str picture, struct date_parts *out,
                              struct picture_error *error);
enum status date_picture_refuse(struct scope *s, struct picture_error *error, const char *code,
                                struct str value);

#endif

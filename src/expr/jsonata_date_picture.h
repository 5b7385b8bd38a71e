// Times printed and read by a picture: "[D1o] of [MNn], [Y] at [H01]:[m01]". The rules are those of
// XPath and XQuery Functions and Operators 3.1, 9.8.4, in English, as the reference implementation
// of JSONata has them with its components X and x (the year and month of an ISO week), its oddities
// included.
#ifndef SHEAF_EXPR_JSONATA_DATE_PICTURE_H
#define SHEAF_EXPR_JSONATA_DATE_PICTURE_H

#include "core/status.h"
#include "core/str.h"
#include "expr/jsonata_number.h"

#include <stdint.h>

struct scope;

enum {
    DATE_PICTURE_BYTES_MAX = 1024,
    DATE_PICTURE_PARTS_MAX = 60,
    DATE_TIMESTAMP_BYTES_MAX = 4096,
};

// Prints milliseconds since 1970 UTC. An empty picture text is a picture; one whose data is NULL
// means ISO 8601 with milliseconds and Z. `zone` is an offset "+0530"; data NULL means UTC.
// Errors: INVALID with the language's code (D3130 to D3135); TOO_LARGE the picture exceeds a limit.
enum status date_picture_format(struct scope *s, double ms, struct str picture, struct str zone,
                                struct str *out, struct picture_error *error);

// Reads a time; what stands left of the largest part that is there is taken from `now_ms`. `*out`
// is 0 and `*found` false when the text does not fit the picture. Errors: INVALID with a code
// (D3130 to D3136); TOO_LARGE the picture or the text exceeds a limit.
enum status date_picture_parse(struct scope *s, struct str text, struct str picture, int64_t now_ms,
                               bool *found, double *out, struct picture_error *error);

#endif

// Comma-separated values (RFC 4180), read row by row without copying more than quoted quotes, and
// written. Lines end with CRLF or LF; a byte order mark at the start is skipped; text is UTF-8.
//
//     struct csv_reader reader = csv_open(text, &csv_options_standard);
//     struct csv_row row;
//     for (;;) {
//         TRY(csv_next(s, &reader, &row));
//         if (row.count == 0)
//             break; // the end
//     }
#ifndef SHEAF_CORE_CSV_H
#define SHEAF_CORE_CSV_H

#include "core/status.h"
#include "core/str.h"

#include <stdbool.h>
#include <stddef.h>

struct scope;
struct buf;

struct csv_options {
    char delimiter;
    char quote;
    bool stray_quotes;    // a quote inside an unquoted field (3' 5") is text, and not refused
    size_t fields_max;    // of a row
    size_t row_bytes_max; // with quotes and delimiters
};

// Comma, double quotes, no stray ones, 1,000 fields, 1 MiB.
extern const struct csv_options csv_options_standard;

// To be treated as opaque; lives as long as the text.
struct csv_reader {
    struct csv_options options;
    struct str rest;
    size_t line; // of the next row
};

struct csv_row {
    struct str *fields;
    size_t count; // an empty line has one empty field; 0 only at the end
    size_t line;  // where it starts, from 1: a field may span lines
};

// Starts reading. Asserts that delimiter and quote are ASCII, differ and end no line.
struct csv_reader csv_open(struct str text, const struct csv_options *options);

// Reads the next row. Its fields borrow from the text, or lie in `s` where a quote was doubled;
// for a long text give a scope that is reset now and then.
// Errors: INVALID with the line: a quote inside an unquoted field, text behind a closing quote, a
// quote that is never closed, a lone CR outside quotes, not UTF-8. TOO_LARGE with the limit passed.
enum status csv_next(struct scope *s, struct csv_reader *reader, struct csv_row *row);

// Appends a row with CRLF; quotes only the fields that need it. Asserts that there is a field.
void csv_write_row(struct buf *out, const struct str *fields, size_t count,
                   const struct csv_options *options);

#endif

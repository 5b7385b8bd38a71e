// The front matter of a template: what stands between two lines `---` at its beginning, a `key:
// value` a line. Which keys there are stands in front.c and docs/templates.md.
#ifndef SHEAF_DOCUMENT_TYPESET_FRONT_IMPL_H
#define SHEAF_DOCUMENT_TYPESET_FRONT_IMPL_H

#include "core/json.h"
#include "core/status.h"
#include "core/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct scope;

// Lengths are thousandths of a point: `_mp`.
enum {
    POINT_MP = 1000,
    FRONT_CONSTANTS_MAX = 100,
    FRONT_LENGTH_MAX_MP = 5000 * POINT_MP,
    FRONT_LINES_MAX = 5, // of a header or footer
};

struct front_text {
    struct str text; // may hold {{ … }}
    size_t line;
};

// A key that may be there several times, a line each.
struct front_lines {
    struct front_text items[FRONT_LINES_MAX];
    size_t count;
};

enum front_conformance {
    FRONT_PLAIN,
    FRONT_PDFA_2B,
    FRONT_PDFA_3B,
};

struct front {
    struct str name;                                        // of the template, for messages
    struct front_lines title, header, first_header, footer; // title: one line
    struct str language;                                    // "sv", "en"
    struct front_text logo;
    int32_t logo_width_mp;
    int32_t page_width_mp, page_height_mp;
    int32_t top_mp, right_mp, bottom_mp, left_mp; // margins
    int32_t size_mp;                              // of the text
    int32_t leading_percent;                      // of the size
    uint32_t accent;                              // 0xRRGGBB: headings, thick rules
    bool justified, hyphenated, tagged;
    enum front_conformance conformance;
    struct json_member constants[FRONT_CONSTANTS_MAX]; // `$company: …` binds the variable
    size_t constant_count;
    struct str body;
    size_t body_line; // its first line, from 1
};

// Reads it; a template without one has the defaults. All is borrowed from `text`.
// Errors: INVALID with the line.
enum status front_read(struct scope *s, struct str name, struct str text, struct front *out);

// Reads "25mm", "2.5cm", "1in", "10pt". False when it is none, negative or beyond the most.
bool front_length(struct str text, int32_t *out_mp);

#endif

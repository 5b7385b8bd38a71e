// Text that is set into lines: shaped once, measured, then broken at a width. Breaks are where
// Unicode allows them, and are chosen for the whole paragraph, so that its lines are as even as
// they can be; words are parted only where that makes a bad line better. Lengths are thousandths of
// a point.
#ifndef SHEAF_DOCUMENT_TYPESET_TEXT_IMPL_H
#define SHEAF_DOCUMENT_TYPESET_TEXT_IMPL_H

#include "core/str.h"
#include "document/typeset/blocks_impl.h"
#include "document/typeset/font.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct run;
struct scope;

struct text_style {
    int32_t size_mp, leading_mp; // of letters, and from line to line
    uint32_t colour;             // 0xRRGGBB
    bool bold, italic, figures;  // figures: below one another
    bool justified, hyphenated;
    enum alignment alignment;
    struct str language;
};

struct text;

// A part of a line that is set alike.
struct line_part {
    const struct font_run *run;
    struct str url;
    int32_t x_mp, width_mp; // from the left of the lines
    int32_t size_mp;
    int32_t word_mp; // more for every space
    uint32_t colour;
};

struct text_line {
    const struct line_part *parts;
    size_t part_count;
    int32_t baseline_mp; // from the line's top
};

struct text_lines {
    const struct text_line *items;
    size_t count;
};

// Whether the scope has room to shape and break these runs.
bool text_has_room(const struct scope *s, const struct run *runs, size_t count);

// Shapes runs. The text lives in `s` and borrows them.
struct text *text_new(struct scope *s, const struct run *runs, size_t count,
                      const struct text_style *style);

// How wide it is without being broken; its widest part that cannot be broken.
int32_t text_natural_width(const struct text *t);
int32_t text_least_width(const struct text *t);

// Breaks it into lines, at least one. What is wider than the width is broken anywhere.
void text_break(struct text *t, int32_t width_mp, struct text_lines *out);

#endif

// What text.c (shaping), text_break.c (choosing breaks) and text_lines.c (placing) share.
#ifndef SHEAF_DOCUMENT_TYPESET_TEXT_PARTS_IMPL_H
#define SHEAF_DOCUMENT_TYPESET_TEXT_PARTS_IMPL_H

#include "document/typeset/text_impl.h"

struct scope;

// Text of one style, shaped.
struct span {
    size_t from, to; // bytes of the text
    struct font_run run;
    struct str url;
    int32_t size_mp;
    uint32_t colour;
};

// What is not broken: a word, with the spaces behind it; or a part of a word.
struct word_box {
    size_t from, end, to; // bytes: the spaces begin at `end`
    int64_t width_mp;     // without them
    int64_t space_mp;
    uint16_t spaces; // that can be stretched
    bool forced;     // the line ends behind it
    bool hyphen;     // a break behind it shows a hyphen
};

struct text {
    struct scope *scope;
    struct text_style style;
    char *bytes;
    size_t byte_count;
    struct span *spans;
    size_t span_count;
    struct word_box *boxes;
    size_t box_count;
    int32_t natural_mp, least_mp;
    int32_t hyphen_mp; // how wide a hyphen is
    int64_t *sums_mp;  // how wide the text is before each byte; made when it is needed
};

// A line: boxes from `first` up to and without `last`.
struct line_range {
    size_t first, last;
};

// Chooses the lines; returns how many.
size_t text_choose(struct scope *s, const struct text *t, const struct word_box *boxes,
                   size_t count, int32_t width_mp, struct line_range *lines, int64_t *worst);

// Makes `sums_mp`, and says how wide bytes are.
void text_sum(struct text *t);
static inline int64_t text_width(const struct text *t, size_t from, size_t to)
{
    return t->sums_mp[to] - t->sums_mp[from];
}

// The boxes with words parted where they may be; and with those parted anywhere that are wider than
// a line. Returns how many.
size_t text_part_words(const struct text *t, struct word_box **out);
size_t text_part_wide(const struct text *t, const struct word_box *boxes, size_t count,
                      int32_t width_mp, struct word_box **out);

// Places the boxes of lines.
void text_place(const struct text *t, const struct word_box *boxes, const struct line_range *ranges,
                size_t count, int32_t width_mp, struct text_lines *out);

#endif

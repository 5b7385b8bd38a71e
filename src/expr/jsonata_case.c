#include "expr/jsonata_case.h"

#include "core/buf.h"
#include "core/scope.h"
#include "core/utf8.h"
#include "expr/jsonata_text.h"

#include <stdbool.h>

enum {
    EXPANSION_MAX = 3,
    GROWTH_MAX = 3, // no text becomes longer than three times its bytes
    CAPITAL_SIGMA = 0x03A3,
    FINAL_SIGMA = 0x03C2,
    DOTTED_CAPITAL_I = 0x0130,
    DOT_ABOVE = 0x0307,
};

struct range {
    uint32_t first;
    uint32_t last;
    uint32_t step;
    int32_t add;
};

struct expansion {
    uint32_t from;
    uint32_t to[EXPANSION_MAX];
};

static const struct range upper[] = {
#define UPPER(first, last, step, add) {first, last, step, add},
#define LOWER(first, last, step, add)
#define EXPAND(from, one, two, three)
#include "expr/jsonata_case.def"
#undef UPPER
#undef LOWER
#undef EXPAND
};

static const struct range lower[] = {
#define UPPER(first, last, step, add)
#define LOWER(first, last, step, add) {first, last, step, add},
#define EXPAND(from, one, two, three)
#include "expr/jsonata_case.def"
#undef UPPER
#undef LOWER
#undef EXPAND
};

static const struct expansion expansions[] = {
#define UPPER(first, last, step, add)
#define LOWER(first, last, step, add)
#define EXPAND(from, one, two, three) {from, {one, two, three}},
#include "expr/jsonata_case.def"
#undef UPPER
#undef LOWER
#undef EXPAND
};

static uint32_t mapped(const struct range *ranges, size_t count, uint32_t point)
{
    size_t from = 0;
    size_t to = count;

    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (point > ranges[middle].last)
            from = middle + 1;
        else
            to = middle;
    }
    if (from == count || point < ranges[from].first ||
        (ranges[from].step > 0 && (point - ranges[from].first) % ranges[from].step != 0))
        return point;
    return (uint32_t)((int32_t)point + ranges[from].add);
}

static uint32_t upper_of(uint32_t point)
{
    if (point < 0x80)
        return point >= 'a' && point <= 'z' ? point - 'a' + 'A' : point;
    return mapped(upper, sizeof upper / sizeof *upper, point);
}

static uint32_t lower_of(uint32_t point)
{
    if (point < 0x80)
        return point >= 'A' && point <= 'Z' ? point - 'A' + 'a' : point;
    return mapped(lower, sizeof lower / sizeof *lower, point);
}

static void put_point(struct buf *out, uint32_t point)
{
    char bytes[UTF8_BYTES_MAX];

    buf_put(out, str_of(bytes, text_encode(point, bytes)));
}

static const struct expansion *expansion_of(uint32_t point)
{
    for (size_t i = 0; point >= 0x80 && i < sizeof expansions / sizeof *expansions; i++)
        if (expansions[i].from == point)
            return &expansions[i];
    return NULL;
}

void text_put_upper(struct buf *out, struct str text)
{
    uint32_t point = 0;

    for (size_t i = 0; i < text.bytes;) {
        i += text_decode(str_slice(text, i, text.bytes), &point);
        const struct expansion *several = expansion_of(point);
        if (!several)
            put_point(out, upper_of(point));
        for (size_t j = 0; several && j < EXPANSION_MAX && several->to[j]; j++)
            put_point(out, several->to[j]);
    }
}

static bool is_cased(uint32_t point)
{
    return upper_of(point) != point || lower_of(point) != point || expansion_of(point);
}

// Characters that may stand between a letter and the end of its word: the common ones.
static bool is_ignorable(uint32_t point)
{
    return point == '\'' || point == '.' || point == ':' || point == '^' || point == '`' ||
           point == 0xA8 || point == 0xAD || point == 0xAF || point == 0xB4 || point == 0xB7 ||
           point == 0xB8 || (point >= 0x2B0 && point <= 0x36F) || point == 0x2019 ||
           (point >= 0x200B && point <= 0x200F);
}

// Unicode, 3.13: a sigma is final behind a cased letter when none follows.
static bool is_cased_next(struct str rest)
{
    uint32_t point = 0;

    for (size_t i = 0; i < rest.bytes;) {
        i += text_decode(str_slice(rest, i, rest.bytes), &point);
        if (!is_ignorable(point))
            return is_cased(point);
    }
    return false;
}

void text_put_lower(struct buf *out, struct str text)
{
    bool behind_cased = false;
    uint32_t point = 0;

    for (size_t i = 0; i < text.bytes;) {
        i += text_decode(str_slice(text, i, text.bytes), &point);
        if (point == CAPITAL_SIGMA && behind_cased &&
            !is_cased_next(str_slice(text, i, text.bytes))) {
            put_point(out, FINAL_SIGMA);
        } else if (point == DOTTED_CAPITAL_I) {
            put_point(out, 'i');
            put_point(out, DOT_ABOVE);
        } else {
            put_point(out, lower_of(point));
        }
        if (!is_ignorable(point))
            behind_cased = is_cased(point);
    }
}

struct str text_upper(struct scope *s, struct str text)
{
    struct buf out = buf_make(s, text.bytes * GROWTH_MAX);

    text_put_upper(&out, text);
    return buf_str(&out);
}

struct str text_lower(struct scope *s, struct str text)
{
    struct buf out = buf_make(s, text.bytes * GROWTH_MAX);

    text_put_lower(&out, text);
    return buf_str(&out);
}

// Choosing where lines end: of all ways to break a paragraph the one whose lines are least uneven
// together, found from the front by dynamic programming. Words are parted in a second pass, when
// the first leaves a line that is bad.
#include "core/scope.h"
#include "core/utf8.h"
#include "document/typeset/hyphen_impl.h"
#include "document/typeset/text_impl.h"
#include "document/typeset/text_parts_impl.h"

#include <assert.h>

// Costs: a line that is empty by a tenth of its width costs 100, by a fifth 400.
enum {
    COST_HYPHEN = 350,
    COST_HYPHENS_IN_A_ROW = 800,
    COST_SHORT_END = 200, // a last line of less than a tenth
    COST_LOOSE_MAX = 200000,
    COST_OVERFULL = 1000000,
    COST_BAD = 450,       // from here on it is worth to part words
    SHRINK_PERCENT = 15,  // of the spaces, in a justified line
    LINE_BOXES_MAX = 400, // looked back over: what has no width must not cost time
};

// The best way to break what stands before a box.
struct way {
    int64_t cost;
    size_t before; // the first box of the line that ends here
    bool hyphen;
};

struct sums {
    int64_t width, spaces_mp;
    size_t spaces;
};

static int64_t cost_of_stretch(int64_t slack, const struct sums *sums)
{
    int64_t room = sums->spaces_mp ? sums->spaces_mp : 1;
    int64_t percent = slack >= 0 ? slack * 100 / room : -slack * 400 / room;

    // Spaces half as wide again cost 312; twice as wide 2,050.
    int64_t cost = percent * percent / 8 + (percent > 60 ? (percent - 60) * 20 : 0);
    return cost < COST_LOOSE_MAX ? cost : COST_LOOSE_MAX;
}

// The cost of a line; `last`: of its part of the paragraph.
static int64_t cost_of_line(const struct text *t, const struct sums *sums, int32_t width_mp,
                            bool last)
{
    int64_t slack = width_mp - sums->width;
    int64_t percent = slack * 100 / (width_mp ? width_mp : 1);

    if (slack < 0 && (!t->style.justified || -slack * 100 > sums->spaces_mp * SHRINK_PERCENT))
        return COST_OVERFULL;
    if (last)
        return percent > 90 ? COST_SHORT_END : 0;
    if (t->style.justified)
        return sums->spaces ? cost_of_stretch(slack, sums) : COST_LOOSE_MAX;
    return percent * percent;
}

// Finds the best line that ends with a box.
static void find_way(const struct text *t, const struct word_box *boxes, size_t end,
                     int32_t width_mp, struct way *ways)
{
    const struct word_box *last = &boxes[end - 1];
    struct sums sums = {.width = last->hyphen ? t->hyphen_mp : 0};
    struct way best = {.cost = INT64_MAX};

    for (size_t first = end; first-- > 0;) {
        const struct word_box *b = &boxes[first];
        bool alone = first + 1 == end;
        if (!alone && (b->forced || end - first > LINE_BOXES_MAX))
            break;
        sums.width += b->width_mp + (alone ? 0 : b->space_mp);
        sums.spaces_mp += alone ? 0 : b->space_mp;
        sums.spaces += alone ? 0U : b->spaces;
        int64_t line = cost_of_line(t, &sums, width_mp, last->forced);
        if (line >= COST_OVERFULL && !alone)
            break;
        int64_t cost = ways[first].cost + line + (last->hyphen ? COST_HYPHEN : 0) +
                       (last->hyphen && ways[first].hyphen ? COST_HYPHENS_IN_A_ROW : 0);
        if (cost < best.cost)
            best = (struct way){cost, first, last->hyphen};
    }
    assert(best.cost < INT64_MAX);
    ways[end] = best;
}

static void note_worst(const struct text *t, const struct word_box *boxes, struct line_range r,
                       int32_t width_mp, int64_t *worst)
{
    const struct word_box *last = &boxes[r.last - 1];
    struct sums sums = {.width = last->width_mp};

    for (size_t i = r.first; i + 1 < r.last; i++) {
        sums.width += boxes[i].width_mp + boxes[i].space_mp;
        sums.spaces_mp += boxes[i].space_mp;
        sums.spaces += boxes[i].spaces;
    }
    int64_t cost = cost_of_line(t, &sums, width_mp, last->forced);
    if (cost > *worst)
        *worst = cost;
}

size_t text_choose(struct scope *s, const struct text *t, const struct word_box *boxes,
                   size_t count, int32_t width_mp, struct line_range *lines, int64_t *worst)
{
    struct way *ways = scope_array(s, count + 1, sizeof *ways);
    size_t line_count = 0;

    for (size_t end = 1; end <= count; end++)
        find_way(t, boxes, end, width_mp, ways);
    for (size_t end = count; end > 0; end = ways[end].before)
        line_count++;
    size_t at = line_count;
    *worst = 0;
    for (size_t end = count; end > 0; end = ways[end].before) {
        lines[--at] = (struct line_range){ways[end].before, end};
        note_worst(t, boxes, lines[at], width_mp, worst);
    }
    return line_count;
}

static bool is_letter(uint32_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= 0xC0 && c != 0xD7 && c != 0xF7);
}

// Finds the first run of letters in a text: gives where it begins and ends.
static bool find_letters(struct str text, size_t *from, size_t *to)
{
    *from = *to = 0;
    for (size_t at = 0; at < text.bytes;) {
        uint32_t c = 0;
        size_t length = utf8_decode(str_slice(text, at, text.bytes), &c);
        if (length == 0)
            return false;
        if (is_letter(c)) {
            *from = *to > *from ? *from : at;
            *to = at + length;
        } else if (*to > *from) {
            return true;
        }
        at += length;
    }
    return *to > *from;
}

static size_t part_box(const struct text *t, const struct word_box *b, struct word_box *out)
{
    uint16_t points[HYPHEN_WORD_LETTERS_MAX];
    struct str word = str_of(t->bytes + b->from, b->end - b->from);
    size_t from = 0;
    size_t to = 0;
    size_t count = 0;
    size_t start = b->from;

    if (find_letters(word, &from, &to))
        count = hyphen_points(t->style.language, str_slice(word, from, to - from), points);
    for (size_t i = 0; i < count; i++) {
        size_t at = b->from + from + points[i];
        out[i] = (struct word_box){.from = start,
                                   .end = at,
                                   .to = at,
                                   .width_mp = text_width(t, start, at),
                                   .hyphen = true};
        start = at;
    }
    out[count] = *b;
    out[count].from = start;
    if (count)
        out[count].width_mp = text_width(t, start, b->end);
    return count + 1;
}

size_t text_part_words(const struct text *t, struct word_box **out)
{
    size_t room = t->box_count + t->byte_count / 2 + 1;
    struct word_box *boxes = scope_array(t->scope, room, sizeof *boxes);
    size_t count = 0;

    for (size_t i = 0; i < t->box_count; i++)
        count += part_box(t, &t->boxes[i], boxes + count);
    assert(count <= room);
    *out = boxes;
    return count;
}

// Parts one box into pieces that fit, at least a character each.
static size_t part_anywhere(const struct text *t, const struct word_box *b, int32_t width_mp,
                            struct word_box *out)
{
    size_t count = 0;
    size_t start = b->from;

    for (size_t at = b->from; at < b->end;) {
        size_t length = utf8_length(str_of(t->bytes + at, b->end - at));
        size_t next = at + (length ? length : 1);
        if (at > start && text_width(t, start, next) > width_mp) {
            out[count++] = (struct word_box){
                .from = start, .end = at, .to = at, .width_mp = text_width(t, start, at)};
            start = at;
        }
        at = next;
    }
    out[count] = *b;
    out[count].from = start;
    out[count].width_mp = text_width(t, start, b->end);
    return count + 1;
}

size_t text_part_wide(const struct text *t, const struct word_box *boxes, size_t count,
                      int32_t width_mp, struct word_box **out)
{
    size_t room = count;
    size_t made = 0;

    for (size_t i = 0; i < count; i++)
        room += boxes[i].width_mp > width_mp ? boxes[i].end - boxes[i].from : 0;
    *out = scope_array(t->scope, room, sizeof **out);
    for (size_t i = 0; i < count; i++) {
        if (boxes[i].width_mp > width_mp)
            made += part_anywhere(t, &boxes[i], width_mp, *out + made);
        else
            (*out)[made++] = boxes[i];
    }
    return made;
}

void text_break(struct text *t, int32_t width_mp, struct text_lines *out)
{
    struct word_box *boxes = t->boxes;
    size_t count = t->box_count;
    int64_t worst = 0;
    struct line_range *lines = NULL;
    size_t line_count = 0;

    if (count == 1 && boxes[0].width_mp <= width_mp) {
        text_place(t, boxes, &(struct line_range){0, 1}, 1, width_mp, out);
        return;
    }
    if (t->least_mp > width_mp || t->style.hyphenated)
        text_sum(t);
    if (t->least_mp > width_mp)
        count = text_part_wide(t, boxes, count, width_mp, &boxes);
    lines = scope_array(t->scope, count + 1, sizeof *lines);
    line_count = text_choose(t->scope, t, boxes, count, width_mp, lines, &worst);
    if (t->style.hyphenated && worst > COST_BAD) {
        count = text_part_words(t, &boxes);
        count = text_part_wide(t, boxes, count, width_mp, &boxes);
        lines = scope_array(t->scope, count + 1, sizeof *lines);
        line_count = text_choose(t->scope, t, boxes, count, width_mp, lines, &worst);
    }
    text_place(t, boxes, lines, line_count, width_mp, out);
}

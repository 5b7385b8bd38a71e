// Placing the boxes of chosen lines: aligned, or with the spaces stretched.
#include "core/scope.h"
#include "document/typeset/text_impl.h"
#include "document/typeset/text_parts_impl.h"

#include <assert.h>

struct placed {
    const struct text *text;
    struct line_part *parts;
    size_t count;
    size_t span; // the first that has bytes of the line
    int32_t x_mp, word_mp;
};

static void put_part(struct placed *p, const struct font_run *run, const struct span *like,
                     size_t spaces)
{
    int32_t width = (int32_t)(run->width * like->size_mp / 1000);

    width += p->word_mp * (int32_t)spaces;
    p->parts[p->count++] = (struct line_part){.run = run,
                                              .url = like->url,
                                              .x_mp = p->x_mp,
                                              .width_mp = width,
                                              .size_mp = like->size_mp,
                                              .word_mp = p->word_mp,
                                              .colour = like->colour};
    p->x_mp += width;
}

// Looks as what stands before it.
static void put_hyphen(struct placed *p, size_t end)
{
    const struct text *t = p->text;
    const struct span *span = &t->spans[p->span];
    struct font_run *run = scope_new(t->scope, struct font_run);

    while (span->to < end)
        span++;
    font_shape(t->scope,
               &(struct font_style){.face = span->run.face, .language = t->style.language},
               str("-"), run);
    put_part(p, run, span, 0);
}

static size_t count_spaces(struct str text)
{
    size_t count = 0;

    for (size_t i = 0; i < text.bytes; i++)
        count += text.data[i] == ' ';
    return count;
}

// The bytes of a line, a part for each span that has some of them.
static void put_bytes(struct placed *p, size_t from, size_t end)
{
    const struct text *t = p->text;

    for (size_t i = p->span; i < t->span_count && t->spans[i].from < end; i++) {
        const struct span *span = &t->spans[i];
        size_t a = from > span->from ? from : span->from;
        size_t b = end < span->to ? end : span->to;
        if (a >= b)
            continue;
        struct font_run *run = scope_new(t->scope, struct font_run);
        *run = font_run_part(&span->run, a - span->from, b - span->from);
        put_part(p, run, span, p->word_mp ? count_spaces(str_of(t->bytes + a, b - a)) : 0);
    }
}

static size_t count_spans(const struct placed *p, size_t end)
{
    size_t i = p->span;

    while (i < p->text->span_count && p->text->spans[i].from < end)
        i++;
    return i - p->span;
}

struct extent {
    int64_t width;
    int32_t spaces;
};

static struct extent extent_of(const struct text *t, const struct word_box *boxes,
                               struct line_range r)
{
    struct extent e = {.width = boxes[r.last - 1].width_mp};

    for (size_t i = r.first; i + 1 < r.last; i++) {
        e.width += boxes[i].width_mp + boxes[i].space_mp;
        e.spaces += boxes[i].spaces;
    }
    if (boxes[r.last - 1].hyphen)
        e.width += t->hyphen_mp;
    return e;
}

static void place_line(const struct text *t, const struct word_box *boxes, struct line_range r,
                       int32_t width_mp, size_t *span, struct text_line *out)
{
    const struct word_box *last = &boxes[r.last - 1];
    struct extent e = extent_of(t, boxes, r);
    int32_t slack = (int32_t)(width_mp - e.width);
    const struct font_metrics *m = font_metrics(FONT_REGULAR);
    int64_t letters = (int64_t)(m->ascent - m->descent) * t->style.size_mp / 1000;
    struct placed p = {.text = t};

    while (*span < t->span_count && t->spans[*span].to <= boxes[r.first].from)
        ++*span;
    p.span = *span;
    p.parts = scope_array(t->scope, count_spans(&p, last->end) + 1, sizeof *p.parts);

    if (t->style.justified && e.spaces && (!last->forced || slack < 0))
        p.word_mp = slack / e.spaces;
    else if (slack > 0) {
        p.x_mp = t->style.alignment == ALIGN_RIGHT    ? slack
                 : t->style.alignment == ALIGN_CENTRE ? slack / 2
                                                      : 0;
    }
    put_bytes(&p, boxes[r.first].from, last->end);
    if (last->hyphen)
        put_hyphen(&p, last->end);
    *out =
        (struct text_line){.parts = p.parts,
                           .part_count = p.count,
                           .baseline_mp = (int32_t)((t->style.leading_mp - letters) / 2 +
                                                    (int64_t)m->ascent * t->style.size_mp / 1000)};
}

void text_place(const struct text *t, const struct word_box *boxes, const struct line_range *ranges,
                size_t count, int32_t width_mp, struct text_lines *out)
{
    struct text_line *lines = scope_array(t->scope, count, sizeof *lines);
    size_t span = 0;

    assert(count > 0);
    for (size_t i = 0; i < count; i++)
        place_line(t, boxes, ranges[i], width_mp, &span, &lines[i]);
    *out = (struct text_lines){lines, count};
}

// Shaping: runs become one text with spans, and boxes between the places where a line may end. The
// door to libunibreak.
#include "document/typeset/text_impl.h"

#include "core/scope.h"
#include "core/utf8.h"
#include "document/typeset/fill_impl.h"
#include "document/typeset/text_parts_impl.h"

#include <assert.h>
#include <linebreak.h>
#include <threads.h>

enum {
    MONO_PERCENT = 92,
    LINK_COLOUR = 0x1A4F8A,
    TEXT_BYTES_MAX = 16 << 20,
    ROOM_FOR_BYTE = 400, // of text: its glyphs, and, were each a line, what that takes
};

static once_flag once = ONCE_FLAG_INIT;

static bool is_space(char c)
{
    return c == ' ' || c == '\n';
}

static bool same_span(const struct run *a, const struct run *b)
{
    return a->style == b->style && str_equal(a->url, b->url);
}

// Copies a run's text; spaces in a row are one, except in code, and soft hyphens are left out.
static void put_run(struct text *t, const struct run *run)
{
    bool mono = run->style & STYLE_MONO;

    for (size_t i = 0; i < run->text.bytes; i++) {
        char c = run->text.data[i];
        bool open = t->byte_count == 0 || is_space(t->bytes[t->byte_count - 1]);
        if (c == '\xC2' && i + 1 < run->text.bytes && run->text.data[i + 1] == '\xAD') {
            i++;
            continue;
        }
        if (c == ' ' && open && !mono)
            continue;
        t->bytes[t->byte_count++] = c;
    }
}

static enum font_face face_of(const struct text_style *style, unsigned bits)
{
    bool bold = style->bold != ((bits & STYLE_BOLD) != 0) || (bits & STYLE_BOLD);
    bool italic = style->italic || (bits & STYLE_ITALIC);

    if (bits & STYLE_MONO)
        return FONT_MONO;
    return bold ? (italic ? FONT_BOLD_ITALIC : FONT_BOLD) : (italic ? FONT_ITALIC : FONT_REGULAR);
}

static void add_span(struct text *t, size_t from, const struct run *run)
{
    struct span *span = &t->spans[t->span_count++];
    bool mono = run->style & STYLE_MONO;
    const struct font_style how = {.face = face_of(&t->style, run->style),
                                   .language = t->style.language,
                                   .columns = t->style.figures};

    *span = (struct span){
        .from = from,
        .to = t->byte_count,
        .url = run->url,
        .size_mp = mono ? t->style.size_mp * MONO_PERCENT / 100 : t->style.size_mp,
        .colour = run->url.bytes ? (uint32_t)LINK_COLOUR : t->style.colour,
    };
    font_shape(t->scope, &how, str_of(t->bytes + from, t->byte_count - from), &span->run);
}

static void put_runs(struct text *t, const struct run *runs, size_t count)
{
    size_t bytes = 1;

    for (size_t i = 0; i < count; i++)
        bytes += runs[i].text.bytes + 1;
    t->bytes = scope_bytes(t->scope, bytes);
    t->spans = scope_array(t->scope, count + 1, sizeof *t->spans);
    for (size_t i = 0; i < count;) {
        size_t from = t->byte_count;
        size_t end = i;
        if (runs[i].is_break) {
            t->bytes[t->byte_count++] = '\n';
            i++;
            continue;
        }
        for (; end < count && !runs[end].is_break && same_span(&runs[i], &runs[end]); end++)
            put_run(t, &runs[end]);
        if (t->byte_count > from)
            add_span(t, from, &runs[i]);
        i = end;
    }
}

static void init(void)
{
    init_linebreak();
}

static void add_box(struct text *t, size_t from, size_t to, bool forced)
{
    size_t end = to;
    uint16_t spaces = 0;

    while (end > from && is_space(t->bytes[end - 1])) {
        end--;
        if (t->bytes[end] == ' ' && spaces < UINT16_MAX)
            spaces++;
    }
    t->boxes[t->box_count++] =
        (struct word_box){.from = from, .end = end, .to = to, .spaces = spaces, .forced = forced};
}

static void find_boxes(struct text *t)
{
    size_t from = 0;
    size_t count = 1;
    char *breaks = scope_bytes(t->scope, t->byte_count + 1);
    const char *language = str_starts(t->style.language, str("en")) ? "en" : "sv";

    call_once(&once, init);
    if (t->byte_count)
        set_linebreaks_utf8((const utf8_t *)t->bytes, t->byte_count, language, breaks);
    for (size_t i = 0; i < t->byte_count; i++)
        count += breaks[i] == LINEBREAK_ALLOWBREAK || breaks[i] == LINEBREAK_MUSTBREAK;
    t->boxes = scope_array(t->scope, count + 1, sizeof *t->boxes);
    for (size_t i = 0; i < t->byte_count; i++) {
        bool last = i + 1 == t->byte_count;
        if (!last && breaks[i] != LINEBREAK_ALLOWBREAK && breaks[i] != LINEBREAK_MUSTBREAK)
            continue;
        add_box(t, from, i + 1, t->bytes[i] == '\n' || last);
        from = i + 1;
    }
    if (t->box_count == 0 || t->bytes[t->byte_count - 1] == '\n')
        add_box(t, t->byte_count, t->byte_count, true);
}

// Adds up the glyphs of the spans into the boxes that they stand in.
static void measure(struct text *t)
{
    size_t b = 0;

    for (size_t i = 0; i < t->span_count; i++) {
        const struct span *span = &t->spans[i];
        for (size_t g = 0; g < span->run.glyph_count; g++) {
            const struct font_glyph *glyph = &span->run.glyphs[g];
            size_t at = span->from + glyph->at;
            while (b + 1 < t->box_count && at >= t->boxes[b].to)
                b++;
            int64_t width = (int64_t)glyph->advance * span->size_mp / 1000;
            if (at < t->boxes[b].end)
                t->boxes[b].width_mp += width;
            else
                t->boxes[b].space_mp += width;
        }
    }
}

static int32_t clamped(int64_t width)
{
    return (int32_t)(width < INT32_MAX ? width : INT32_MAX);
}

static void sum_up(struct text *t)
{
    int64_t line = 0;

    for (size_t i = 0; i < t->box_count; i++) {
        const struct word_box *b = &t->boxes[i];
        if (b->width_mp > t->least_mp)
            t->least_mp = clamped(b->width_mp);
        if (line + b->width_mp > t->natural_mp)
            t->natural_mp = clamped(line + b->width_mp);
        line = b->forced ? 0 : line + b->width_mp + b->space_mp;
    }
}

bool text_has_room(const struct scope *s, const struct run *runs, size_t count)
{
    size_t bytes = 0;

    for (size_t i = 0; i < count; i++)
        bytes += runs[i].text.bytes + 1;
    return bytes < TEXT_BYTES_MAX && scope_has_room(s, FILL_ROOM_BYTES + bytes * ROOM_FOR_BYTE);
}

struct text *text_new(struct scope *s, const struct run *runs, size_t count,
                      const struct text_style *style)
{
    struct text *t = scope_new(s, struct text);
    struct font_run hyphen = {0};

    t->scope = s;
    t->style = *style;
    put_runs(t, runs, count);
    find_boxes(t);
    measure(t);
    sum_up(t);
    if (style->hyphenated) {
        font_shape(s, &(struct font_style){.face = face_of(style, 0), .language = style->language},
                   str("-"), &hyphen);
        t->hyphen_mp = (int32_t)(hyphen.width * style->size_mp / 1000);
    }
    return t;
}

int32_t text_natural_width(const struct text *t)
{
    return t->natural_mp;
}

int32_t text_least_width(const struct text *t)
{
    return t->least_mp;
}

void text_sum(struct text *t)
{
    int64_t *sums = t->sums_mp;
    int64_t width = 0;

    if (sums)
        return;
    sums = scope_array(t->scope, t->byte_count + 1, sizeof *sums);
    for (size_t i = 0; i < t->span_count; i++) {
        const struct span *span = &t->spans[i];
        for (size_t g = 0; g < span->run.glyph_count; g++) {
            const struct font_glyph *glyph = &span->run.glyphs[g];
            sums[span->from + glyph->at + 1] += (int64_t)glyph->advance * span->size_mp / 1000;
        }
    }
    for (size_t i = 0; i <= t->byte_count; i++) {
        width += sums[i];
        sums[i] = width;
    }
    t->sums_mp = sums;
}

// Writes operators (ISO 32000-1, 8 and 9). Numbers are kept in whole hundredths of a point, so that
// moving from one text to the next adds no error; a state is written only when it changes.
#include "document/typeset/canvas.h"

#include "core/scope.h"
#include "document/pdf/syntax.h"
#include "document/typeset/canvas_impl.h"
#include "document/typeset/font_impl.h"

#include <assert.h>
#include <math.h>

enum {
    ROOM_FIRST = 16,
    HUNDRED = 100,
    UNITS = 1000,
};

static const double points_max = 1e7; // keeps a number's digits within its place

struct canvas *canvas_new(struct scope *s)
{
    struct canvas *c = scope_new(s, struct canvas);

    c->scope = s;
    c->out = buf_make(s, CANVAS_BYTES_MAX);
    c->state = (struct canvas_state){.font = -1, .thickness = HUNDRED};
    return c;
}

void *canvas_grow(struct scope *s, void *old, size_t count, size_t *room, size_t item_bytes)
{
    if (count < *room)
        return old;
    *room = *room ? 2 * *room : ROOM_FIRST;
    void *more = scope_array(s, *room, item_bytes);
    if (count)
        memcpy(more, old, count * item_bytes);
    return more;
}

// What is out of any page is not seen wherever it is.
static long hundredths(double points)
{
    if (!(points > -points_max))
        points = -points_max;
    return lround((points < points_max ? points : points_max) * HUNDRED);
}

// Writes whole parts of a unit (a power of ten) as a decimal without idle zeros, and a space.
static void put_decimal(struct buf *out, long parts, unsigned long unit)
{
    char digits[32];
    size_t from = sizeof digits;
    unsigned long rest = parts < 0 ? 0UL - (unsigned long)parts : (unsigned long)parts;
    bool seen = false;

    digits[--from] = ' ';
    for (; unit > 1; unit /= 10, rest /= 10) {
        if (seen || rest % 10) {
            digits[--from] = (char)('0' + rest % 10);
            seen = true;
        }
    }
    if (seen)
        digits[--from] = '.';
    if (rest || !seen) {
        do {
            digits[--from] = (char)('0' + rest % 10);
            rest /= 10;
        } while (rest);
    }
    if (parts < 0)
        digits[--from] = '-';
    buf_put(out, str_of(digits + from, sizeof digits - from));
}

static void put(struct canvas *c, long parts)
{
    put_decimal(&c->out, parts, HUNDRED);
}

void canvas_put_points(struct buf *out, double points)
{
    put_decimal(out, hundredths(points), HUNDRED);
}

void canvas_end_text(struct canvas *c)
{
    if (c->in_text)
        buf_put_z(&c->out, "ET\n");
    c->in_text = false;
}

static void put_colour(struct canvas *c, struct colour colour, const char *grey, const char *all)
{
    const uint8_t parts[3] = {colour.red, colour.green, colour.blue};
    bool is_grey = colour.red == colour.green && colour.green == colour.blue;

    for (int i = is_grey ? 2 : 0; i < 3; i++)
        put_decimal(&c->out, (parts[i] * UNITS + 127) / 255, UNITS);
    buf_put_z(&c->out, is_grey ? grey : all);
}

static bool colour_is(struct colour a, struct colour b)
{
    return a.red == b.red && a.green == b.green && a.blue == b.blue;
}

static void set_fill(struct canvas *c, struct colour colour)
{
    if (colour_is(c->state.fill, colour))
        return;
    put_colour(c, colour, "g\n", "rg\n");
    c->state.fill = colour;
}

static void set_stroke(struct canvas *c, struct colour colour, long thickness, long dash)
{
    if (!colour_is(c->state.stroke, colour))
        put_colour(c, colour, "G\n", "RG\n");
    c->state.stroke = colour;
    if (c->state.thickness != thickness) {
        put(c, thickness);
        buf_put_z(&c->out, "w\n");
    }
    c->state.thickness = thickness;
    if (c->state.dash == dash)
        return;
    buf_put_z(&c->out, "[");
    if (dash)
        put(c, dash);
    buf_put_z(&c->out, "]0 d\n");
    c->state.dash = dash;
}

static void set_font(struct canvas *c, int font, double size, double letter_spacing)
{
    long hundredths_of_size = hundredths(size);
    long spacing = lround(letter_spacing * HUNDRED * HUNDRED);

    c->fonts |= 1U << font;
    if (c->state.font != font || c->state.size != hundredths_of_size) {
        buf_format(&c->out, "/F%d ", font);
        put(c, hundredths_of_size);
        buf_put_z(&c->out, "Tf ");
    }
    if (c->state.spacing != spacing) {
        put_decimal(&c->out, spacing, HUNDRED * HUNDRED);
        buf_put_z(&c->out, "Tc ");
    }
    c->state.font = font;
    c->state.size = hundredths_of_size;
    c->state.spacing = spacing;
}

// A text in the making: a string, or an array of strings and of numbers that move what follows to
// the left, in thousandths of the size.
struct showing {
    char *at;
    bool in_string, in_array;
};

static void put_byte(struct showing *w, uint8_t byte)
{
    // 7.3.4.2: these would end the string, or be read as a line feed.
    if (byte == '(' || byte == ')' || byte == '\\' || byte == '\r') {
        *w->at++ = '\\';
        byte = byte == '\r' ? 'r' : byte;
    }
    *w->at++ = (char)byte;
}

static void put_glyph(struct showing *w, uint16_t id)
{
    if (!w->in_string)
        *w->at++ = '(';
    w->in_string = true;
    put_byte(w, (uint8_t)(id >> 8));
    put_byte(w, (uint8_t)id);
}

static void put_move(struct showing *w, long left)
{
    char digits[24];
    size_t from = sizeof digits;
    unsigned long rest = left < 0 ? 0UL - (unsigned long)left : (unsigned long)left;

    if (left == 0)
        return;
    if (w->in_string)
        *w->at++ = ')';
    w->in_string = false;
    for (; rest; rest /= 10)
        digits[--from] = (char)('0' + rest % 10);
    if (left < 0)
        digits[--from] = '-';
    memcpy(w->at, digits + from, sizeof digits - from);
    w->at += sizeof digits - from;
}

enum {
    GLYPH_BYTES_MAX = 64, // of the output: four escaped bytes, two moves, a rise
};

// 9.4.3: what the glyph's own width leaves out is moved between the strings.
static void put_glyphs(struct canvas *c, const struct font_run *run, long space)
{
    const struct font *f = font_of(run->face, run->wide);
    char *start = buf_reserve(&c->out, (run->glyph_count + 1) * GLYPH_BYTES_MAX);
    struct showing w = {.at = start};
    long left = 0;

    if (!start)
        return;
    *w.at++ = '[';
    for (size_t i = 0; i < run->glyph_count; i++) {
        const struct font_glyph *g = &run->glyphs[i];
        put_move(&w, left - g->dx);
        put_glyph(&w, g->id);
        left = f->widths[g->id] - g->advance + g->dx - (g->id == f->space ? space : 0);
    }
    if (w.in_string)
        *w.at++ = ')';
    memcpy(w.at, "]TJ\n", 4);
    c->out.bytes += (size_t)(w.at + 4 - start);
}

// A mark that stands higher or lower than the font has it: one text for each height.
static void put_risen(struct canvas *c, const struct font_run *run, double size, long space)
{
    struct font_run part = *run;

    for (size_t from = 0, to = 0; from < run->glyph_count; from = to) {
        int16_t dy = run->glyphs[from].dy;
        while (to < run->glyph_count && run->glyphs[to].dy == dy)
            to++;
        put_decimal(&c->out, lround(dy * size / UNITS * HUNDRED), HUNDRED);
        buf_put_z(&c->out, "Ts");
        part.glyphs = run->glyphs + from;
        part.glyph_count = to - from;
        put_glyphs(c, &part, space);
    }
    buf_put_z(&c->out, "0 Ts\n");
}

// 14.9.4: what glyphs stand for that are no characters on their own: a letter's accent, when the
// letter is joined to the one before.
static void put_actual_text(struct canvas *c, const struct font_run *run)
{
    size_t from = run->glyphs[0].at;
    struct str text = str_slice(run->text, from, run->end > from ? run->end - from : 0);

    buf_put_z(&c->out, "/Span<</ActualText");
    buf_put(&c->out, pdf_write_text(c->scope, text));
    buf_put_z(&c->out, ">>BDC ");
}

void canvas_text(struct canvas *c, double x, double y, const struct font_run *run,
                 const struct canvas_text *how)
{
    const struct font *f = font_of(run->face, run->wide);
    long to_x = hundredths(x);
    long to_y = hundredths(y);
    bool risen = false;
    bool mute = false;

    if (run->glyph_count == 0 || hundredths(how->size) <= 0)
        return;
    set_fill(c, how->colour);
    if (!c->in_text) {
        buf_put_z(&c->out, "BT ");
        c->in_text = true;
        c->x = c->y = 0;
    }
    set_font(c, 2 * (int)run->face + run->wide, how->size, how->letter_spacing);
    put(c, to_x - c->x);
    put(c, to_y - c->y);
    buf_put_z(&c->out, "Td");
    c->x = to_x;
    c->y = to_y;
    for (size_t i = 0; i < run->glyph_count; i++) {
        risen |= run->glyphs[i].dy != 0;
        mute |= f->texts[run->glyphs[i].id].characters[0] == 0;
    }
    if (mute)
        put_actual_text(c, run);
    long space = lround(how->word_spacing / how->size * UNITS);
    if (risen)
        put_risen(c, run, how->size, space);
    else
        put_glyphs(c, run, space);
    if (mute)
        buf_put_z(&c->out, "EMC\n");
}

static void put_box(struct canvas *c, struct box box)
{
    // Rounded at both ends, so that boxes that touch still do.
    long x = hundredths(box.x);
    long y = hundredths(box.y);

    put(c, x);
    put(c, y);
    put(c, hundredths(box.x + box.width) - x);
    put(c, hundredths(box.y + box.height) - y);
    buf_put_z(&c->out, "re\n");
}

void canvas_fill_all(struct canvas *c, const struct box *boxes, size_t count, struct colour colour)
{
    if (count == 0)
        return;
    canvas_end_text(c);
    set_fill(c, colour);
    for (size_t i = 0; i < count; i++)
        put_box(c, boxes[i]);
    buf_put_z(&c->out, "f\n");
}

void canvas_fill(struct canvas *c, struct box box, struct colour colour)
{
    canvas_fill_all(c, &box, 1, colour);
}

void canvas_frame(struct canvas *c, struct box box, double thickness, struct colour colour)
{
    canvas_end_text(c);
    set_stroke(c, colour, hundredths(thickness), 0);
    put_box(c, box);
    buf_put_z(&c->out, "S\n");
}

void canvas_line(struct canvas *c, const struct canvas_line *line)
{
    canvas_end_text(c);
    set_stroke(c, line->colour, hundredths(line->thickness), hundredths(line->dash));
    put(c, hundredths(line->x0));
    put(c, hundredths(line->y0));
    buf_put_z(&c->out, "m ");
    put(c, hundredths(line->x1));
    put(c, hundredths(line->y1));
    buf_put_z(&c->out, "l S\n");
}

static void use(struct canvas *c, const struct drawing *drawing)
{
    for (size_t i = 0; i < c->drawing_count; i++) {
        if (c->drawings[i]->number == drawing->number)
            return;
    }
    c->drawings =
        canvas_grow(c->scope, c->drawings, c->drawing_count, &c->drawing_room, sizeof *c->drawings);
    c->drawings[c->drawing_count++] = drawing;
}

// An image is a unit square; a form has the size that it was made with.
void canvas_draw(struct canvas *c, const struct drawing *drawing, struct box box)
{
    bool own_size = !drawing->image && box.width == 0 && box.height == 0;
    double across = own_size ? 1 : box.width / (drawing->image ? 1 : drawing->width);
    double up = own_size ? 1 : box.height / (drawing->image ? 1 : drawing->height);
    long x = hundredths(box.x);
    long y = hundredths(box.y);

    canvas_end_text(c);
    use(c, drawing);
    if (own_size && x == 0 && y == 0) {
        buf_format(&c->out, "/X%u Do\n", drawing->number);
        return;
    }
    buf_put_z(&c->out, "q ");
    put_decimal(&c->out, lround(across * UNITS * HUNDRED), UNITS * HUNDRED);
    buf_put_z(&c->out, "0 0 ");
    put_decimal(&c->out, lround(up * UNITS * HUNDRED), UNITS * HUNDRED);
    put(c, x);
    put(c, y);
    buf_format(&c->out, "cm/X%u Do Q\n", drawing->number);
}

void canvas_clip(struct canvas *c, struct box box)
{
    assert(c->clip_count < CANVAS_CLIPS_MAX);
    canvas_end_text(c);
    c->clips[c->clip_count++] = c->state;
    buf_put_z(&c->out, "q ");
    put_box(c, box);
    buf_put_z(&c->out, "W n\n");
}

void canvas_unclip(struct canvas *c)
{
    assert(c->clip_count > 0);
    canvas_end_text(c);
    c->state = c->clips[--c->clip_count];
    buf_put_z(&c->out, "Q\n");
}

void canvas_untag(struct canvas *c)
{
    if (!c->marked)
        return;
    canvas_end_text(c);
    buf_put_z(&c->out, "EMC\n");
    c->marked = false;
    c->tag = NULL;
}

void canvas_link(struct canvas *c, struct box box, struct str address)
{
    c->links = canvas_grow(c->scope, c->links, c->link_count, &c->link_room, sizeof *c->links);
    c->links[c->link_count++] =
        (struct canvas_link){.box = box, .address = str_copy(c->scope, address), .tag = c->tag};
}

void canvas_link_page(struct canvas *c, struct box box, size_t page, double y)
{
    c->links = canvas_grow(c->scope, c->links, c->link_count, &c->link_room, sizeof *c->links);
    c->links[c->link_count++] =
        (struct canvas_link){.box = box, .page = page, .y = y, .tag = c->tag};
}

struct str canvas_finish(struct canvas *c)
{
    assert(c->clip_count == 0);
    canvas_untag(c);
    canvas_end_text(c);
    return str_of(c->out.data, c->out.bytes);
}

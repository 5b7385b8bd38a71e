// Text on the right of the code, both in the middle of the height of whichever is higher.
#include "document/typeset/stamp_page.h"

#include "core/scope.h"
#include "document/typeset/canvas.h"
#include "document/typeset/font.h"
#include "document/typeset/qr.h"
#include "document/typeset/writer.h"

#include <math.h>

static const double size_usual = 8;
static const double padding = 4;
static const double leading = 1.3;      // of the letters' size
static const double code_side_min = 26; // points
static const double module_min = 0.9;   // 0.32 mm: telephones read it on paper
static const struct colour white = {255, 255, 255};
static const struct colour frame = {70, 70, 70};
static const struct colour ink = {25, 25, 25};

struct laid {
    struct font_run *runs;
    double size, text_width, text_height;
    struct qr qr;
    double code_side, code_room; // with its quiet zone
};

static enum status shape(struct scope *s, const struct stamp_page *stamp, struct laid *l)
{
    l->size = stamp->size > 0 ? stamp->size : size_usual;
    l->runs = scope_array(s, stamp->line_count, sizeof *l->runs);
    for (size_t i = 0; i < stamp->line_count; i++) {
        struct font_style style = {.face = i ? FONT_REGULAR : FONT_BOLD};
        font_shape(s, &style, stamp->lines[i], &l->runs[i]);
        if (l->runs[i].missing)
            return fail(s, INVALID, "the character U+%04X cannot be shown",
                        l->runs[i].missing_first);
        l->text_width = fmax(l->text_width, font_points(l->runs[i].width, l->size));
    }
    l->text_height = (double)stamp->line_count * l->size * leading;
    return OK;
}

static enum status encode(struct scope *s, const struct stamp_page *stamp, struct laid *l)
{
    if (stamp->code.bytes == 0)
        return OK;
    TRY(qr_encode(s, stamp->code, &l->qr));
    double modules = (double)l->qr.side;
    l->code_side = fmax(code_side_min, modules * module_min);
    l->code_room = l->code_side * (modules + 2 * QR_QUIET_MODULES) / modules;
    return OK;
}

enum status stamp_page_make(struct scope *s, const struct stamp_page *stamp, struct str *out)
{
    struct laid l = {0};
    struct canvas *c = canvas_new(s);
    struct writer *w = writer_new(s, NULL);

    if (stamp->line_count == 0 || stamp->line_count > STAMP_PAGE_LINES_MAX)
        return fail(s, INVALID, "a stamp has 1 to %d lines", STAMP_PAGE_LINES_MAX);
    TRY(shape(s, stamp, &l));
    TRY(encode(s, stamp, &l));
    double left = l.code_room > 0 ? l.code_room : padding;
    double width = left + l.text_width + padding + 1;
    double height = fmax(l.text_height + 2 * padding, l.code_room);
    double quiet = (l.code_room - l.code_side) / 2;
    double y = (height + l.text_height) / 2 - l.size;

    canvas_fill(c, (struct box){0, 0, width, height}, white);
    canvas_frame(c, (struct box){0.25, 0.25, width - 0.5, height - 0.5}, 0.5, frame);
    if (l.code_room > 0)
        qr_draw(c, &l.qr,
                (struct box){quiet, (height - l.code_side) / 2, l.code_side, l.code_side});
    for (size_t i = 0; i < stamp->line_count; i++) {
        double down = (double)i * l.size * leading;
        canvas_text(c, left, y - down, &l.runs[i],
                    &(struct canvas_text){.size = l.size, .colour = ink});
    }
    writer_page(w, c, (struct paper){width, height});
    return writer_finish(w, &(struct writer_about){.title = str("Stamp")}, out);
}

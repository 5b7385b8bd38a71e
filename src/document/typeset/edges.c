// Headers and footers: lines of small print with parts between `|`, and the logo on the first page.
// They are set when the number of pages is known.
#include "core/scope.h"
#include "document/typeset/canvas.h"
#include "document/typeset/fill_impl.h"
#include "document/typeset/pages_impl.h"
#include "document/typeset/template_impl.h"

enum {
    EDGE_SIZE_MP = 7600,
    EDGE_LEADING_MP = 10400,
    FOOTER_GAP_MP = 22000, // from the text to the footer's rule
    HEADER_GAP_MP = 18000, // from the header's last line to the text
    LOGO_GAP_MP = 16000,
};

struct edge {
    struct fill *fill;
    const struct template *template;
    struct canvas *canvas;
};

// One part has the left, two the left and the right, three the middle too; more are columns.
static enum alignment alignment_of(size_t part, size_t count)
{
    if (count > 3 || part == 0)
        return ALIGN_LEFT;
    return part + 1 == count ? ALIGN_RIGHT : ALIGN_CENTRE;
}

static enum status draw_part(struct edge *e, const struct edge_part *part, size_t index,
                             size_t count, int32_t y_mp)
{
    const struct front *front = &e->template->front;
    int32_t width = front->page_width_mp - front->left_mp - front->right_mp;
    int32_t x = front->left_mp;
    const struct run *runs = NULL;
    size_t run_count = 0;
    struct text_lines lines = {0};
    const struct text_style style = {.size_mp = EDGE_SIZE_MP,
                                     .leading_mp = EDGE_LEADING_MP,
                                     .colour = GREY,
                                     .figures = true,
                                     .alignment = alignment_of(index, count),
                                     .language = e->fill->context.language};

    if (count > 3) {
        width /= (int32_t)count;
        x += width * (int32_t)index;
    }
    TRY(fill_pieces(e->fill, part->source, &part->pieces, &runs, &run_count));
    if (run_count == 0)
        return OK;
    if (!text_has_room(e->fill->scope, runs, run_count))
        return fail(e->fill->scope, TOO_LARGE, "%.*s: a header or footer is too long",
                    STR(front->name));
    text_break(text_new(e->fill->scope, runs, run_count, &style), width, &lines);
    struct item *items = scope_array(e->fill->scope, lines.items[0].part_count, sizeof *items);
    struct item *next = items;
    layout_line(&lines.items[0], x, 0, NULL, &next);
    for (struct item *i = items; i < next; i++)
        item_draw(e->canvas, i, y_mp);
    return OK;
}

// Lines below one another; y is the top of the first.
static enum status draw_edge(struct edge *e, const struct edge_lines *edge, int32_t y_mp)
{
    for (size_t i = 0; i < edge->count; i++) {
        const struct edge_line *line = &edge->items[i];
        for (size_t j = 0; j < line->count; j++)
            TRY(draw_part(e, &line->parts[j], j, line->count, y_mp - (int32_t)i * EDGE_LEADING_MP));
    }
    return OK;
}

// A logo is as far below the page's edge as its text is from the left, half.
static int32_t logo_top(const struct template *t)
{
    return t->front.top_mp / 2;
}

int32_t pages_first_less(const struct template *t)
{
    int32_t bottom = t->logo ? logo_top(t) + t->logo_height_mp + LOGO_GAP_MP : 0;

    return bottom > t->front.top_mp ? bottom - t->front.top_mp : 0;
}

enum status edges_draw(struct fill *f, const struct template *t, size_t page, size_t page_count,
                       struct canvas *c)
{
    const struct front *front = &t->front;
    struct edge e = {f, t, c};
    const struct edge_lines *header =
        page == 0 && t->first_header.count ? &t->first_header : &t->header;
    int32_t above = front->top_mp - HEADER_GAP_MP - EDGE_LEADING_MP * (int32_t)header->count;
    int32_t text_bottom = front->bottom_mp - FOOTER_GAP_MP;

    f->context.page = page + 1;
    f->context.page_count = page_count;
    if (page == 0 && t->logo) {
        struct item logo = {.kind = ITEM_DRAWING,
                            .x_mp = front->left_mp,
                            .width_mp = front->logo_width_mp,
                            .height_mp = t->logo_height_mp,
                            .drawing = t->logo};
        item_draw(c, &logo, front->page_height_mp - logo_top(t));
    }
    TRY(draw_edge(&e, header, front->page_height_mp - (above > 0 ? above : 0)));
    if (t->footer.count == 0)
        return OK;
    struct item rule = {.kind = ITEM_FILL,
                        .x_mp = front->left_mp,
                        .width_mp = front->page_width_mp - front->left_mp - front->right_mp,
                        .height_mp = 400,
                        .colour = GREY_LINE};
    item_draw(c, &rule, text_bottom + 5 * 1000);
    return draw_edge(&e, &t->footer, text_bottom);
}

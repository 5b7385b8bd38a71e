// Tables: the widths of columns from what stands in them, cells that wrap, thin rules, heads that
// stand again on every page. A row is a slab for each of its lines; a row that is not too high
// stays whole.
#include "core/scope.h"
#include "document/typeset/fill_impl.h"
#include "document/typeset/front_impl.h"
#include "document/typeset/layout_impl.h"

#include <assert.h>

enum {
    GUTTER_PERCENT = 110, // of the size, between columns
    PAD_PERCENT = 38,     // above and below a row's text
    PLAIN_PAD_PERCENT = 8,
    LEADING_PERCENT = 130,
    HEAD_SIZE_PERCENT = 90,
    RULE_MP = 400,
    HEAD_RULE_MP = 800,
    KEPT_ROW_PERCENT = 33,     // of a page: a higher row may be parted
    WIDEST_LABEL_PERCENT = 45, // of the width: a column of labels
};

struct cell {
    struct text *text;
    struct text_lines lines;
    struct element *element;
};

struct row {
    const struct filled *filled;
    struct cell cells[TABLE_COLUMNS_MAX];
    bool sum; // all of it is bold
};

struct table {
    struct layout *layout;
    const struct block *of;
    unsigned columns;
    struct row *rows;
    size_t row_count;
    int32_t x_mp[TABLE_COLUMNS_MAX], width_mp[TABLE_COLUMNS_MAX];
    int32_t gutter_mp, pad_mp;
    const struct slab *head;
};

static bool is_empty(const struct filled *row)
{
    for (const struct filled *c = row->first; c; c = c->next) {
        if (c->run_count)
            return false;
    }
    return true;
}

static bool is_bold(const struct filled *row)
{
    bool any = false;

    for (const struct filled *c = row->first; c; c = c->next) {
        for (size_t i = 0; i < c->run_count; i++) {
            any = true;
            if (!(c->runs[i].style & STYLE_BOLD) && !c->runs[i].is_break)
                return false;
        }
    }
    return any;
}

static struct text_style style_of(const struct table *t, const struct filled *row, unsigned column)
{
    struct text_style style = t->layout->at.style;

    style.justified = false;
    if (t->of->alignments[column] != ALIGN_LEFT)
        style.alignment = (enum alignment)t->of->alignments[column];
    style.figures = t->of->alignments[column] == ALIGN_RIGHT;
    style.leading_mp = percent_of(style.size_mp, LEADING_PERCENT);
    if (row->of->level) {
        style.size_mp = percent_of(style.size_mp, HEAD_SIZE_PERCENT);
        style.bold = true;
        style.colour = t->layout->front->accent;
    }
    return style;
}

static enum status shape_rows(struct table *t, const struct filled *first)
{
    struct layout *l = t->layout;

    for (const struct filled *r = first; r; r = r->next)
        t->row_count++;
    if (!scope_has_room(l->scope, t->row_count * sizeof *t->rows + FILL_ROOM_BYTES))
        return fail(l->scope, TOO_LARGE, "%.*s:%zu: the table has too many rows",
                    STR(l->front->name), t->of->line);
    t->rows = scope_array(l->scope, t->row_count, sizeof *t->rows);
    t->row_count = 0;
    for (const struct filled *r = first; r; r = r->next) {
        struct row *row = &t->rows[t->row_count];
        unsigned column = 0;
        if (r->of->level && is_empty(r))
            continue;
        row->filled = r;
        row->sum = !r->of->level && is_bold(r);
        t->row_count++;
        for (const struct filled *c = r->first; c && column < t->columns; c = c->next, column++) {
            struct text_style style = style_of(t, r, column);
            TRY(layout_check_room(l, c));
            row->cells[column].text = text_new(l->scope, c->runs, c->run_count, &style);
        }
    }
    return OK;
}

struct measure {
    int64_t natural[TABLE_COLUMNS_MAX], least[TABLE_COLUMNS_MAX];
    int64_t naturals, leasts;
};

static void measure(const struct table *t, struct measure *m)
{
    *m = (struct measure){0};
    for (size_t r = 0; r < t->row_count; r++) {
        for (unsigned c = 0; c < t->columns; c++) {
            const struct text *text = t->rows[r].cells[c].text;
            if (text && text_natural_width(text) > m->natural[c])
                m->natural[c] = text_natural_width(text);
            if (text && text_least_width(text) > m->least[c])
                m->least[c] = text_least_width(text);
        }
    }
    for (unsigned c = 0; c < t->columns; c++) {
        m->naturals += m->natural[c];
        m->leasts += m->least[c];
    }
}

// More room than is needed goes to columns of text; sums stay at the right edge, narrow.
static void widen(struct table *t, const struct measure *m, int64_t room)
{
    int64_t text = 0;
    int64_t given = 0;
    unsigned last = 0;

    for (unsigned c = 0; c < t->columns; c++)
        text += t->of->alignments[c] == ALIGN_RIGHT ? 0 : m->natural[c] + 1;
    for (unsigned c = 0; c < t->columns; c++) {
        int64_t share = 0;
        if (text == 0)
            share = (room - m->naturals) / t->columns;
        else if (t->of->alignments[c] != ALIGN_RIGHT)
            share = (room - m->naturals) * (m->natural[c] + 1) / text;
        t->width_mp[c] = (int32_t)(m->natural[c] + share);
        given += t->width_mp[c];
        last = text == 0 || t->of->alignments[c] != ALIGN_RIGHT ? c : last;
    }
    t->width_mp[last] += (int32_t)(room - given);
}

static void narrow(struct table *t, const struct measure *m, int64_t room)
{
    int64_t leasts = m->leasts > 0 ? m->leasts : 1;
    int64_t more = m->naturals > m->leasts ? m->naturals - m->leasts : 1;

    for (unsigned c = 0; c < t->columns; c++) {
        int64_t width = m->leasts >= room ? m->least[c] * room / leasts
                                          : m->least[c] + (m->natural[c] - m->least[c]) *
                                                              (room - m->leasts) / more;
        t->width_mp[c] = (int32_t)width;
    }
}

static void share(struct table *t, int64_t room)
{
    const struct place *at = &t->layout->at;
    int64_t sum = 0;

    for (unsigned c = 0; c < t->columns; c++)
        sum += c < at->share_count ? at->shares[c] : 1;
    for (unsigned c = 0; c < t->columns; c++)
        t->width_mp[c] = (int32_t)(room * (c < at->share_count ? at->shares[c] : 1) / sum);
}

static void find_widths(struct table *t)
{
    const struct place *at = &t->layout->at;
    struct measure m = {0};
    int64_t room = 0;
    int32_t x = at->x_mp;

    if ((int64_t)t->gutter_mp * t->columns > at->width_mp / 2)
        t->gutter_mp = at->width_mp / 4 / (int32_t)t->columns;
    room = at->width_mp - (int64_t)t->gutter_mp * (t->columns - 1);
    room = room > t->columns * POINT_MP ? room : (int64_t)t->columns * POINT_MP;
    measure(t, &m);
    if (at->share_count)
        share(t, room);
    else if (m.naturals <= room)
        widen(t, &m, room);
    else
        narrow(t, &m, room);
    for (unsigned c = 0; c < t->columns; c++) {
        t->width_mp[c] = t->width_mp[c] > POINT_MP ? t->width_mp[c] : POINT_MP;
        t->x_mp[c] = x;
        x += t->width_mp[c] + t->gutter_mp;
    }
}

static size_t break_cells(struct table *t, struct row *row)
{
    size_t lines = 1;

    for (unsigned c = 0; c < t->columns; c++) {
        struct cell *cell = &row->cells[c];
        if (!cell->text)
            continue;
        text_break(cell->text, t->width_mp[c], &cell->lines);
        if (cell->lines.count > lines)
            lines = cell->lines.count;
    }
    return lines;
}

static struct item rule(const struct table *t, int32_t y_mp, int32_t thick_mp, uint32_t colour)
{
    return (struct item){.kind = ITEM_FILL,
                         .x_mp = t->layout->at.x_mp,
                         .y_mp = y_mp,
                         .width_mp = t->layout->at.width_mp,
                         .height_mp = thick_mp,
                         .colour = colour};
}

static size_t count_parts(const struct table *t, const struct row *row, size_t from, size_t to)
{
    size_t count = 0;

    for (unsigned c = 0; c < t->columns; c++) {
        for (size_t i = from; i < to && i < row->cells[c].lines.count; i++)
            count += row->cells[c].lines.items[i].part_count;
    }
    return count;
}

struct band { // lines of a row that are one slab
    size_t from, to;
    bool first, last;
};

static struct slab *make_band(struct table *t, const struct row *row, struct band b)
{
    struct layout *l = t->layout;
    struct slab *slab = scope_new(l->scope, struct slab);
    struct item *items =
        scope_array(l->scope, count_parts(t, row, b.from, b.to) + 2, sizeof *items);
    struct item *next = items;
    int32_t leading = percent_of(l->at.style.size_mp, LEADING_PERCENT);
    int32_t top = b.first ? t->pad_mp : 0;
    bool head = row->filled->of->level > 0;

    if (b.first && row->sum && !l->at.plain_table)
        *next++ = rule(t, -HEAD_RULE_MP / 2, HEAD_RULE_MP, l->front->accent);
    for (unsigned c = 0; c < t->columns; c++) {
        const struct cell *cell = &row->cells[c];
        for (size_t i = b.from; i < b.to && i < cell->lines.count; i++)
            layout_line(&cell->lines.items[i], t->x_mp[c], top + (int32_t)(i - b.from) * leading,
                        cell->element, &next);
    }
    slab->height_mp = top + (int32_t)(b.to - b.from) * leading + (b.last ? t->pad_mp : 0);
    if (b.last && !l->at.plain_table) {
        int32_t thick = head ? HEAD_RULE_MP : RULE_MP;
        *next++ = rule(t, slab->height_mp, thick, head ? l->front->accent : (uint32_t)GREY_LINE);
        slab->height_mp += thick;
    }
    slab->items = items;
    slab->item_count = (size_t)(next - items);
    return slab;
}

static void begin_row(struct table *t, struct row *row)
{
    struct layout *l = t->layout;
    struct element *e = layout_begin(l, "TR");

    for (unsigned c = 0; c < t->columns; c++) {
        row->cells[c].element = layout_begin(l, row->filled->of->level ? "TH" : "TD");
        layout_end(l, row->cells[c].element);
    }
    layout_end(l, e);
}

static enum status set_row(struct table *t, struct row *row, bool tied)
{
    struct layout *l = t->layout;
    size_t lines = break_cells(t, row);
    int32_t leading = percent_of(l->at.style.size_mp, LEADING_PERCENT);
    int64_t kept = (int64_t)layout_page_height(l->front) * KEPT_ROW_PERCENT / 100;
    bool whole = (int64_t)lines * leading <= kept;
    bool head = row->filled->of->level > 0;

    begin_row(t, row);
    for (size_t i = 0; i < lines;) {
        size_t to = whole ? lines : i + 1;
        struct slab *slab = make_band(t, row, (struct band){i, to, i == 0, to == lines});
        slab->tied = i == 0 ? tied : i == 1 || to == lines;
        slab->head = t->head;
        TRY(layout_add(l, slab));
        if (head && whole)
            t->head = slab;
        i = to;
    }
    return OK;
}

enum status layout_table(struct layout *l, const struct filled *table)
{
    struct table t = {.layout = l,
                      .of = table->of,
                      .columns = table->of->column_count,
                      .gutter_mp = percent_of(l->at.style.size_mp, GUTTER_PERCENT),
                      .pad_mp = percent_of(l->at.style.size_mp,
                                           l->at.plain_table ? PLAIN_PAD_PERCENT : PAD_PERCENT)};
    struct element *e = layout_begin(l, "Table");

    TRY(shape_rows(&t, table->first));
    find_widths(&t);
    layout_gap(l, percent_of(l->at.style.size_mp, 50));
    for (size_t i = 0; i < t.row_count; i++) {
        // Neither a head nor a last row stands alone.
        bool after_head = i > 0 && t.rows[i - 1].filled->of->level;
        TRY(set_row(&t, &t.rows[i], after_head || (i > 0 && i + 1 == t.row_count)));
    }
    layout_gap(l, percent_of(l->at.style.size_mp, 80));
    layout_end(l, e);
    return OK;
}

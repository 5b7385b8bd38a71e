// Sets blocks one below the other: paragraphs, headings, lists, quotes, code, rules.
#include "document/typeset/layout_impl.h"

#include "core/scope.h"
#include "document/typeset/chunk_impl.h"
#include "document/typeset/fill_impl.h"
#include "document/typeset/front_impl.h"

enum {
    LIST_INDENT_PERCENT = 170, // of the size
    CODE_PAD_PERCENT = 60,
    HEADING_LEADING_PERCENT = 120,
};

enum status layout_add(struct layout *l, struct slab *slab)
{
    if (l->slab_count++ >= LAYOUT_SLABS_MAX || !scope_has_room(l->scope, FILL_ROOM_BYTES))
        return fail(l->scope, TOO_LARGE, "%.*s: the data make a document that is too large",
                    STR(l->front->name));
    slab->above_mp = l->gap_mp;
    slab->tied = slab->tied || (l->tie_next && !l->start_page);
    slab->starts_page = l->start_page && (l->newest || !l->chunks);
    slab->frame = l->frame;
    l->gap_mp = 0;
    l->tie_next = false;
    l->start_page = false;
    if (l->newest)
        l->newest->next = slab;
    else
        l->first = slab;
    l->newest = slab;
    return OK;
}

enum status layout_check_room(struct layout *l, const struct filled *b)
{
    if (!text_has_room(l->scope, b->runs, b->run_count))
        return fail(l->scope, TOO_LARGE, "%.*s:%zu: the text is too long", STR(l->front->name),
                    b->of->line);
    return OK;
}

void layout_gap(struct layout *l, int32_t gap_mp)
{
    if (gap_mp > l->gap_mp)
        l->gap_mp = gap_mp;
}

struct element *layout_begin(struct layout *l, const char *kind)
{
    struct element *e = l->element;

    if (!l->tagged)
        return NULL;
    l->element = scope_new(l->scope, struct element);
    l->element->parent = e;
    l->element->kind = kind;
    return l->element;
}

void layout_end(struct layout *l, struct element *element)
{
    if (element)
        l->element = element->parent;
}

void layout_line(const struct text_line *line, int32_t x_mp, int32_t y_mp, struct element *element,
                 struct item **items)
{
    for (size_t i = 0; i < line->part_count; i++) {
        const struct line_part *p = &line->parts[i];
        *(*items)++ = (struct item){.kind = ITEM_TEXT,
                                    .x_mp = x_mp + p->x_mp,
                                    .y_mp = y_mp + line->baseline_mp,
                                    .width_mp = p->width_mp,
                                    .height_mp = p->size_mp,
                                    .size_mp = p->size_mp,
                                    .word_mp = p->word_mp,
                                    .colour = p->colour,
                                    .run = p->run,
                                    .url = p->url,
                                    .element = element};
    }
}

enum status layout_runs(struct layout *l, const struct filled *b, const struct text_style *style)
{
    struct text_lines lines = {0};

    TRY(layout_check_room(l, b));
    struct text *text = text_new(l->scope, b->runs, b->run_count, style);
    text_break(text, l->at.width_mp, &lines);
    for (size_t i = 0; i < lines.count; i++) {
        const struct text_line *line = &lines.items[i];
        struct item *items = scope_array(l->scope, line->part_count, sizeof *items);
        struct slab *slab = scope_new(l->scope, struct slab);
        slab->items = items;
        slab->item_count = line->part_count;
        slab->height_mp = style->leading_mp;
        // The first two and the last two stay together.
        slab->tied = i == 1 || (i > 0 && i + 1 == lines.count);
        layout_line(line, l->at.x_mp, 0, l->element, &items);
        TRY(layout_add(l, slab));
    }
    return OK;
}

static enum status set_paragraph(struct layout *l, const struct filled *b)
{
    struct element *e = layout_begin(l, "P");
    int32_t gap = l->at.tight ? 0 : percent_of(l->at.style.size_mp, 60);

    layout_gap(l, gap);
    TRY(layout_runs(l, b, &l->at.style));
    layout_gap(l, gap);
    layout_end(l, e);
    return OK;
}

static enum status set_heading(struct layout *l, const struct filled *b)
{
    static const struct {
        const char *element;
        int32_t size, above, below; // percent of the text's size; below of its own
    } all[] = {{"H1", 210, 120, 35}, {"H2", 135, 150, 30}, {"H3", 110, 110, 20},
               {"H4", 100, 90, 15},  {"H5", 100, 80, 10},  {"H6", 100, 80, 10}};
    unsigned level = b->of->level - 1;
    struct text_style style = l->at.style;
    struct element *e = layout_begin(l, all[level].element);
    struct slab *before = l->newest;

    style.size_mp = percent_of(style.size_mp, all[level].size);
    style.leading_mp = percent_of(style.size_mp, HEADING_LEADING_PERCENT);
    style.bold = level != 3;
    style.italic = level == 3;
    style.colour = l->front->accent;
    style.justified = style.hyphenated = false;
    layout_gap(l, percent_of(l->at.style.size_mp, all[level].above));
    TRY(layout_runs(l, b, &style));
    struct slab *first = before ? before->next : l->first;
    first->level = b->of->level;
    first->title = runs_text(l->scope, b->runs, b->run_count);
    for (struct slab *s = first->next; s; s = s->next)
        s->tied = true;
    layout_gap(l, percent_of(style.size_mp, all[level].below));
    l->tie_next = true;
    layout_end(l, e);
    return OK;
}

static enum status add_pad(struct layout *l, int32_t height_mp, bool tied)
{
    struct slab *slab = scope_new(l->scope, struct slab);

    slab->height_mp = height_mp;
    slab->tied = tied;
    return layout_add(l, slab);
}

static enum status set_code(struct layout *l, const struct filled *b)
{
    struct text_style style = l->at.style;
    struct place outer = l->at;
    struct frame *frame = scope_new(l->scope, struct frame);
    int32_t pad = percent_of(style.size_mp, CODE_PAD_PERCENT);
    struct element *e = layout_begin(l, "P");

    *frame = (struct frame){l->frame, FRAME_GROUND, l->at.x_mp, l->at.width_mp, GREY_GROUND};
    layout_gap(l, pad);
    l->frame = frame;
    l->at.x_mp += pad;
    l->at.width_mp -= 2 * pad;
    style.justified = style.hyphenated = false;
    TRY(add_pad(l, pad, false));
    l->tie_next = true;
    TRY(layout_runs(l, b, &style));
    TRY(add_pad(l, pad, true));
    l->frame = frame->outer;
    l->at = outer;
    layout_gap(l, pad);
    layout_end(l, e);
    return OK;
}

static enum status set_quote(struct layout *l, const struct filled *b)
{
    struct place outer = l->at;
    struct frame *frame = scope_new(l->scope, struct frame);
    int32_t indent = percent_of(l->at.style.size_mp, 140);
    struct element *e = layout_begin(l, "BlockQuote");

    *frame = (struct frame){l->frame, FRAME_BAR, l->at.x_mp, l->at.width_mp, GREY_LINE};
    layout_gap(l, percent_of(l->at.style.size_mp, 60));
    int32_t gap = l->gap_mp;
    l->gap_mp = 0;
    TRY(add_pad(l, 0, false)); // so that the bar begins at the first line
    l->newest->above_mp = gap;
    l->tie_next = true;
    l->frame = frame;
    l->at.x_mp += indent;
    l->at.width_mp -= indent;
    l->at.style.colour = GREY;
    TRY(layout_blocks(l, b->first));
    l->frame = frame->outer;
    l->at = outer;
    layout_end(l, e);
    return OK;
}

static enum status set_rule(struct layout *l)
{
    struct slab *slab = scope_new(l->scope, struct slab);
    struct item *line = scope_new(l->scope, struct item);

    *line = (struct item){.kind = ITEM_FILL,
                          .x_mp = l->at.x_mp,
                          .width_mp = l->at.width_mp,
                          .height_mp = 500,
                          .colour = GREY_LINE};
    slab->items = line;
    slab->item_count = 1;
    slab->height_mp = 500;
    layout_gap(l, l->at.style.size_mp);
    TRY(layout_add(l, slab));
    layout_gap(l, l->at.style.size_mp);
    return OK;
}

// Puts the number or the bullet before the first line of an item.
static void put_label(struct layout *l, struct slab *slab, struct str label, int32_t x_mp,
                      int32_t width_mp)
{
    struct item *items = scope_array(l->scope, slab->item_count + 2, sizeof *items);
    struct item *next = items;
    struct run *run = scope_new(l->scope, struct run);
    struct text_style style = l->at.style;
    struct text_lines lines = {0};

    run->text = label;
    style.hyphenated = style.justified = false;
    style.alignment = ALIGN_LEFT;
    style.figures = true;
    text_break(text_new(l->scope, run, 1, &style), width_mp, &lines);
    layout_line(&lines.items[0], x_mp, 0, l->element, &next);
    for (size_t i = 0; i < slab->item_count; i++)
        *next++ = slab->items[i];
    slab->items = items;
    slab->item_count = (size_t)(next - items);
}

static enum status set_item(struct layout *l, const struct filled *item, struct str label,
                            int32_t indent_mp, bool tight)
{
    struct place outer = l->at;
    struct slab *before = l->newest;
    struct element *e = layout_begin(l, "LI");
    struct element *body = layout_begin(l, "LBody");

    l->at.x_mp += indent_mp;
    l->at.width_mp -= indent_mp;
    l->at.tight = tight;
    TRY(layout_blocks(l, item->first));
    struct slab *first = before ? before->next : l->first;
    if (!first) {
        TRY(add_pad(l, l->at.style.leading_mp, false));
        first = l->newest;
    }
    l->at = outer;
    put_label(l, first, label, outer.x_mp, indent_mp);
    layout_end(l, body);
    layout_end(l, e);
    return OK;
}

// A list that {{#each}} repeats goes on as one.
static bool goes_on(const struct filled *list)
{
    return list->next && list->next->of == list->of && list->of->kind == BLOCK_LIST;
}

static const struct filled *next_item(const struct filled **list, const struct filled *item)
{
    if (item->next)
        return item->next;
    while (goes_on(*list)) {
        *list = (*list)->next;
        if ((*list)->first)
            return (*list)->first;
    }
    return NULL;
}

static enum status set_list(struct layout *l, const struct filled *list)
{
    static const char *const bullets[] = {"•", "–", "·"};
    bool ordered = list->of->ordered;
    int32_t size = l->at.style.size_mp;
    int32_t indent = percent_of(size, ordered ? LIST_INDENT_PERCENT + 40 : LIST_INDENT_PERCENT);
    int32_t gap = percent_of(size, list->of->tight ? 20 : 60);
    size_t number = list->of->start;
    const struct filled *first = list->first;
    struct element *e = layout_begin(l, "L");

    if (l->at.width_mp < 4 * indent)
        indent = 0;
    layout_gap(l, percent_of(size, l->depth ? 20 : 50));
    for (const struct filled *item = list->first; item; item = next_item(&list, item)) {
        struct str label = ordered ? str_format(l->scope, "%zu.", number++)
                                   : str(bullets[l->depth < 3 ? l->depth : 2]);
        if (item != first)
            l->gap_mp = gap;
        l->depth++;
        TRY(set_item(l, item, label, indent, list->of->tight));
        l->depth--;
    }
    layout_gap(l, percent_of(size, l->depth ? 20 : 60));
    layout_end(l, e);
    return OK;
}

static enum status set_image(struct layout *l, const struct filled *b)
{
    const struct block *of = b->of;
    struct slab *slab = scope_new(l->scope, struct slab);
    struct item *item = scope_new(l->scope, struct item);
    int32_t width = of->drawn_width_mp < l->at.width_mp ? of->drawn_width_mp : l->at.width_mp;
    int32_t height = (int32_t)((int64_t)of->drawn_height_mp * width / of->drawn_width_mp);
    struct element *e = layout_begin(l, "Figure");

    if (e)
        e->alternate = runs_text(l->scope, b->runs, b->run_count);
    *item = (struct item){.kind = ITEM_DRAWING,
                          .x_mp = l->at.x_mp,
                          .width_mp = width,
                          .height_mp = height,
                          .drawing = of->drawing,
                          .element = l->element};
    if (l->at.style.alignment != ALIGN_LEFT)
        item->x_mp += (l->at.width_mp - width) / (l->at.style.alignment == ALIGN_CENTRE ? 2 : 1);
    slab->items = item;
    slab->item_count = 1;
    slab->height_mp = height;
    layout_gap(l, l->at.style.size_mp / 2);
    TRY(layout_add(l, slab));
    layout_gap(l, l->at.style.size_mp / 2);
    layout_end(l, e);
    return OK;
}

static enum status set_block(struct layout *l, const struct filled *b)
{
    switch (b->of->kind) {
    case BLOCK_PARAGRAPH:
        return set_paragraph(l, b);
    case BLOCK_HEADING:
        return set_heading(l, b);
    case BLOCK_CODE:
        return set_code(l, b);
    case BLOCK_QUOTE:
        return set_quote(l, b);
    case BLOCK_LIST:
        return set_list(l, b);
    case BLOCK_RULE:
        return set_rule(l);
    case BLOCK_TABLE:
        return layout_table(l, b);
    case BLOCK_IMAGE:
        return set_image(l, b);
    case BLOCK_DIRECTIVE:
        return layout_directive(l, b);
    case BLOCK_GROUP:
    case BLOCK_ITEM:
    case BLOCK_ROW:
    case BLOCK_CELL:
    case BLOCK_EACH:
    case BLOCK_IF:
    default:
        return layout_blocks(l, b->first);
    }
}

enum status layout_blocks(struct layout *l, const struct filled *first)
{
    const struct block *before = NULL;

    for (const struct filled *b = first; b; b = b->next) {
        const struct chunk *chunk = l->chunks ? b->of->chunk : NULL;
        if (chunk) {
            TRY(chunk_add(l, chunk));
            for (size_t i = 1; i < chunk->block_count; i++)
                b = b->next;
            before = b->of;
            continue;
        }
        if (b->of->kind != BLOCK_LIST || b->of != before)
            TRY(set_block(l, b));
        before = b->of;
    }
    return OK;
}

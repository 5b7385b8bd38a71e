// What stands behind `:::` in a template.
#include "core/scope.h"
#include "document/typeset/fill_impl.h"
#include "document/typeset/front_impl.h"
#include "document/typeset/layout_impl.h"
#include "document/typeset/qr.h"

enum {
    BOX_PAD_PERCENT = 110, // of the size
    SMALL_PERCENT = 84,
    SMALL_COLOUR = 0x363D47,
    COLUMNS_GUTTER_PERCENT = 240,
    QR_WIDTH_MP = 70866, // 25 mm
    SIGN_HEIGHT_PERCENT = 330,
    CAPTION_PERCENT = 80,
};

__attribute__((format(printf, 3, 4))) static enum status
wrong(struct layout *l, const struct filled *b, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    struct str what = str_format_v(l->scope, format, arguments);
    va_end(arguments);
    return template_wrong(l->scope, l->front, b->of->line, "%.*s", STR(what));
}

static struct str arguments_of(struct layout *l, const struct filled *b)
{
    return str_trim(runs_text(l->scope, b->runs, b->run_count));
}

static enum status set_space(struct layout *l, const struct filled *b)
{
    int32_t height = 0;

    if (!front_length(arguments_of(l, b), &height))
        return wrong(l, b, "::: space wants a height such as 10mm");
    l->gap_mp += height;
    return OK;
}

static enum status set_styled(struct layout *l, const struct filled *b)
{
    struct place outer = l->at;
    struct text_style *style = &l->at.style;

    if (b->of->directive == DIRECTIVE_SMALL) {
        style->leading_mp = percent_of(style->leading_mp, SMALL_PERCENT);
        style->size_mp = percent_of(style->size_mp, SMALL_PERCENT);
        style->colour = SMALL_COLOUR;
    } else {
        style->justified = false;
        style->alignment = b->of->directive == DIRECTIVE_RIGHT    ? ALIGN_RIGHT
                           : b->of->directive == DIRECTIVE_CENTRE ? ALIGN_CENTRE
                                                                  : ALIGN_LEFT;
    }
    TRY(layout_blocks(l, b->first));
    l->at = outer;
    return OK;
}

static enum status set_kept(struct layout *l, const struct filled *b)
{
    struct slab *before = l->newest;

    TRY(layout_blocks(l, b->first));
    struct slab *first = before ? before->next : l->first;
    for (struct slab *s = first ? first->next : NULL; s; s = s->next)
        s->tied = true;
    return OK;
}

static enum status add_pad(struct layout *l, int32_t height_mp, bool tied)
{
    struct slab *slab = scope_new(l->scope, struct slab);

    slab->height_mp = height_mp;
    slab->tied = tied;
    return layout_add(l, slab);
}

static enum status set_box(struct layout *l, const struct filled *b)
{
    struct place outer = l->at;
    struct frame *frame = scope_new(l->scope, struct frame);
    int32_t pad = percent_of(l->at.style.size_mp, BOX_PAD_PERCENT);
    struct str how = arguments_of(l, b);
    bool line = str_is(how, "line");

    if (how.bytes && !line)
        return wrong(l, b, "::: box wants nothing or `line`, not %.*s", STR(str_slice(how, 0, 40)));
    *frame = (struct frame){.outer = l->frame,
                            .kind = line ? FRAME_LINE : FRAME_GROUND,
                            .x_mp = l->at.x_mp,
                            .width_mp = l->at.width_mp,
                            .colour = line ? (uint32_t)GREY_LINE : (uint32_t)GREY_GROUND};
    layout_gap(l, percent_of(l->at.style.size_mp, 80));
    l->frame = frame;
    l->at.x_mp += pad;
    l->at.width_mp -= 2 * pad;
    TRY(add_pad(l, percent_of(pad, 80), false));
    l->tie_next = true;
    struct slab *top = l->newest;
    TRY(layout_blocks(l, b->first));
    if (top->next)
        top->next->above_mp = 0;
    l->gap_mp = 0;
    TRY(add_pad(l, percent_of(pad, 80), true));
    l->frame = frame->outer;
    l->at = outer;
    layout_gap(l, percent_of(l->at.style.size_mp, 80));
    return OK;
}

// Reads numbers between spaces: how wide things are to one another.
static bool read_shares(struct str text, int32_t *shares, size_t room, size_t *count)
{
    struct str rest = text;
    uint64_t number = 0;

    *count = 0;
    while (rest.data) {
        struct str word = str_cut(&rest, ' ');
        if (word.bytes == 0)
            continue;
        if (*count == room || !str_to_u64(word, 1000, &number) || number == 0)
            return false;
        shares[(*count)++] = (int32_t)number;
    }
    return true;
}

static enum status set_table_style(struct layout *l, const struct filled *b)
{
    struct place outer = l->at;
    struct str text = arguments_of(l, b);

    if (str_is(text, "plain") || str_starts(text, str("plain "))) {
        l->at.plain_table = true;
        text = str_slice(text, 5, text.bytes);
    }
    if (!read_shares(text, l->at.shares, TABLE_COLUMNS_MAX, &l->at.share_count))
        return wrong(l, b, "::: table wants `plain`, numbers, or both: plain 30 70");
    TRY(layout_blocks(l, b->first));
    l->at = outer;
    return OK;
}

// The slabs of one column, to be one slab with the others.
struct column {
    struct slab *first;
    const struct slab **slabs;
    int32_t *tops_mp;
    size_t count, item_count;
    int32_t height_mp;
};

static void stack(struct layout *l, struct column *c)
{
    for (const struct slab *s = c->first; s; s = s->next)
        c->count++;
    c->slabs = scope_array(l->scope, c->count + 1, sizeof *c->slabs);
    c->tops_mp = scope_array(l->scope, c->count + 1, sizeof *c->tops_mp);
    size_t i = 0;
    for (const struct slab *s = c->first; s; s = s->next, i++) {
        c->height_mp += i ? s->above_mp : 0;
        c->slabs[i] = s;
        c->tops_mp[i] = c->height_mp;
        c->height_mp += s->height_mp;
        c->item_count += s->item_count;
    }
}

static void merge(struct layout *l, const struct column *c, struct item **next, size_t room)
{
    size_t frames = layout_frames(c->slabs, c->tops_mp, c->count, l->frame, *next, room);

    *next += frames;
    for (size_t i = 0; i < c->count; i++) {
        for (size_t j = 0; j < c->slabs[i]->item_count; j++) {
            struct item item = c->slabs[i]->items[j];
            item.y_mp += c->tops_mp[i];
            *(*next)++ = item;
        }
    }
}

static enum status add_columns(struct layout *l, const struct filled *b, struct column *columns,
                               size_t count)
{
    struct slab *slab = scope_new(l->scope, struct slab);
    size_t room = 0;

    for (size_t i = 0; i < count; i++) {
        stack(l, &columns[i]);
        room += columns[i].item_count + 2 * columns[i].count;
        if (columns[i].height_mp > slab->height_mp)
            slab->height_mp = columns[i].height_mp;
    }
    if (slab->height_mp > layout_page_height(l->front))
        return wrong(l, b, "the columns are higher than a page");
    struct item *items = scope_array(l->scope, room + 1, sizeof *items);
    struct item *next = items;
    for (size_t i = 0; i < count; i++)
        merge(l, &columns[i], &next, 2 * columns[i].count);
    slab->items = items;
    slab->item_count = (size_t)(next - items);
    layout_gap(l, percent_of(l->at.style.size_mp, 60));
    TRY(layout_add(l, slab));
    layout_gap(l, percent_of(l->at.style.size_mp, 60));
    return OK;
}

static bool is_separator(const struct filled *b)
{
    return b->of->kind == BLOCK_DIRECTIVE && b->of->directive == DIRECTIVE_COLUMN;
}

// Sets the blocks up to the next separator in a layout of their own.
static enum status set_column(struct layout *l, struct filled **rest, int32_t x_mp,
                              int32_t width_mp, struct column *out)
{
    struct layout inner = *l;
    struct filled *first = *rest;
    struct filled **end = rest;

    while (*end && !is_separator(*end))
        end = &(*end)->next;
    struct filled *behind = *end ? (*end)->next : NULL;
    *end = NULL;
    inner.first = inner.newest = NULL;
    inner.gap_mp = 0;
    inner.tie_next = inner.start_page = inner.chunks = false;
    inner.at.x_mp = x_mp;
    inner.at.width_mp = width_mp;
    TRY(layout_blocks(&inner, end == rest ? NULL : first));
    l->slab_count = inner.slab_count;
    out->first = inner.first;
    *rest = behind;
    return OK;
}

static enum status set_columns(struct layout *l, const struct filled *b)
{
    int32_t gutter = percent_of(l->at.style.size_mp, COLUMNS_GUTTER_PERCENT);
    int32_t shares[COLUMNS_MAX] = {0};
    struct column columns[COLUMNS_MAX] = {{0}};
    size_t shared = 0;
    size_t count = 1;
    int64_t sum = 0;
    int32_t x = l->at.x_mp;
    struct filled *rest = b->first;

    for (const struct filled *c = b->first; c; c = c->next)
        count += is_separator(c);
    if (count > COLUMNS_MAX || !read_shares(arguments_of(l, b), shares, COLUMNS_MAX, &shared))
        return wrong(l, b, "::: columns wants numbers, and has at most %d columns", COLUMNS_MAX);
    for (size_t i = 0; i < count; i++)
        sum += i < shared ? shares[i] : (shares[i] = 1);
    int64_t room = l->at.width_mp - (int64_t)gutter * (int64_t)(count - 1);
    if (room < (int64_t)count * 20 * POINT_MP)
        return wrong(l, b, "there is no room for so many columns");
    for (size_t i = 0; i < count; i++) {
        int32_t width = (int32_t)(room * shares[i] / sum);
        TRY(set_column(l, &rest, x, width, &columns[i]));
        x += width + gutter;
    }
    return add_columns(l, b, columns, count);
}

static enum status set_qr(struct layout *l, const struct filled *b)
{
    struct slab *slab = scope_new(l->scope, struct slab);
    struct item *item = scope_new(l->scope, struct item);
    struct qr *qr = scope_new(l->scope, struct qr);
    struct str text = arguments_of(l, b);
    int32_t width = QR_WIDTH_MP;
    size_t at = text.bytes;

    while (at && text.data[at - 1] != ' ')
        at--;
    if (front_length(str_slice(text, at, text.bytes), &width))
        text = str_trim(str_slice(text, 0, at));
    if (width > l->at.width_mp || width < 10 * POINT_MP)
        return wrong(l, b, "a QR code of this width has no place here");
    if (text.bytes == 0)
        return OK; // there is nothing to say
    TRY(qr_encode(l->scope, text, qr));
    struct element *e = layout_begin(l, "Figure");
    if (e)
        e->alternate = str_concat(l->scope, 2, str("QR: "), text);
    *item = (struct item){.kind = ITEM_QR,
                          .x_mp = l->at.x_mp,
                          .width_mp = width,
                          .height_mp = width,
                          .qr = qr,
                          .element = l->element};
    if (l->at.style.alignment != ALIGN_LEFT)
        item->x_mp += (l->at.width_mp - width) / (l->at.style.alignment == ALIGN_CENTRE ? 2 : 1);
    layout_end(l, e);
    slab->items = item;
    slab->item_count = 1;
    slab->height_mp = width;
    layout_gap(l, percent_of(l->at.style.size_mp, 60));
    TRY(layout_add(l, slab));
    layout_gap(l, percent_of(l->at.style.size_mp, 60));
    return OK;
}

struct signer {
    struct layout *layout;
    struct item *next;
    int32_t x_mp, width_mp, height_mp;
};

static void break_signer(struct layout *l, struct str text, int32_t width_mp,
                         const struct text_style *style, struct text_lines *out)
{
    struct run *run = scope_new(l->scope, struct run);

    run->text = text;
    text_break(text_new(l->scope, run, 1, style), width_mp, out);
}

// One of those who sign: for whom, a line, and what belongs on it.
static void put_signer(struct signer *s, struct str who, const struct text_style *style)
{
    struct layout *l = s->layout;
    struct text_style caption = *style;
    struct text_lines lines = {0};
    int32_t y = percent_of(style->size_mp, SIGN_HEIGHT_PERCENT);
    bool english = str_starts(style->language, str("en"));

    *s->next++ = (struct item){.kind = ITEM_FILL,
                               .x_mp = s->x_mp,
                               .y_mp = y,
                               .width_mp = s->width_mp,
                               .height_mp = 600,
                               .colour = l->front->accent};
    y += percent_of(style->size_mp, 30);
    break_signer(l, who, s->width_mp, style, &lines);
    for (size_t i = 0; i < lines.count; i++, y += style->leading_mp)
        layout_line(&lines.items[i], s->x_mp, y, l->element, &s->next);
    caption.size_mp = percent_of(style->size_mp, CAPTION_PERCENT);
    caption.leading_mp = percent_of(style->leading_mp, CAPTION_PERCENT);
    caption.bold = false;
    caption.colour = GREY;
    break_signer(l,
                 str(english ? "Signature, name in print, place and date"
                             : "Namnteckning, namnförtydligande, ort och datum"),
                 s->width_mp, &caption, &lines);
    for (size_t i = 0; i < lines.count; i++, y += caption.leading_mp)
        layout_line(&lines.items[i], s->x_mp, y, l->element, &s->next);
    if (y > s->height_mp)
        s->height_mp = y;
}

static enum status set_signature(struct layout *l, const struct filled *b)
{
    struct str rest = arguments_of(l, b);
    struct str all = rest;
    struct text_style style = l->at.style;
    struct signer signer = {.layout = l};
    struct slab *slab = scope_new(l->scope, struct slab);
    int32_t gutter = percent_of(style.size_mp, COLUMNS_GUTTER_PERCENT);
    size_t count = 1;

    TRY(layout_check_room(l, b));
    for (size_t i = 0; i < all.bytes; i++)
        count += all.data[i] == '|';
    if (count > 4)
        return wrong(l, b, "::: signature has at most four who sign");
    // Each byte is at most an item, and so is each of the caption's.
    struct item *items = scope_array(l->scope, all.bytes + count * 80, sizeof *items);
    struct element *e = layout_begin(l, "P");
    signer.next = items;
    signer.x_mp = l->at.x_mp;
    signer.width_mp =
        (l->at.width_mp - gutter * (int32_t)(count - 1)) / (int32_t)(count > 1 ? count : 2);
    style.justified = style.hyphenated = false;
    style.alignment = ALIGN_LEFT;
    style.bold = true;
    while (rest.data) {
        put_signer(&signer, str_trim(str_cut(&rest, '|')), &style);
        signer.x_mp += signer.width_mp + gutter;
    }
    layout_end(l, e);
    slab->items = items;
    slab->item_count = (size_t)(signer.next - items);
    slab->height_mp = signer.height_mp;
    layout_gap(l, percent_of(style.size_mp, 60));
    TRY(layout_add(l, slab));
    layout_gap(l, percent_of(style.size_mp, 100));
    return OK;
}

enum status layout_directive(struct layout *l, const struct filled *b)
{
    switch (b->of->directive) {
    case DIRECTIVE_PAGE:
        l->start_page = true;
        l->gap_mp = 0;
        return OK;
    case DIRECTIVE_SPACE:
        return set_space(l, b);
    case DIRECTIVE_QR:
        return set_qr(l, b);
    case DIRECTIVE_SIGNATURE:
        return set_signature(l, b);
    case DIRECTIVE_COLUMNS:
        return set_columns(l, b);
    case DIRECTIVE_BOX:
        return set_box(l, b);
    case DIRECTIVE_KEEP:
        return set_kept(l, b);
    case DIRECTIVE_TABLE:
        return set_table_style(l, b);
    case DIRECTIVE_SMALL:
    case DIRECTIVE_LEFT:
    case DIRECTIVE_CENTRE:
    case DIRECTIVE_RIGHT:
        return set_styled(l, b);
    case DIRECTIVE_COLUMN:
        return wrong(l, b, "::: column stands between ::: columns and its end");
    case DIRECTIVES:
    default:
        return layout_blocks(l, b->first);
    }
}

// Parts slabs into pages, and draws these: what stands behind the text first, then the text.
#include "document/typeset/pages_impl.h"

#include "core/scope.h"
#include "document/typeset/canvas.h"
#include "document/typeset/chunk_impl.h"
#include "document/typeset/fill_impl.h"
#include "document/typeset/front_impl.h"
#include "document/typeset/qr.h"
#include "document/typeset/template.h"
#include "document/typeset/template_impl.h"
#include "document/typeset/writer.h"

enum { OUTLINE_LEVEL_MAX = 3 };

int32_t layout_page_height(const struct front *front)
{
    return front->page_height_mp - front->top_mp - front->bottom_mp;
}

static const struct slab *head_for(const struct slab *slab)
{
    return slab->head && slab->head != slab ? slab->head : NULL;
}

// Finds the slab that the next page begins with, NULL at the end; counts those before it.
static const struct slab *find_end(const struct slab *first, int64_t room, size_t *count)
{
    const struct slab *end = NULL; // the last one that may begin a page
    size_t before_end = 0;
    int64_t y = 0;

    *count = 0;
    for (const struct slab *s = first; s; s = s->next) {
        if (s != first && s->starts_page)
            return s;
        y += (s == first ? 0 : s->above_mp) + s->height_mp;
        if (s != first && !s->tied) {
            end = s;
            before_end = *count;
        }
        if (y > room && s != first) {
            // All of it is tied: it is parted all the same.
            if (!end)
                return s;
            *count = before_end;
            return end;
        }
        ++*count;
    }
    return NULL;
}

static void fill_page(struct scope *s, struct page *page, const struct slab *first, size_t count,
                      int32_t top_mp)
{
    const struct slab *head = head_for(first);
    int32_t y = top_mp;

    page->slabs = scope_array(s, count + 1, sizeof *page->slabs);
    page->tops_mp = scope_array(s, count + 1, sizeof *page->tops_mp);
    if (head) {
        page->repeats_head = true;
        page->tops_mp[page->count] = y;
        page->slabs[page->count++] = head;
        y += head->height_mp;
    }
    for (size_t i = 0; i < count; i++, first = first->next) {
        y += i ? first->above_mp : 0;
        page->tops_mp[page->count] = y;
        page->slabs[page->count++] = first;
        y += first->height_mp;
    }
}

enum status pages_break(struct scope *s, const struct slab *first, const struct front *front,
                        int32_t first_less_mp, struct pages *out)
{
    struct page **last = &out->first;
    int32_t less = first_less_mp;

    *out = (struct pages){0};
    do {
        struct page *page = scope_new(s, struct page);
        size_t count = 0;
        int64_t room = layout_page_height(front) - less;
        if (out->count++ == TEMPLATE_PAGES_MAX)
            return fail(s, TOO_LARGE, "%.*s: a document has at most %d pages", STR(front->name),
                        TEMPLATE_PAGES_MAX);
        *last = page;
        last = &page->next;
        if (!first)
            break;
        if (head_for(first))
            room -= first->head->height_mp;
        const struct slab *next = find_end(first, room, &count);
        fill_page(s, page, first, count, less);
        first = next;
        less = 0;
    } while (first);
    return OK;
}

static bool within(const struct slab *slab, const struct frame *frame)
{
    for (const struct frame *f = slab->frame; f; f = f->outer) {
        if (f == frame)
            return true;
    }
    return false;
}

// The frames that begin at a slab, outer ones first.
static void put_frames(const struct slab *const *slabs, const int32_t *tops_mp, size_t at,
                       size_t count, const struct frame *frame, const struct frame *stop,
                       struct item *items, size_t room, size_t *made)
{
    size_t end = at;

    if (frame == stop || !frame)
        return;
    put_frames(slabs, tops_mp, at, count, frame->outer, stop, items, room, made);
    if ((at && within(slabs[at - 1], frame)) || *made == room)
        return;
    while (end + 1 < count && within(slabs[end + 1], frame))
        end++;
    items[(*made)++] = (struct item){
        .kind = frame->kind == FRAME_LINE ? ITEM_FRAME : ITEM_FILL,
        .x_mp = frame->x_mp,
        .y_mp = tops_mp[at],
        .width_mp = frame->kind == FRAME_BAR ? 2 * POINT_MP : frame->width_mp,
        .height_mp = tops_mp[end] + slabs[end]->height_mp - tops_mp[at],
        .colour = frame->colour,
    };
}

size_t layout_frames(const struct slab *const *slabs, const int32_t *tops_mp, size_t count,
                     const struct frame *stop, struct item *items, size_t room)
{
    size_t made = 0;

    for (size_t i = 0; i < count; i++)
        put_frames(slabs, tops_mp, i, count, slabs[i]->frame, stop, items, room, &made);
    return made;
}

static double points(int64_t mp)
{
    return (double)mp / POINT_MP;
}

static struct colour colour_of(uint32_t rgb)
{
    return (struct colour){(uint8_t)(rgb >> 16), (uint8_t)(rgb >> 8), (uint8_t)rgb};
}

static void draw_text(struct canvas *c, const struct item *item, int32_t y_mp)
{
    const struct canvas_text how = {.size = points(item->size_mp),
                                    .colour = colour_of(item->colour),
                                    .word_spacing = points(item->word_mp)};
    int32_t baseline = y_mp - item->y_mp;

    canvas_text(c, points(item->x_mp), points(baseline), item->run, &how);
    if (item->url.bytes) {
        canvas_link(c,
                    (struct box){points(item->x_mp), points(baseline - item->size_mp / 4),
                                 points(item->width_mp), points(item->size_mp * 5 / 4)},
                    item->url);
    }
}

void item_draw(struct canvas *c, const struct item *item, int32_t y_mp)
{
    const struct box box = {points(item->x_mp), points(y_mp - item->y_mp - item->height_mp),
                            points(item->width_mp), points(item->height_mp)};

    switch (item->kind) {
    case ITEM_FILL:
        canvas_fill(c, box, colour_of(item->colour));
        break;
    case ITEM_FRAME:
        canvas_frame(c, box, 0.6, colour_of(item->colour));
        break;
    case ITEM_DRAWING:
        canvas_draw(c, item->drawing, box);
        break;
    case ITEM_QR:
        qr_draw(c, item->qr, box);
        break;
    case ITEM_TEXT:
    default:
        draw_text(c, item, y_mp);
    }
}

struct drawer {
    struct fill *fill;
    const struct template *template;
    struct writer *writer;
    struct canvas *canvas;
    size_t page; // from 0
    size_t page_count;
    const struct element *open; // of what is being drawn
    bool marked;
};

// Makes the tag of an element, after those that it stands in.
static struct tag *tag_of(struct drawer *d, struct element *e)
{
    if (!e)
        return NULL;
    if (!e->tag) {
        struct tag *parent = tag_of(d, e->parent);
        e->tag =
            writer_tag(d->writer, parent, e->kind, &(struct tag_about){.alternate = e->alternate});
    }
    return e->tag;
}

static void draw_marked(struct drawer *d, const struct item *item, int32_t y_mp, bool artifact)
{
    struct element *e = artifact ? NULL : item->element;

    if (!d->template->front.tagged) {
        item_draw(d->canvas, item, y_mp);
        return;
    }
    if (!d->marked || d->open != e) {
        if (d->marked)
            canvas_untag(d->canvas);
        canvas_tag(d->canvas, tag_of(d, e));
        d->marked = true;
        d->open = e;
    }
    item_draw(d->canvas, item, y_mp);
}

static void end_marked(struct drawer *d)
{
    if (d->marked)
        canvas_untag(d->canvas);
    d->marked = false;
}

// Shows slabs as the form that the template has of them; returns how many.
static size_t draw_form(struct drawer *d, const struct page *page, size_t at)
{
    const struct slab *s = page->slabs[at];
    int32_t top = d->template->front.page_height_mp - d->template->front.top_mp;

    if (!s->form || at + s->form_slabs > page->count)
        return 0;
    double y = points(top - page->tops_mp[at]) - s->form->height + points(CHUNK_MARGIN_MP);
    canvas_draw(d->canvas, s->form, (struct box){0, y, 0, 0});
    return s->form_slabs;
}

static enum status draw_page(struct drawer *d, const struct page *page)
{
    const struct front *front = &d->template->front;
    int32_t top = front->page_height_mp - front->top_mp;
    size_t room = 0;
    size_t done = 0; // slabs that a form has shown

    for (size_t i = 0; i < page->count; i++) {
        for (const struct frame *f = page->slabs[i]->frame; f; f = f->outer)
            room++;
    }
    struct item *frames = scope_array(d->fill->scope, room, sizeof *frames);
    room = layout_frames(page->slabs, page->tops_mp, page->count, NULL, frames, room);
    d->canvas = canvas_new(d->fill->scope);
    for (size_t i = 0; i < room; i++)
        draw_marked(d, &frames[i], top, true);
    for (size_t i = 0; i < page->count; i++) {
        const struct slab *s = page->slabs[i];
        size_t formed = draw_form(d, page, i);
        if (formed)
            done = i + formed;
        for (size_t j = 0; i >= done && j < s->item_count; j++)
            draw_marked(d, &s->items[j], top - page->tops_mp[i], page->repeats_head && i == 0);
        if (s->level && s->level <= OUTLINE_LEVEL_MAX)
            writer_outline(d->writer, s->level - 1, s->title, d->page,
                           points(top - page->tops_mp[i]));
    }
    end_marked(d);
    if (front->tagged)
        canvas_tag(d->canvas, NULL);
    TRY(edges_draw(d->fill, d->template, d->page, d->page_count, d->canvas));
    if (front->tagged)
        canvas_untag(d->canvas);
    writer_page(d->writer, d->canvas,
                (struct paper){points(front->page_width_mp), points(front->page_height_mp)});
    return OK;
}

enum status pages_draw(struct fill *f, const struct template *t, const struct pages *pages,
                       struct writer *w)
{
    struct drawer d = {.fill = f, .template = t, .writer = w, .page_count = pages->count};

    for (const struct page *p = pages->first; p; p = p->next, d.page++) {
        if (!scope_has_room(f->scope, FILL_ROOM_BYTES))
            return fail(f->scope, TOO_LARGE, "%.*s: the document is too large", STR(t->front.name));
        TRY(draw_page(&d, p));
    }
    return OK;
}

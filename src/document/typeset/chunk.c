// Makes chunks when a template is compiled, and adds copies of their slabs to documents.
#include "document/typeset/chunk_impl.h"

#include "core/scope.h"
#include "document/typeset/canvas.h"
#include "document/typeset/fill_impl.h"
#include "document/typeset/front_impl.h"
#include "document/typeset/pages_impl.h"
#include "document/typeset/writer.h"

struct maker {
    const struct layout *layout;
    const struct source *source;
    struct stock *stock;
};

static bool may_be_form(const struct slab *first, size_t count)
{
    size_t glyphs = 0;

    for (size_t i = 0; i < count; i++, first = first->next) {
        for (size_t j = 0; j < first->item_count; j++) {
            if (first->items[j].url.bytes)
                return false; // a link belongs to a page
            glyphs += first->items[j].run ? first->items[j].run->glyph_count : 0;
        }
    }
    return glyphs >= CHUNK_FORM_GLYPHS_MIN;
}

// Draws slabs below one another.
static const struct drawing *make_form(const struct maker *m, const struct slab *first,
                                       size_t count)
{
    const struct front *front = m->layout->front;
    struct canvas *c = canvas_new(m->layout->scope);
    int32_t height = 2 * CHUNK_MARGIN_MP;
    const struct slab *s = first;

    for (size_t i = 0; i < count; i++, s = s->next)
        height += (i ? s->above_mp : 0) + s->height_mp;
    int32_t y = height - CHUNK_MARGIN_MP;
    s = first;
    for (size_t i = 0; i < count; i++, s = s->next) {
        y -= i ? s->above_mp : 0;
        for (size_t j = 0; j < s->item_count; j++)
            item_draw(c, &s->items[j], y);
        y -= s->height_mp;
    }
    return stock_form(
        m->stock, c,
        (struct paper){(double)front->page_width_mp / POINT_MP, (double)height / POINT_MP});
}

// A form for what stands on one page: all of it, or, where it begins a page, as much as fits.
static enum status make_forms(const struct maker *m, struct slab *first)
{
    struct pages pages = {0};

    TRY(pages_break(m->layout->scope, first, m->layout->front, 0, &pages));
    struct slab *s = first;
    for (const struct page *p = pages.first; p && s; p = p->next) {
        size_t count = p->count - p->repeats_head;
        struct slab *begin = s;
        for (size_t i = 0; i < count; i++)
            s = s->next;
        if (p->repeats_head || !may_be_form(begin, count))
            continue;
        begin->form = make_form(m, begin, count);
        begin->form_slabs = count;
    }
    return OK;
}

// Counts the blocks from here on that depend on no data. A list that is repeated goes on.
static size_t count_fixed(const struct block *b, bool repeated)
{
    size_t count = 0;

    for (; b && b->fixed && !(repeated && b->kind == BLOCK_LIST); b = b->next)
        count++;
    return count;
}

static enum status make_chunk(const struct maker *m, struct block *first, size_t count)
{
    struct layout l = *m->layout;
    struct fill f = {.scope = l.scope,
                     .source = m->source,
                     .context = {.front = l.front, .language = l.front->language}};
    struct chunk *chunk = scope_new(l.scope, struct chunk);
    struct filled *blocks = NULL;
    struct block *end = first;

    for (size_t i = 0; i < count; i++)
        end = end->next;
    TRY(fill_some(&f, first, end, &blocks));
    TRY(layout_blocks(&l, blocks));
    *chunk = (struct chunk){.block_count = count,
                            .first = l.first,
                            .gap_mp = l.gap_mp,
                            .tie_next = l.tie_next,
                            .start_page = l.start_page};
    if (!l.first)
        return OK;
    TRY(make_forms(m, l.first));
    first->chunk = chunk;
    for (struct block *b = first; b != end; b = b->next)
        b->in_chunk = true;
    return OK;
}

static enum status make_all(const struct maker *m, struct block *first, bool repeated)
{
    for (struct block *b = first; b;) {
        size_t count = count_fixed(b, repeated);
        if (count)
            TRY(make_chunk(m, b, count));
        if (count == 0 && (b->kind == BLOCK_EACH || b->kind == BLOCK_IF)) {
            TRY(make_all(m, b->first, repeated || b->kind == BLOCK_EACH));
            TRY(make_all(m, b->otherwise, repeated));
        }
        for (size_t i = 0; i < (count ? count : 1); i++)
            b = b->next;
    }
    return OK;
}

enum status chunks_make(const struct layout *l, const struct source *source, struct stock *stock,
                        struct block *first)
{
    const struct maker m = {l, source, stock};

    return make_all(&m, first, false);
}

enum status chunk_add(struct layout *l, const struct chunk *chunk)
{
    const struct slab *from = chunk->first;

    for (; from; from = from->next) {
        struct slab *slab = scope_new(l->scope, struct slab);
        *slab = *from;
        slab->next = NULL;
        l->start_page |= from->starts_page;
        if (from->starts_page)
            l->gap_mp = from->above_mp;
        else
            layout_gap(l, from->above_mp);
        TRY(layout_add(l, slab));
        slab->frame = from->frame;
    }
    l->gap_mp = chunk->gap_mp;
    l->tie_next = chunk->tie_next;
    l->start_page = chunk->start_page;
    return OK;
}

#include "document/typeset/writer.h"

#include "core/moment.h"
#include "core/scope.h"
#include "document/typeset/canvas_impl.h"
#include "document/typeset/writer_impl.h"

#include <assert.h>

struct stock *stock_new(struct scope *s)
{
    struct stock *k = scope_new(s, struct stock);

    k->scope = s;
    k->list = shared_list_new(NUMBER_STOCK, 0);
    return k;
}

const struct drawing *stock_image(struct stock *k, const struct image *image)
{
    return shared_image(k->scope, &k->list, image);
}

const struct drawing *stock_form(struct stock *k, struct canvas *content, struct paper size)
{
    return shared_form(k->scope, &k->list, NULL, content, size);
}

struct writer *writer_new(struct scope *s, const struct stock *stock)
{
    struct writer *w = scope_new(s, struct writer);

    w->scope = s;
    w->stock = stock;
    w->output = output_new(s);
    w->list = shared_list_new(stock ? stock->list.next_number : NUMBER_STOCK,
                              stock ? stock->list.count : 0);
    output_skip(w->output, w->list.next_number - 1);
    w->own_at = output_offset(w->output);
    return w;
}

// A drawing of the document gets its numbers among those of the pages.
static void lend_numbers(struct writer *w)
{
    w->list.next_number = output_reserve(w->output);
}

static void take_numbers(struct writer *w, uint32_t first)
{
    while (w->list.next_number > first + 1) {
        (void)output_reserve(w->output);
        first++;
    }
}

const struct drawing *writer_image(struct writer *w, const struct image *image)
{
    lend_numbers(w);
    uint32_t first = w->list.next_number;
    const struct drawing *drawing = shared_image(w->scope, &w->list, image);
    take_numbers(w, first);
    return drawing;
}

const struct drawing *writer_form(struct writer *w, struct canvas *content, struct paper size)
{
    lend_numbers(w);
    return shared_form(w->scope, &w->list, w->stock ? &w->stock->list : NULL, content, size);
}

void writer_page(struct writer *w, struct canvas *content, struct paper size)
{
    assert(w->page_count < WRITER_PAGES_MAX);
    w->pages = canvas_grow(w->scope, w->pages, w->page_count, &w->page_room, sizeof *w->pages);
    struct page *page = &w->pages[w->page_count++];
    struct str operators = canvas_finish(content);

    *page = (struct page){.number = output_reserve(w->output),
                          .content = output_reserve(w->output),
                          .size = size,
                          .fonts = content->fonts,
                          .drawings = content->drawings,
                          .drawing_count = content->drawing_count,
                          .tags = content->tags,
                          .tag_count = content->tag_count,
                          .links = content->links,
                          .link_count = content->link_count};
    take_tags(w, w->page_count - 1, content);
    output_deflate(w->output, page->content, (struct str){0}, operators);
}

size_t writer_page_count(const struct writer *w)
{
    return w->page_count;
}

static void write_page(struct writer *w, size_t index)
{
    const struct page *page = &w->pages[index];
    struct buf *out = output_begin(w->output, page->number);

    buf_format(out, "<</Type/Page/Parent %d 0 R/MediaBox[0 0 ", NUMBER_PAGES);
    canvas_put_points(out, page->size.width);
    canvas_put_points(out, page->size.height);
    buf_format(out, "]/Contents %u 0 R", page->content);
    put_resources(out, page->fonts, page->drawings, page->drawing_count);
    if (page->link_count) {
        buf_put_z(out, "/Annots[");
        for (size_t i = 0; i < page->link_count; i++) {
            if (page->annotations[i])
                buf_format(out, "%u 0 R ", page->annotations[i]);
        }
        buf_put_z(out, "]/Tabs/S");
    }
    // Last, where joining finds it.
    if (w->root.first)
        buf_format(out, "/StructParents %zu", index);
    buf_put_z(out, ">>");
    output_end(w->output);
}

static void write_tree(struct writer *w)
{
    struct buf *out = output_begin(w->output, NUMBER_PAGES);

    buf_format(out, "<</Type/Pages/Count %zu/Kids[", w->page_count);
    for (size_t i = 0; i < w->page_count; i++) {
        buf_put_u64(out, w->pages[i].number);
        buf_put_z(out, " 0 R ");
    }
    buf_put_z(out, "]>>");
    output_end(w->output);
}

// What is this document's alone.
static void write_own(struct writer *w)
{
    for (size_t i = 0; i < w->page_count && w->root.first; i++)
        (void)add_parent(w, output_reserve(w->output));
    write_links(w);
    write_tags(w);
    for (size_t i = 0; i < w->page_count; i++)
        write_page(w, i);
}

static void write_rest(struct writer *w, const struct writer_about *about)
{
    write_tree(w);
    write_tag_root(w);
    write_outline(w);
    write_attached(w);
    write_info(w, about);
    write_metadata(w, about);
    write_catalog(w, about);
}

enum status writer_finish(struct writer *w, const struct writer_about *about, struct str *out)
{
    bool is_part = w->page_count <= WRITER_PART_PAGES_MAX;
    struct output_trailer trailer = {.root = NUMBER_CATALOG, .info = NUMBER_INFO, .id = about->id};

    if (w->page_count == 0)
        return fail(w->scope, INVALID, "a PDF needs at least one page");
    if (!moment_valid(about->created_us))
        return fail(w->scope, INVALID, "the document's time is out of range");
    if (!is_part)
        output_pack(w->output);
    write_own(w);
    size_t own_end = output_offset(w->output);
    write_shared(w, about->pdfa);
    write_rest(w, about);
    if (is_part) {
        write_part(w, own_end, about);
        trailer.more = str_format(w->scope, "/SheafPart %d 0 R", NUMBER_PART);
    }
    return output_finish(w->output, &trailer, out);
}

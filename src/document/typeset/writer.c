#include "document/typeset/writer.h"

#include "core/moment.h"
#include "core/scope.h"
#include "document/pdf/syntax.h"
#include "document/typeset/canvas_impl.h"
#include "document/typeset/writer_impl.h"

#include <assert.h>

enum { TEXT_BYTES_MAX = 1 << 20 };

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
    w->output = output_new(s, OUTPUT_PLAIN);
    w->list = shared_list_new(stock ? stock->list.next_number : NUMBER_STOCK,
                              stock ? stock->list.count : 0);
    output_skip(w->output, w->list.next_number - 1);
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

    *page = (struct page){.number = page->number,
                          .content = output_reserve(w->output),
                          .size = size,
                          .fonts = content->fonts,
                          .drawings = content->drawings,
                          .drawing_count = content->drawing_count,
                          .links = content->links,
                          .link_count = content->link_count};
    if (page->number == 0)
        page->number = output_reserve(w->output);
    output_deflate(w->output, page->content, (struct str){0}, operators);
}

size_t writer_page_count(const struct writer *w)
{
    return w->page_count;
}

static void write_page(struct writer *w, const struct page *page)
{
    struct buf *out = output_begin(w->output, page->number);

    buf_format(out, "<</Type/Page/Parent %d 0 R/MediaBox[0 0 ", NUMBER_PAGES);
    canvas_put_points(out, page->size.width);
    canvas_put_points(out, page->size.height);
    buf_format(out, "]/Contents %u 0 R", page->content);
    put_resources(out, page->fonts, page->drawings, page->drawing_count);
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

static void put_text(struct writer *w, struct buf *out, const char *key, struct str text)
{
    if (text.bytes)
        buf_format(out, "/%s%.*s", key, STR(pdf_write_text(w->scope, text)));
}

void write_info(struct writer *w, const struct writer_about *about)
{
    struct buf *out = output_begin(w->output, NUMBER_INFO);

    buf_put_z(out, "<</Producer(Sheaf)");
    put_text(w, out, "Title", about->title);
    put_text(w, out, "Author", about->author);
    put_text(w, out, "Subject", about->subject);
    put_text(w, out, "Keywords", about->keywords);
    buf_put_z(out, ">>");
    output_end(w->output);
}

static void write_catalog(struct writer *w, const struct writer_about *about)
{
    struct buf *out = output_begin(w->output, NUMBER_CATALOG);

    buf_format(out, "<</Type/Catalog/Pages %d 0 R", NUMBER_PAGES);
    put_text(w, out, "Lang", about->language);
    if (about->title.bytes)
        buf_put_z(out, "/ViewerPreferences<</DisplayDocTitle true>>");
    buf_put_z(out, ">>");
    output_end(w->output);
}

enum status writer_finish(struct writer *w, const struct writer_about *about, struct str *out)
{
    if (w->page_count == 0)
        return fail(w->scope, INVALID, "a PDF needs at least one page");
    for (size_t i = 0; i < w->page_count; i++)
        write_page(w, &w->pages[i]);
    write_shared(w);
    write_tree(w);
    write_info(w, about);
    write_catalog(w, about);
    return output_finish(
        w->output,
        &(struct output_trailer){.root = NUMBER_CATALOG, .info = NUMBER_INFO, .id = about->id},
        out);
}

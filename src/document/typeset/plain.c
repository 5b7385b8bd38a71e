// The simplest setter there is: Helvetica, lines, pages, a PDF written by hand.
#include "document/typeset/plain_impl.h"

#include "core/buf.h"
#include "core/scope.h"
#include "document/pdf/syntax.h"
#include "document/pdf/winansi.h"
#include "document/typeset/fill_impl.h"
#include "document/typeset/template.h"
#include "document/typeset/template_impl.h"

enum { PAGE_BYTES_MAX = 1 << 20, PDF_BYTES_MAX_PLAIN = 256 << 20 };

struct page {
    struct page *next;
    struct buf content;
};

struct setter {
    struct fill *fill;
    const struct template *template;
    struct page *first, *page;
    size_t page_count;
    int32_t y_mp; // of the next line's top
};

static enum status new_page(struct setter *p)
{
    const struct front *front = &p->template->front;
    struct page *page = scope_new(p->fill->scope, struct page);

    if (p->page_count++ == TEMPLATE_PAGES_MAX)
        return fail(p->fill->scope, TOO_LARGE, "a document has at most %d pages",
                    TEMPLATE_PAGES_MAX);
    page->content = buf_make(p->fill->scope, PAGE_BYTES_MAX);
    if (p->page)
        p->page->next = page;
    else
        p->first = page;
    p->page = page;
    p->y_mp = front->page_height_mp - front->top_mp;
    return OK;
}

static void put_text(struct buf *out, struct str encoded, int32_t size_mp, int32_t x_mp,
                     int32_t y_mp)
{
    buf_format(out, "BT /F1 %d.%03d Tf %d.%03d %d.%03d Td (", size_mp / 1000, size_mp % 1000,
               x_mp / 1000, x_mp % 1000, y_mp / 1000, y_mp % 1000);
    for (size_t i = 0; i < encoded.bytes; i++) {
        if (strchr("()\\", encoded.data[i]))
            buf_put_byte(out, '\\');
        buf_put_byte(out, encoded.data[i]);
    }
    buf_put_z(out, ") Tj ET\n");
}

static enum status put_line(struct setter *p, struct str encoded, int32_t x_mp, int32_t size_mp)
{
    int32_t height = size_mp * 7 / 5;

    if (!p->page || p->y_mp - height < p->template->front.bottom_mp)
        TRY(new_page(p));
    put_text(&p->page->content, encoded, size_mp, x_mp, p->y_mp - size_mp);
    p->y_mp -= height;
    return OK;
}

// Takes as many words as fit.
static struct str take_line(struct str *rest, int32_t width_mp, int32_t size_mp)
{
    size_t end = 0;

    for (size_t at = 0; at <= rest->bytes; at++) {
        if (at < rest->bytes && rest->data[at] != ' ')
            continue;
        if (end && (int64_t)winansi_width(str_slice(*rest, 0, at)) * size_mp / 1000 > width_mp)
            break;
        end = at;
    }
    struct str line = str_slice(*rest, 0, end);
    *rest = end < rest->bytes ? str_slice(*rest, end + 1, rest->bytes) : (struct str){0};
    return line;
}

static enum status put_runs(struct setter *p, const struct run *runs, size_t count, int32_t x_mp,
                            int32_t size_mp)
{
    int32_t width = p->template->front.page_width_mp - p->template->front.right_mp - x_mp;

    for (size_t i = 0; i < count;) {
        size_t end = i;
        while (end < count && !runs[end].is_break)
            end++;
        struct str encoded = {0};
        TRY(winansi_encode(p->fill->scope, runs_text(p->fill->scope, runs + i, end - i), &encoded));
        while (encoded.bytes)
            TRY(put_line(p, take_line(&encoded, width, size_mp), x_mp, size_mp));
        i = end + 1;
    }
    return OK;
}

static enum status put_row(struct setter *p, const struct filled *row, unsigned columns)
{
    const struct front *front = &p->template->front;
    int32_t width = (front->page_width_mp - front->left_mp - front->right_mp) / (int32_t)columns;
    int32_t x = front->left_mp;

    TRY(put_line(p, str(""), x, front->size_mp));
    for (const struct filled *cell = row->first; cell; cell = cell->next) {
        struct str encoded = {0};
        struct str text = runs_text(p->fill->scope, cell->runs, cell->run_count);
        TRY(winansi_encode(p->fill->scope, text, &encoded));
        put_text(&p->page->content, encoded, front->size_mp, x, p->y_mp + front->size_mp * 2 / 5);
        x += width;
    }
    return OK;
}

static enum status put_block(struct setter *p, const struct filled *b, int32_t x_mp)
{
    static const int32_t percents[] = {100, 200, 150, 120, 110, 100, 100};
    int32_t size = p->template->front.size_mp;

    if (b->of->kind == BLOCK_DIRECTIVE && b->of->directive == DIRECTIVE_PAGE)
        return new_page(p);
    if (b->of->kind == BLOCK_HEADING)
        size = size * percents[b->of->level] / 100;
    if (b->of->kind == BLOCK_ITEM || b->of->kind == BLOCK_QUOTE)
        x_mp += 2 * size;
    if (b->of->kind != BLOCK_DIRECTIVE && b->of->kind != BLOCK_IMAGE)
        TRY(put_runs(p, b->runs, b->run_count, x_mp, size));
    if (b->of->kind != BLOCK_ITEM && b->of->kind != BLOCK_ROW)
        p->y_mp -= size / 2;
    for (const struct filled *c = b->first; c; c = c->next) {
        if (b->of->kind == BLOCK_TABLE)
            TRY(put_row(p, c, b->of->column_count));
        else
            TRY(put_block(p, c, x_mp));
    }
    return OK;
}

static enum status put_edge(struct setter *p, const struct line_text *line, size_t number,
                            int32_t y_mp)
{
    struct fill *f = p->fill;
    const struct run *runs = NULL;
    struct str encoded = {0};
    size_t count = 0;

    f->context.page = number;
    f->context.page_count = p->page_count;
    TRY(fill_pieces(f, &line->source, &line->pieces, &runs, &count));
    TRY(winansi_encode(f->scope, runs_text(f->scope, runs, count), &encoded));
    put_text(&p->page->content, encoded, 8000, p->template->front.left_mp, y_mp);
    return OK;
}

static enum status put_edges(struct setter *p)
{
    const struct front *front = &p->template->front;
    size_t number = 0;

    for (p->page = p->first; p->page; p->page = p->page->next) {
        number++;
        TRY(put_edge(p, &p->template->header, number, front->page_height_mp - front->top_mp / 2));
        TRY(put_edge(p, &p->template->footer, number, front->bottom_mp / 2));
    }
    return OK;
}

struct file {
    struct buf out;
    size_t *offsets;
    size_t count;
};

static void begin_object(struct file *f)
{
    f->offsets[++f->count] = f->out.bytes;
    buf_format(&f->out, "%zu 0 obj\n", f->count);
}

static void put_pages(struct file *file, const struct setter *p)
{
    const struct front *front = &p->template->front;

    for (const struct page *page = p->first; page; page = page->next) {
        begin_object(file);
        buf_format(&file->out,
                   "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d.%03d %d.%03d] /Resources << "
                   "/Font << /F1 3 0 R >> >> /Contents %zu 0 R >>\nendobj\n",
                   front->page_width_mp / 1000, front->page_width_mp % 1000,
                   front->page_height_mp / 1000, front->page_height_mp % 1000, file->count + 1);
        begin_object(file);
        buf_format(&file->out, "<< /Length %zu >>\nstream\n", page->content.bytes);
        buf_put(&file->out, buf_str(&page->content));
        buf_put_z(&file->out, "\nendstream\nendobj\n");
    }
}

static void put_trailer(struct file *file)
{
    size_t start = file->out.bytes;

    buf_format(&file->out, "xref\n0 %zu\n0000000000 65535 f \n", file->count + 1);
    for (size_t i = 1; i <= file->count; i++)
        buf_format(&file->out, "%010zu 00000 n \n", file->offsets[i]);
    buf_format(&file->out,
               "trailer\n<< /Size %zu /Root 1 0 R /Info 4 0 R >>\nstartxref\n%zu\n%%%%EOF\n",
               file->count + 1, start);
}

static enum status write_file(struct setter *p, struct str title, struct str *out)
{
    struct scope *s = p->fill->scope;
    struct file file = {.out = buf_make(s, PDF_BYTES_MAX_PLAIN),
                        .offsets = scope_array(s, 5 + 2 * p->page_count, sizeof(size_t))};

    buf_put_z(&file.out, "%PDF-1.7\n%\xE2\xE3\xCF\xD3\n");
    begin_object(&file);
    buf_put_z(&file.out, "<< /Type /Catalog /Pages 2 0 R >>\nendobj\n");
    begin_object(&file);
    buf_format(&file.out, "<< /Type /Pages /Count %zu /Kids [", p->page_count);
    for (size_t i = 0; i < p->page_count; i++)
        buf_format(&file.out, " %zu 0 R", 5 + 2 * i);
    buf_put_z(&file.out, " ] >>\nendobj\n");
    begin_object(&file);
    buf_put_z(&file.out, "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding "
                         "/WinAnsiEncoding >>\nendobj\n");
    begin_object(&file);
    buf_format(&file.out, "<< /Title %.*s >>\nendobj\n", STR(pdf_write_text(s, title)));
    put_pages(&file, p);
    put_trailer(&file);
    return buf_finish(&file.out, "the document", out);
}

enum status plain_render(struct fill *f, const struct template *t, const struct filled *blocks,
                         const struct template_about *about, struct template_result *out)
{
    struct setter p = {.fill = f, .template = t};
    const struct run *runs = NULL;
    struct str title = about->title;
    size_t count = 0;

    TRY(new_page(&p));
    for (const struct filled *b = blocks; b; b = b->next)
        TRY(put_block(&p, b, t->front.left_mp));
    TRY(put_edges(&p));
    if (title.bytes == 0) {
        TRY(fill_pieces(f, &t->title.source, &t->title.pieces, &runs, &count));
        title = runs_text(f->scope, runs, count);
    }
    out->page_count = p.page_count;
    return write_file(&p, title, &out->pdf);
}

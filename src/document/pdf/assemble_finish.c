// The end of an assembly: attachments, bookmarks, the tree of pages, the catalog, the trailer.
#include "core/scope.h"
#include "crypto/digest.h"
#include "document/pdf/assemble.h"
#include "document/pdf/assemble_impl.h"
#include "document/pdf/revision.h"

#include <stdlib.h>

enum {
    REFERENCE_BYTES = 16,
    ENTRY_BYTES = 20,
    CATALOG_BYTES_MAX = 8 << 20,
    TEXT_BYTES_MAX = 64 << 10,
    ID_BYTES = 16,
};

static void write_pages(struct joined *j)
{
    struct buf kids = buf_make(j->scope, j->page_count * REFERENCE_BYTES + 128);

    buf_format(&kids, "<< /Type /Pages /Count %zu /Kids [", j->page_count);
    for (size_t i = 0; i < j->page_count; i++)
        buf_format(&kids, " %u 0 R", j->pages[i]);
    buf_put_z(&kids, " ] >>");
    joined_write(j, JOINED_PAGES, buf_str(&kids), false, (struct str){0});
}

static void put_entry(struct scope *s, struct buf *out, const char *key, struct str text)
{
    if (text.bytes)
        buf_format(out, " /%s %.*s", key, STR(pdf_write_text(s, text)));
}

static void write_info(struct joined *j, const struct assembly_about *about)
{
    struct buf info = buf_make(j->scope, TEXT_BYTES_MAX);

    buf_put_z(&info, "<< /Producer (Sheaf)");
    put_entry(j->scope, &info, "Title", about->title);
    put_entry(j->scope, &info, "Author", about->author);
    put_entry(j->scope, &info, "Subject", about->subject);
    put_entry(j->scope, &info, "CreationDate", about->created);
    buf_put_z(&info, " >>");
    joined_write(j, JOINED_INFO, buf_str(&info), false, (struct str){0});
}

// 12.3.3: a flat list, each item knowing its neighbours.
static uint32_t write_outline(struct assembly *a)
{
    struct joined *j = &a->joined;
    struct scope *s = j->scope;
    uint32_t root = joined_reserve(j);
    uint32_t first = root + 1;
    uint32_t count = (uint32_t)a->bookmark_count;
    uint32_t at = first;

    for (uint32_t i = 0; i < count; i++)
        (void)joined_reserve(j);
    for (const struct bookmark *b = a->bookmarks; b; b = b->next, at++) {
        struct str previous = at > first ? str_format(s, " /Prev %u 0 R", at - 1) : (struct str){0};
        struct str next = b->next ? str_format(s, " /Next %u 0 R", at + 1) : (struct str){0};
        joined_write(j, at,
                     str_format(s, "<< /Title %.*s /Parent %u 0 R%.*s%.*s /Dest [ %u 0 R /Fit ] >>",
                                STR(pdf_write_text(s, b->title)), root, STR(previous), STR(next),
                                j->pages[b->page]),
                     false, (struct str){0});
    }
    joined_write(j, root,
                 str_format(s, "<< /Type /Outlines /First %u 0 R /Last %u 0 R /Count %u >>", first,
                            first + count - 1, count),
                 false, (struct str){0});
    return root;
}

// As 7.9.6 wants them: by the bytes of the text, without what closes it.
static int by_name(const void *a, const void *b)
{
    struct str x = ((const struct attached *)a)->name;
    struct str y = ((const struct attached *)b)->name;

    return str_compare(str_slice(x, 0, x.bytes - 1), str_slice(y, 0, y.bytes - 1));
}

static void put_attached(struct assembly *a, struct buf *catalog)
{
    buf_put_z(catalog, " /AF [");
    for (size_t i = 0; i < a->attached_count; i++)
        buf_format(catalog, " %u 0 R", a->attached[i].file);
    qsort(a->attached, a->attached_count, sizeof *a->attached, by_name);
    buf_put_z(catalog, " ] /Names << /EmbeddedFiles << /Names [");
    for (size_t i = 0; i < a->attached_count; i++)
        buf_format(catalog, " %.*s %u 0 R", STR(a->attached[i].name), a->attached[i].file);
    buf_put_z(catalog, " ] >> >>");
}

static enum status write_catalog(struct assembly *a, const struct assembly_about *about)
{
    struct joined *j = &a->joined;
    struct buf catalog = buf_make(j->scope, CATALOG_BYTES_MAX);
    struct str text = {0};

    buf_format(&catalog, "<< /Type /Catalog /Pages %d 0 R", JOINED_PAGES);
    if (str_compare(j->version, str("1.7")) > 0)
        buf_format(&catalog, " /Version /%.*s", STR(j->version));
    if (about->title.bytes)
        buf_put_z(&catalog, " /ViewerPreferences << /DisplayDocTitle true >>");
    if (a->bookmark_count)
        buf_format(&catalog, " /Outlines %u 0 R", write_outline(a));
    if (a->attached_count)
        put_attached(a, &catalog);
    if (j->layers.bytes) {
        buf_format(
            &catalog, " /OCProperties << /OCGs [%.*s ] /D << /OFF [%.*s ] /Order [%.*s ] >> >>",
            STR(buf_str(&j->layers)), STR(buf_str(&j->layers_off)), STR(buf_str(&j->layers)));
    }
    buf_put_z(&catalog, " >>");
    TRY(buf_finish(&catalog, "the catalog of the joined PDF", &text));
    joined_write(j, JOINED_CATALOG, text, false, (struct str){0});
    return OK;
}

// Numbers that were reserved for a document that failed stay free.
static void write_trailer(struct joined *j)
{
    size_t at = j->out.bytes;
    uint8_t digest[SHA256_BYTES];

    digest_sha256(str_of(j->out.data, j->out.bytes), digest);
    struct str id = pdf_write_bytes(j->scope, str_of(digest, ID_BYTES));
    buf_format(&j->out, "xref\n0 %zu\n0000000000 65535 f \n", j->count);
    for (size_t i = 1; i < j->count; i++)
        buf_format(&j->out, "%010zu %05d %c \n", j->offsets[i], j->offsets[i] ? 0 : 65535,
                   j->offsets[i] ? 'n' : 'f');
    buf_format(&j->out,
               "trailer\n<< /Size %zu /Root %d 0 R /Info %d 0 R /ID [ %.*s %.*s ] >>\n"
               "startxref\n%zu\n%%%%EOF\n",
               j->count, JOINED_CATALOG, JOINED_INFO, STR(id), STR(id), at);
}

enum status assembly_finish(struct assembly *a, const struct assembly_about *about, struct str *out)
{
    struct joined *j = &a->joined;

    if (j->page_count == 0)
        return fail(j->scope, INVALID, "a PDF needs at least one page");
    write_pages(j);
    write_info(j, about);
    TRY(write_catalog(a, about));
    write_trailer(j);
    return buf_finish(&j->out, "the joined PDF", out);
}

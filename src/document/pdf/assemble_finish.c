// The end of an assembly: attachments, bookmarks, the tree of pages, the catalog, the trailer.
#include "core/scope.h"
#include "document/pdf/assemble.h"
#include "document/pdf/assemble_impl.h"
#include "document/pdf/metadata.h"
#include "document/pdf/output.h"
#include "document/pdf/revision.h"

#include <stdlib.h>

enum {
    CATALOG_BYTES_MAX = 8 << 20,
    TEXT_BYTES_MAX = 64 << 10,
};

static void put_references(struct buf *out, const struct numbers *numbers)
{
    for (size_t i = 0; i < numbers->count; i++) {
        buf_put_u64(out, numbers->all[i]);
        buf_put_z(out, " 0 R ");
    }
}

static void write_pages(struct joined *j)
{
    struct buf *out = output_begin(j->output, JOINED_PAGES);

    buf_format(out, "<</Type/Pages/Count %zu/Kids[", j->pages.count);
    put_references(out, &j->pages);
    buf_put_z(out, "]>>");
    output_end(j->output);
}

// 14.7: the tags of all parts under one root, and one table of what the marks belong to.
static void write_tags(struct joined *j)
{
    struct buf *out = NULL;

    if (j->tops.count == 0)
        return;
    out = output_begin(j->output, JOINED_TAGS);
    buf_format(out, "<</Type/StructTreeRoot/ParentTree %d 0 R/ParentTreeNextKey %zu/K[",
               JOINED_PARENTS, j->parents.count);
    put_references(out, &j->tops);
    buf_put_z(out, "]>>");
    output_end(j->output);
    out = output_begin(j->output, JOINED_PARENTS);
    buf_put_z(out, "<</Nums[");
    for (size_t i = 0; i < j->parents.count; i++)
        buf_format(out, "%zu %u 0 R ", i, j->parents.all[i]);
    buf_put_z(out, "]>>");
    output_end(j->output);
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

// "D:20251130101500Z" as XMP writes it; empty when it is something else.
static struct str created_of(struct scope *s, struct str date)
{
    const char *d = date.data;

    if (date.bytes != 17 || !str_starts(date, str("D:")) || d[16] != 'Z')
        return (struct str){0};
    return str_format(s, "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", d + 2, d + 6, d + 8, d + 10, d + 12,
                      d + 14);
}

// PDF/A, where all parts claim it: with attachments it is part 3.
static void write_claim(struct assembly *a, const struct assembly_about *about, struct buf *catalog)
{
    struct joined *j = &a->joined;
    struct metadata m = {.title = about->title,
                         .author = about->author,
                         .subject = about->subject,
                         .created = created_of(j->scope, about->created),
                         .archival = a->attached_count ? 3 : 2};

    if (j->unarchival || !j->profile)
        return;
    output_stream(j->output, JOINED_METADATA, str("/Type/Metadata/Subtype/XML"),
                  metadata_write(j->scope, &m));
    buf_format(catalog, " /Metadata %d 0 R ", JOINED_METADATA);
    buf_put(catalog, metadata_intent(j->scope, j->profile));
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
                                j->pages.all[b->page]),
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
    if (j->tops.count)
        buf_format(&catalog, " /StructTreeRoot %d 0 R", JOINED_TAGS);
    if (j->tops.count && !j->untagged)
        buf_put_z(&catalog, " /MarkInfo << /Marked true >>");
    put_entry(j->scope, &catalog, "Lang", j->language);
    write_claim(a, about, &catalog);
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

enum status assembly_finish(struct assembly *a, const struct assembly_about *about, struct str *out)
{
    struct joined *j = &a->joined;

    if (j->pages.count == 0)
        return fail(j->scope, INVALID, "a PDF needs at least one page");
    write_pages(j);
    write_tags(j);
    write_info(j, about);
    TRY(write_catalog(a, about));
    return output_finish(
        j->output, &(struct output_trailer){.root = JOINED_CATALOG, .info = JOINED_INFO}, out);
}

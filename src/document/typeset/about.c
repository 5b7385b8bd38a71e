// What a document says of itself: the dictionary Info and the same as XMP, and the catalog.
#include "core/moment.h"
#include "core/scope.h"
#include "document/pdf/metadata.h"
#include "document/pdf/syntax.h"
#include "document/typeset/writer_impl.h"

static void put_text(struct writer *w, struct buf *out, const char *key, struct str text)
{
    if (text.bytes)
        buf_format(out, "/%s%.*s", key, STR(pdf_write_text(w->scope, text)));
}

// 7.9.4: the digits of RFC 3339 without what stands between them.
static void put_date(struct buf *out, const char *key, int64_t at_us)
{
    char text[MOMENT_TEXT_BYTES_MAX];
    size_t bytes = moment_write(at_us, MOMENT_SECONDS, text);

    buf_format(out, "/%s(D:", key);
    for (size_t i = 0; i < bytes; i++) {
        if (text[i] != '-' && text[i] != ':' && text[i] != 'T')
            buf_put_byte(out, text[i]);
    }
    buf_put_z(out, ")");
}

void write_info(struct writer *w, const struct writer_about *about)
{
    struct buf *out = output_begin(w->output, NUMBER_INFO);

    buf_put_z(out, "<</Producer(Sheaf)");
    put_text(w, out, "Title", about->title);
    put_text(w, out, "Author", about->author);
    put_text(w, out, "Subject", about->subject);
    put_text(w, out, "Keywords", about->keywords);
    if (about->created_us) {
        put_date(out, "CreationDate", about->created_us);
        put_date(out, "ModDate", about->created_us);
    }
    buf_put_z(out, ">>");
    output_end(w->output);
}

void write_metadata(struct writer *w, const struct writer_about *about)
{
    struct metadata m = {.title = about->title,
                         .author = about->author,
                         .subject = about->subject,
                         .keywords = about->keywords,
                         .archival = !about->pdfa        ? 0
                                     : w->attached_count ? 3
                                                         : 2};

    if (about->created_us)
        m.created = moment_to_str(w->scope, about->created_us, MOMENT_SECONDS);
    output_stream(w->output, NUMBER_METADATA, str("/Type/Metadata/Subtype/XML"),
                  metadata_write(w->scope, &m));
}

static void put_attached(struct writer *w, struct buf *out)
{
    buf_put_z(out, "/AF[");
    for (size_t i = 0; i < w->attached_count; i++)
        buf_format(out, "%u 0 R ", w->attached[i].file);
    buf_put_z(out, "]/Names<</EmbeddedFiles<</Names[");
    for (size_t i = 0; i < w->attached_count; i++)
        buf_format(out, "%.*s %u 0 R ", STR(w->attached[i].name), w->attached[i].file);
    buf_put_z(out, "]>>>>");
}

void write_catalog(struct writer *w, const struct writer_about *about)
{
    struct buf *out = output_begin(w->output, NUMBER_CATALOG);

    buf_format(out, "<</Type/Catalog/Pages %d 0 R/Metadata %d 0 R", NUMBER_PAGES, NUMBER_METADATA);
    put_text(w, out, "Lang", about->language);
    if (about->title.bytes)
        buf_put_z(out, "/ViewerPreferences<</DisplayDocTitle true>>");
    if (w->root.first)
        buf_format(out, "/MarkInfo<</Marked true>>/StructTreeRoot %d 0 R", NUMBER_TAGS);
    if (w->bookmark_count)
        buf_format(out, "/Outlines %d 0 R/PageMode/UseOutlines", NUMBER_OUTLINE);
    if (w->attached_count)
        put_attached(w, out);
    if (about->pdfa)
        buf_put(out, metadata_intent(w->scope, NUMBER_PROFILE));
    buf_put_z(out, ">>");
    output_end(w->output);
}

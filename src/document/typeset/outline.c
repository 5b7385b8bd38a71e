// Bookmarks (ISO 32000-1, 12.3.3) and attached files (7.11.4).
#include "core/moment.h"
#include "core/scope.h"
#include "document/pdf/syntax.h"
#include "document/typeset/canvas_impl.h"
#include "document/typeset/writer_impl.h"

#include <assert.h>
#include <stdlib.h>

void writer_outline(struct writer *w, unsigned level, struct str title, size_t page, double y)
{
    unsigned most = w->bookmark_count ? w->bookmarks[w->bookmark_count - 1].level + 1 : 0;

    level = level < most ? level : most;
    if (level >= WRITER_OUTLINE_LEVELS_MAX)
        level = WRITER_OUTLINE_LEVELS_MAX - 1;
    w->bookmarks = canvas_grow(w->scope, w->bookmarks, w->bookmark_count, &w->bookmark_room,
                               sizeof *w->bookmarks);
    w->bookmarks[w->bookmark_count++] =
        (struct bookmark){.level = level, .title = str_copy(w->scope, title), .page = page, .y = y};
}

// An item's neighbours by their place in the list; -1: none.
struct neighbours {
    long parent, before, after, first, last;
    size_t kids;
};

static struct neighbours *find_neighbours(struct writer *w)
{
    struct neighbours *all = scope_array(w->scope, w->bookmark_count, sizeof *all);
    long latest[WRITER_OUTLINE_LEVELS_MAX + 1]; // of each level, below the one above

    for (size_t i = 0; i < w->bookmark_count; i++) {
        unsigned level = w->bookmarks[i].level;
        struct neighbours *n = &all[i];
        *n = (struct neighbours){-1, -1, -1, -1, -1, 0};
        n->parent = level ? latest[level - 1] : -1;
        if (i && w->bookmarks[i - 1].level >= level) {
            n->before = latest[level];
            all[n->before].after = (long)i;
        }
        latest[level] = (long)i;
        if (n->parent < 0)
            continue;
        if (all[n->parent].first < 0)
            all[n->parent].first = (long)i;
        all[n->parent].last = (long)i;
        all[n->parent].kids++;
    }
    return all;
}

static void put_neighbour(struct buf *out, const char *key, uint32_t first, long index)
{
    if (index >= 0)
        buf_format(out, "/%s %ld 0 R", key, (long)first + index);
}

static void write_bookmark(struct writer *w, size_t index, const struct neighbours *n,
                           uint32_t first)
{
    const struct bookmark *b = &w->bookmarks[index];
    size_t page = b->page < w->page_count ? b->page : w->page_count - 1;
    struct buf *out = output_begin(w->output, first + (uint32_t)index);

    buf_format(out, "<</Title%.*s", STR(pdf_write_text(w->scope, b->title)));
    if (n->parent < 0)
        buf_format(out, "/Parent %d 0 R", NUMBER_OUTLINE);
    put_neighbour(out, "Parent", first, n->parent);
    put_neighbour(out, "Prev", first, n->before);
    put_neighbour(out, "Next", first, n->after);
    put_neighbour(out, "First", first, n->first);
    put_neighbour(out, "Last", first, n->last);
    if (n->kids)
        buf_format(out, "/Count -%zu", n->kids); // closed at first
    buf_format(out, "/Dest[%u 0 R/XYZ null ", w->pages[page].number);
    canvas_put_points(out, b->y);
    buf_put_z(out, "null]>>");
    output_end(w->output);
}

void write_outline(struct writer *w)
{
    size_t last = 0;
    size_t tops = 0;

    if (w->bookmark_count == 0)
        return;
    struct neighbours *all = find_neighbours(w);
    uint32_t first = output_reserve(w->output);
    output_skip(w->output, (uint32_t)w->bookmark_count - 1);
    for (size_t i = 0; i < w->bookmark_count; i++) {
        write_bookmark(w, i, &all[i], first);
        tops += all[i].parent < 0;
        last = all[i].parent < 0 ? i : last;
    }
    output_object(w->output, NUMBER_OUTLINE,
                  str_format(w->scope, "<</Type/Outlines/First %u 0 R/Last %u 0 R/Count %zu>>",
                             first, first + (uint32_t)last, tops));
}

enum status writer_attach(struct writer *w, const struct writer_attachment *attachment)
{
    if (attachment->name.bytes == 0)
        return fail(w->scope, INVALID, "an attachment has no name");
    if (w->attached_count == WRITER_ATTACHMENTS_MAX)
        return fail(w->scope, TOO_LARGE, "a PDF has at most %d attachments",
                    WRITER_ATTACHMENTS_MAX);
    for (size_t i = 0; i < w->attached_count; i++) {
        if (str_equal(w->attached[i].about.name, attachment->name))
            return fail(w->scope, CONFLICT, "a file %.*s is attached already",
                        STR(attachment->name));
    }
    w->attached = canvas_grow(w->scope, w->attached, w->attached_count, &w->attached_room,
                              sizeof *w->attached);
    w->attached[w->attached_count++] =
        (struct attached){.about = *attachment, .name = pdf_write_text(w->scope, attachment->name)};
    return OK;
}

// As 7.9.6 wants the names of a tree: by the bytes of the text, without what closes it.
static int by_name(const void *a, const void *b)
{
    struct str x = ((const struct attached *)a)->name;
    struct str y = ((const struct attached *)b)->name;

    return str_compare(str_slice(x, 0, x.bytes - 1), str_slice(y, 0, y.bytes - 1));
}

// A media type as a name: what is not plain is written by its number.
static void put_media(struct buf *out, struct str media_type)
{
    for (size_t i = 0; i < media_type.bytes; i++) {
        char c = media_type.data[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     c == '-' || c == '.' || c == '+';
        if (plain)
            buf_put_byte(out, c);
        else
            buf_format(out, "#%02X", (unsigned char)c);
    }
}

static uint32_t write_data(struct writer *w, const struct writer_attachment *a)
{
    uint32_t number = output_reserve(w->output);
    struct buf entries = buf_make(w->scope, 4096);
    struct str date = moment_to_str(w->scope, a->modified_us, MOMENT_SECONDS);

    buf_put_z(&entries, "/Type/EmbeddedFile/Subtype/");
    put_media(&entries, a->media_type.bytes ? str_slice(a->media_type, 0, 256)
                                            : str("application/octet-stream"));
    buf_format(&entries, "/Params<</Size %zu/ModDate(D:", a->data.bytes);
    for (size_t i = 0; i < date.bytes; i++) {
        if (date.data[i] != '-' && date.data[i] != ':' && date.data[i] != 'T')
            buf_put_byte(&entries, date.data[i]);
    }
    buf_put_z(&entries, ")>>");
    output_deflate(w->output, number, buf_str(&entries), a->data);
    return number;
}

void write_attached(struct writer *w)
{
    if (w->attached_count)
        qsort(w->attached, w->attached_count, sizeof *w->attached, by_name);
    for (size_t i = 0; i < w->attached_count; i++) {
        struct attached *attached = &w->attached[i];
        const struct writer_attachment *a = &attached->about;
        uint32_t data = write_data(w, a);
        attached->file = output_reserve(w->output);
        struct buf *out = output_begin(w->output, attached->file);
        buf_format(out, "<</Type/Filespec/F%.*s/UF%.*s/AFRelationship/%s", STR(attached->name),
                   STR(attached->name), a->relationship ? a->relationship : "Unspecified");
        if (a->description.bytes)
            buf_format(out, "/Desc%.*s", STR(pdf_write_text(w->scope, a->description)));
        buf_format(out, "/EF<</F %u 0 R/UF %u 0 R>>>>", data, data);
        output_end(w->output);
    }
}

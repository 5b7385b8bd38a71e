// Stands in for parts of the writer that are not here yet: codes, images, tags, bookmarks.
#include "core/scope.h"
#include "document/typeset/image.h"
#include "document/typeset/qr.h"
#include "document/typeset/writer.h"
__attribute__((weak)) enum status qr_encode(struct scope *s, struct str text, struct qr *out)
{
    (void)text;
    (void)out;
    return fail(s, UNSUPPORTED, "this is not built yet");
}
__attribute__((weak)) void qr_draw(struct canvas *c, const struct qr *qr, struct box box)
{
    (void)c;
    (void)qr;
    (void)box;
}
__attribute__((weak)) enum status image_read(struct scope *s, struct str bytes, struct image *out)
{
    (void)bytes;
    (void)out;
    return fail(s, UNSUPPORTED, "this is not built yet");
}
__attribute__((weak)) void canvas_tag(struct canvas *c, struct tag *tag)
{
    (void)c;
    (void)tag;
}
__attribute__((weak)) struct tag *writer_tag(struct writer *w, struct tag *parent, const char *kind,
                                             const struct tag_about *about)
{
    (void)w;
    (void)kind;
    (void)about;
    return parent;
}
__attribute__((weak)) void writer_outline(struct writer *w, unsigned level, struct str title,
                                          size_t page, double y)
{
    (void)w;
    (void)level;
    (void)title;
    (void)page;
    (void)y;
}

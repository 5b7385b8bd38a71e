// Compiles a template and renders it.
#include "document/typeset/template.h"

#include "core/scope.h"
#include "document/typeset/chunk_impl.h"
#include "document/typeset/fill_impl.h"
#include "document/typeset/image.h"
#include "document/typeset/layout_impl.h"
#include "document/typeset/pages_impl.h"
#include "document/typeset/template_impl.h"
#include "document/typeset/writer.h"

enum {
    DOTS_PER_INCH = 144,        // of an image that does not say
    COMPILE_ROOM_FOR_BYTE = 24, // of a template, before its blocks are made
};

struct compiler {
    struct scope *scope;
    struct template *template;
    const struct template_files *files;
};

// A line of the front matter: parts with `|` between them, which may have fields.
static enum status read_edge_line(struct compiler *c, const struct front_text *text, bool parts,
                                  struct edge_line *out)
{
    struct scope *s = c->scope;
    const struct front *front = &c->template->front;
    struct source *source = scope_new(s, struct source);

    TRY(source_read_line(s, front, text->text, text->line, source));
    struct str rest = source->markdown;
    do {
        struct str part = parts ? str_cut(&rest, '|') : rest;
        if (out->count == EDGE_PARTS_MAX)
            return template_wrong(s, front, text->line, "more than %d parts", EDGE_PARTS_MAX);
        struct edge_part *p = &out->parts[out->count++];
        p->source = source;
        TRY(pieces_read(s, front, source, str_copy(s, str_trim(part)), &p->pieces));
    } while (parts && rest.data);
    return OK;
}

static enum status read_edge(struct compiler *c, const struct front_lines *lines, bool parts,
                             struct edge_lines *out)
{
    for (size_t i = 0; i < lines->count; i++)
        TRY(read_edge_line(c, &lines->items[i], parts, &out->items[out->count++]));
    return OK;
}

// Reads an image into the stock; its height follows from the width, or both from its resolution.
static enum status read_image(struct compiler *c, struct str name, size_t line,
                              const struct drawing **out, int32_t *width_mp, int32_t *height_mp)
{
    struct scope *s = c->scope;
    const struct front *front = &c->template->front;
    struct image image = {0};
    struct str bytes = {0};

    if (!c->files)
        return template_wrong(s, front, line, "there are no images here: %.*s", STR(name));
    enum status e = c->files->read(s, c->files->context, name, &bytes);
    if (e == OK)
        e = image_read(s, bytes, &image);
    if (e != OK) {
        struct str why = str_copy(s, scope_why(s));
        return template_wrong(s, front, line, "image %.*s: %.*s", STR(name), STR(why));
    }
    if (*width_mp == 0) {
        double dots = image.dots_per_inch > 1 ? image.dots_per_inch : DOTS_PER_INCH;
        double width = image.width / dots * 72 * POINT_MP;
        *width_mp = width < FRONT_LENGTH_MAX_MP ? (int32_t)width : FRONT_LENGTH_MAX_MP;
    }
    *height_mp = (int32_t)((int64_t)*width_mp * image.height / image.width);
    *width_mp += *width_mp == 0;
    *out = stock_image(c->template->stock, &image);
    return OK;
}

static enum status read_images(struct compiler *c, struct block *first)
{
    for (struct block *b = first; b; b = b->next) {
        if (b->kind == BLOCK_IMAGE) {
            if (b->width.bytes && !front_length(b->width, &b->drawn_width_mp))
                return template_wrong(c->scope, &c->template->front, b->line,
                                      "%.*s is no width of an image: 40mm", STR(b->width));
            TRY(read_image(c, b->file, b->line, &b->drawing, &b->drawn_width_mp,
                           &b->drawn_height_mp));
        }
        TRY(read_images(c, b->first));
        TRY(read_images(c, b->otherwise));
    }
    return OK;
}

static struct layout layout_of(struct scope *s, const struct template *t, struct str language)
{
    const struct front *front = &t->front;

    return (struct layout){
        .scope = s,
        .front = front,
        .tagged = front->tagged,
        .at = {.x_mp = front->left_mp,
               .width_mp = front->page_width_mp - front->left_mp - front->right_mp,
               .style = {.size_mp = front->size_mp,
                         .leading_mp = percent_of(front->size_mp, front->leading_percent),
                         .colour = 0x1B1F24,
                         .justified = front->justified,
                         .hyphenated = front->hyphenated,
                         .language = language}},
    };
}

enum status template_compile(struct scope *s, struct str name, struct str text,
                             const struct template_files *files, struct template **out)
{
    struct template *t = scope_new(s, struct template);
    struct compiler c = {s, t, files};

    if (text.bytes > TEMPLATE_BYTES_MAX)
        return fail(s, TOO_LARGE, "%.*s: a template has at most %d bytes", STR(name),
                    TEMPLATE_BYTES_MAX);
    if (!scope_has_room(s, text.bytes * COMPILE_ROOM_FOR_BYTE + SOURCE_ROOM_BYTES))
        return fail(s, TOO_LARGE, "%.*s: the template is too large for its memory", STR(name));
    text = str_copy(s, text);
    t->stock = stock_new(s);
    TRY(front_read(s, str_copy(s, name), text, &t->front));
    TRY(source_read(s, &t->front, &t->source));
    TRY(blocks_read(s, &t->front, &t->source, &t->blocks));
    TRY(read_edge(&c, &t->front.title, false, &t->title));
    TRY(read_edge(&c, &t->front.header, true, &t->header));
    TRY(read_edge(&c, &t->front.first_header, true, &t->first_header));
    TRY(read_edge(&c, &t->front.footer, true, &t->footer));
    if (t->front.logo.text.bytes)
        TRY(read_image(&c, t->front.logo.text, t->front.logo.line, &t->logo,
                       &t->front.logo_width_mp, &t->logo_height_mp));
    TRY(read_images(&c, t->blocks->first));
    *out = t;
    if (t->front.tagged)
        return OK;
    struct layout l = layout_of(s, t, t->front.language);
    return chunks_make(&l, &t->source, t->stock, t->blocks->first);
}

static enum status find_title(struct fill *f, const struct template *t,
                              const struct template_about *about, struct str *out)
{
    const struct edge_part *p = &t->title.items[0].parts[0];
    const struct run *runs = NULL;
    size_t count = 0;

    *out = about->title;
    if (about->title.bytes || t->title.count == 0)
        return OK;
    TRY(fill_pieces(f, p->source, &p->pieces, &runs, &count));
    *out = runs_text(f->scope, runs, count);
    return OK;
}

enum status template_render(struct scope *s, const struct template *t, struct json data,
                            const struct template_about *about, struct template_result *out)
{
    struct str language = about->language.bytes ? about->language : t->front.language;
    struct fill f = {
        .scope = s,
        .source = &t->source,
        .context = {.front = &t->front,
                    .root = data,
                    .input = data,
                    .language = language,
                    .now_ms = about->now_us / 1000},
    };
    struct writer_about said = {.language = language,
                                .id = about->id,
                                .created_us = about->now_us,
                                .pdfa = t->front.conformance != FRONT_PLAIN};
    struct layout l = layout_of(s, t, language);
    bool chunks = !t->front.tagged && str_equal(language, t->front.language);
    struct filled *blocks = NULL;
    struct pages pages = {0};
    struct writer *w = writer_new(s, t->stock);

    f.chunks = l.chunks = chunks;
    TRY(fill_blocks(&f, t->blocks->first, &blocks));
    TRY(find_title(&f, t, about, &said.title));
    (void)layout_begin(&l, "Document");
    TRY(layout_blocks(&l, blocks));
    TRY(pages_break(s, l.first, &t->front, pages_first_less(t), &pages));
    TRY(pages_draw(&f, t, &pages, w));
    out->page_count = pages.count;
    return writer_finish(w, &said, &out->pdf);
}

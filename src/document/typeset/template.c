// Compiles a template and renders it.
#include "document/typeset/template.h"

#include "core/scope.h"
#include "document/typeset/fill_impl.h"
#include "document/typeset/plain_impl.h"
#include "document/typeset/template_impl.h"

static enum status read_line(struct scope *s, const struct front *front,
                             const struct front_text *text, struct line_text *out)
{
    if (text->text.bytes == 0)
        return OK;
    TRY(source_read_line(s, front, text->text, text->line, &out->source));
    return pieces_read(s, front, &out->source, out->source.markdown, &out->pieces);
}

enum status template_compile(struct scope *s, struct str name, struct str text,
                             const struct template_files *files, struct template **out)
{
    struct template *t = scope_new(s, struct template);

    (void)files;
    if (text.bytes > TEMPLATE_BYTES_MAX)
        return fail(s, TOO_LARGE, "%.*s: a template has at most %d bytes", STR(name),
                    TEMPLATE_BYTES_MAX);
    text = str_copy(s, text);
    TRY(front_read(s, str_copy(s, name), text, &t->front));
    TRY(source_read(s, &t->front, &t->source));
    TRY(blocks_read(s, &t->front, &t->source, &t->blocks));
    TRY(read_line(s, &t->front, &t->front.title, &t->title));
    TRY(read_line(s, &t->front, &t->front.header, &t->header));
    TRY(read_line(s, &t->front, &t->front.first_header, &t->first_header));
    TRY(read_line(s, &t->front, &t->front.footer, &t->footer));
    *out = t;
    return OK;
}

enum status template_render(struct scope *s, const struct template *t, struct json data,
                            const struct template_about *about, struct template_result *out)
{
    struct fill f = {
        .scope = s,
        .source = &t->source,
        .context = {.front = &t->front,
                    .root = data,
                    .input = data,
                    .language = about->language.bytes ? about->language : t->front.language,
                    .now_ms = about->now_us / 1000},
    };
    struct filled *blocks = NULL;

    TRY(fill_blocks(&f, t->blocks->first, &blocks));
    return plain_render(&f, t, blocks, about, out);
}

#include "services/signing/html.h"

#include "core/buf.h"

#include <assert.h>

void html_put(struct buf *out, struct str text)
{
    for (size_t i = 0; i < text.bytes; i++) {
        switch (text.data[i]) {
        case '&':
            buf_put_z(out, "&amp;");
            break;
        case '<':
            buf_put_z(out, "&lt;");
            break;
        case '>':
            buf_put_z(out, "&gt;");
            break;
        case '"':
            buf_put_z(out, "&quot;");
            break;
        case '\'':
            buf_put_z(out, "&#39;");
            break;
        default:
            buf_put_byte(out, text.data[i]);
        }
    }
}

static struct str value_of(struct str name, const struct html_value *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (str_is(name, values[i].name))
            return values[i].value;
    return (struct str){0};
}

// Skips to behind the end of a section; sections of other names may lie inside.
static struct str skip_section(struct str rest, struct str name)
{
    for (;;) {
        size_t at = str_find(rest, str("{{/"));
        assert(at < rest.bytes);
        rest = str_slice(rest, at + 3, rest.bytes);
        size_t end = str_find(rest, str("}}"));
        struct str closed = str_slice(rest, 0, end);
        rest = str_slice(rest, end + 2, rest.bytes);
        if (str_equal(closed, name))
            return rest;
    }
}

void html_fill(struct buf *out, struct str template_text, const struct html_value *values,
               size_t count)
{
    struct str rest = template_text;

    for (;;) {
        size_t at = str_find(rest, str("{{"));
        buf_put(out, str_slice(rest, 0, at));
        if (at == rest.bytes)
            return;
        rest = str_slice(rest, at + 2, rest.bytes);
        size_t end = str_find(rest, str("}}"));
        assert(end > 0 && end < rest.bytes);
        struct str name = str_slice(rest, 0, end);
        rest = str_slice(rest, end + 2, rest.bytes);
        struct str inner = str_slice(name, 1, name.bytes);
        if (name.data[0] == '&')
            buf_put(out, value_of(inner, values, count));
        else if (name.data[0] == '?' && value_of(inner, values, count).bytes == 0)
            rest = skip_section(rest, inner);
        else if (name.data[0] != '?' && name.data[0] != '/')
            html_put(out, value_of(name, values, count));
    }
}

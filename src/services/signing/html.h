// Pages made of templates: HTML files with {{name}} for an escaped value, {{&name}} for one that is
// HTML already, and {{?name}}…{{/name}} for what is there only when the value is not empty.
#ifndef SHEAF_SERVICES_SIGNING_HTML_H
#define SHEAF_SERVICES_SIGNING_HTML_H

#include "core/str.h"

#include <stddef.h>

struct buf;

// Appends a text with what HTML gives a meaning escaped, for text and for quoted attributes.
void html_put(struct buf *out, struct str text);

struct html_value {
    const char *name;
    struct str value;
};

// Appends a template with its values filled in; a name that has none is empty. Asserts that the
// template is well formed: it is ours.
void html_fill(struct buf *out, struct str template_text, const struct html_value *values,
               size_t count);

#endif

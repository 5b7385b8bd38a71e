// A document template: Markdown (CommonMark with tables) under a front matter, with JSONata between
// double braces. Compiled once, rendered for many data; the result is a PDF of our own making,
// whose fonts are the same objects in every file, so that many of them join cheaply.
//
//     TRY(template_compile(s, str("contract"), text, &files, &t));
//     TRY(template_render(s2, t, data, &about, &out)); // out.pdf, out.page_count
//
// What a template may say stands in README.md. A template is constant and may be used by any
// thread; it lives as long as the scope it was compiled in. Pure: bytes to bytes; what a template
// names (an image) is read when it is compiled, through `files`. The same template, data and about
// give the same bytes.
#ifndef SHEAF_DOCUMENT_TYPESET_TEMPLATE_H
#define SHEAF_DOCUMENT_TYPESET_TEMPLATE_H

#include "core/json.h"
#include "core/status.h"
#include "core/str.h"

#include <stddef.h>
#include <stdint.h>

struct scope;
struct template;

enum {
    TEMPLATE_BYTES_MAX = 1 << 20,
    TEMPLATE_PAGES_MAX = 20000, // of one document
};

// Where a template's images are. Errors: NOT_FOUND.
struct template_files {
    enum status (*read)(struct scope *s, void *context, struct str name, struct str *out);
    void *context;
};

// `name` stands in messages. Errors: INVALID with the line of the template and what is wrong there.
enum status template_compile(struct scope *s, struct str name, struct str text,
                             const struct template_files *files, struct template **out);

struct template_about {
    int64_t now_us;      // of the document, microseconds since 1970: its dates, $now()
    struct str title;    // empty: the front matter's
    struct str language; // "sv", "en"; empty: the front matter's
    struct str id;       // makes the file's identifier with its content; may be empty
};

struct template_result {
    struct str pdf;
    size_t page_count;
};

// Errors: INVALID an expression failed on this data: the line and JSONata's code; TOO_LARGE.
enum status template_render(struct scope *s, const struct template *t, struct json data,
                            const struct template_about *about, struct template_result *out);

#endif

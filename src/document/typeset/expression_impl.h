// The expressions of a template: JSONata on the data, with a few functions that write money, dates
// and numbers in the document's language. Compiled with the template; constant.
#ifndef SHEAF_DOCUMENT_TYPESET_EXPRESSION_IMPL_H
#define SHEAF_DOCUMENT_TYPESET_EXPRESSION_IMPL_H

#include "core/json.h"
#include "core/status.h"
#include "core/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct front;
struct scope;
struct jsonata;

enum {
    EXPRESSION_TEXT_BYTES_MAX = 256 << 10, // of what one gives to the document
    EXPRESSION_STEPS_MAX = 1000000,
};

struct expression {
    const struct jsonata *code;
    struct str text; // as the template has it
    size_t line;     // of the template
    bool direct;     // it is `a.b.c`: looked up without the interpreter
};

// What expressions see. `input` changes within {{#each}}; so do `index` and `item_count`.
struct expression_context {
    const struct front *front;
    struct json root, input;
    struct str language;
    int64_t now_ms;
    size_t index, item_count; // of the innermost {{#each}}, from 1; 0: in none
    size_t page, page_count;  // for headers and footers; 0 elsewhere
};

// Errors: INVALID with the line.
enum status expression_compile(struct scope *s, const struct front *front, size_t line,
                               struct str text, struct expression *out);

// Errors: INVALID with the line.
enum status expression_evaluate(struct scope *s, const struct expression *x,
                                const struct expression_context *c, struct json *out);

// What stands in the document: text as it is, numbers as written, nothing for null and what is not
// there, a list of those joined with commas. Control characters but line feeds are spaces.
// Errors: INVALID an object, or not UTF-8; TOO_LARGE.
enum status expression_text(struct scope *s, const struct expression *x,
                            const struct expression_context *c, struct str *out);

// What JSONata's $boolean() says.
bool expression_holds(struct json value);

// An error at a line of the template; returns INVALID.
enum status template_wrong(struct scope *s, const struct front *front, size_t line,
                           const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif

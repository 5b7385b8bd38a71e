// A template's body made ready for Markdown: what stands in double braces and directives is taken
// out and a mark stands in its place, which Markdown takes for a word. So Markdown is read once,
// before there is any data, and data can be nothing but text.
#ifndef SHEAF_DOCUMENT_TYPESET_SOURCE_IMPL_H
#define SHEAF_DOCUMENT_TYPESET_SOURCE_IMPL_H

#include "core/status.h"
#include "core/str.h"
#include "document/typeset/expression_impl.h"

#include <stdbool.h>
#include <stddef.h>

struct front;
struct scope;

enum {
    SOURCE_MARKS_MAX = 10000,
    SOURCE_ROOM_BYTES = 1 << 20, // that a mark leaves in the scope
    SOURCE_NESTING_MAX = 32,     // of {{#each}}, {{#if}} and directives
};

enum mark_kind {
    MARK_FIELD,
    MARK_EACH,
    MARK_IF,
    MARK_ELSE,
    MARK_END_EACH,
    MARK_END_IF,
    MARK_DIRECTIVE,     // `::: name arguments`; `text` is what stands behind the colons
    MARK_END_DIRECTIVE, // `:::`
};

struct mark {
    enum mark_kind kind;
    size_t line;
    struct expression expression; // FIELD, EACH, IF
    struct str text;              // of a directive, with marks
};

struct source {
    struct str markdown;
    const size_t *lines; // of the template, by line of the Markdown from 0
    size_t line_count;
    const struct mark *marks;
    size_t mark_count;
};

// Errors: INVALID with the line; TOO_LARGE.
enum status source_read(struct scope *s, const struct front *front, struct source *out);

// As source_read() for one line that is no body: a header, a title. Control marks are within it.
enum status source_read_line(struct scope *s, const struct front *front, struct str text,
                             size_t line, struct source *out);

// Cuts `*rest` before its next mark: gives the text before it, and the mark, or NULL at the end.
struct str source_next(const struct source *source, struct str *rest, const struct mark **mark);

#endif

// A template's blocks with the data in them: {{#each}} repeated, {{#if}} decided, fields as text.
#ifndef SHEAF_DOCUMENT_TYPESET_FILL_IMPL_H
#define SHEAF_DOCUMENT_TYPESET_FILL_IMPL_H

#include "core/status.h"
#include "core/str.h"
#include "document/typeset/blocks_impl.h"
#include "document/typeset/expression_impl.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct scope;

enum {
    FILL_BLOCKS_MAX = 1000000, // of a document, repetitions counted
    FILL_ROOM_BYTES = 4 << 20, // a document that leaves less in its scope is too large
    FILL_LINK_BYTES_MAX = 2000,
};

struct run {
    unsigned style;
    bool is_break; // of the line, and nothing else
    struct str text;
    struct str url;            // of a link; empty: none
    const struct piece *fixed; // the template's piece that it is; NULL: it came from data
};

struct filled {
    const struct block *of;
    struct filled *next, *first;
    const struct run *runs;
    size_t run_count;
};

struct fill {
    struct scope *scope;
    const struct source *source;
    struct expression_context context;
    size_t blocks;
    bool chunks; // what the template has set already is not filled
};

// Fills siblings. Errors: INVALID an expression failed; TOO_LARGE.
enum status fill_blocks(struct fill *f, const struct block *first, struct filled **out);

// Fills those up to and without `end`.
enum status fill_some(struct fill *f, const struct block *first, const struct block *end,
                      struct filled **out);

// Fills one line of text: of a header.
enum status fill_pieces(struct fill *f, const struct source *source, const struct pieces *pieces,
                        const struct run **runs, size_t *count);

// The text of runs, in one.
struct str runs_text(struct scope *s, const struct run *runs, size_t count);

#endif

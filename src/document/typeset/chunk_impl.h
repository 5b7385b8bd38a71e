// Chunks: blocks in a row that depend on no data are filled, shaped and laid out once, with the
// template; what is long is kept as a form, which is the same bytes in every document.
#ifndef SHEAF_DOCUMENT_TYPESET_CHUNK_IMPL_H
#define SHEAF_DOCUMENT_TYPESET_CHUNK_IMPL_H

#include "core/status.h"
#include "document/typeset/layout_impl.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct block;
struct source;
struct stock;

enum {
    CHUNK_FORM_GLYPHS_MIN = 100, // fewer are drawn anew
    CHUNK_MARGIN_MP = 2 * 1000,  // of a form round its slabs
};

struct chunk {
    size_t block_count;
    const struct slab *first;
    int32_t gap_mp; // behind it
    bool tie_next, start_page;
};

// Makes the chunks among siblings and within their {{#each}} and {{#if}}. `l` is how the template's
// body is set.
enum status chunks_make(const struct layout *l, const struct source *source, struct stock *stock,
                        struct block *first);

// Appends the slabs of a chunk.
enum status chunk_add(struct layout *l, const struct chunk *chunk);

#endif

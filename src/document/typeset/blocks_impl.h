// What a template consists of: blocks (paragraphs, tables, directives, {{#each}} …) of blocks, and
// pieces of text in them. Made once from Markdown; constant afterwards.
#ifndef SHEAF_DOCUMENT_TYPESET_BLOCKS_IMPL_H
#define SHEAF_DOCUMENT_TYPESET_BLOCKS_IMPL_H

#include "core/status.h"
#include "core/str.h"
#include "document/typeset/source_impl.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct chunk;
struct drawing;
struct front;
struct scope;

enum {
    BLOCKS_DEPTH_MAX = 48,
    TABLE_COLUMNS_MAX = 40,
};

enum block_kind {
    BLOCK_GROUP, // of blocks; the whole template is one
    BLOCK_PARAGRAPH,
    BLOCK_HEADING,
    BLOCK_CODE,
    BLOCK_QUOTE,
    BLOCK_LIST,
    BLOCK_ITEM,
    BLOCK_RULE,
    BLOCK_TABLE,
    BLOCK_ROW,
    BLOCK_CELL,
    BLOCK_IMAGE,
    BLOCK_EACH,
    BLOCK_IF,
    BLOCK_DIRECTIVE,
};

enum directive_kind {
#define DIRECTIVE(name, word, has_body, meaning) DIRECTIVE_##name,
#include "document/typeset/directives.def"
#undef DIRECTIVE
    DIRECTIVES,
};

enum alignment {
    ALIGN_LEFT,
    ALIGN_CENTRE,
    ALIGN_RIGHT,
};

enum { // bits of a piece's style
    STYLE_BOLD = 1,
    STYLE_ITALIC = 2,
    STYLE_MONO = 4,
};

enum piece_kind {
    PIECE_TEXT,
    PIECE_FIELD,
    PIECE_BREAK, // of the line
    PIECE_EACH,  // `other`: behind its end
    PIECE_IF,    // `other`: of its else, or its end
    PIECE_ELSE,  // `other`: of the end
    PIECE_END,
};

struct piece {
    enum piece_kind kind;
    unsigned style;
    struct str text;
    struct str url; // of a link, with marks; empty: none
    const struct mark *mark;
    size_t other;
};

struct pieces {
    const struct piece *items;
    size_t count;
    bool fixed; // nothing in it depends on data
};

struct block {
    enum block_kind kind;
    struct block *next, *first;
    size_t line;
    bool fixed;                // neither it nor what is in it depends on data
    struct pieces text;        // PARAGRAPH, HEADING, CODE, CELL; of a DIRECTIVE its arguments
    unsigned level;            // HEADING: 1 to 6; ROW: 1 is a head
    unsigned column_count;     // TABLE
    const uint8_t *alignments; // TABLE: enum alignment, a column each
    bool ordered, tight;       // LIST
    unsigned start;            // LIST: its first number
    const struct mark *mark;   // EACH, IF, DIRECTIVE
    struct block *otherwise;   // IF
    enum directive_kind directive;
    struct str file, width;    // IMAGE; its text is what stands for it
    const struct chunk *chunk; // that begins with it (chunk_impl.h)
    bool in_chunk;
    const struct drawing *drawing;
    int32_t drawn_width_mp, drawn_height_mp;
};

// Reads the Markdown. Errors: INVALID with the line; TOO_LARGE.
enum status blocks_read(struct scope *s, const struct front *front, const struct source *source,
                        struct block **out);

// Folds control marks and directives among siblings into blocks that hold what they enclose.
enum status blocks_fold(struct scope *s, const struct front *front, struct block **first);

// Makes pieces of a plain line with marks: of a header, of a directive.
enum status pieces_read(struct scope *s, const struct front *front, const struct source *source,
                        struct str text, struct pieces *out);

// Finds where inline marks lead. Errors: INVALID.
enum status pieces_link(struct scope *s, const struct front *front, struct piece *items,
                        size_t count);

#endif

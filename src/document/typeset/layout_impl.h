// Layout: filled blocks become slabs, which stand below one another; slabs become pages. A slab is
// what a page break never goes through: a line, a row of a table, an image. Lengths are thousandths
// of a point; within a slab y grows downwards from its top, x from the left of the page's text.
#ifndef SHEAF_DOCUMENT_TYPESET_LAYOUT_IMPL_H
#define SHEAF_DOCUMENT_TYPESET_LAYOUT_IMPL_H

#include "core/status.h"
#include "document/typeset/blocks_impl.h"
#include "document/typeset/text_impl.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct drawing;
struct filled;
struct front;
struct qr;
struct scope;

enum {
    LAYOUT_SLABS_MAX = 2000000,
    COLUMNS_MAX = 8, // of ::: columns
    GREY = 0x5F6672,
    GREY_LINE = 0xC9CED6,
    GREY_GROUND = 0xF3F5F8,
};

enum item_kind {
    ITEM_TEXT,
    ITEM_FILL,
    ITEM_FRAME,
    ITEM_DRAWING,
    ITEM_QR,
};

// An element of the document's structure, for who reads it otherwise than by eye.
struct element {
    struct element *parent;
    const char *kind; // "P", "H1", "TD"
    struct str alternate;
    struct tag *tag; // while a document is drawn
};

struct item {
    enum item_kind kind;
    int32_t x_mp, y_mp; // of the upper left corner; of text where its baseline begins
    int32_t width_mp, height_mp;
    int32_t size_mp, word_mp;
    uint32_t colour;
    const struct font_run *run;
    struct str url;
    const struct drawing *drawing;
    const struct qr *qr;
    struct element *element; // NULL: of none
};

enum frame_kind {
    FRAME_GROUND,
    FRAME_LINE,
    FRAME_BAR, // at the left
};

// What is drawn behind the slabs that stand in it.
struct frame {
    struct frame *outer;
    enum frame_kind kind;
    int32_t x_mp, width_mp;
    uint32_t colour;
};

struct slab {
    struct slab *next;
    int32_t above_mp, height_mp; // `above` is left out at the top of a page
    bool tied;                   // not to be parted from the slab before
    bool starts_page;
    const struct item *items;
    size_t item_count;
    const struct slab *head; // a table's, shown again where the table goes on
    const struct frame *frame;
    unsigned level; // of a bookmark; 0: none
    struct str title;
    const struct drawing *form; // shows this slab and those behind it, if all are on one page
    size_t form_slabs;
};

// Where blocks are set.
struct place {
    int32_t x_mp, width_mp;
    struct text_style style;
    bool tight;                        // paragraphs without room between them
    int32_t shares[TABLE_COLUMNS_MAX]; // of a table's columns, from ::: table
    size_t share_count;
    bool plain_table;
};

struct layout {
    struct scope *scope;
    const struct front *front;
    bool tagged;
    struct place at;
    struct slab *first, *newest;
    struct frame *frame;
    struct element *element;
    int32_t gap_mp; // to the next slab
    bool tie_next, start_page;
    bool chunks; // what the template has set already may be used
    size_t slab_count;
    unsigned depth; // of lists
};

// Sets siblings. Errors: INVALID something does not fit, with its line; TOO_LARGE.
enum status layout_blocks(struct layout *l, const struct filled *first);

// Gives an item for each frame within `stop`, outer ones first; returns how many, at most `room`.
size_t layout_frames(const struct slab *const *slabs, const int32_t *tops_mp, size_t count,
                     const struct frame *stop, struct item *items, size_t room);

// How high a page is without its margins.
int32_t layout_page_height(const struct front *front);

static inline int32_t percent_of(int32_t length, int32_t percent)
{
    return (int32_t)((int64_t)length * percent / 100);
}

// What the files of layout share.
enum status layout_table(struct layout *l, const struct filled *table);
enum status layout_directive(struct layout *l, const struct filled *b);

// Appends a slab below the last one, after the gap.
enum status layout_add(struct layout *l, struct slab *slab);

// Errors: TOO_LARGE the scope has no room for the text of a block.
enum status layout_check_room(struct layout *l, const struct filled *b);

// Makes the gap to the next slab at least so large.
void layout_gap(struct layout *l, int32_t gap_mp);

// Sets runs as lines, a slab each; no line stands alone at a page's top or bottom.
enum status layout_runs(struct layout *l, const struct filled *b, const struct text_style *style);

// Appends a line's items; its top is at y.
void layout_line(const struct text_line *line, int32_t x_mp, int32_t y_mp, struct element *element,
                 struct item **items);

struct element *layout_begin(struct layout *l, const char *kind); // within the open one
void layout_end(struct layout *l, struct element *element);

#endif

// What the writer sees of a canvas. Private to the folder.
#ifndef SHEAF_DOCUMENT_TYPESET_CANVAS_IMPL_H
#define SHEAF_DOCUMENT_TYPESET_CANVAS_IMPL_H

#include "core/buf.h"
#include "document/typeset/canvas.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CANVAS_BYTES_MAX = 64 << 20,
    CANVAS_CLIPS_MAX = 16, // within one another
};

struct canvas_link {
    struct box box;
    struct str address; // empty: goes to the page
    size_t page;
    double y;
    struct tag *tag; // that was open
};

// The part of PDF's graphics state that is kept in mind, to be written only when it changes.
struct canvas_state {
    int font;           // index; -1: none yet
    long size, spacing; // hundredths, ten thousandths of a point
    struct colour fill, stroke;
    long thickness, dash;
};

struct canvas {
    struct scope *scope;
    struct buf out;
    bool in_text;
    long x, y; // where the line of text began, in hundredths
    struct canvas_state state;
    struct canvas_state clips[CANVAS_CLIPS_MAX];
    size_t clip_count;
    unsigned fonts; // a bit each
    const struct drawing **drawings;
    size_t drawing_count, drawing_room;
    struct tag **tags; // by what marks their content in the page
    size_t tag_count, tag_room;
    struct tag *tag; // the open one
    bool marked;
    struct canvas_link *links;
    size_t link_count, link_room;
};

// Ends the text that is open, if one is: nothing but texts may stand within it.
void canvas_end_text(struct canvas *c);

// Ends what is open, and gives the operators.
struct str canvas_finish(struct canvas *c);

// Doubles an array in a scope when it is full.
void *canvas_grow(struct scope *s, void *old, size_t count, size_t *room, size_t item_bytes);

// Writes a number of points with two decimals at most; of thousandths with three.
void canvas_put_points(struct buf *out, double points);

#endif

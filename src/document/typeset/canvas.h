// What is drawn on a page, or in a form that many pages show. Lengths are points (1/72 inch), the
// origin is the lower left corner, y grows upwards. What is drawn later covers what was drawn
// before. Content is written as PDF operators at once, so a canvas is only memory: nothing fails.
//
//     struct canvas *c = canvas_new(s);
//     font_shape(s, &(struct font_style){.face = FONT_BOLD}, str("Köpekontrakt"), &run);
//     canvas_text(c, 72, 770, &run, &(struct canvas_text){.size = 18});
//     writer_page(w, c, PAPER_A4);
//
// A canvas lives in its scope; one thread at a time.
#ifndef SHEAF_DOCUMENT_TYPESET_CANVAS_H
#define SHEAF_DOCUMENT_TYPESET_CANVAS_H

#include "core/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct canvas;
struct font_run;
struct scope;
struct tag;

struct colour {
    uint8_t red, green, blue; // all 0: black
};

struct box {
    double x, y; // of the lower left corner
    double width, height;
};

// An image or a form that a page can show (document/typeset/writer.h makes them).
struct drawing {
    uint32_t number;      // of its object
    bool image;           // else a form
    double width, height; // a form's in points, an image's in pixels
};

struct canvas *canvas_new(struct scope *s);

struct canvas_text {
    double size; // points
    struct colour colour;
    double letter_spacing; // added after every glyph
    double word_spacing;   // added after every space: what justifies a line
};

// Shows a run with its left end at x and its baseline at y.
void canvas_text(struct canvas *c, double x, double y, const struct font_run *run,
                 const struct canvas_text *how);

// A filled rectangle; many, as one path; a frame whose lines have their middle on the box.
void canvas_fill(struct canvas *c, struct box box, struct colour colour);
void canvas_fill_all(struct canvas *c, const struct box *boxes, size_t count, struct colour colour);
void canvas_frame(struct canvas *c, struct box box, double thickness, struct colour colour);

struct canvas_line {
    double x0, y0, x1, y1;
    double thickness;
    double dash; // length of dashes and gaps; 0: none
    struct colour colour;
};
void canvas_line(struct canvas *c, const struct canvas_line *line);

// Shows an image or a form in the box: an image fills it; a form is scaled to it, and stands at its
// corner in its own size where width and height are 0.
void canvas_draw(struct canvas *c, const struct drawing *drawing, struct box box);

// What is drawn from here to canvas_unclip() is seen within the box only. They nest.
void canvas_clip(struct canvas *c, struct box box);
void canvas_unclip(struct canvas *c);

// What is drawn from here to canvas_untag() is the content of a tag (writer_tag()), or, with NULL,
// of none: page numbers, lines, repeated heads. Neither nests; not in forms, which are tagged as a
// whole where they are shown.
void canvas_tag(struct canvas *c, struct tag *tag);
void canvas_untag(struct canvas *c);

// A click within the box opens an address, or goes to a page of the same document (from 0; y is
// what comes to the top of the window). Not in forms.
void canvas_link(struct canvas *c, struct box box, struct str address);
void canvas_link_page(struct canvas *c, struct box box, size_t page, double y);

#endif

// The fonts that documents are set in, and text as glyphs of them. Lato in four faces and DejaVu
// Sans Mono are part of the program. Of each face there is one fixed subset for Latin text, and a
// wide one with all that the face has for text beyond that; each is made once per program, so a
// font is the same bytes in every file.
//
// A length is in thousandths of the font's size: at size 10, an advance of 500 is 5 points. These
// are the widths that the PDF states, so what is measured here is what a viewer does. Figures are
// all of one width. Any thread; each keeps the words that it shaped last.
#ifndef SHEAF_DOCUMENT_TYPESET_FONT_H
#define SHEAF_DOCUMENT_TYPESET_FONT_H

#include "core/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct scope;

enum font_face { FONT_REGULAR, FONT_BOLD, FONT_ITALIC, FONT_BOLD_ITALIC, FONT_MONO, FONT_FACES };

struct font_metrics {
    int ascent, descent;            // descent is below 0
    int cap_height, x_height;       // of H and of x
    int underline, underline_thick; // where its middle is (below 0), and how thick
    int line_gap;                   // what the font's maker adds between lines
};

const struct font_metrics *font_metrics(enum font_face face);

// How a text is to be shaped.
struct font_style {
    enum font_face face;
    struct str language; // "sv"; empty: none
    bool columns;        // figures below one another: no kerning, no ligatures
};

struct font_glyph {
    uint16_t id;     // in the font of the PDF; with a kind of its own for the wide subset
    int16_t advance; // with kerning
    int16_t dx, dy;  // from where the pen is: marks that are set over letters
    uint32_t at;     // the byte of the text where the character (or ligature) begins
};

// A text that stands in one line. Glyphs stand as they are seen, from left to right.
struct font_run {
    const struct font_glyph *glyphs;
    size_t glyph_count;
    enum font_face face;
    bool wide;              // of the wide subset
    long width;             // the sum of the advances
    struct str text;        // as it was given
    size_t end;             // the byte of the text behind its last character
    size_t missing;         // characters that the face lacks: a box stands for each
    uint32_t missing_first; // the first of these
};

// Shapes text: kerning, ligatures, marks. What is no UTF-8 shows as a missing character. Control
// characters and line ends are spaces. Written from left to right; scripts that join their
// letters or run from right to left are missing characters. The run lives in `s` and borrows the
// text.
void font_shape(struct scope *s, const struct font_style *style, struct str text,
                struct font_run *out);

// How wide the part of a run is that stands for the bytes `from` to `to` of its text.
long font_run_width(const struct font_run *run, size_t from, size_t to);

// The part of a run that stands for these bytes, borrowed from it; places in the text stay as
// they were.
struct font_run font_run_part(const struct font_run *run, size_t from, size_t to);

// Points of a length in thousandths.
static inline double font_points(long thousandths, double size)
{
    return (double)thousandths * size / 1000;
}

#endif

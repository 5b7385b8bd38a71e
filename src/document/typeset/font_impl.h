// A font as it goes into files: one subset of one face. Private to the folder.
#ifndef SHEAF_DOCUMENT_TYPESET_FONT_IMPL_H
#define SHEAF_DOCUMENT_TYPESET_FONT_IMPL_H

#include "core/str.h"
#include "document/typeset/font.h"

#include <hb.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    FONTS = 2 * FONT_FACES, // of each face the Latin subset, then the wide one
    FONT_TEXT_MAX = 3,      // characters that a ligature stands for
};

// Code points; 0 ends them.
struct font_text {
    uint32_t characters[FONT_TEXT_MAX];
};

struct font {
    char name[64];      // PostScript name with the subset's tag: "SHEAFA+Lato-Regular"
    hb_font_t *shaping; // the subset with its tables of features; a length is a thousandth
    hb_blob_t *blob;    // holds the next
    struct str program; // TrueType, as it goes into the file
    size_t glyph_count;
    uint16_t space, box;   // their glyphs
    uint16_t odd_figure;   // the glyph of a figure that is not as wide as the others; 0: none
    int16_t odd_by;        // what it lacks
    const int16_t *widths; // of each glyph
    const struct font_text *texts; // what each glyph stands for
    struct font_metrics metrics;
    int bounds[4]; // left, bottom, right, top
    int italic_angle;
    bool fixed_pitch, bold, italic;
};

// Returns the font of a face; made when it is first asked for, kept for the life of the program.
const struct font *font_of(enum font_face face, bool wide);

#endif

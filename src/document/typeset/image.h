// Images as PDF shows them: PNG (also with transparency) and JPEG. A JPEG and a plain PNG keep the
// bytes that they have; others are decoded and compressed anew. Hostile bytes give an error within
// the limits below. Pure.
#ifndef SHEAF_DOCUMENT_TYPESET_IMAGE_H
#define SHEAF_DOCUMENT_TYPESET_IMAGE_H

#include "core/status.h"
#include "core/str.h"

#include <stdint.h>

struct scope;

enum {
    IMAGE_BYTES_MAX = 16 << 20, // as it comes
    IMAGE_SIDE_MAX = 16384,     // pixels
    IMAGE_PIXELS_MAX = 40 << 20,
};

struct image {
    uint32_t width, height; // pixels
    double dots_per_inch;   // as the file says; 0: it does not
    struct str entries;     // of its dictionary: colour space, depth, filter
    struct str data;
    struct str mask_entries, mask_data; // how opaque each pixel is; empty: all of it
};

// Reads an image into the scope; a JPEG's bytes are borrowed. Errors: UNSUPPORTED it is of another
// kind; INVALID it is damaged; TOO_LARGE.
enum status image_read(struct scope *s, struct str bytes, struct image *out);

#endif

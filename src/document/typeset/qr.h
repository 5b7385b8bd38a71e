// A QR code (ISO/IEC 18004), which carries a text such as an address to check a document at.
#ifndef SHEAF_DOCUMENT_TYPESET_QR_H
#define SHEAF_DOCUMENT_TYPESET_QR_H

#include "core/status.h"
#include "core/str.h"
#include "document/typeset/canvas.h"

#include <stddef.h>
#include <stdint.h>

struct scope;

enum {
    QR_TEXT_BYTES_MAX = 2000,
    QR_SIDE_MAX = 177,    // modules
    QR_QUIET_MODULES = 4, // to be left white on each side
};

struct qr {
    size_t side;            // modules
    const uint8_t *modules; // row by row from the top; 1 is dark
};

// Encodes a text, in the scope. Errors: INVALID it is empty; TOO_LARGE.
enum status qr_encode(struct scope *s, struct str text, struct qr *out);

// Draws it, black, into a square box; the quiet zone stands outside of it.
void qr_draw(struct canvas *c, const struct qr *qr, struct box box);

#endif

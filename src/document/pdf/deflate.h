// The zlib format (RFC 1950), as PDF's FlateDecode wants it. The same bytes give the same bytes. A
// compressor is kept for each thread, so a call costs no set-up. Any thread; nothing blocks.
#ifndef SHEAF_DOCUMENT_PDF_DEFLATE_H
#define SHEAF_DOCUMENT_PDF_DEFLATE_H

#include "core/status.h"
#include "core/str.h"

#include <stddef.h>

struct buf;
struct scope;

// How hard to try: what is written once per document, or once per program.
enum deflate_effort {
    DEFLATE_FAST,
    DEFLATE_BEST,
};

// Appends the compressed bytes. Too long for the buffer: it overflows.
void deflate_put(struct buf *out, struct str data, enum deflate_effort effort);

// Gives the bytes behind a zlib stream. Errors: TOO_LARGE more than `bytes_max`; INVALID.
enum status deflate_undo(struct scope *s, struct str data, size_t bytes_max, struct str *out);

#endif

// What a stamp looks like: a page just as large as it, for document/pdf/stamp.h. Lines of text in
// the program's own font, which goes with it, so that an archived document (PDF/A) stays one; a
// code that a telephone reads beside them.
#ifndef SHEAF_DOCUMENT_TYPESET_STAMP_PAGE_H
#define SHEAF_DOCUMENT_TYPESET_STAMP_PAGE_H

#include "core/status.h"
#include "core/str.h"

#include <stddef.h>

struct scope;

enum { STAMP_PAGE_LINES_MAX = 20 };

struct stamp_page {
    const struct str *lines; // UTF-8; the first is bold
    size_t line_count;
    struct str code; // the text of the QR code; empty: none
    double size;     // of the letters, points; 0 is 8
};

// Gives a PDF of one page. Deterministic. Errors: INVALID there is nothing to show; TOO_LARGE the
// code.
enum status stamp_page_make(struct scope *s, const struct stamp_page *stamp, struct str *out);

#endif

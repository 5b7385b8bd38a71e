// A visible stamp on every page, as one form object that all pages share. It is always an
// incremental update, so nothing of the file is written anew. A file without signatures is stamped
// in its content; one with signatures gets stamp annotations, which leave them valid, unless a
// signature forbids even those: then the call is refused, since content would break it. Pure.
#ifndef SHEAF_DOCUMENT_PDF_STAMP_H
#define SHEAF_DOCUMENT_PDF_STAMP_H

#include "core/status.h"
#include "core/str.h"

#include <stdbool.h>
#include <stddef.h>

struct revision;
struct scope;

enum {
    PDF_STAMP_LINES_MAX = 20,
    PDF_STAMP_LINE_BYTES_MAX = 400,
};

enum pdf_corner {
    PDF_BOTTOM_RIGHT, // as the page is seen, whatever its rotation
    PDF_BOTTOM_LEFT,
    PDF_TOP_RIGHT,
    PDF_TOP_LEFT,
};

struct pdf_stamp {
    const struct str *lines; // UTF-8 of what Windows-1252 has, in Helvetica
    size_t line_count;
    enum pdf_corner corner;
    unsigned size_points; // of the letters; 0 is 8
    // A PDF whose first page is what the stamp looks like, instead (document/typeset/stamp_page.h
    // makes one); the lines are what it says to who does not see it. Empty: the lines are drawn.
    struct str page;
};

struct pdf_stamped {
    struct str pdf;
    size_t page_count;
    bool annotations; // because it is signed; else in the content
    bool repaired;    // it was damaged or encrypted, and written anew first
};

// Stamps all pages. A page that is too small gets a smaller stamp. A file without signatures that
// is damaged or encrypted is repaired first (document/pdf/repair.h). Errors: INVALID a line cannot
// be shown, or it is no PDF; REFUSED a signature forbids annotations, it is signed and damaged or
// encrypted, or wants a password; TOO_LARGE; CORRUPT.
enum status pdf_stamp(struct scope *s, struct str pdf, const struct pdf_stamp *stamp,
                      struct pdf_stamped *out);

// Puts the stamp on all pages into an update, as annotations or into the content: for who does more
// in the same update, and has asked what signatures permit. Errors: INVALID; CORRUPT.
enum status revision_stamp(struct scope *s, struct revision *r, const struct pdf_stamp *stamp,
                           bool annotations);

#endif

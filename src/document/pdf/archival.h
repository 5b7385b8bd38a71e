// Whether a PDF keeps what it claims: fit for archives (PDF/A-2b and 3b, ISO 19005-2 and -3). A
// part of the standard's rules is looked at, those that a file of ours could break and those that
// are seen without decoding fonts and images: encryption, metadata and claim, profile of colours,
// fonts embedded, what is forbidden in streams, forms, images, annotations, actions and
// attachments. No complaint is therefore no proof; a complaint is one. Pure; for files of strangers
// as inspect.h.
#ifndef SHEAF_DOCUMENT_PDF_ARCHIVAL_H
#define SHEAF_DOCUMENT_PDF_ARCHIVAL_H

#include "core/status.h"
#include "core/str.h"

#include <stddef.h>

struct scope;

enum { PDF_COMPLAINTS_MAX = 50 };

struct pdf_archival {
    struct str claim; // "2b"; empty: it claims nothing, and nothing else was looked at
    struct str complaints[PDF_COMPLAINTS_MAX]; // the clause of ISO 19005-2, and what is wrong
    size_t complaint_count;
};

// Errors: those of pdf_inspect().
enum status pdf_archival(struct scope *s, struct str pdf, struct pdf_archival *out);

#endif

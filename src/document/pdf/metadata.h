// What a document says of itself as XMP (ISO 16684-1), which says what its dictionary Info says;
// also that it is fit for archives (PDF/A, ISO 19005-2, 6.6). Pure.
#ifndef SHEAF_DOCUMENT_PDF_METADATA_H
#define SHEAF_DOCUMENT_PDF_METADATA_H

#include "core/str.h"

struct scope;

struct metadata {
    struct str title, author, subject, keywords; // UTF-8; empty texts are left out
    struct str created;                          // "2025-11-30T10:15:00Z"
    int archival;                                // the part of PDF/A, 2 or 3; 0: no claim
};

// Gives the packet, for a stream that is not compressed, so that it can be found by who knows no
// PDF.
struct str metadata_write(struct scope *s, const struct metadata *m);

// The entry of a catalog that says what colours mean, by a profile of sRGB; its object.
struct str metadata_intent(struct scope *s, unsigned profile);
struct str metadata_profile(struct scope *s);

#endif

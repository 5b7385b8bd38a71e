// What later updates of a PDF changed: an earlier revision and the whole file, compared object by
// object as far as the earlier one reaches, and each difference given a kind, so that a signature
// over the earlier revision can say whether it permits it (ISO 32000-2, 12.8.2). What has no kind
// of its own is PDF_CHANGE_CONTENT. Pure; hostile files are expected.
#ifndef SHEAF_DOCUMENT_PDF_COMPARE_H
#define SHEAF_DOCUMENT_PDF_COMPARE_H

#include "core/status.h"
#include "core/str.h"

#include <stdbool.h>
#include <stddef.h>

struct scope;

enum { PDF_CHANGES_MAX = 256 }; // different ones

enum pdf_change_kind {
    PDF_CHANGE_VALIDATION, // data for validating signatures (DSS), a document time-stamp
    PDF_CHANGE_METADATA,
    PDF_CHANGE_SIGNATURE,         // a field was signed or a signed one added
    PDF_CHANGE_FORM,              // a field was filled in: value or appearance
    PDF_CHANGE_ANNOTATION_ADDED,  // a comment or stamp
    PDF_CHANGE_ANNOTATION_EDITED, // one was changed or removed
    PDF_CHANGE_CONTENT,           // anything else
};

struct pdf_change {
    enum pdf_change_kind kind;
    struct str what;  // "an annotation was added"
    struct str field; // its full name, where it is a field's
    size_t page;      // the first one that has it, from 1; 0: of no page
    size_t times;
};

struct pdf_changes {
    struct pdf_change *items;
    size_t count;
    bool more; // than are kept; the last one is of the gravest kind
};

// `whole` begins with `earlier`. A revision that cannot be read, or is damaged, is a change of
// content that says so. Errors: TOO_LARGE.
enum status pdf_compare(struct scope *s, struct str earlier, struct str whole,
                        struct pdf_changes *out);

#endif

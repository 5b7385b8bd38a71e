// What a PDF is: pages, version, encryption, revisions, signatures and what they permit,
// attachments, damage. Only its structure is read: whether a signature is mathematically valid is
// for document/seal to say. Pure: bytes in, facts out; fit for a sandboxed child.
#ifndef SHEAF_DOCUMENT_PDF_INSPECT_H
#define SHEAF_DOCUMENT_PDF_INSPECT_H

#include "core/status.h"
#include "core/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct revision;
struct scope;

enum {
    PDF_FIELDS_MAX = 100000, // of a form, looked through for signatures
    PDF_ATTACHMENTS_MAX = 10000,
    PDF_REVISIONS_MAX = 1000,
};

// What a certifying signature permits to change later (ISO 32000-2, 12.8.2.2, entry P).
enum pdf_permits {
    PDF_PERMITS_ANY = 0, // nothing certifies the document
    PDF_PERMITS_NOTHING = 1,
    PDF_PERMITS_FORMS = 2,       // filling in forms, signing
    PDF_PERMITS_ANNOTATIONS = 3, // that, and annotations
};

// Which fields a signature locks (12.8.2.4).
enum pdf_lock {
    PDF_LOCK_NONE,
    PDF_LOCK_ALL,
    PDF_LOCK_INCLUDE, // those that are named
    PDF_LOCK_EXCLUDE, // all but those
};

struct pdf_signature {
    struct str field;                             // its full name
    struct str sub_filter;                        // "ETSI.CAdES.detached"
    struct str reason, location, name, signed_at; // as it says itself; empty where it does not
    uint64_t byte_range[4];
    struct str contents; // DER, with the zeros that fill its place
    bool covers_file;    // nothing stands behind it but what it excludes
    bool well_placed;    // the byte range is within the file, in order, and excludes Contents only
    bool timestamp;      // a document time-stamp
    enum pdf_permits permits; // its own DocMDP; ANY when it certifies nothing
    bool locks_fields;        // FieldMDP: fields may not change
    enum pdf_lock lock;       // which ones
    struct str locked;        // the array of names that it goes by
};

struct pdf_attachment {
    struct str name;
    struct str description;
};

struct pdf_facts {
    struct str version; // "1.7"
    size_t page_count;
    bool encrypted; // readable without a password all the same
    bool damaged;   // qpdf had to repair it; `complaint` says what
    struct str complaint;
    struct pdf_signature *signatures; // in the order of their byte ranges
    size_t signature_count;
    size_t empty_signature_fields;
    enum pdf_permits permits; // the strictest of all signatures
    bool locks_fields;
    uint64_t *revision_ends; // offset behind each %%EOF
    size_t revision_count;
    struct pdf_attachment *attachments;
    size_t attachment_count;
};

// Errors: INVALID it is no PDF or beyond repair; REFUSED it wants a password; TOO_LARGE; CORRUPT
// an object that is needed cannot be read. All lives as long as `s` and `pdf`.
enum status pdf_inspect(struct scope *s, struct str pdf, struct pdf_facts *out);

// As pdf_inspect(), of the file that an update was opened on, which need not be read again.
enum status revision_inspect(struct scope *s, const struct revision *r, struct pdf_facts *out);

#endif

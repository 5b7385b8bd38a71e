// A PDF as qpdf reads it, from memory. Private to the folder. qpdf reads lazily: what is damaged
// may show only when an object is asked for, so `opened_complaint` is worth asking at the end too.
#ifndef SHEAF_DOCUMENT_PDF_OPEN_IMPL_H
#define SHEAF_DOCUMENT_PDF_OPEN_IMPL_H

#include "core/status.h"
#include "core/str.h"
#include "document/pdf/syntax.h"

#include <qpdf/qpdf-c.h>
#include <stdbool.h>
#include <stddef.h>

struct scope;

struct opened {
    qpdf_data qpdf;
    struct str bytes;
    size_t page_count;
    bool encrypted;
    struct pdf_ref catalog;
    struct str trailer;
    struct str complaint;
    uint32_t size; // one more than the highest object number, as the trailer says
};

// Reads a document; closed when the scope ends. The bytes are borrowed until then.
// Errors: INVALID it is no PDF, or too damaged to be repaired; REFUSED it wants a password;
// TOO_LARGE.
enum status opened_read(struct scope *s, struct str pdf, struct opened **out);

// Gives the text of an object (of a stream: of its dictionary) in `s`. Errors: CORRUPT.
enum status opened_object(struct scope *s, struct opened *o, struct pdf_ref ref, struct str *text,
                          bool *is_stream);

// Gives the bytes of a stream as they stand in the file, decrypted. Errors: CORRUPT.
enum status opened_stream(struct scope *s, struct opened *o, struct pdf_ref ref, struct str *out);

// The page object of a page. A number from `size` on is one that qpdf made up, for a page that was
// no object or was named twice. Errors: CORRUPT.
enum status opened_page(struct scope *s, struct opened *o, size_t index, struct pdf_ref *out);

// The first thing that qpdf had to put up with, in `s`; empty when the document is sound so far.
// Later calls give it again.
struct str opened_complaint(struct scope *s, struct opened *o);

// Gives what a value stands for, following references.
enum status opened_resolve(struct scope *s, struct opened *o, struct str value, struct str *out);

// Follows keys through dictionaries and references: "AcroForm/Fields". Errors: NOT_FOUND; CORRUPT.
enum status opened_find(struct scope *s, struct opened *o, struct str dictionary, const char *path,
                        struct str *out);

// Refuses a tree of pages that is too deep for qpdf. Errors: TOO_LARGE; CORRUPT.
enum status opened_check_tree(struct scope *s, struct opened *o);

// Fails with `e` when the last call of qpdf failed, and says why.
enum status opened_error(struct scope *s, struct opened *o, enum status e);

#endif

// An incremental update (ISO 32000-2, 7.5.6): new and replaced objects behind the untouched bytes
// of a PDF, with a cross-reference section and a trailer of their own. What was there stays byte
// for byte, so earlier signatures stay valid; whether they permit the change is the caller's to ask
// (document/pdf/inspect.h). Objects are text that the caller writes; document/pdf/syntax.h helps.
//
//     TRY(revision_open(s, pdf, &r));
//     struct pdf_ref page = revision_page(r, 0);
//     TRY(revision_object(r, page, &text));
//     revision_put(r, page, pdf_set(s, text, "Rotate", str("90")));
//     TRY(revision_finish(r, &out));
//
// A revision lives in the scope it was opened in, which also keeps its failures; one thread at a
// time. Nothing here touches a file or blocks: bytes to bytes, as a sandboxed child needs it. The
// bytes of the PDF are borrowed until the scope ends.
#ifndef SHEAF_DOCUMENT_PDF_REVISION_H
#define SHEAF_DOCUMENT_PDF_REVISION_H

#include "core/status.h"
#include "core/str.h"
#include "document/pdf/syntax.h"

#include <stddef.h>

struct scope;
struct revision;

enum {
    PDF_BYTES_MAX = 1 << 30, // of a document, read or written
    PDF_PAGES_MAX = 200000,
    PDF_OBJECTS_MAX = 8000000,
};

// Begins an update. Errors: INVALID it is no PDF; REFUSED it is encrypted or damaged, so nothing
// can be appended (document/pdf/repair.h makes a sound copy of it, without its signatures);
// TOO_LARGE one of the limits above.
enum status revision_open(struct scope *s, struct str pdf, struct revision **out);

struct pdf_ref revision_catalog(const struct revision *r);
size_t revision_page_count(const struct revision *r);
// The page object of a page, from 0; inherited attributes stand in its ancestors.
struct pdf_ref revision_page(const struct revision *r, size_t index);

// Gives an object as it is now, with what this revision put: its text, and for a stream its
// dictionary. An object that is missing is `null`. Errors: CORRUPT it cannot be read.
enum status revision_object(struct revision *r, struct pdf_ref ref, struct str *out);

// Gives what a value stands for: the text of the object if it is a reference, else itself.
enum status revision_resolve(struct revision *r, struct str value, struct str *out);

// Follows keys through dictionaries and references, resolved at the end: "AcroForm/Fields".
// Errors: NOT_FOUND there is none, or it is null; CORRUPT.
enum status revision_find(struct revision *r, struct pdf_ref ref, const char *path,
                          struct str *out);

// Gives the number of a new object, to be put before the end.
struct pdf_ref revision_reserve(struct revision *r);

// Writes or replaces an object; the texts are borrowed until the end. `dictionary` of a stream
// names no Length. Putting the same one again replaces what was put.
void revision_put(struct revision *r, struct pdf_ref ref, struct str text);
void revision_put_stream(struct revision *r, struct pdf_ref ref, struct str dictionary,
                         struct str data);

// Gives the whole file: the old bytes, the objects in the order they were first put, the
// cross-reference (a stream where the last one is a stream) and the trailer. Deterministic.
// A revision that put nothing gives the old bytes. Errors: TOO_LARGE.
enum status revision_finish(struct revision *r, struct str *out);

// After the end: where the text of an object that was put begins in the file, and filling in a
// place of fixed width there (ByteRange, Contents).
size_t revision_offset(const struct revision *r, struct pdf_ref ref);
void revision_fill(struct revision *r, size_t offset, struct str text);

#endif

// Small PDFs made in memory for tests and benchmarks, and a second opinion on PDFs.
#ifndef SHEAF_TEST_PDF_FIXTURE_H
#define SHEAF_TEST_PDF_FIXTURE_H

#include "core/str.h"

#include <stdbool.h>
#include <stddef.h>

struct scope;

struct pdf_fixture {
    size_t pages;
    const char *word;      // stands on every page, before its number
    size_t shared_bytes;   // of a stream that every such file has alike, as a font would be
    bool xref_stream;      // the cross-reference is a stream
    bool inherited;        // MediaBox and Resources stand in the tree of pages
    bool shared_resources; // all pages name one Resources object
    const char *catalog;   // more of the catalog: "/Perms << … >>"
    const char *page;      // more of every page: "/Rotate 90"
    const char *more;      // more objects, from number 10: "10 0 obj … endobj"
};

// Returns the file, in the scope. Objects: 1 catalog, 2 pages, 3 font, 4 shared stream,
// 5 resources, 10 to 19 free for `more`, from 20 on page and content of each page in turn,
// and beyond those free again.
struct str pdf_fixture(struct scope *s, const struct pdf_fixture *f);

// Runs a program with the PDF as a file behind its arguments, which end with NULL: what it says on
// both outputs, and its exit code; 127: it is not installed.
struct str pdf_fixture_ask(struct scope *s, const char *const *program, struct str pdf, int *code);

// Whether `qpdf --check` has nothing to say against it; prints what it says otherwise.
bool pdf_fixture_sound(struct scope *s, struct str pdf);

// The text that poppler sees on the pages from `first` to `last`, from 1.
struct str pdf_fixture_text(struct scope *s, struct str pdf, size_t first, size_t last);

#endif

// Writes a PDF. What many documents of one maker have alike (fonts, images, forms) is made once, as
// a stock, and is the same bytes in each of their files; so joining them (document/pdf/assemble.h
// recognises our own files) costs little more than copying.
//
//     struct stock *stock = stock_new(s);                  // once, with the template
//     const struct drawing *logo = stock_image(stock, &image);
//
//     struct writer *w = writer_new(s2, stock);            // a document
//     writer_page(w, canvas, PAPER_A4);
//     TRY(writer_finish(w, &about, &pdf));
//
// A writer lives in its scope; one thread at a time. A stock that is finished is constant, and
// serves writers on any thread; it must outlive them. Deterministic: same calls, same bytes.
#ifndef SHEAF_DOCUMENT_TYPESET_WRITER_H
#define SHEAF_DOCUMENT_TYPESET_WRITER_H

#include "core/status.h"
#include "core/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct canvas;
struct drawing;
struct image;
struct scope;
struct stock;
struct tag;
struct writer;

enum {
    WRITER_PAGES_MAX = 100000,
    WRITER_ATTACHMENTS_MAX = 1000,
    WRITER_OUTLINE_LEVELS_MAX = 6,
};

struct paper {
    double width, height; // points
};
#define PAPER_A4 ((struct paper){595.28, 841.89})

struct stock *stock_new(struct scope *s);

// The same image or form twice is one. The canvas of a form ends with the call; its drawing may be
// shown on other canvases of this stock and of its writers.
const struct drawing *stock_image(struct stock *k, const struct image *image);
const struct drawing *stock_form(struct stock *k, struct canvas *content, struct paper size);

// With NULL the document shares nothing but the fonts.
struct writer *writer_new(struct scope *s, const struct stock *stock);

// For images and forms of one document.
const struct drawing *writer_image(struct writer *w, const struct image *image);
const struct drawing *writer_form(struct writer *w, struct canvas *content, struct paper size);

// Appends a page. The canvas ends with the call.
void writer_page(struct writer *w, struct canvas *content, struct paper size);
size_t writer_page_count(const struct writer *w);

// An element of the document's structure (ISO 32000-1, 14.8.4) for who reads it otherwise than by
// eye: "Document", "Sect", "H1" to "H6", "P", "L", "LI", "LBody", "Table", "TR", "TH", "TD",
// "Figure", "Link". In the order of reading; `parent` NULL: at the top. Tags without content and
// kids are left out.
struct tag_about {
    struct str alternate; // what a figure shows
    bool row_header;      // of TH: heads a row; else a column
    unsigned columns;     // that a cell of a table spans; 0 is 1
};
struct tag *writer_tag(struct writer *w, struct tag *parent, const char *kind,
                       const struct tag_about *about);

// A bookmark; level from 0, at most one deeper than the one before. `y` comes to the top.
void writer_outline(struct writer *w, unsigned level, struct str title, size_t page, double y);

struct writer_attachment {
    struct str name;       // of the file, UTF-8
    struct str media_type; // "application/xml"
    struct str description;
    const char
        *relationship; // PDF/A-3: "Source", "Data", "Alternative", "Supplement"; NULL: unsaid
    int64_t modified_us;
    struct str data; // borrowed until the end
};

// Errors: INVALID it has no name; CONFLICT a file of that name is attached; TOO_LARGE.
enum status writer_attach(struct writer *w, const struct writer_attachment *attachment);

struct writer_about {
    struct str title, author, subject, keywords; // empty texts are left out
    struct str language;                         // "sv"
    struct str id;                               // makes the file's identifier with its content
    int64_t created_us;                          // microseconds since 1970
    bool pdfa; // claims PDF/A-2b (with attachments PDF/A-3b); sheaf pdf info checks it
};

// Gives the whole file. Errors: INVALID it has no page; TOO_LARGE.
enum status writer_finish(struct writer *w, const struct writer_about *about, struct str *out);

#endif

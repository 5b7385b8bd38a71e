// Joins documents into one. Objects that are alike (fonts, images, forms) are kept once, whichever
// document they come from, found by their digest; so a thousand files of one maker cost little more
// than their text. What is joined is what is seen: pages with their annotations and layers.
// Bookmarks, forms to be filled in, tags for accessibility and signatures of the sources are not
// taken over; a source that has any of them says so in `struct assembled_part`. Files of our own
// writer, when they are as they were written, are copied as they are, which is hundreds of times
// as fast, and keep their tags.
//
//     struct assembly *a = assembly_new(s);
//     for (each document)
//         TRY(assembly_add(a, pdf, title, &part)); // part.first_page, part.page_count
//     TRY(assembly_attach(a, &attachment));
//     TRY(assembly_finish(a, &about, &out));
//
// Lives in its scope, which keeps its failures. Pure, deterministic, one thread at a time.
#ifndef SHEAF_DOCUMENT_PDF_ASSEMBLE_H
#define SHEAF_DOCUMENT_PDF_ASSEMBLE_H

#include "core/status.h"
#include "core/str.h"

#include <stdbool.h>
#include <stddef.h>

struct scope;
struct assembly;

enum {
    ASSEMBLY_ATTACHMENTS_MAX = 10000,
    ASSEMBLY_PART_MEMORY_MAX = 1 << 30, // while one document is read
};

struct assembled_part {
    size_t first_page; // in the result, from 0
    size_t page_count;
    bool own;         // of our own writer, and unaltered
    bool was_damaged; // qpdf had to repair it
    bool lost_signatures, lost_form, lost_outline;
};

struct assembly_attachment {
    struct str name;       // of the file, UTF-8
    struct str media_type; // "application/xml"
    struct str description;
    struct str data; // borrowed for the call
};

// What the document says of itself; empty texts are left out.
struct assembly_about {
    struct str title, author, subject;
    struct str created; // "D:20251130101500Z"
};

struct assembly *assembly_new(struct scope *s);

// Appends the pages of a document; the bytes are needed only during the call. With a title the
// result has a bookmark to its first page. After a failure the assembly is as it was.
// Errors: INVALID it is no PDF or beyond repair; REFUSED it wants a password; TOO_LARGE; CORRUPT.
enum status assembly_add(struct assembly *a, struct str pdf, struct str title,
                         struct assembled_part *out);

// Attaches a file to the result. Errors: CONFLICT a file of that name is attached; TOO_LARGE.
enum status assembly_attach(struct assembly *a, const struct assembly_attachment *attachment);

// Gives the joined document, and ends the assembly. Errors: INVALID it has no page; TOO_LARGE.
enum status assembly_finish(struct assembly *a, const struct assembly_about *about,
                            struct str *out);

// How many objects were found to be there already, so far.
size_t assembly_merged(const struct assembly *a);

#endif

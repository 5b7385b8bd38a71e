// A page of one PDF as a form in an update of another. Private to the folder.
#ifndef SHEAF_DOCUMENT_PDF_IMPORT_IMPL_H
#define SHEAF_DOCUMENT_PDF_IMPORT_IMPL_H

#include "core/status.h"
#include "core/str.h"

struct revision;
struct scope;

// What a form is made of; put with a BBox of `width` and `height`.
struct imported {
    struct str dictionary; // of the content's stream, with Resources, which are put already
    struct str content;    // as it stands in the file
    double width, height;
};

// Puts everything that the first page's resources need into the update. Errors: INVALID it is no
// PDF of this form: a page from 0, 0 with one stream of content, in the clear and sound; TOO_LARGE.
enum status revision_import(struct scope *s, struct revision *r, struct str pdf,
                            struct imported *out);

#endif

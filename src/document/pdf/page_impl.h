// What a page inherits from its ancestors in the tree of pages (ISO 32000-2, 7.7.3.4), for
// stamping and assembling. Ancestors have thousands of kids, so those of the page before are kept
// in mind.
#ifndef SHEAF_DOCUMENT_PDF_PAGE_IMPL_H
#define SHEAF_DOCUMENT_PDF_PAGE_IMPL_H

#include "core/status.h"
#include "core/str.h"
#include "document/pdf/syntax.h"

#include <stdbool.h>

struct scope;
struct opened;

enum { PAGE_TREE_DEPTH_MAX = 32 };

// Zeroed but for the first two.
struct page_tree {
    struct scope *scope;
    struct opened *opened;
    struct pdf_ref refs[PAGE_TREE_DEPTH_MAX];
    struct str attributes[PAGE_TREE_DEPTH_MAX]; // the ancestor without its kids
};

// What is seen of a page, in its own coordinates, and by how many quarter turns clockwise.
struct page_box {
    double x0, y0, x1, y1;
    unsigned turns;
};

// Gives a page's own or inherited attribute; empty when there is none. Errors: CORRUPT.
enum status page_attribute(struct page_tree *tree, struct str page, const char *key,
                           struct str *out);

// Gives the crop box, or the media box, or A4 where neither can be used. Errors: CORRUPT.
enum status page_box(struct page_tree *tree, struct str page, struct page_box *out);

bool page_box_equal(const struct page_box *a, const struct page_box *b);

#endif

// Pages: which slabs stand on which, and where; and the drawing of them.
#ifndef SHEAF_DOCUMENT_TYPESET_PAGES_IMPL_H
#define SHEAF_DOCUMENT_TYPESET_PAGES_IMPL_H

#include "core/status.h"
#include "core/str.h"
#include "document/typeset/layout_impl.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fill;
struct scope;
struct template;
struct template_about;
struct writer;

struct page {
    struct page *next;
    const struct slab **slabs; // a repeated head first
    int32_t *tops_mp;          // of each, below the top margin
    size_t count;
    bool repeats_head;
};

struct pages {
    struct page *first;
    size_t count;
};

// Parts slabs into pages of a height; the first one has `first_less_mp` less. A page ends where
// slabs are not tied, as late as it can. Errors: TOO_LARGE.
enum status pages_break(struct scope *s, const struct slab *first, const struct front *front,
                        int32_t first_less_mp, struct pages *out);

// How much less room there is on the first page, below its logo.
int32_t pages_first_less(const struct template *t);

// Draws them all, with headers, footers and bookmarks.
enum status pages_draw(struct fill *f, const struct template *t, const struct pages *pages,
                       struct writer *w);

// Gives the parts of a line with `|` between them; draws headers and footers (edges.c).
struct canvas;
enum status edges_draw(struct fill *f, const struct template *t, size_t page, size_t page_count,
                       struct canvas *c);

// Draws one item; `y_mp` is the top of its slab, from the bottom of the page.
void item_draw(struct canvas *c, const struct item *item, int32_t y_mp);

#endif

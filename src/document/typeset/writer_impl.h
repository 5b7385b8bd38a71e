// What the files of the writer share. Private to the folder.
#ifndef SHEAF_DOCUMENT_TYPESET_WRITER_IMPL_H
#define SHEAF_DOCUMENT_TYPESET_WRITER_IMPL_H

#include "core/buf.h"
#include "document/pdf/output.h"
#include "document/typeset/canvas.h"
#include "document/typeset/shared_impl.h"
#include "document/typeset/writer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// What stands in a tag, in order: another tag, or what a page marks with a number.
struct tag_kid {
    struct tag_kid *next;
    struct tag *tag; // NULL: content
    size_t page;
    size_t mark;
    uint32_t annotation; // a link's object; 0: none
};

struct tag {
    struct tag *parent;
    const char *kind;
    struct tag_about about;
    struct tag_kid *first, **last;
    uint32_t number; // 0: nothing stands in it
};

struct page {
    uint32_t number, content;
    struct paper size;
    unsigned fonts;
    const struct drawing **drawings;
    size_t drawing_count;
    struct tag **tags; // by mark
    size_t tag_count;
    struct canvas_link *links;
    size_t link_count;
    uint32_t *annotations; // of the links; 0: it leads nowhere
};

struct bookmark {
    unsigned level;
    struct str title;
    size_t page;
    double y;
};

struct attached {
    struct writer_attachment about;
    struct str name; // as a PDF string
    uint32_t file;
};

struct writer {
    struct scope *scope;
    const struct stock *stock;
    struct output *output;
    size_t own_at;           // where in the file its own objects begin
    struct shared_list list; // behind the stock's
    struct page *pages;
    size_t page_count, page_room;
    struct tag root;   // of the tags at the top
    uint32_t *parents; // objects by the key that pages and links name
    size_t parent_count, parent_room;
    struct bookmark *bookmarks;
    size_t bookmark_count, bookmark_room;
    struct attached *attached;
    size_t attached_count, attached_room;
    const struct shared **used; // in the order of the file
    size_t used_count;
};

// Writes all shared objects that the pages use, and the profile of colours.
void write_shared(struct writer *w, bool with_profile);

// Notes what the marks of a new page stand for.
void take_tags(struct writer *w, size_t page, const struct canvas *content);

// Gives an object the next key in the table of parents; pages come first, in order.
size_t add_parent(struct writer *w, uint32_t object);

// Write the annotations of all pages' links; the tags; the root and the table of all tags.
void write_links(struct writer *w);
void write_tags(struct writer *w);
void write_tag_root(struct writer *w);

// Write the bookmarks; the attached files.
void write_outline(struct writer *w);
void write_attached(struct writer *w);

// Write what the document says of itself, and the catalog that names all the rest.
void write_info(struct writer *w, const struct writer_about *about);
void write_metadata(struct writer *w, const struct writer_about *about);
void write_catalog(struct writer *w, const struct writer_about *about);

// The directory that makes joining cheap.
void write_part(struct writer *w, size_t own_end, const struct writer_about *about);

#endif

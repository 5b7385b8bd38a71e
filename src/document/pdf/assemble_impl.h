// The file that an assembly writes, object by object, and the table of what is in it by digest.
#ifndef SHEAF_DOCUMENT_PDF_ASSEMBLE_IMPL_H
#define SHEAF_DOCUMENT_PDF_ASSEMBLE_IMPL_H

#include "core/buf.h"
#include "core/status.h"
#include "core/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct opened;
struct scope;

enum {
    JOINED_CATALOG = 1,
    JOINED_PAGES = 2,
    JOINED_INFO = 3,
    JOINED_DIGEST_BYTES = 16, // of SHA-256
};

struct joined_object {
    uint8_t digest[JOINED_DIGEST_BYTES];
    uint32_t number; // 0: a free slot
};

struct joined {
    struct scope *scope;
    struct buf out;
    size_t *offsets; // by number; 0: not written
    size_t count, room;
    struct joined_object *known;
    size_t known_count, known_room; // a power of two
    size_t merged;
    uint32_t *pages; // numbers
    size_t page_count, page_room;
    struct buf layers, layers_off; // references
    struct str version;            // the latest of the sources
};

struct bookmark {
    struct bookmark *next;
    struct str title;
    size_t page;
};

struct attached {
    struct str name; // as a PDF string; the tree is sorted by its bytes
    struct str plain;
    uint32_t file;
};

struct assembly {
    struct joined joined;
    struct bookmark *bookmarks;
    struct bookmark **last_bookmark;
    size_t bookmark_count;
    struct attached *attached;
    size_t attached_count;
};

// Gives the number of an object to come.
uint32_t joined_reserve(struct joined *j);

// Writes an object; a stream's dictionary has its Length already.
void joined_write(struct joined *j, uint32_t number, struct str text, bool is_stream,
                  struct str data);

// Returns the number of such an object: the one that is there, or a new one, written.
uint32_t joined_merge(struct joined *j, struct str text, bool is_stream, struct str data);

void joined_add_page(struct joined *j, uint32_t number);

// Copies the pages of a document into it.
enum status joined_copy(struct scope *s, struct joined *j, struct opened *o);

#endif

// What an assembly writes: objects, the table of what is in it by digest, pages and tags in order.
#ifndef SHEAF_DOCUMENT_PDF_ASSEMBLE_IMPL_H
#define SHEAF_DOCUMENT_PDF_ASSEMBLE_IMPL_H

#include "core/buf.h"
#include "core/status.h"
#include "core/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct opened;
struct output;
struct part;
struct scope;

enum {
    JOINED_CATALOG = 1,
    JOINED_PAGES,
    JOINED_INFO,
    JOINED_TAGS,
    JOINED_PARENTS,
    JOINED_METADATA,
    JOINED_DIGEST_BYTES = 16, // of SHA-256
};

struct joined_object {
    uint8_t digest[JOINED_DIGEST_BYTES];
    uint32_t number; // 0: a free slot
};

// Numbers that grow in the scope.
struct numbers {
    uint32_t *all;
    size_t count, room;
};

// A font, an image or a form of our own files, kept as it stood in the first that had it.
struct known_shared {
    struct known_shared *next;
    uint8_t name[JOINED_DIGEST_BYTES];
    struct str bytes;
    uint32_t *numbers; // of its objects, in the result
    size_t object_count;
};

struct joined {
    struct scope *scope;
    struct output *output;
    struct joined_object *known;
    size_t known_count, known_room; // a power of two
    size_t merged;
    struct numbers pages;
    struct known_shared *shared;
    struct numbers tops, parents;  // tags at the top; what tags the marks of each key belong to
    bool untagged;                 // a part has no tags
    bool unarchival;               // a part claims no PDF/A
    uint32_t profile;              // of colours, of a part that does
    struct str language;           // of all parts so far; NULL data: none yet
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

void joined_add(struct joined *j, struct numbers *numbers, uint32_t number);

// Copies the pages of a document into it.
enum status joined_copy(struct scope *s, struct joined *j, struct opened *o);

// Copies one of our own files; false when something in it is not as it was written, and then
// nothing of it is in the result.
bool joined_copy_part(struct scope *s, struct joined *j, struct str pdf, const struct part *p);

#endif

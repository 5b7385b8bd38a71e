// How our own writer lays out a short document, so that joining it is copying: first the objects
// that are its own (pages, contents, tags), then those that many files share (fonts, images,
// forms), then what holds the file together, and last a directory that says where all is and has
// digests of it. Any change of the file shows: it is then joined as a foreign one. Pure.
#ifndef SHEAF_DOCUMENT_PDF_PART_H
#define SHEAF_DOCUMENT_PDF_PART_H

#include "core/str.h"
#include "document/pdf/output.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct scope;

enum {
    PART_DIGEST_BYTES = 16, // of SHA-256
    PART_OBJECTS_MAX = 100000,
    PART_PAGES_NUMBER = 2, // of the tree of pages, which pages name as their parent
    PART_TAGS_NUMBER = 5,  // of the root of the tags, which those at the top name
    PART_NUMBER = 9,       // of the directory
};

// Objects that are shared as a whole.
struct part_shared {
    uint8_t name[PART_DIGEST_BYTES];  // the same for the same content, under any numbers
    uint8_t check[PART_DIGEST_BYTES]; // of the bytes in this file: part_check()
    size_t at, bytes;                 // in the file
    const struct output_place *objects;
    size_t object_count;
};

// Places are counted from the start of the file.
struct part {
    size_t own_at, own_bytes;
    const struct output_place *own;
    size_t own_count;
    const struct part_shared *shared;
    size_t shared_count;
    const uint32_t *pages; // numbers, in order
    size_t page_count;
    const uint32_t *tops; // tags at the top
    size_t top_count;
    const uint32_t *parents; // by the key that a page or an annotation names (14.7.4.4)
    size_t parent_count;
    uint32_t size;    // one more than the highest number
    uint32_t profile; // of colours, where the file claims PDF/A; 0: it does not
    struct str language;
    bool outline; // it has bookmarks
};

// Gives the text of a directory: the data of a stream without filter that is the last object.
struct str part_write(struct scope *s, const struct part *p, struct str own_bytes);

// Reads a file; false when it is not one of ours as it was written. What the shared bytes' check
// says is left to the caller.
bool part_read(struct scope *s, struct str pdf, struct part *out);

void part_check(struct str bytes, uint8_t out[PART_DIGEST_BYTES]);

#endif

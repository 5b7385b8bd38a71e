// Objects that files share: fonts, images, forms. Private to the folder.
#ifndef SHEAF_DOCUMENT_TYPESET_SHARED_IMPL_H
#define SHEAF_DOCUMENT_TYPESET_SHARED_IMPL_H

#include "core/buf.h"
#include "document/pdf/output.h"
#include "document/pdf/part.h"
#include "document/typeset/canvas.h"
#include "document/typeset/font_impl.h"
#include "document/typeset/writer.h"

#include <stddef.h>
#include <stdint.h>

// The numbers of objects. Those of fonts are the same in every file, and those of a stock in all
// files that are written with it, so that they can be copied as they are.
enum {
    NUMBER_CATALOG = 1,
    NUMBER_PAGES = PART_PAGES_NUMBER,
    NUMBER_INFO,
    NUMBER_METADATA,
    NUMBER_TAGS = PART_TAGS_NUMBER,
    NUMBER_PARENTS,
    NUMBER_PROFILE,
    NUMBER_OUTLINE,
    NUMBER_PART = PART_NUMBER,
    NUMBER_FONTS,
    FONT_OBJECTS = 5, // font, descendant, descriptor, program, what its glyphs stand for
    NUMBER_STOCK = NUMBER_FONTS + FONTS * FONT_OBJECTS,
    SHARED_OBJECTS_MAX = FONT_OBJECTS,
    WRITER_PART_PAGES_MAX = 50, // a longer document is packed, and joined as a foreign one
};

// Objects that files share: a font, an image or a form, as it stands in the file.
struct shared {
    struct shared *next;
    struct drawing drawing;
    uint8_t name[PART_DIGEST_BYTES];  // the same for the same content, under any numbers
    uint8_t check[PART_DIGEST_BYTES]; // of the bytes
    struct str bytes;
    struct output_place objects[SHARED_OBJECTS_MAX];
    size_t object_count;
    unsigned fonts;              // that a form shows text in, a bit each
    const struct shared **needs; // images and forms that a form shows
    size_t need_count;
    size_t index; // in its list, from 0 on
};

struct shared_list {
    struct shared *first, **last;
    size_t count;
    uint32_t next_number;
};

struct stock {
    struct scope *scope;
    struct shared_list list;
};

struct shared_list shared_list_new(uint32_t next_number, size_t count);

// Adds an image or a form to a list, or finds it there.
const struct drawing *shared_image(struct scope *s, struct shared_list *list,
                                   const struct image *image);

// `more` is a list that drawings of the content may stand in too; may be NULL.
const struct drawing *shared_form(struct scope *s, struct shared_list *list,
                                  const struct shared_list *more, struct canvas *content,
                                  struct paper size);

const struct shared *shared_find(const struct shared_list *list, uint32_t number);

// Appends an object, or with data a stream, to the bytes of a shared one; one whose data are
// compressed first.
void shared_add(struct shared *shared, struct buf *out, uint32_t number, struct str text,
                const struct str *data);
void shared_add_deflated(struct scope *s, struct shared *shared, struct buf *out, uint32_t number,
                         struct str entries, struct str data);

// Makes the name from all that is to be told apart.
void shared_name(struct scope *s, struct shared *shared, const struct str *parts, size_t count);

// Ends it: these are its bytes.
void shared_seal(struct shared *shared, const struct buf *bytes);

// The objects of a font; the profile of colours. Made once per program.
const struct shared *shared_font(size_t index);
const struct shared *shared_profile(void);

// Writes the entry Resources of a page or a form.
void put_resources(struct buf *out, unsigned fonts, const struct drawing *const *drawings,
                   size_t drawing_count);

#endif

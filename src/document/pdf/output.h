// A PDF in the making: objects with their numbers, the cross-reference and the trailer. Plain,
// every object stands in the file as text; packed, all but streams are gathered into compressed
// object streams, and the cross-reference is a stream too (ISO 32000-1, 7.5.7 and 7.5.8). Lives in
// its scope; deterministic.
//
//     struct output *o = output_new(s, OUTPUT_PLAIN);
//     uint32_t number = output_reserve(o);
//     struct buf *text = output_begin(o, number);
//     buf_put_z(text, "<</Type/Pages…>>");
//     output_end(o);
//     TRY(output_finish(o, &trailer, &pdf));
#ifndef SHEAF_DOCUMENT_PDF_OUTPUT_H
#define SHEAF_DOCUMENT_PDF_OUTPUT_H

#include "core/status.h"
#include "core/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct output;
struct scope;

struct output *output_new(struct scope *s);

// From here on the file is packed; streams may have been written before.
void output_pack(struct output *o);

// Gives the numbers up to `count` away to the caller; later ones are reserved above them.
void output_skip(struct output *o, uint32_t count);

// Gives the number of an object to come. One that never comes is free.
uint32_t output_reserve(struct output *o);

// Begins an object that is no stream: the caller writes its text into what this returns, and ends.
struct buf *output_begin(struct output *o, uint32_t number);
void output_end(struct output *o);
void output_object(struct output *o, uint32_t number, struct str text);

// Writes a stream. `entries` of its dictionary stand without the brackets and name no Length. Gives
// away a stream of plain bytes compressed, with FlateDecode, by deflate(). No object may be open.
void output_stream(struct output *o, uint32_t number, struct str entries, struct str data);
void output_deflate(struct output *o, uint32_t number, struct str entries, struct str data);

// As output_stream(), with the whole text of a dictionary that names its Length.
void output_whole_stream(struct output *o, uint32_t number, struct str dictionary, struct str data);

// Where an object is: "N 0 obj" and a line end, the text, and for a stream "\nstream\n" and its
// data.
struct output_place {
    uint32_t number;
    size_t at;
    size_t text_bytes, data_bytes;
    bool stream;
};

// Copies whole objects as they stand in another file; the places are counted from their start.
void output_copy(struct output *o, struct str objects, const struct output_place *places,
                 size_t count);

// Gives the place of an object in the file; false for one that is free or packed.
bool output_find(const struct output *o, uint32_t number, struct output_place *out);
uint32_t output_count(const struct output *o); // one more than the highest number

// Where the next object begins; the bytes between two such places, until more is written.
size_t output_offset(const struct output *o);
struct str output_bytes(const struct output *o, size_t from, size_t to);

struct output_trailer {
    uint32_t root, info;
    struct str more; // entries; "/Sheaf 8 0 R"
    struct str id;   // makes the identifier, with the file's content
};

// Whether more was written than a file may hold; the end says so too.
bool output_is_full(const struct output *o);

// Gives the whole file. Errors: TOO_LARGE.
enum status output_finish(struct output *o, const struct output_trailer *trailer, struct str *out);

#endif

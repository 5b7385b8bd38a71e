// PDF objects as text (ISO 32000-2, 7.3): finding and replacing what stands in a dictionary or an
// array without a tree of objects. The text must be well formed, as what revision_object() gives
// is; on other text the functions say that nothing was found, and never read beyond it. Pure.
#ifndef SHEAF_DOCUMENT_PDF_SYNTAX_H
#define SHEAF_DOCUMENT_PDF_SYNTAX_H

#include "core/status.h"
#include "core/str.h"

#include <stdbool.h>
#include <stdint.h>

struct scope;

// An indirect object; number 0 is none.
struct pdf_ref {
    uint32_t number;
    uint32_t generation;
};

// Cuts the next whole value off `*rest` (a number, name, string, array, dictionary, `12 0 R`),
// white space and comments skipped; false at the end. What stands between the brackets of an array
// is walked with pdf_inside() and this.
bool pdf_next(struct str *rest, struct str *value);

// Finds the next reference at any depth: gives what stands before it and leaves what stands behind
// it; false when there is none. Not those within strings and comments.
bool pdf_next_ref(struct str *rest, struct str *before, struct pdf_ref *ref);

// What stands between the brackets of an array or dictionary; empty for anything else.
struct str pdf_inside(struct str value);

// Finds the value of a key, given without its slash, in a dictionary. Borrowed from it.
bool pdf_find(struct str dictionary, const char *key, struct str *value);

// The dictionary with the key set to `value`, or without it where `value` is empty; in the scope.
struct str pdf_set(struct scope *s, struct str dictionary, const char *key, struct str value);

// The array with one more item at its end; text that is no array counts as an empty one.
struct str pdf_add(struct scope *s, struct str array, struct str item);

// Reads `12 0 R`; an integer; whether it is the name; false when it is something else.
bool pdf_read_ref(struct str value, struct pdf_ref *out);
bool pdf_read_int(struct str value, int64_t *out);
bool pdf_is_name(struct str value, const char *name);
// Whether it is a dictionary; whether it is an array.
bool pdf_is_dictionary(struct str value);
bool pdf_is_array(struct str value);

// The bytes of a string, `(…)` or `<…>`. Errors: INVALID it is none.
enum status pdf_read_bytes(struct scope *s, struct str value, struct str *out);
// The UTF-8 of a text string: PDFDocEncoding (as Latin-1), UTF-16BE or UTF-8 with a mark.
enum status pdf_read_text(struct scope *s, struct str value, struct str *out);

// `12 0 R`.
struct str pdf_write_ref(struct scope *s, struct pdf_ref ref);
// Bytes as `<…>`; UTF-8 as a text string, ASCII legible and everything else as UTF-16BE.
struct str pdf_write_bytes(struct scope *s, struct str bytes);
struct str pdf_write_text(struct scope *s, struct str utf8);

#endif

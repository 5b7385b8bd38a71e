// JSON Pointer (RFC 6901): the way to one place in a JSON document, as "/lines/3/quantity". The
// empty pointer is the whole document; "~1" stands for "/" and "~0" for "~" inside a name.
#ifndef SHEAF_EXPR_POINTER_H
#define SHEAF_EXPR_POINTER_H

#include "core/json.h"
#include "core/status.h"
#include "core/str.h"

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct scope;

// Returns whether the text is empty, or starts with "/" and escapes rightly.
bool pointer_is_valid(struct str pointer);

// Takes the first name off a pointer, still escaped; false when the pointer is empty.
bool pointer_next(struct str *rest, struct str *token);

// Returns the name that an escaped token stands for: the token itself when nothing is escaped.
struct str pointer_unescape(struct scope *s, struct str token);

// Reads a token as the index of an array item: digits without a leading zero.
bool pointer_index(struct str token, size_t *out);

// Takes one step from a value: into the member or the item that an escaped token names;
// JSON_NONE when there is none.
struct json pointer_step(struct scope *s, struct json value, struct str token);

// Finds the value that a pointer leads to. Errors: INVALID it is no JSON Pointer; NOT_FOUND it
// leads nowhere in this document, with the part that does not exist.
enum status pointer_resolve(struct scope *s, struct json document, struct str pointer,
                            struct json *out);

// Appends "/" and a name, escaped.
void pointer_append(struct buf *out, struct str name);

// Appends "/" and the index of an array item.
void pointer_append_index(struct buf *out, size_t index);

#endif

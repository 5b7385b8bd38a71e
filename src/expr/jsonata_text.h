// What JSONata does with the characters of a text. Texts are UTF-8 that may also hold the three
// bytes of a lone surrogate, as ECMAScript's strings can; any other malformed byte counts as
// U+FFFD. Characters are code points, except where the language shows its UTF-16 origin: the
// index of a match counts 16-bit units.
#ifndef SHEAF_EXPR_JSONATA_TEXT_H
#define SHEAF_EXPR_JSONATA_TEXT_H

#include "core/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct scope;

// Text as an array of code points, for what is cut and filled at positions.
struct points {
    const uint32_t *at;
    size_t count;
};

// Reads the code point that a text which is not empty starts with; returns its length in bytes.
size_t text_decode(struct str text, uint32_t *out);
// Writes a code point, a surrogate too, at most UTF8_BYTES_MAX bytes, and returns its length.
size_t text_encode(uint32_t point, char *out);

struct points points_of(struct scope *s, struct str text);
struct str points_text(struct scope *s, struct points p);
// Returns the part from `from`, at most `count` long; both are cut to what is there.
struct points points_slice(struct points p, size_t from, size_t count);
bool points_equal(struct points a, struct points b);
// Returns the place of the first `part` at or after `from`; p.count when there is none.
size_t points_find(struct points p, struct points part, size_t from);

// Counts code points.
size_t text_length(struct str text);
// Returns in bytes where the character of this index begins; text.bytes when there are fewer.
size_t text_offset(struct str text, size_t index);
// Counts UTF-16 units, and the way back: a place in bytes, of the pair where it falls inside one.
size_t text_units(struct str text);
size_t text_offset_of_unit(struct str text, size_t unit);
// Returns the first surrogate's place in bytes; text.bytes when all of the text is UTF-8.
size_t text_find_surrogate(struct str text);
// Returns whether ECMAScript calls it white space.
bool text_is_space(uint32_t point);
// Removes what ECMAScript calls white space at both ends.
struct str text_trim_space(struct str text);

#endif

// UTF-8 (RFC 3629), strictly: no overlong forms, no surrogates, nothing above U+10FFFF.
#ifndef SHEAF_CORE_UTF8_H
#define SHEAF_CORE_UTF8_H

#include "core/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    UTF8_BYTES_MAX = 4, // of one code point
    UTF8_REPLACEMENT = 0xFFFD,
};

// Returns the length of the code point that `text` starts with; 0 when it is empty or malformed.
size_t utf8_length(struct str text);

// Reads the code point that `text` starts with into `*out` and returns its length; 0 as above.
size_t utf8_decode(struct str text, uint32_t *out);

// Writes a code point, at most UTF8_BYTES_MAX bytes, and returns its length. Asserts that it is
// one: at most U+10FFFF and no surrogate.
size_t utf8_encode(uint32_t code_point, char *out);

// Returns the place of the first malformed byte; text.bytes when all is well.
size_t utf8_find_error(struct str text);

// Returns whether all of the text is UTF-8.
bool utf8_valid(struct str text);

// Returns the beginning of the text, at most `bytes_max` bytes, that ends with a whole code point.
struct str utf8_cut(struct str text, size_t bytes_max);

// Counts code points; a malformed byte counts as one.
size_t utf8_count(struct str text);

#endif

// Where words may be parted: by the patterns of Debian's hyphen-sv and hyphen-en-gb, which are part
// of the program. Any thread.
#ifndef SHEAF_DOCUMENT_TYPESET_HYPHEN_IMPL_H
#define SHEAF_DOCUMENT_TYPESET_HYPHEN_IMPL_H

#include "core/str.h"

#include <stddef.h>
#include <stdint.h>

enum {
    HYPHEN_WORD_LETTERS_MAX = 60, // longer ones are not parted
    HYPHEN_WORD_LETTERS_MIN = 6,
};

// Gives the bytes before which a word may be parted, in order; returns how many. The word is
// letters only; one with a capital behind its first letter is not parted.
size_t hyphen_points(struct str language, struct str word,
                     uint16_t points[HYPHEN_WORD_LETTERS_MAX]);

#endif

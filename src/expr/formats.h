// The formats of JSON Schema 2020-12 (validation, 7.3) that are checked when `format` asserts, and
// those of OpenAPI that say something about a number.
#ifndef SHEAF_EXPR_FORMATS_H
#define SHEAF_EXPR_FORMATS_H

#include "core/str.h"

#include <stdbool.h>

enum format {
#define FORMAT(id, name, what) FORMAT_##id,
#include "expr/formats.def"
#undef FORMAT
    FORMAT_COUNT // also: unknown
};

// Finds a format by name; FORMAT_COUNT when it is not checked by anybody.
enum format format_find(struct str name);

// Returns what a text of this format is, with its article: "an e-mail address". Static.
const char *format_what(enum format format);

// Returns whether the text is of this format. `regex` is not decided here: it is always true.
bool format_check(enum format format, struct str text);

#endif

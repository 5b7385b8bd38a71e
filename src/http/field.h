// Header fields: what may stand in them, and finding one.
#ifndef SHEAF_HTTP_FIELD_H
#define SHEAF_HTTP_FIELD_H

#include "core/str.h"

#include <stdbool.h>
#include <stddef.h>

struct http_field {
    struct str name; // as sent; names compare without case
    struct str value;
};

// RFC 9110, 5.6.2: a token, which names and methods are.
bool field_is_name(struct str text);

// RFC 9110, 5.5: visible characters, space, tab, and bytes above ASCII.
bool field_is_value(struct str text);

// Returns the first value of this name, empty (data NULL) when there is none.
struct str field_find(const struct http_field *fields, size_t count, const char *name);

#endif

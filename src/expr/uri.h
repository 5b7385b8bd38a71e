// URIs (RFC 3986) as JSON Schema needs them: taken apart, resolved against a base, checked.
#ifndef SHEAF_EXPR_URI_H
#define SHEAF_EXPR_URI_H

#include "core/str.h"

#include <stdbool.h>

struct scope;

// The parts of a reference, borrowed from its text. A part that is absent has data NULL, which is
// not the same as one that is empty.
struct uri {
    struct str scheme;
    struct str authority;
    struct str path; // never absent
    struct str query;
    struct str fragment;
};

// Takes a reference apart. Any text has parts: RFC 3986, Appendix B.
struct uri uri_split(struct str text);

// Returns the URI that a reference means where `base` is the address of the document (RFC 3986,
// 5.2), without its fragment. `base` may itself be relative.
struct str uri_resolve(struct scope *s, struct str base, struct str reference);

enum uri_kind {
    URI_ABSOLUTE,  // with a scheme
    URI_REFERENCE, // or relative
};

// Returns whether the text keeps the grammar; characters outside ASCII are accepted when
// `international` (RFC 3987).
bool uri_is_valid(struct str text, enum uri_kind kind, bool international);

#endif

// I-Regexp (RFC 9485), the regular expressions of JSONPath: checked against its grammar and handed
// to expr/regex.h. As the RFC's mapping to ECMAScript has it, ^ and $ stay what they are there.
#ifndef SHEAF_EXPR_IREGEXP_H
#define SHEAF_EXPR_IREGEXP_H

#include "core/status.h"
#include "core/str.h"

struct regex;
struct scope;

enum iregexp_extent {
    IREGEXP_SEARCH, // somewhere in the subject
    IREGEXP_WHOLE,  // the whole subject
};

// Compiles a pattern; it lives as long as `s`. Errors: INVALID it is no I-Regexp; TOO_LARGE.
enum status iregexp_compile(struct scope *s, struct str pattern, enum iregexp_extent extent,
                            const struct regex **out);

#endif

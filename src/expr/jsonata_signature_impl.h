// Signatures of functions, <s-n?:s>: what types the arguments have, which may be missing, and which
// of those the context stands in for.
#ifndef SHEAF_EXPR_JSONATA_SIGNATURE_IMPL_H
#define SHEAF_EXPR_JSONATA_SIGNATURE_IMPL_H

#include "expr/jsonata_impl.h"

struct signature;

enum { SIGNATURE_PARAMETERS_MAX = 32 };

struct signature_error {
    const char *code;
    size_t offset; // into the text
    struct json value;
};

// Parses a signature with its angle brackets; it lives as long as `s` and `text`. Errors: INVALID.
enum status jsonata_signature_parse(struct scope *s, struct str text, const struct signature **out,
                                    struct signature_error *error);

// Checks arguments and puts in the context where the signature says so. `*checked` has at least as
// many items as there are parameters. Errors: T0410, T0411, T0412.
enum status jsonata_signature_check(struct evaluation *e, const struct signature *signature,
                                    const struct json *arguments, size_t count, struct json context,
                                    const struct json **checked, size_t *checked_count);

#endif

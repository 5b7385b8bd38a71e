// How an error of the language becomes what the caller is told.
#ifndef SHEAF_EXPR_JSONATA_ERROR_IMPL_H
#define SHEAF_EXPR_JSONATA_ERROR_IMPL_H

#include "expr/jsonata_run_impl.h"

// Returns the error's sentence, in `s`.
struct str jsonata_message(struct scope *s, const struct raised *r);

// Tells the caller; `text` is the expression.
void jsonata_tell(struct scope *s, struct str text, const struct raised *r,
                  struct jsonata_error *out);

// JSON.stringify of ECMAScript, numbers with all their digits.
enum status jsonata_stringify(struct evaluation *e, struct json v, struct json *out);

#endif

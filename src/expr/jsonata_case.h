// Upper and lower case of all of Unicode, as ECMAScript's toUpperCase() and toLowerCase() without
// a language: a character may become several, and a sigma at the end of a word has its own form.
#ifndef SHEAF_EXPR_JSONATA_CASE_H
#define SHEAF_EXPR_JSONATA_CASE_H

#include "core/str.h"

struct buf;
struct scope;

void text_put_upper(struct buf *out, struct str text);
void text_put_lower(struct buf *out, struct str text);

// As above, in the scope, which has room for three times the text.
struct str text_upper(struct scope *s, struct str text);
struct str text_lower(struct scope *s, struct str text);

#endif

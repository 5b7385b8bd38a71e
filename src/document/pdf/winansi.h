// Text in the standard font Helvetica with WinAnsiEncoding, which is Windows code page 1252
// (ISO 32000-2, annex D): for stamps, until the typesetter gives them an appearance. Pure.
#ifndef SHEAF_DOCUMENT_PDF_WINANSI_H
#define SHEAF_DOCUMENT_PDF_WINANSI_H

#include "core/status.h"
#include "core/str.h"

struct scope;

// Encodes UTF-8, in the scope. Errors: INVALID a character that the encoding lacks, named; control
// characters; not UTF-8.
enum status winansi_encode(struct scope *s, struct str utf8, struct str *out);

// Returns how wide encoded text is in Helvetica, in thousandths of its size.
unsigned winansi_width(struct str encoded);

#endif

// A sound copy of a PDF that is damaged or encrypted: what qpdf could read of it, written anew and
// in the clear. Signatures do not survive it: their fields are there, and no longer valid. Pure.
#ifndef SHEAF_DOCUMENT_PDF_REPAIR_H
#define SHEAF_DOCUMENT_PDF_REPAIR_H

#include "core/status.h"
#include "core/str.h"

struct scope;

// Errors: INVALID it is beyond repair; REFUSED it wants a password; TOO_LARGE; CORRUPT.
enum status pdf_repair(struct scope *s, struct str pdf, struct str *out);

#endif

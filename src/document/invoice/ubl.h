// Electronic invoices and credit notes: UBL 2.1 (EN 16931, Peppol BIS Billing 3) and Svefaktura 1.0
// (SFTI Basic Invoice) are read into one model, a JSON object whose members README.md lists. Pure.
//
// Amounts, quantities and rates are exact numbers, as written; text is trimmed; what the document
// does not say is absent. Elements that the standards do not have are passed over. Whether what is
// said is right, is for rules.h.
#ifndef SHEAF_DOCUMENT_INVOICE_UBL_H
#define SHEAF_DOCUMENT_INVOICE_UBL_H

#include "core/json.h"
#include "core/status.h"
#include "core/str.h"

struct scope;

enum {
    INVOICE_BYTES_MAX = 16 << 20, // with embedded documents
    INVOICE_LINES_MAX = 10000,
};

// Reads a document. Errors: INVALID it is no XML, or neither dialect; REFUSED a number or a date is
// none: its place and text; UNSUPPORTED its encoding; TOO_LARGE.
enum status invoice_read(struct scope *s, struct str xml, struct json *out);

#endif

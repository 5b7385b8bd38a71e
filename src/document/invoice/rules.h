// Whether an invoice is right: EN 16931 (BR-…), Peppol BIS Billing 3 (PEPPOL-EN16931-…, where the
// invoice says that it is one), the Swedish rules of it (SE-R-…) and what the Swedish VAT law wants
// an invoice to say (ML-17-24-…, mervärdesskattelagen 2023:200, chapter 17, section 24), where the
// seller is Swedish. rules.def has them all. Pure; on the model of ubl.h.
#ifndef SHEAF_DOCUMENT_INVOICE_RULES_H
#define SHEAF_DOCUMENT_INVOICE_RULES_H

#include "core/json.h"
#include "core/status.h"

#include <stdbool.h>
#include <stddef.h>

struct scope;

enum { INVOICE_FINDINGS_MAX = 200 };

struct invoice_finding {
    const char *rule;  // "BR-CO-10"
    bool fatal;        // else a warning
    struct str place;  // "/Invoice/cac:InvoiceLine[2]/cbc:LineExtensionAmount": as UBL 2.1 names it
    struct str what;   // is wrong: one clause
    const char *right; // what would be right: one clause
};

struct invoice_findings {
    const struct invoice_finding *items; // at most INVOICE_FINDINGS_MAX
    size_t count;
    size_t fatal_count; // of all
};

// Errors: TOO_LARGE a sum has more digits than a number may have.
enum status invoice_check(struct scope *s, struct json invoice, struct invoice_findings *out);

// [{"rule", "severity": "fatal"|"warning", "place", "what", "right"}]
struct json invoice_findings_json(struct scope *s, const struct invoice_findings *findings);

#endif

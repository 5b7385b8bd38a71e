// Invoices: an electronic invoice that came in is read, checked, set as a PDF, sealed, kept, and
// mailed to the buyer and to the mailboxes of the settings, once. What breaks a rule is refused
// with a report that names it.
//
// The id of an invoice follows from tenant, seller and number. The same document again is a
// repetition and does nothing; another document of the same number is refused. The record, the mail
// and whatever the caller puts are one change, so that one mail is sent; blobs are named after
// their content, so that a run that loses the race changes nothing that a mail is made of.
#ifndef SHEAF_SERVICES_SIGNING_INVOICE_H
#define SHEAF_SERVICES_SIGNING_INVOICE_H

#include "core/json.h"
#include "store/change.h"

#include <stdint.h>

struct call;
struct scope;
struct signing;
struct template;

// The table `invoices`: partition TENANT/ID; an index by TENANT in order of their coming.
extern const struct table_def invoices_table;

enum invoice_state {
    INVOICE_TAKEN,
    INVOICE_REPEATED, // the same document had come before
    INVOICE_REFUSED,
};

struct invoice_outcome {
    enum invoice_state state;
    struct str why;    // of a refusal: the rule, the place, what is wrong and what would be right
    struct str id;     // "" when it could not be read
    struct str number; // of the invoice
    struct json findings; // as of document/invoice/rules.h: an array
    size_t mailed_to;     // addresses
};

// Takes a document in. Errors: what may pass; a document that is wrong is an outcome.
enum status invoice_take(struct scope *s, struct signing *self, struct change *c, struct str tenant,
                         struct str file, struct str xml, int64_t now_us,
                         struct invoice_outcome *out);

// The record: invoice_id, number, kind, seller, buyer, issue_date, due_date, currency, payable,
// file, xml{...}, pdf{..., page_count}, sealed, mailed_to, findings, created_at.
// Errors: NOT_FOUND; CORRUPT.
enum status invoice_get(struct scope *s, struct store *store, struct str tenant, struct str id,
                        struct json *out);

// Puts the mail that brings an invoice into the change; returns to how many. None: nobody is known.
enum status invoice_mail(struct scope *s, struct signing *self, struct change *c, struct str tenant,
                         struct json invoice, struct json record, size_t *mailed_to);

// Handlers.
enum status list_invoices(struct scope *s, struct call *c);
enum status get_invoice(struct scope *s, struct call *c);
enum status get_invoice_document(struct scope *s, struct call *c);

#endif

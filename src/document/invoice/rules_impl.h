// What the files of the rules share: who looks, at what, and what was found.
#ifndef SHEAF_DOCUMENT_INVOICE_RULES_IMPL_H
#define SHEAF_DOCUMENT_INVOICE_RULES_IMPL_H

#include "core/decimal.h"
#include "document/invoice/rules.h"

enum rule {
#define RULE(symbol, id, severity, right) RULE_##symbol,
#define NEED(id, severity, where, member, place)
#define LINE_NEED(id, severity, where, member, place)
#include "document/invoice/rules.def"
#undef RULE
#undef NEED
#undef LINE_NEED
    RULES
};

struct check {
    struct scope *scope;
    struct json invoice, lines, allowances, subtotals, totals, seller, buyer;
    bool is_credit;
    bool is_peppol;
    bool is_swedish; // the seller
    struct invoice_finding *items;
    size_t count;
    size_t fatal_count;
    enum status status; // a sum that did not fit
};

// Notes a finding. `place` is below the document ("cbc:ID"); `what` a format.
void note(struct check *c, enum rule rule, struct str place, const char *what, ...)
    __attribute__((format(printf, 4, 5)));
// As note() of a rule whose id has an 'x' for the VAT category.
void note_category(struct check *c, enum rule rule, struct str category, struct str place,
                   const char *what, ...) __attribute__((format(printf, 5, 6)));
void note_missing(struct check *c, const char *id, bool fatal, struct str place);

// "cac:InvoiceLine[2]/cbc:ID"
struct str line_place(struct check *c, size_t line, const char *below);
struct str item_place(struct check *c, const char *list, size_t index, const char *below);

// A number of the model; absent is 0.
struct decimal number(struct check *c, struct json j);
struct decimal plus(struct check *c, struct decimal a, struct decimal b);
struct decimal minus(struct check *c, struct decimal a, struct decimal b);
struct decimal times(struct check *c, struct decimal a, struct decimal b);
struct decimal cents(struct check *c, struct decimal d); // rounded to two decimals, half up
bool is_near(struct check *c, struct decimal a, struct decimal b, const char *tolerance);

static inline bool has(struct json object, const char *name)
{
    return json_member(object, name).type != JSON_NONE;
}

static inline struct str text(struct json object, const char *name)
{
    return json_text(json_member(object, name));
}

bool is_charge(struct json allowance);

// The groups of rules.
void check_amounts(struct check *c);
void check_vat(struct check *c);
void check_swedish(struct check *c);

#endif

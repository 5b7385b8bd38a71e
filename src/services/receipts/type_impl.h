// The inside of a receipt type, for type*.c only.
#ifndef SHEAF_SERVICES_RECEIPTS_TYPE_IMPL_H
#define SHEAF_SERVICES_RECEIPTS_TYPE_IMPL_H

#include "core/decimal.h"
#include "services/receipts/type.h"

struct rule;
struct schema;
struct xsd;

enum { COMMON_FIELDS = 5 };

// As type.json names them, in the order of `mapping`.
extern const char *const type_common_names[COMMON_FIELDS];

// Where the totals check looks. All are JSON Pointers; those of line and vat are relative to one of
// the items. An empty one is not looked at.
struct totals_def {
    struct str lines;       // array of lines
    struct str line_amount; // of one line, VAT included
    struct str line_rate;   // its VAT rate in percent
    struct str vat;         // array: one entry a rate
    struct str vat_rate;
    struct str vat_base;
    struct str vat_amount;
    struct str total; // sum of the lines
};

struct type {
    struct str name;
    struct str title;
    bool xml;
    bool unique_number;
    struct str recognise_pointer;
    struct str recognise_value; // empty: whatever is there will do
    const struct schema *schema;
    const struct xsd *xsd;
    struct str mapping[COMMON_FIELDS]; // pointers: client, date, number, total, currency
    struct json others[COMMON_FIELDS]; // of a field that may be in several places: all of them
    struct totals_def totals;
    const struct rule **rules;
    size_t rule_count;
};

// Follows a pointer; JSON_NONE when it leads nowhere.
struct json type_follow(struct scope *s, struct json j, struct str pointer);

// Reads a number, or a text with a decimal as XML Schema writes it; false when it is none, or none
// that can be kept exactly.
bool type_number(struct scope *s, struct json j, struct decimal *out);

// Checks the sums, in exact decimals: lines against the total; per VAT rate lines against base and
// amount, and the amount against base times rate (half up to the cent, one cent of tolerance, since
// tills may round by line); every rate of the lines has one VAT entry, unless the rate or their sum
// is 0.
void totals_check(struct scope *s, const struct totals_def *def, struct json document,
                  struct findings *out);

// Adds a finding unless there are enough.
void findings_add(struct findings *out, struct str at, struct str message, const char *rule);

#endif

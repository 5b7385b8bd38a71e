// Tables that say which element becomes which member of the model, and what walks them.
#ifndef SHEAF_DOCUMENT_INVOICE_MAP_IMPL_H
#define SHEAF_DOCUMENT_INVOICE_MAP_IMPL_H

#include "core/json.h"
#include "core/status.h"

#include <stddef.h>

struct scope;

enum field_kind {
    FIELD_TEXT,
    FIELD_DATE,
    FIELD_NUMBER,
    FIELD_BOOLEAN,
    FIELD_TEXTS,  // all of them
    FIELD_OBJECT, // the first, by a table of its own
    FIELD_LIST,   // all of them
};

enum dialect { UBL, SVEFAKTURA };

// A path is names separated by '/', the last may be an attribute ("@unitCode"); a name may have a
// condition, "PartyTaxScheme[TaxScheme/ID=VAT]" or "[...!=VAT]"; alternatives stand behind ' '.
struct field {
    const char *name;
    enum field_kind kind;
    const char *paths[2]; // by dialect; NULL: it has none
    const struct field *fields;
};

extern const struct field document_fields[];

struct nodes {
    const struct json *items;
    size_t count;
};

// All elements and attributes that a path leads to, in their order.
struct nodes map_find(struct scope *s, struct json node, const char *path);
// Text of an element or attribute, trimmed.
struct str map_text(struct json node);

// The object of a table. Errors: REFUSED a number or a date is none.
enum status map_object(struct scope *s, struct json node, const struct field *fields,
                       enum dialect dialect, struct json *out);

#endif

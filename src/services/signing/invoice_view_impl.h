// What the files that write an invoice out share.
#ifndef SHEAF_SERVICES_SIGNING_INVOICE_VIEW_IMPL_H
#define SHEAF_SERVICES_SIGNING_INVOICE_VIEW_IMPL_H

#include "services/signing/invoice_view.h"

#include <stdbool.h>
#include <stddef.h>

enum label {
#define LABEL(name, sv, en) LABEL_##name,
#include "services/signing/invoice_labels.def"
#undef LABEL
    LABELS
};

// What is being written.
struct view {
    struct scope *s;
    struct json invoice;
    const char *language;
    struct str currency;
    bool is_credit;
};

struct str label(const struct view *v, enum label which);
struct json labels(const struct view *v); // all of them by name

// A growing list.
struct rows {
    struct json *items;
    size_t count, room;
};
void rows_add(struct scope *s, struct rows *rows, struct json item);
// {label, value}, unless the value is empty.
void rows_fact(const struct view *v, struct rows *rows, enum label which, struct str value);

struct str money(const struct view *v, struct json number); // two decimals
struct str text_at(struct json object, const char *path);

// invoice_view_lines.c
struct json view_lines(const struct view *v);
struct json view_allowances(const struct view *v);
struct json view_tax(const struct view *v);
struct json view_totals(const struct view *v);
struct json view_wordings(const struct view *v);
// invoice_view_parties.c
struct json view_party(const struct view *v, struct json party);
struct json view_facts(const struct view *v);
struct json view_payment(const struct view *v);

#endif

// Business numbers, for types that declare them unique: one record a number, put if absent with the
// receipt. Such a table is in random order by nature, so it is for types of moderate rate.
#include "services/receipts/service_impl.h"

#include "core/scope.h"

const struct table_def receipt_numbers_table = {.name = "receipt_numbers"};

void number_claim(struct scope *s, struct change *c, const struct receipt *r)
{
    struct record record = {
        .partition = str_format(s, "%.*s/%.*s/%.*s", STR(r->tenant), STR(r->client), STR(r->type)),
        .sort = r->number,
        .content = r->id,
    };

    change_put(c, &receipt_numbers_table, &record, if_absent());
}

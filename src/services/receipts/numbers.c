// Business numbers, for types that declare them unique: one record a number, put if absent with the
// receipt. Such a table is in random order by nature, so it is for types of moderate rate.
#include "services/receipts/service_impl.h"

#include "core/scope.h"

const struct table_def receipt_numbers_table = {.name = "receipt_numbers"};

static struct str partition_of(struct scope *s, const struct receipt *r)
{
    return str_format(s, "%.*s/%.*s/%.*s", STR(r->tenant), STR(r->client), STR(r->type));
}

void number_claim(struct scope *s, struct change *c, const struct receipt *r)
{
    struct record record = {
        .partition = partition_of(s, r),
        .sort = r->number,
        .content = r->id,
    };

    change_put(c, &receipt_numbers_table, &record, if_absent());
}

enum status number_release(struct scope *s, struct store *store, struct change *c,
                           const struct receipt *r)
{
    struct record record = {0};
    enum status e =
        record_get(s, store, &receipt_numbers_table, partition_of(s, r), r->number, &record);

    if (e == NOT_FOUND)
        return OK;
    TRY(e);
    if (str_equal(record.content, r->id))
        change_remove(c, &receipt_numbers_table, record.partition, record.sort, if_any());
    return OK;
}

enum status number_claim_again(struct scope *s, const struct receipts *self, struct change *c,
                               const struct receipt *r)
{
    const struct type *type = types_find(self->types, r->type);
    struct record record = {0};

    if (!type || !type_number_unique(type))
        return OK;
    enum status e = record_get(s, self->platform->store, &receipt_numbers_table, partition_of(s, r),
                               r->number, &record);
    if (e == OK && !str_equal(record.content, r->id))
        return fail(s, CONFLICT, "its number was taken meanwhile by the receipt %.*s",
                    STR(record.content));
    if (e == NOT_FOUND)
        number_claim(s, c, r);
    return e == NOT_FOUND ? OK : e;
}

// What is made of a change before the writer has it, so that the writer only copies: sealed
// contents, packed attributes, and messages as they will lie in memory.
#include "core/heap.h"
#include "store/embedded/batch_impl.h"

#include <assert.h>
#include <stdlib.h>

static size_t packed_bytes_max(const struct record *r)
{
    enum { LENGTHS_BYTES = 4 }; // two lengths of at most two bytes
    size_t bytes = 0;

    for (size_t i = 0; i < r->attribute_count; i++)
        bytes += r->attributes[i].name.bytes + r->attributes[i].value.bytes + LENGTHS_BYTES;
    return bytes;
}

static size_t held_bytes_max(const struct item *i)
{
    if (i->kind == ITEM_PUT)
        return i->record.content.bytes + SEALER_EXTRA_BYTES + packed_bytes_max(&i->record);
    return i->kind == ITEM_SEND ? i->text.bytes + SEALER_EXTRA_BYTES : 0;
}

static char *pack_into(const struct record *r, struct str *out, char *at)
{
    char *from = at;

    for (size_t i = 0; i < r->attribute_count; i++)
        at = rows_write_attribute(at, &r->attributes[i]);
    *out = str_of(from, (size_t)(at - from));
    return at;
}

static char *hold_record(struct embedded *e, struct item *i, char *at)
{
    struct table *t = embedded_table(e, i->table);
    struct sealer_place place = {.owner = t->def->name,
                                 .partition = i->record.partition,
                                 .sort = i->record.sort,
                                 .dictionary = t->dictionary};

    at = pack_into(&i->record, &i->packed, at);
    i->sealed = str_of(at, sealer_seal(e->sealer, &place, i->record.content, at));
    return at + i->sealed.bytes;
}

static char *hold_message(struct embedded *e, struct item *i, char *at)
{
    struct sealer_place place = {.owner = i->queue->name};

    i->held = mail_new(i->text);
    i->sealed = str_of(at, sealer_seal(e->sealer, &place, i->text, at));
    return at + i->sealed.bytes;
}

void change_hold(struct embedded *e, struct change *c)
{
    size_t bytes = 0;

    for (size_t i = 0; i < c->item_count; i++)
        bytes += held_bytes_max(&c->items[i]);
    char *at = heap_resize(NULL, bytes, 1);
    c->held = at;
    for (size_t i = 0; i < c->item_count; i++) {
        struct item *item = &c->items[i];
        if (item->kind == ITEM_PUT)
            at = hold_record(e, item, at);
        else if (item->kind == ITEM_SEND)
            at = hold_message(e, item, at);
    }
    assert(at <= (char *)c->held + bytes);
}

void change_release(struct change *c)
{
    // Messages of a change that was committed belong to their queues.
    for (size_t i = 0; i < c->item_count && c->status != OK; i++)
        if (c->items[i].kind == ITEM_SEND)
            mail_free(c->items[i].held);
    free(c->held);
    c->held = NULL;
}

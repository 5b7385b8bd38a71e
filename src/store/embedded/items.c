// Changes, item by item: conditions first, then writes.
#include "core/scope.h"
#include "store/embedded/batch_impl.h"
#include "store/embedded/hours.h"
#include "store/embedded/index.h"

enum { OBSTACLE_BYTES_MAX = 16 << 20 };

static bool is_message(const struct item *i)
{
    return i->kind == ITEM_SEND || item_holds_lease(i);
}

// Answers CONFLICT with the record in the way, which is opened in a scope of its own: the batch's
// would have to hold those of all its changes.
static enum status fail_record(struct batch *b, struct change *c, size_t item, struct row *row,
                               const struct table *t)
{
    struct scope *s = scope_open(OBSTACLE_BYTES_MAX);
    struct record stands = {0};
    enum status e = OK;

    if (row->standing.version)
        e = record_of_row(s, b->e, t, row, &stands);
    if (e == OK)
        change_fail_item(c, item, &stands);
    else
        e = fail(b->scope, e, "%.*s", STR(scope_why(s)));
    scope_close(s);
    return e;
}

static bool standing_holds(const struct record_condition *condition,
                           const struct standing *standing)
{
    struct record stands = {.version = standing->version};

    return condition->kind != IF_ATTRIBUTE && condition_holds(condition, &stands);
}

static enum status row_holds(struct batch *b, const struct record_condition *condition,
                             const struct table *t, const struct row *row, bool *holds)
{
    struct record stands = {.version = row->standing.version};

    TRY(rows_attributes(b->scope, t, row->attributes, &stands.attributes, &stands.attribute_count));
    *holds = condition_holds(condition, &stands);
    return OK;
}

// Looks the record up in the database.
static enum status check_row(struct batch *b, struct change *c, size_t item, struct row *row)
{
    const struct item *i = &c->items[item];
    struct found *f = &b->found[item];
    bool holds = false;

    TRY(rows_find(b->scope, b->session, f->table, i->record.partition, i->record.sort, row));
    f->standing = row->standing;
    if (row->standing.version && table_needs_old(f->table))
        f->old_attributes = str_copy(b->scope, row->attributes);
    TRY(row_holds(b, &i->condition, f->table, row, &holds));
    return holds ? OK : fail_record(b, c, item, row, f->table);
}

// Whether the record is newer than all there are, so that there is none.
static bool is_newest(const struct table *t, const struct record *r)
{
    int64_t id = arrival_id(t, r->partition, r->sort);

    return id && id > t->newest_id;
}

static enum status check_record(struct batch *b, struct change *c, size_t item)
{
    const struct item *i = &c->items[item];
    struct found *f = &b->found[item];
    struct row row = {0};

    f->table = embedded_table(b->e, i->table);
    if (is_newest(f->table, &i->record) && standing_holds(&i->condition, &f->standing))
        return OK;
    if (!table_needs_old(f->table) && !f->table->hours &&
        cache_standing(b->e->cache, table_number(b->e, f->table), i->record.partition,
                       i->record.sort, &f->standing) &&
        standing_holds(&i->condition, &f->standing))
        return OK;
    enum status e = check_row(b, c, item, &row);
    row_end(&row);
    return e;
}

static enum status check_item(struct batch *b, struct change *c, size_t item)
{
    const struct item *i = &c->items[item];

    b->found[item] = (struct found){0};
    if (!is_message(i))
        return check_record(b, c, item);
    if (!mail_check(b, i, &b->found[item]))
        change_fail_item(c, item, NULL);
    return OK;
}

enum status batch_check(struct batch *b, struct change *c, bool *passed)
{
    enum status e = OK;
    size_t checked = 0;

    while (checked < c->item_count && e == OK && c->status == OK)
        e = check_item(b, c, checked++);
    *passed = e == OK && c->status == OK;
    for (size_t i = 0; !*passed && i < checked; i++)
        mail_uncheck(&b->found[i]);
    return e;
}

static enum status put_record(struct batch *b, struct item *i, struct found *f)
{
    struct record *r = &i->record;
    struct row row = {.partition = r->partition,
                      .sort = r->sort,
                      .attributes = i->packed,
                      .content = i->sealed,
                      .expires_at_s = r->expires_at_s,
                      .standing = f->standing};

    r->version = ++row.standing.version;
    TRY(rows_put(b->scope, b->session, f->table, &row));
    TRY(indexes_write(b, f->table, r, f->old_attributes, i->packed));
    if (r->expires_at_s)
        TRY(expiry_note(b, f->table, r));
    journal_feed(b, f->table, r);
    if (!f->table->hours) // whose records end without being removed
        cache_note(b->e->cache, table_number(b->e, f->table), r, row.standing.in_arrival,
                   b->number);
    return OK;
}

enum status batch_remove_record(struct batch *b, struct table *t, const struct record *keys,
                                bool in_arrival, struct str old_attributes)
{
    TRY(rows_remove(b->scope, b->session, t, keys->partition, keys->sort, in_arrival));
    TRY(indexes_write(b, t, keys, old_attributes, (struct str){0}));
    journal_feed(b, t, keys);
    cache_note(b->e->cache, table_number(b->e, t), keys, false, b->number);
    return OK;
}

static enum status remove_record(struct batch *b, struct item *i, struct found *f)
{
    struct record gone = {.partition = i->record.partition, .sort = i->record.sort};

    if (f->standing.version == 0)
        return OK;
    return batch_remove_record(b, f->table, &gone, f->standing.in_arrival, f->old_attributes);
}

enum status batch_write(struct batch *b, struct change *c)
{
    for (size_t n = 0; n < c->item_count; n++) {
        struct item *i = &c->items[n];
        if (i->kind == ITEM_PUT)
            TRY(put_record(b, i, &b->found[n]));
        else if (i->kind == ITEM_REMOVE)
            TRY(remove_record(b, i, &b->found[n]));
        else if (is_message(i))
            TRY(mail_write(b, i, &b->found[n]));
    }
    for (size_t n = 0; n < c->audit_count; n++)
        journal_audit(b, &c->audits[n]);
    return OK;
}

enum status batch_forget(struct batch *b)
{
    cache_clear(b->e->cache);
    for (size_t i = 0; i < b->e->table_count; i++)
        if (b->e->tables[i].hours)
            TRY(hours_load(b->scope, b->session, &b->e->tables[i]));
    return OK;
}

// Tables: records in key order, each a block of its own.
#include "store/memory/operations_impl.h"

#include "core/heap.h"
#include "core/scope.h"
#include "sys/world.h"

#include <assert.h>
#include <stdlib.h>

enum { KEEPS_ONE_IN = 2 };

int record_order(const void *item, const void *key)
{
    const struct record *a = &((const struct memory_record *)item)->record;
    const struct record *b = key;
    int order = str_compare(a->partition, b->partition);

    return order ? order : str_compare(a->sort, b->sort);
}

static bool table_place(const struct memory_table *t, struct str partition, struct str sort,
                        size_t *at)
{
    struct record key = {.partition = partition, .sort = sort};

    *at = list_find(&t->records, &key, record_order);
    return *at < t->records.count && record_order(t->records.items[*at], &key) == 0;
}

struct memory_record *table_find(const struct memory_table *t, struct str partition,
                                 struct str sort)
{
    size_t at = 0;

    return table_place(t, partition, sort, &at) ? t->records.items[at] : NULL;
}

static struct memory_record *pack_record(const struct record *r)
{
    size_t attributes_bytes = r->attribute_count * sizeof *r->attributes;
    size_t bytes = r->partition.bytes + r->sort.bytes + r->content.bytes;

    for (size_t i = 0; i < r->attribute_count; i++)
        bytes += r->attributes[i].name.bytes + r->attributes[i].value.bytes;
    struct block b = block_new(sizeof(struct memory_record) + attributes_bytes, bytes);
    struct memory_record *packed = b.object;
    struct attribute *attributes = (struct attribute *)(void *)(packed + 1);
    packed->record = *r;
    packed->record.partition = block_pack(&b, r->partition);
    packed->record.sort = block_pack(&b, r->sort);
    packed->record.content = block_pack(&b, r->content);
    for (size_t i = 0; i < r->attribute_count; i++) {
        attributes[i].name = block_pack(&b, r->attributes[i].name);
        attributes[i].value = block_pack(&b, r->attributes[i].value);
    }
    packed->record.attributes = attributes;
    return packed;
}

static void feed_add(struct memory *m, struct memory_table *t, const struct record *r,
                     uint64_t version)
{
    if (!t->def->feed)
        return;
    struct block b = block_new(sizeof(struct feed_item), r->partition.bytes + r->sort.bytes);
    struct feed_item *item = b.object;
    item->entry = (struct feed_entry){
        .partition = block_pack(&b, r->partition),
        .sort = block_pack(&b, r->sort),
        .version = version,
        .at_us = world_now_us(m->store.world),
    };
    item->number = ++t->fed;
    item->hidden_until = memory_hidden_until(m);
    list_add(&t->feed, item);
}

// What a steady index rests on: its attributes are the same in every version of a record.
static void expect_steady(const struct memory_table *t, const struct record *before,
                          const struct record *after)
{
    for (const struct index_def *i = t->def->indexes; i->name; i++) {
        const char *names[] = {i->partition_attribute, i->sort_attribute};
        for (size_t j = 0; i->steady && j < 2 && names[j]; j++)
            assert(
                str_equal(record_attribute(before, names[j]), record_attribute(after, names[j])));
    }
}

void table_put(struct memory *m, struct memory_table *t, const struct record *record)
{
    struct memory_record *packed = pack_record(record);
    size_t at = 0;

    packed->put_at_us = world_now_us(m->store.world);
    packed->hidden_until = memory_hidden_until(m);
    if (table_place(t, record->partition, record->sort, &at)) {
        struct memory_record *before = t->records.items[at];
        expect_steady(t, &before->record, record);
        packed->record.version = before->record.version + 1;
        t->records.items[at] = packed;
        free(before);
    } else {
        packed->record.version = 1;
        list_insert(&t->records, at, packed);
    }
    feed_add(m, t, &packed->record, packed->record.version);
}

void table_remove(struct memory *m, struct memory_table *t, struct str partition, struct str sort)
{
    struct record key = {.partition = partition, .sort = sort};
    size_t at = 0;

    if (!table_place(t, partition, sort, &at))
        return;
    free(list_remove(&t->records, at));
    feed_add(m, t, &key, 0);
}

static bool is_over(const struct memory_table *t, const struct memory_record *r, int64_t now_us)
{
    return record_expired(&r->record, now_us) ||
           (t->def->keep_s > 0 && r->put_at_us + t->def->keep_s * US_PER_S <= now_us);
}

static void feed_trim(struct memory_table *t, int64_t before_us)
{
    size_t old = 0;

    for (; old < t->feed.count; old++) {
        struct feed_item *item = t->feed.items[old];
        if (item->entry.at_us >= before_us)
            break;
        free(item);
    }
    list_drop(&t->feed, old);
}

void table_tend(struct memory *m, struct memory_table *t)
{
    int64_t now_us = world_now_us(m->store.world);
    size_t kept = 0;

    for (size_t i = 0; i < t->records.count; i++) {
        struct memory_record *r = t->records.items[i];
        if (is_over(t, r, now_us) && !memory_chance(m, MEMORY_KEEPS, KEEPS_ONE_IN))
            free(r);
        else
            t->records.items[kept++] = r;
    }
    t->records.count = kept;
    feed_trim(t, now_us - (int64_t)FEED_KEEP_S * US_PER_S);
}

void table_fini(struct memory_table *t)
{
    list_fini(&t->records);
    list_fini(&t->feed);
}

enum status memory_record_get(struct scope *s, struct store *store, const struct table_def *table,
                              struct str partition, struct str sort, struct record *out)
{
    struct memory *m = memory_enter(store);
    const struct memory_record *found = table_find(memory_table(m, table), partition, sort);
    bool there = found != NULL;

    if (there)
        *out = record_copy(s, &found->record);
    memory_leave(m);
    return there ? OK : fail(s, NOT_FOUND, "%s: there is no such record", table->name);
}

enum status memory_record_get_many(struct scope *s, struct store *store,
                                   const struct table_def *table, const struct record_key *keys,
                                   size_t count, struct record *out)
{
    struct memory *m = memory_enter(store);

    for (size_t i = 0; i < count; i++) {
        const struct memory_record *found =
            table_find(memory_table(m, table), keys[i].partition, keys[i].sort);
        out[i] = found ? record_copy(s, &found->record) : (struct record){0};
    }
    memory_leave(m);
    return OK;
}

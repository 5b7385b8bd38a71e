// The store as a whole: opening, chance, tending, closing.
#include "store/memory/memory.h"

#include "core/heap.h"
#include "core/scope.h"
#include "store/memory/operations_impl.h"

#include <assert.h>
#include <stdlib.h>

enum {
    HIDDEN_CALLS_MAX = 6,
    HELD_ANSWERS_ONE_IN = 3,
    SHORT_PAGE_ONE_IN = 3,
};

size_t memory_below(struct memory *m, size_t n)
{
    return (size_t)chance_below(&m->chance, n);
}

bool memory_chance(struct memory *m, enum memory_adversity adversity, unsigned n)
{
    return (m->adversity & (unsigned)adversity) != 0 && memory_below(m, n) == 0;
}

size_t memory_page_size(struct memory *m, size_t limit)
{
    return memory_chance(m, MEMORY_SHORT_PAGES, SHORT_PAGE_ONE_IN) ? memory_below(m, limit) : limit;
}

uint64_t memory_hidden_until(struct memory *m)
{
    return (m->adversity & MEMORY_LAGS) ? m->calls + memory_below(m, HIDDEN_CALLS_MAX) : 0;
}

struct memory *memory_enter(struct store *store)
{
    struct memory *m = memory_of(store);

    mutex_lock(&m->lock);
    m->calls++;
    return m;
}

void memory_leave(struct memory *m)
{
    struct change *answers = NULL;

    if (m->held && memory_below(m, HELD_ANSWERS_ONE_IN) == 0) {
        answers = m->held;
        m->held = NULL;
    }
    mutex_unlock(&m->lock);
    change_answer(answers);
}

bool memory_halts(struct memory *m)
{
    if (m->halt_in && --m->halt_in == 0)
        m->halted = true;
    return m->halted;
}

void memory_halt_nth(struct store *store, unsigned n)
{
    struct memory *m = memory_of(store);

    mutex_lock(&m->lock);
    m->halt_in = n;
    mutex_unlock(&m->lock);
}

bool memory_mend(struct store *store)
{
    struct memory *m = memory_of(store);

    mutex_lock(&m->lock);
    bool struck = m->halted;
    m->halted = false;
    m->halt_in = 0;
    mutex_unlock(&m->lock);
    return struck;
}

void memory_press(struct store *store)
{
    struct memory *m = memory_of(store);

    mutex_lock(&m->lock);
    struct change *answers = m->held;
    m->held = NULL;
    mutex_unlock(&m->lock);
    change_answer(answers);
}

struct memory_table *memory_table(struct memory *m, const struct table_def *def)
{
    for (size_t i = 0; i < m->table_count; i++)
        if (m->tables[i].def == def)
            return &m->tables[i];
    assert(!def); // a table that is not in the schema
    abort();
}

struct memory_queue *memory_queue(struct memory *m, const struct queue_def *def)
{
    for (size_t i = 0; i < m->queue_count; i++)
        if (m->queues[i].def == def)
            return &m->queues[i];
    assert(!def); // a queue that is not in the schema
    abort();
}

struct memory_bucket *memory_bucket(struct memory *m, const struct bucket_def *def)
{
    for (size_t i = 0; i < m->bucket_count; i++)
        if (m->buckets[i].def == def)
            return &m->buckets[i];
    assert(!def); // a bucket that is not in the schema
    abort();
}

static void memory_close(struct store *store)
{
    struct memory *m = memory_of(store);

    mutex_lock(&m->lock);
    m->closing = true;
    condition_broadcast(&m->arrived);
    mutex_unlock(&m->lock);
    memory_press(store);
    for (size_t i = 0; i < m->table_count; i++)
        table_fini(&m->tables[i]);
    for (size_t i = 0; i < m->queue_count; i++)
        queue_fini(&m->queues[i]);
    for (size_t i = 0; i < m->bucket_count; i++)
        bucket_fini(&m->buckets[i]);
    list_fini(&m->audits);
    free(m->tables);
    free(m->queues);
    free(m->buckets);
    condition_fini(&m->arrived);
    mutex_fini(&m->lock);
    free(m);
}

static enum status memory_backup(struct scope *s, struct store *store, struct str directory,
                                 void (*progress)(void *context, uint64_t done, uint64_t all),
                                 void *context)
{
    (void)store;
    (void)directory;
    (void)progress;
    (void)context;
    return fail(s, UNSUPPORTED, "the store in memory has no backup");
}

static bool memory_tend(struct scope *s, struct store *store)
{
    struct memory *m = memory_enter(store);

    (void)s;
    for (size_t i = 0; i < m->table_count; i++)
        table_tend(m, &m->tables[i]);
    for (size_t i = 0; i < m->queue_count; i++)
        queue_tend(m, &m->queues[i]);
    for (size_t i = 0; i < m->bucket_count; i++)
        bucket_tend(m, &m->buckets[i]);
    memory_leave(m);
    return false;
}

static void memory_stats(struct store *store, struct store_stats *out)
{
    struct memory *m = memory_enter(store);

    out->changes = m->changes;
    out->batches = m->changes;
    out->conflicts = m->conflicts;
    for (const struct change *c = m->held; c; c = c->next)
        out->waiting++;
    for (size_t i = 0; i < m->bucket_count; i++)
        for (size_t j = 0; j < m->buckets[i].blobs.count; j++)
            out->blob_bytes += ((struct memory_blob *)m->buckets[i].blobs.items[j])->info.bytes;
    memory_leave(m);
}

static const struct store_ops memory_ops = {
    .close = memory_close,
    .submit = memory_submit,
    .press = memory_press,
    .record_get = memory_record_get,
    .record_get_many = memory_record_get_many,
    .record_query = memory_record_query,
    .record_scan = memory_record_scan,
    .queue_take = memory_queue_take,
    .queue_wake = memory_queue_wake,
    .queue_extend = memory_queue_extend,
    .queue_stats = memory_queue_stats,
    .queue_browse = memory_queue_browse,
    .queue_redrive = memory_queue_redrive,
    .queue_discard = memory_queue_discard,
    .feed_read = memory_feed_read,
    .audit_read = memory_audit_read,
    .blob_create = memory_blob_create,
    .blob_append = memory_blob_append,
    .blob_finish = memory_blob_finish,
    .blob_head = memory_blob_head,
    .blob_open = memory_blob_open,
    .blob_read_at = memory_blob_read_at,
    .blob_list = memory_blob_list,
    .blob_remove = memory_blob_remove,
    .backup = memory_backup,
    .tend = memory_tend,
    .stats = memory_stats,
};

static void place_tables(struct memory *m, const struct store_schema *schema)
{
    size_t tables = 0;
    size_t queues = 0;
    size_t buckets = 0;

    while (schema->tables && schema->tables[tables])
        tables++;
    m->tables = heap_array(tables, sizeof *m->tables);
    for (size_t i = 0; i < tables; i++)
        m->tables[i].def = schema->tables[i];
    m->table_count = tables;
    while (schema->queues && schema->queues[queues])
        queues++;
    m->queues = heap_array(queues, sizeof *m->queues);
    for (size_t i = 0; i < queues; i++)
        m->queues[i].def = schema->queues[i];
    m->queue_count = queues;
    while (schema->buckets && schema->buckets[buckets])
        buckets++;
    m->buckets = heap_array(buckets, sizeof *m->buckets);
    for (size_t i = 0; i < buckets; i++)
        m->buckets[i].def = schema->buckets[i];
    m->bucket_count = buckets;
}

struct store *memory_open(struct world *world, const struct store_schema *schema, uint64_t seed,
                          unsigned adversity)
{
    struct memory *m = heap_new(struct memory);

    *m = (struct memory){
        .store = {.ops = &memory_ops, .world = world, .schema = schema},
        .chance = chance_seeded(seed),
        .adversity = adversity,
    };
    mutex_init(&m->lock);
    condition_init(&m->arrived);
    place_tables(m, schema);
    return &m->store;
}

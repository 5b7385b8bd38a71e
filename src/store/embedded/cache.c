// Shards by hash of the key, each a ring of entries in the order they came, with chains of entries
// by hash. An entry that was replaced stays in the ring, dead, until its place is needed.
#include "store/embedded/cache.h"

#include "core/heap.h"
#include "core/scope.h"
#include "sys/thread.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>

enum {
    SHARDS = 16,
    RING_BYTES_MIN = 65536,
    BYTES_PER_CHAIN = 512, // about one entry a chain
    ALIGNMENT = 64,        // so that what is left of a ring has room for an entry's head
};

struct entry {
    uint32_t bytes; // of the whole entry in the ring
    uint32_t next;  // place of the next in the chain, plus 1; 0: none
    uint64_t hash;
    uint64_t version;
    uint64_t batch;
    int64_t expires_at_s;
    uint32_t content_bytes;
    uint16_t table;
    uint16_t partition_bytes;
    uint16_t sort_bytes;
    uint8_t attribute_count;
    bool in_arrival;
    bool dead;
    char text[]; // partition, sort, attributes, content
};

static_assert(sizeof(struct entry) <= ALIGNMENT, "see ALIGNMENT");

// In front of the two texts of an attribute.
struct attribute_head {
    uint16_t name_bytes;
    uint16_t value_bytes;
};

struct shard {
    struct mutex lock; // guards the rest
    char *ring;
    size_t ring_bytes;
    size_t head; // where the next entry goes
    size_t tail; // the oldest entry
    size_t used;
    uint32_t *chains; // place of the first entry, plus 1
    size_t chain_count;
};

struct cache {
    struct shard shards[SHARDS];
    _Atomic uint64_t committed; // newest batch that readers may see
};

struct cache *cache_new(size_t bytes)
{
    struct cache *c = heap_new(struct cache);
    size_t ring_bytes = bytes / SHARDS / ALIGNMENT * ALIGNMENT;

    if (ring_bytes < RING_BYTES_MIN)
        ring_bytes = RING_BYTES_MIN;
    for (int i = 0; i < SHARDS; i++) {
        struct shard *shard = &c->shards[i];
        mutex_init(&shard->lock);
        shard->ring_bytes = ring_bytes;
        shard->ring = heap_alloc(ring_bytes);
        shard->chain_count = ring_bytes / BYTES_PER_CHAIN;
        shard->chains = heap_array(shard->chain_count, sizeof *shard->chains);
    }
    return c;
}

void cache_free(struct cache *c)
{
    if (!c)
        return;
    for (int i = 0; i < SHARDS; i++) {
        mutex_fini(&c->shards[i].lock);
        free(c->shards[i].ring);
        free(c->shards[i].chains);
    }
    free(c);
}

static uint64_t key_hash(unsigned table, struct str partition, struct str sort)
{
    uint64_t hash = str_hash(partition) + table * 0x9E3779B97F4A7C15U;

    if (sort.bytes)
        hash ^= str_hash(sort) * 0xC2B2AE3D27D4EB4FU;
    return hash ^ hash >> 29;
}

static struct entry *entry_at(const struct shard *shard, size_t place)
{
    assert(place % ALIGNMENT == 0 && place < shard->ring_bytes);
    return (struct entry *)(void *)(shard->ring + place);
}

static uint32_t *chain_of(const struct shard *shard, uint64_t hash)
{
    return &shard->chains[(hash / SHARDS) % shard->chain_count];
}

static struct str entry_partition(const struct entry *e)
{
    return str_of(e->text, e->partition_bytes);
}

static struct str entry_sort(const struct entry *e)
{
    return str_of(e->text + e->partition_bytes, e->sort_bytes);
}

static struct entry *find(const struct shard *shard, uint64_t hash, unsigned table,
                          struct str partition, struct str sort)
{
    for (uint32_t at = *chain_of(shard, hash); at; at = entry_at(shard, at - 1)->next) {
        struct entry *e = entry_at(shard, at - 1);
        if (e->hash == hash && e->table == table && str_equal(entry_partition(e), partition) &&
            str_equal(entry_sort(e), sort))
            return e;
    }
    return NULL;
}

// Takes an entry out of its chain.
static void bury(struct shard *shard, struct entry *e)
{
    uint32_t place = (uint32_t)((char *)e - shard->ring) + 1;
    uint32_t *at = chain_of(shard, e->hash);

    while (*at != place)
        at = &entry_at(shard, *at - 1)->next;
    *at = e->next;
    e->dead = true;
}

static void drop_oldest(struct shard *shard)
{
    struct entry *e = entry_at(shard, shard->tail);

    if (!e->dead)
        bury(shard, e);
    shard->used -= e->bytes;
    shard->tail = (shard->tail + e->bytes) % shard->ring_bytes;
}

// Returns room for an entry at the head, in one piece: what is left at the end of the ring, when
// it is too short, becomes a dead entry.
static struct entry *make_room(struct shard *shard, size_t bytes)
{
    size_t left = shard->ring_bytes - shard->head;
    size_t skipped = left < bytes ? left : 0;

    assert(bytes <= shard->ring_bytes / 2);
    while (shard->ring_bytes - shard->used < bytes + skipped)
        drop_oldest(shard);
    if (skipped) {
        struct entry *filler = entry_at(shard, shard->head);
        filler->bytes = (uint32_t)skipped;
        filler->dead = true;
        shard->head = 0;
    }
    struct entry *e = entry_at(shard, shard->head);
    shard->used += bytes + skipped;
    shard->head = (shard->head + bytes) % shard->ring_bytes;
    return e;
}

static size_t attributes_bytes(const struct record *r)
{
    size_t bytes = 0;

    for (size_t i = 0; i < r->attribute_count; i++)
        bytes += sizeof(struct attribute_head) + r->attributes[i].name.bytes +
                 r->attributes[i].value.bytes;
    return bytes;
}

static char *copy_str(char *at, struct str text)
{
    return text.bytes ? mempcpy(at, text.data, text.bytes) : at;
}

static char *copy_attributes(char *at, const struct record *r)
{
    for (size_t i = 0; i < r->attribute_count; i++) {
        const struct attribute *a = &r->attributes[i];
        struct attribute_head head = {(uint16_t)a->name.bytes, (uint16_t)a->value.bytes};
        at = mempcpy(at, &head, sizeof head);
        at = copy_str(copy_str(at, a->name), a->value);
    }
    return at;
}

static void fill(struct entry *e, const struct record *r)
{
    e->version = r->version;
    e->expires_at_s = r->expires_at_s;
    e->partition_bytes = (uint16_t)r->partition.bytes;
    e->sort_bytes = (uint16_t)r->sort.bytes;
    e->attribute_count = (uint8_t)r->attribute_count;
    e->content_bytes = (uint32_t)r->content.bytes;
    e->dead = false;
    char *at = copy_str(copy_str(e->text, r->partition), r->sort);
    (void)copy_str(copy_attributes(at, r), r->content);
}

void cache_note(struct cache *c, unsigned table, const struct record *r, bool in_arrival,
                uint64_t batch)
{
    uint64_t hash = key_hash(table, r->partition, r->sort);
    struct shard *shard = &c->shards[hash % SHARDS];
    size_t text = r->partition.bytes + r->sort.bytes + r->content.bytes;
    size_t bytes =
        (sizeof(struct entry) + text + attributes_bytes(r) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;

    mutex_lock(&shard->lock);
    struct entry *e = find(shard, hash, table, r->partition, r->sort);
    if (e)
        bury(shard, e);
    if (bytes <= CACHE_RECORD_BYTES_MAX) {
        e = make_room(shard, bytes);
        fill(e, r);
        e->bytes = (uint32_t)bytes;
        e->hash = hash;
        e->table = (uint16_t)table;
        e->batch = batch;
        e->in_arrival = in_arrival;
        uint32_t *chain = chain_of(shard, hash);
        e->next = *chain;
        *chain = (uint32_t)((char *)e - shard->ring) + 1;
    }
    mutex_unlock(&shard->lock);
}

bool cache_standing(struct cache *c, unsigned table, struct str partition, struct str sort,
                    struct standing *out)
{
    uint64_t hash = key_hash(table, partition, sort);
    struct shard *shard = &c->shards[hash % SHARDS];

    // The writer reads without the lock what only it writes.
    const struct entry *e = find(shard, hash, table, partition, sort);
    if (!e || e->version == 0)
        return false; // after a removal its place has to be looked up
    *out = (struct standing){.version = e->version, .in_arrival = e->in_arrival};
    return true;
}

void cache_commit(struct cache *c, uint64_t batch)
{
    atomic_store_explicit(&c->committed, batch, memory_order_release);
}

void cache_clear(struct cache *c)
{
    for (int i = 0; i < SHARDS; i++) {
        struct shard *shard = &c->shards[i];
        mutex_lock(&shard->lock);
        while (shard->used > 0)
            drop_oldest(shard);
        mutex_unlock(&shard->lock);
    }
}

// Copies the attributes, which start at `at`, and returns where they end.
static const char *read_attributes(struct scope *s, const char *at, size_t count,
                                   const struct attribute **out)
{
    struct attribute *attributes = count ? scope_array(s, count, sizeof *attributes) : NULL;

    for (size_t i = 0; i < count; i++) {
        struct attribute_head head;
        memcpy(&head, at, sizeof head);
        at += sizeof head;
        attributes[i].name = str_copy(s, str_of(at, head.name_bytes));
        attributes[i].value = str_copy(s, str_of(at + head.name_bytes, head.value_bytes));
        at += head.name_bytes + head.value_bytes;
    }
    *out = attributes;
    return at;
}

static struct record read_entry(struct scope *s, const struct entry *e)
{
    struct record r = {.version = e->version,
                       .expires_at_s = e->expires_at_s,
                       .attribute_count = e->attribute_count};
    const char *at = e->text + e->partition_bytes + e->sort_bytes;

    r.partition = str_copy(s, entry_partition(e));
    r.sort = str_copy(s, entry_sort(e));
    at = read_attributes(s, at, e->attribute_count, &r.attributes);
    r.content = str_copy(s, str_of(at, e->content_bytes));
    return r;
}

bool cache_get(struct scope *s, struct cache *c, unsigned table, struct str partition,
               struct str sort, struct record *out)
{
    uint64_t hash = key_hash(table, partition, sort);
    struct shard *shard = &c->shards[hash % SHARDS];
    bool known = false;

    mutex_lock(&shard->lock);
    const struct entry *e = find(shard, hash, table, partition, sort);
    if (e && e->batch <= atomic_load_explicit(&c->committed, memory_order_acquire)) {
        known = true;
        *out = e->version ? read_entry(s, e) : (struct record){0};
    }
    mutex_unlock(&shard->lock);
    return known;
}

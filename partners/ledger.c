// Chained hashing that doubles; an id lies behind its entry in one block.
#include "partners/ledger.h"

#include "core/heap.h"
#include "crypto/digest.h"

#include <assert.h>
#include <stdlib.h>

enum { CHAINS_FIRST = 1024 };

struct ledger {
    struct ledger_entry **chains;
    size_t chain_count;
    size_t count;
    size_t entry_bytes;
};

struct ledger *ledger_new(size_t entry_bytes)
{
    struct ledger *l = heap_new(struct ledger);

    assert(entry_bytes >= sizeof(struct ledger_entry));
    l->entry_bytes = entry_bytes;
    l->chain_count = CHAINS_FIRST;
    l->chains = heap_array(l->chain_count, sizeof(struct ledger_entry *));
    return l;
}

void ledger_free(struct ledger *l)
{
    if (!l)
        return;
    for (size_t i = 0; i < l->chain_count; i++) {
        for (struct ledger_entry *e = l->chains[i], *next; e; e = next) {
            next = e->chain;
            free(e);
        }
    }
    free((void *)l->chains);
    free(l);
}

static struct ledger_entry **chain_of(const struct ledger *l, struct str id)
{
    return &l->chains[str_hash(id) % l->chain_count];
}

static void grow(struct ledger *l)
{
    struct ledger_entry **old = l->chains;
    size_t old_count = l->chain_count;

    l->chain_count *= 2;
    l->chains = heap_array(l->chain_count, sizeof(struct ledger_entry *));
    for (size_t i = 0; i < old_count; i++) {
        for (struct ledger_entry *e = old[i], *next; e; e = next) {
            struct ledger_entry **chain = chain_of(l, e->id);
            next = e->chain;
            e->chain = *chain;
            *chain = e;
        }
    }
    free((void *)old);
}

void *ledger_find(const struct ledger *l, struct str id)
{
    struct ledger_entry *e = *chain_of(l, id);

    while (e && !str_equal(e->id, id))
        e = e->chain;
    return e;
}

static struct ledger_entry *add(struct ledger *l, struct str id)
{
    struct ledger_entry *e = heap_alloc(l->entry_bytes + id.bytes);
    char *text = (char *)e + l->entry_bytes;

    if (l->count >= l->chain_count)
        grow(l);
    struct ledger_entry **chain = chain_of(l, id);
    if (id.bytes)
        memcpy(text, id.data, id.bytes);
    e->id = str_of(text, id.bytes);
    e->chain = *chain;
    *chain = e;
    l->count++;
    return e;
}

void *ledger_tell(struct ledger *l, struct str id, struct str content)
{
    uint8_t digest[SHA256_BYTES];
    struct ledger_entry *e = ledger_find(l, id);

    digest_sha256(content, digest);
    if (!e) {
        e = add(l, id);
        memcpy(e->digest, digest, sizeof e->digest);
    }
    if (memcmp(e->digest, digest, sizeof e->digest) == 0)
        e->times++;
    else
        e->differing++;
    return e;
}

size_t ledger_count(const struct ledger *l)
{
    return l->count;
}

void ledger_visit(const struct ledger *l, void (*visit)(void *context, const void *entry),
                  void *context)
{
    for (size_t i = 0; i < l->chain_count; i++)
        for (const struct ledger_entry *e = l->chains[i]; e; e = e->chain)
            visit(context, e);
}

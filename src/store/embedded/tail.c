// Chains by hash of the partition over entries that lie, with their text, in one scope.
#include "store/embedded/tail.h"

#include "core/heap.h"
#include "core/scope.h"

#include <assert.h>
#include <stdlib.h>

enum {
    TAIL_BYTES_MAX = 1 << 30,
    CHAINS_FIRST = 1024,
};

struct node {
    struct node *next; // in the chain
    uint64_t hash;
    struct index_entry entry;
};

struct tail {
    struct scope *scope;
    struct node **chains;
    size_t chain_count;
    size_t count;
    struct record_key greatest;
};

int record_key_compare(const struct record_key *a, const struct record_key *b)
{
    int order = str_compare(a->partition, b->partition);

    return order ? order : str_compare(a->sort, b->sort);
}

int index_entry_compare(const struct index_entry *a, const struct index_entry *b)
{
    int order = str_compare(a->partition, b->partition);

    if (order == 0)
        order = str_compare(a->sort, b->sort);
    return order ? order : record_key_compare(&a->key, &b->key);
}

struct tail *tail_new(void)
{
    struct tail *t = heap_new(struct tail);

    t->scope = scope_open(TAIL_BYTES_MAX);
    t->chain_count = CHAINS_FIRST;
    t->chains = heap_array(t->chain_count, sizeof(struct node *));
    return t;
}

void tail_free(struct tail *t)
{
    if (!t)
        return;
    scope_close(t->scope);
    free((void *)t->chains);
    free(t);
}

static void grow_chains(struct tail *t)
{
    struct node **old = t->chains;
    size_t old_count = t->chain_count;

    t->chain_count *= 4;
    t->chains = heap_array(t->chain_count, sizeof(struct node *));
    for (size_t i = 0; i < old_count; i++) {
        for (struct node *n = old[i], *next; n; n = next) {
            struct node **chain = &t->chains[n->hash % t->chain_count];
            next = n->next;
            n->next = *chain;
            *chain = n;
        }
    }
    free((void *)old);
}

static char *copy_part(char *at, struct str text, struct str *out)
{
    *out = str_of(at, text.bytes);
    return text.bytes ? mempcpy(at, text.data, text.bytes) : at;
}

static void copy_entry(struct scope *s, const struct index_entry *from, struct index_entry *out)
{
    char *at = scope_bytes(s, from->partition.bytes + from->sort.bytes + from->key.partition.bytes +
                                  from->key.sort.bytes);

    at = copy_part(at, from->partition, &out->partition);
    at = copy_part(at, from->sort, &out->sort);
    at = copy_part(at, from->key.partition, &out->key.partition);
    (void)copy_part(at, from->key.sort, &out->key.sort);
}

void tail_add(struct tail *t, const struct index_entry *entry)
{
    struct node *n = scope_new(t->scope, struct node);

    if (t->count >= t->chain_count)
        grow_chains(t);
    assert(t->chain_count > 0);
    copy_entry(t->scope, entry, &n->entry);
    n->hash = str_hash(entry->partition);
    struct node **chain = &t->chains[n->hash % t->chain_count];
    n->next = *chain;
    *chain = n;
    if (t->count == 0 || record_key_compare(&n->entry.key, &t->greatest) > 0)
        t->greatest = n->entry.key;
    t->count++;
}

size_t tail_count(const struct tail *t)
{
    return t->count;
}

struct record_key tail_greatest(const struct tail *t)
{
    return t->greatest;
}

const struct index_entry *tail_next(const struct tail *t, struct str partition, const void **at)
{
    const struct node *last = *at;
    const struct node *n = last ? last->next : t->chains[str_hash(partition) % t->chain_count];

    while (n && !str_equal(n->entry.partition, partition))
        n = n->next;
    *at = n;
    return n ? &n->entry : NULL;
}

static int by_order(const void *a, const void *b)
{
    return index_entry_compare(*(const struct index_entry *const *)a,
                               *(const struct index_entry *const *)b);
}

const struct index_entry **tail_sorted(struct scope *s, const struct tail *t)
{
    const struct index_entry **all = scope_array(s, t->count, sizeof(struct index_entry *));
    size_t count = 0;

    for (size_t i = 0; i < t->chain_count; i++)
        for (const struct node *n = t->chains[i]; n; n = n->next)
            all[count++] = &n->entry;
    qsort((void *)all, count, sizeof(struct index_entry *), by_order);
    return all;
}

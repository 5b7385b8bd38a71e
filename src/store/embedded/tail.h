// The newest part of a steady index, in memory: entries by partition, in the order they came.
#ifndef SHEAF_STORE_EMBEDDED_TAIL_H
#define SHEAF_STORE_EMBEDDED_TAIL_H

#include "store/record.h"

struct scope;
struct tail;

// An entry of an index: where it stands in its order, and which record it is of.
struct index_entry {
    struct str partition; // value of the index's partition attribute
    struct str sort;      // and of its sort attribute
    struct record_key key;
};

// Orders by partition, sort, key.
int index_entry_compare(const struct index_entry *a, const struct index_entry *b);
int record_key_compare(const struct record_key *a, const struct record_key *b);

struct tail *tail_new(void);
// NULL is fine.
void tail_free(struct tail *t);

// Copies an entry.
void tail_add(struct tail *t, const struct index_entry *entry);
size_t tail_count(const struct tail *t);
// Returns the greatest key of a record in it; borrowed, empty when there is none.
struct record_key tail_greatest(const struct tail *t);

// Gives the entries of a partition, newest first; borrowed. Start with `*at` NULL; NULL: the end.
const struct index_entry *tail_next(const struct tail *t, struct str partition, const void **at);

// Gives all entries, sorted, in an array of tail_count() in the scope; their text is borrowed.
const struct index_entry **tail_sorted(struct scope *s, const struct tail *t);

#endif

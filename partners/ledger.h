// A ledger: what a party was told under which id, and whether it was ever told something else
// under the same id. Entries are intrusive and live as long as the ledger. One thread at a time.
#ifndef SHEAF_PARTNERS_LEDGER_H
#define SHEAF_PARTNERS_LEDGER_H

#include "core/str.h"

#include <stddef.h>
#include <stdint.h>

enum { LEDGER_DIGEST_BYTES = 16 };

struct ledger;

// The first member of what the owner keeps about an id.
struct ledger_entry {
    struct ledger_entry *chain;
    struct str id;
    uint8_t digest[LEDGER_DIGEST_BYTES]; // of the first content
    uint64_t times;                      // told the same
    uint64_t differing;                  // told something else
};

// Makes an empty ledger whose entries have `entry_bytes`, zeroed at first.
struct ledger *ledger_new(size_t entry_bytes);
// NULL is fine.
void ledger_free(struct ledger *l);

// Notes that `content` was told under `id`, and returns the entry: `times` is 1 and `differing` 0
// when it is new.
void *ledger_tell(struct ledger *l, struct str id, struct str content);

// NULL: never told.
void *ledger_find(const struct ledger *l, struct str id);

size_t ledger_count(const struct ledger *l);

// Calls visit() for every entry, in no order.
void ledger_visit(const struct ledger *l, void (*visit)(void *context, const void *entry),
                  void *context);

#endif

// What the files of the memory store share. Everything lies in sorted lists of pointers to blocks
// of the heap, and is reached with the store's lock held.
#ifndef SHEAF_STORE_MEMORY_MEMORY_IMPL_H
#define SHEAF_STORE_MEMORY_MEMORY_IMPL_H

#include "core/chance.h"
#include "store/backend_impl.h"
#include "store/memory/list.h"
#include "store/memory/memory.h"
#include "sys/thread.h"

enum { US_PER_S = 1000000 };

struct memory_record {
    struct record record;
    int64_t put_at_us;
    uint64_t hidden_until; // count of calls: indexes do not know of it before
};

struct memory_table {
    const struct table_def *def;
    struct list records; // by partition, then sort
    struct list feed;    // struct feed_item, by number
    uint64_t fed;        // number of the newest
};

struct feed_item {
    struct feed_entry entry;
    uint64_t number;
    uint64_t hidden_until;
};

// Every receive that may still settle a message holds one. The second is of a duplicate.
struct lease {
    uint64_t token; // 0: none
    int64_t until_us;
};
enum { LEASES = 2 };

struct memory_message {
    struct str id;
    struct str body;
    char *error; // heap, owned; NULL: none
    int64_t sent_at_us;
    int64_t visible_at_us;
    unsigned receives;
    uint64_t number; // order of sending; the handle of its receives
    struct lease leases[LEASES];
    bool duplicated; // since it was last visible to all
    bool settled;    // and still to be delivered once more
    bool over;       // to be moved or freed when the list has been walked
};

struct memory_queue {
    const struct queue_def *def;
    struct list waiting; // struct memory_message, by number
    struct list dead;
};

struct memory_blob {
    struct blob_info info;
    const char *data;
    unsigned references; // the bucket's, and one of each reader
};

struct memory_bucket {
    const struct bucket_def *def;
    struct list blobs; // by key
};

struct memory {
    struct store store;
    struct mutex lock;
    struct condition arrived; // a message, or a reason to stop waiting
    unsigned adversity;
    struct chance chance;
    uint64_t calls;
    uint64_t sent;  // messages
    uint64_t taken; // leases
    unsigned wakes;
    bool closing;
    unsigned halt_in; // effects until the program dies; 0: it does not
    bool halted;
    struct memory_table *tables; // as in the schema
    size_t table_count;
    struct memory_queue *queues;
    size_t queue_count;
    struct memory_bucket *buckets;
    size_t bucket_count;
    struct list audits;  // struct audit_row
    struct change *held; // committed, their answers kept back
    uint64_t changes;
    uint64_t conflicts;
};

static inline struct memory *memory_of(struct store *store)
{
    return (struct memory *)store; // its first member
}

// Enters a call: takes the lock and counts. Leaving answers, now and then, what was held back.
struct memory *memory_enter(struct store *store);
void memory_leave(struct memory *m);

// Whether the program is dead by now; an effect asks once.
bool memory_halts(struct memory *m);
// One chance in `n`, if this adversity is on.
bool memory_chance(struct memory *m, enum memory_adversity adversity, unsigned n);
// A number below `n`, which is above 0.
size_t memory_below(struct memory *m, size_t n);
// How many of `limit` to give on this page.
size_t memory_page_size(struct memory *m, size_t limit);
// The count of calls at which what is written now shows in indexes and feeds.
uint64_t memory_hidden_until(struct memory *m);

struct memory_table *memory_table(struct memory *m, const struct table_def *def);
struct memory_queue *memory_queue(struct memory *m, const struct queue_def *def);
struct memory_bucket *memory_bucket(struct memory *m, const struct bucket_def *def);

// records.c
struct memory_record *table_find(const struct memory_table *t, struct str partition,
                                 struct str sort);
int record_order(const void *item, const void *key); // by the key of a struct record
void table_put(struct memory *m, struct memory_table *t, const struct record *record);
void table_remove(struct memory *m, struct memory_table *t, struct str partition, struct str sort);
void table_tend(struct memory *m, struct memory_table *t);
void table_fini(struct memory_table *t);

// queues.c
void message_free(struct memory_message *message);
void message_blame(struct memory_message *message, struct str error); // empty: forgiven
void add_by_number(struct list *list, struct memory_message *message);
bool queue_holds(struct memory *m, const struct message *message);
void queue_send(struct memory *m, const struct item *item);
void queue_end(struct memory *m, const struct item *item); // settle, give back or set aside
void queue_tend(struct memory *m, struct memory_queue *q);
void queue_fini(struct memory_queue *q);

// blobs.c
void bucket_tend(struct memory *m, struct memory_bucket *b);
void bucket_fini(struct memory_bucket *b);

#endif

// The store: everything durable that Sheaf keeps. Four ports share it: records (record.h), blobs
// (blob.h), queues (queue.h) and the change (change.h) that makes writes to them durable together.
// The ports have the semantics that every backend keeps; which backend runs, only `app` knows.
//
// What a store holds is declared when it is opened: tables, queues and buckets are constants that
// their owners define once and pass by pointer. A store may be used by any thread at once.
#ifndef SHEAF_STORE_STORE_H
#define SHEAF_STORE_STORE_H

#include "core/status.h"
#include "core/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct scope;
struct store;
struct world;

// Limits of every backend.
enum {
    CHANGE_ITEMS_MAX = 100,     // operations and audit entries together
    CHANGE_BYTES_MAX = 4000000, // of all their contents
    RECORD_BYTES_MAX = 400000,  // keys, attributes and content
    PARTITION_BYTES_MAX = 2048,
    SORT_BYTES_MAX = 1024,
    ATTRIBUTES_MAX = 8,        // of one record
    ATTRIBUTE_BYTES_MAX = 256, // of a name, and of a value
    QUERY_LIMIT_MAX = 10000,   // records of one page
    TABLE_INDEXES_MAX = 4,
    MESSAGE_BYTES_MAX = 256000,
    MESSAGE_ERROR_BYTES_MAX = 1000,
    TAKE_MAX = 1000, // messages taken at once
    MESSAGE_DELAY_S_MAX = 900,
    LEASE_S_MAX = 12 * 3600,
    MESSAGE_LIFE_S_MAX = 14 * 86400,
    FEED_KEEP_S = 86400,
    BLOB_KEY_BYTES_MAX = 1024,
    BLOB_METADATA_BYTES_MAX = 8192, // content type and metadata together
    BUCKET_LIFECYCLES_MAX = 8,
};

// A secondary index over attributes of a table's records; records without them are not in it.
struct index_def {
    const char *name;                // NULL ends the list
    const char *partition_attribute; // equality
    const char *sort_attribute;      // order within the partition, then by the record's key
    // The attributes never change after the first put. Such an index costs no random writes:
    // the embedded backend keeps it as sorted runs with the newest part in memory.
    bool steady;
};

struct table_def {
    const char *name; // [a-z_]+
    struct index_def indexes[TABLE_INDEXES_MAX + 1];
    // Changes can be read with feed_read() for FEED_KEEP_S.
    bool feed;
    // Partitions grow with time (UUIDv7): new records lie beside one another.
    bool arrival;
    // Above 0: records live exactly this long and are dropped an hour at a time, whole tables,
    // so the table never becomes an index of everything in random order. Records are put once,
    // if absent, and never changed. May be forgotten up to an hour late.
    int64_t keep_s;
};

struct queue_def {
    const char *name;      // [a-z_]+; its dead-letter queue is NAME.dead
    unsigned receives_max; // after so many failed receives a message goes to the dead-letter queue
    int64_t lease_s;       // visibility timeout when taken
};

// Objects whose key starts with `prefix` are removed `keep_s` after they were put.
struct lifecycle {
    const char *prefix; // NULL ends the list
    int64_t keep_s;
};

struct bucket_def {
    const char *name;
    struct lifecycle lifecycles[BUCKET_LIFECYCLES_MAX + 1];
};

// NULL-terminated lists, constant as long as the store is open.
struct store_schema {
    const struct table_def *const *tables;
    const struct queue_def *const *queues;
    const struct bucket_def *const *buckets;
};

// Stops taking changes, finishes what was submitted, and closes. NULL is fine.
void store_close(struct store *store);

// Returns the world that the store lives in.
struct world *store_world(struct store *store);

// Returns the queue of that name that the store was opened with; NULL when there is none.
const struct queue_def *store_queue(struct store *store, struct str name);
// Likewise the bucket.
const struct bucket_def *store_bucket(struct store *store, struct str name);

// Writes a consistent copy of everything into `directory`, which must be new or empty, while the
// store serves; the master key is left out. Blocks as long as it takes; `progress` (may be NULL)
// is told bytes done and in all. How a backend restores stands in its own header.
enum status store_backup(struct scope *s, struct store *store, struct str directory,
                         void (*progress)(void *context, uint64_t done, uint64_t all),
                         void *context);

// Does what is due: drops what expired, sweeps blobs no record names, trims feeds, checkpoints.
// Called about once a minute by `app`; returns soon, and true when more is waiting to be done.
bool store_tend(struct scope *s, struct store *store);

// What a backend tells about itself, for metrics and `sheaf status`.
struct store_stats {
    uint64_t changes;   // committed
    uint64_t conflicts; // answered CONFLICT
    uint64_t batches;   // commits, each one flush
    uint64_t waiting;   // changes submitted and not yet answered
    uint64_t database_bytes;
    uint64_t log_bytes; // write-ahead log
    uint64_t blob_bytes;
    uint64_t commit_us_last;
};
void store_stats(struct store *store, struct store_stats *out);

#endif

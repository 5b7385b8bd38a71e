// Records: a JSON object (or any bytes) under (table, partition, sort), with a version. Partition
// and sort keys compare as bytes. Reads see what was committed; they never wait for the writer.
// Content is encrypted at rest; keys and attributes are clear, so they never hold personal data.
//
// A record whose `expires_at_s` has passed may still be there: who cares asks record_expired().
// Secondary indexes may lag behind: a record may be missing for a moment, never wrong: what a
// query by index returns is read from the record itself.
#ifndef SHEAF_STORE_RECORD_H
#define SHEAF_STORE_RECORD_H

#include "store/store.h"

struct attribute {
    struct str name;
    struct str value;
};

struct record {
    struct str partition;
    struct str sort;      // may be empty
    struct str content;   // at rest compressed and encrypted
    uint64_t version;     // set by the store: 1 at the first put, then one more with each; 0: none
    int64_t expires_at_s; // seconds since 1970; 0: never
    const struct attribute *attributes;
    size_t attribute_count;
};

// Returns the value of an attribute; data is NULL when there is none.
struct str record_attribute(const struct record *r, const char *name);

// Whether the record's time has passed at `now_us`.
bool record_expired(const struct record *r, int64_t now_us);

// Reads a record into the scope. Errors: NOT_FOUND; TEMPORARY; CORRUPT.
enum status record_get(struct scope *s, struct store *store, const struct table_def *table,
                       struct str partition, struct str sort, struct record *out);

struct record_key {
    struct str partition;
    struct str sort;
};

// Reads many records, faster than one by one; `out[i].version` is 0 where there is none. Not one
// snapshot: each is as of some moment during the call.
enum status record_get_many(struct scope *s, struct store *store, const struct table_def *table,
                            const struct record_key *keys, size_t count, struct record *out);

struct query {
    const struct table_def *table;
    const char *index;    // NULL: the table itself, by partition
    struct str partition; // of the table, or of the index
    struct str sort_from; // inclusive; empty: from the start
    struct str sort_to;   // exclusive; empty: to the end
    bool descending;
    bool keys_only;    // leave content and attributes empty
    size_t limit;      // at most so many; 1 to QUERY_LIMIT_MAX
    struct str cursor; // from the page before; empty: the first page
};

struct page {
    struct record *records;
    size_t count;      // may be less than the limit, even 0, although there is a cursor
    struct str cursor; // opaque; empty: nothing follows
};

// Reads one page. Errors: INVALID the cursor is not one of this query's; UNSUPPORTED a table with
// keep_s; TEMPORARY; CORRUPT.
enum status record_query(struct scope *s, struct store *store, const struct query *query,
                         struct page *out);

// Reads a page of the whole table in key order, from behind `after` (empty: from the start): for
// sweeps and exports. `after` is a cursor of the page before. Errors: as record_query().
enum status record_scan(struct scope *s, struct store *store, const struct table_def *table,
                        size_t limit, struct str after, struct page *out);

#endif

// What backends of the store share: the operations that each implements; the inside of a change is
// in change_impl.h. Only src/store and its subfolders include this.
//
// A backend's store begins with `struct store`; the public functions of the ports check limits
// and call through `ops`, so that the limits are the same everywhere.
#ifndef SHEAF_STORE_BACKEND_IMPL_H
#define SHEAF_STORE_BACKEND_IMPL_H

#include "store/blob.h"
#include "store/change_impl.h"
#include "store/feed.h"
#include "store/queue.h"

struct store_ops {
    void (*close)(struct store *store);
    // Takes a change that is not empty and within the limits.
    void (*submit)(struct store *store, struct change *c);
    // A thread is about to wait for an answer: for backends without threads of their own, which
    // do now what is left to do. May be NULL.
    void (*press)(struct store *store);
    enum status (*record_get)(struct scope *s, struct store *store, const struct table_def *table,
                              struct str partition, struct str sort, struct record *out);
    enum status (*record_get_many)(struct scope *s, struct store *store,
                                   const struct table_def *table, const struct record_key *keys,
                                   size_t count, struct record *out);
    enum status (*record_query)(struct scope *s, struct store *store, const struct query *query,
                                struct page *out);
    enum status (*record_scan)(struct scope *s, struct store *store, const struct table_def *table,
                               size_t limit, struct str after, struct page *out);
    // `lease_s` is above 0, here and below.
    enum status (*queue_take)(struct scope *s, struct store *store, const struct queue_def *queue,
                              size_t count_max, int64_t lease_s, int wait_ms, struct message *out,
                              size_t *count);
    // Makes all that wait in queue_take() return with what they have.
    void (*queue_wake)(struct store *store);
    enum status (*queue_extend)(struct scope *s, struct store *store, const struct message *m,
                                int64_t lease_s);
    void (*queue_stats)(struct store *store, const struct queue_def *queue,
                        struct queue_stats *out);
    enum status (*queue_browse)(struct scope *s, struct store *store, const struct queue_def *queue,
                                enum queue_part part, size_t limit, struct str cursor,
                                struct message_page *out);
    enum status (*queue_redrive)(struct scope *s, struct store *store,
                                 const struct queue_def *queue, struct str id, size_t count_max,
                                 size_t *moved);
    enum status (*queue_discard)(struct scope *s, struct store *store,
                                 const struct queue_def *queue, struct str id);
    enum status (*feed_read)(struct scope *s, struct store *store, const struct table_def *table,
                             struct str position, size_t limit, struct feed_entry **entries,
                             size_t *count, struct str *next);
    enum status (*audit_read)(struct scope *s, struct store *store, uint64_t after, size_t limit,
                              struct audit_row **rows, size_t *count);
    // Of the blob operations, `options`, `out` and `info` are never NULL.
    enum status (*blob_create)(struct scope *s, struct store *store,
                               const struct bucket_def *bucket, struct str key,
                               const struct blob_options *options, struct blob_writer **out);
    enum status (*blob_append)(struct scope *s, struct blob_writer *w, struct str data);
    enum status (*blob_finish)(struct scope *s, struct blob_writer *w, struct blob_info *out);
    enum status (*blob_head)(struct scope *s, struct store *store, const struct bucket_def *bucket,
                             struct str key, struct blob_info *out);
    enum status (*blob_open)(struct scope *s, struct store *store, const struct bucket_def *bucket,
                             struct str key, struct blob_reader **out, struct blob_info *info);
    enum status (*blob_read_at)(struct scope *s, struct blob_reader *r, uint64_t offset, void *out,
                                size_t bytes);
    enum status (*blob_list)(struct scope *s, struct store *store, const struct bucket_def *bucket,
                             struct str prefix, size_t limit, struct str cursor,
                             struct blob_page *out);
    enum status (*blob_remove)(struct scope *s, struct store *store,
                               const struct bucket_def *bucket, struct str key);
    enum status (*backup)(struct scope *s, struct store *store, struct str directory,
                          void (*progress)(void *context, uint64_t done, uint64_t all),
                          void *context);
    bool (*tend)(struct scope *s, struct store *store);
    void (*stats)(struct store *store, struct store_stats *out);
};

struct store {
    const struct store_ops *ops;
    struct world *world;
    const struct store_schema *schema;
};

struct blob_writer {
    struct store *store; // a backend's writer begins with this
};

struct blob_reader {
    struct store *store;
};

// For a thread that is about to wait for an answer.
void store_press(struct store *store);

// Returns the index of this name, NULL when the table has none.
const struct index_def *table_index(const struct table_def *table, const char *name);

// Copies a record with all it borrows into the scope.
struct record record_copy(struct scope *s, const struct record *r);

#endif

// What the files of the embedded backend share.
#ifndef SHEAF_STORE_EMBEDDED_EMBEDDED_IMPL_H
#define SHEAF_STORE_EMBEDDED_EMBEDDED_IMPL_H

#include "store/backend_impl.h"
#include "store/embedded/cache.h"
#include "store/embedded/embedded.h"
#include "store/embedded/queues_impl.h"
#include "store/embedded/rows.h"
#include "store/embedded/sealer.h"
#include "store/embedded/session.h"

enum { US_PER_S = 1000000, EMBEDDED_FORMAT = 1 };

struct embedded {
    struct store store;  // first
    struct scope *scope; // what lives as long as the store
    struct embedded_options options;
    const char *path; // of the database
    struct vfs *vfs;  // of a simulated world; NULL: SQLite's own
    struct file *lock;
    struct sealer *sealer;
    struct cache *cache;
    struct table *tables;
    size_t table_count;
    struct queue *queues;
    size_t queue_count;
    size_t owner_count;
    // The writer's: numbers are given in the order of commits.
    uint64_t newest_message;
    int64_t newest_feed;
    uint64_t next_audit;
    struct sessions readers;
    struct blobs *blobs;
    struct writer *writer;
    struct keeper *keeper;
    _Atomic bool closing;
};

static inline struct embedded *embedded_of(struct store *store)
{
    return (struct embedded *)store; // its first member
}

// Returns the table or queue of a definition, which must be in the schema.
struct table *embedded_table(struct embedded *e, const struct table_def *def);
struct queue *embedded_queue(struct embedded *e, const struct queue_def *def);

static inline unsigned table_number(const struct embedded *e, const struct table *t)
{
    return (unsigned)(t - e->tables);
}

// schema.c: makes what the database lacks; refuses a newer format. Runs before all threads.
enum status schema_open(struct scope *s, struct embedded *e, struct session *session);

// keys.c: reads or makes the master key, reads or makes the content key, and gives a sealer.
enum status keys_open(struct scope *s, struct embedded *e, struct session *session,
                      struct sealer **out);

// dictionaries.c: makes them known to the sealer.
enum status dictionaries_open(struct scope *s, struct embedded *e, struct session *session);

// records.c: the operations of record.h.
enum status embedded_record_get(struct scope *s, struct store *store, const struct table_def *table,
                                struct str partition, struct str sort, struct record *out);
enum status embedded_record_get_many(struct scope *s, struct store *store,
                                     const struct table_def *table, const struct record_key *keys,
                                     size_t count, struct record *out);
// Reads one record from the database; version 0 when there is none.
enum status record_read(struct scope *s, struct embedded *e, struct session *session,
                        struct table *t, struct record_key key, struct record *out);

// query.c: pages of records.
enum status embedded_record_query(struct scope *s, struct store *store, const struct query *query,
                                  struct page *out);
enum status embedded_record_scan(struct scope *s, struct store *store,
                                 const struct table_def *table, size_t limit, struct str after,
                                 struct page *out);
// Opens a row into the scope: keys, version, content, attributes.
enum status record_of_row(struct scope *s, struct embedded *e, const struct table *t,
                          const struct row *row, struct record *out);

// journal.c: feed and audit log.
enum status journal_open(struct scope *s, struct embedded *e, struct session *session);
enum status embedded_feed_read(struct scope *s, struct store *store, const struct table_def *table,
                               struct str position, size_t limit, struct feed_entry **entries,
                               size_t *count, struct str *next);
enum status embedded_audit_read(struct scope *s, struct store *store, uint64_t after, size_t limit,
                                struct audit_row **rows, size_t *count);

// queues.c: the operations of queue.h, and what the writer does to queues.
enum status embedded_queue_take(struct scope *s, struct store *store, const struct queue_def *queue,
                                size_t count_max, int64_t lease_s, int wait_ms, struct message *out,
                                size_t *count);
void embedded_queue_wake(struct store *store);
enum status embedded_queue_extend(struct scope *s, struct store *store, const struct message *m,
                                  int64_t lease_s);
void embedded_queue_stats(struct store *store, const struct queue_def *queue,
                          struct queue_stats *out);

// browse.c: looking at messages, and the dead-letter queue.
enum status embedded_queue_browse(struct scope *s, struct store *store,
                                  const struct queue_def *queue, enum queue_part part, size_t limit,
                                  struct str cursor, struct message_page *out);
enum status embedded_queue_redrive(struct scope *s, struct store *store,
                                   const struct queue_def *queue, struct str id, size_t count_max,
                                   size_t *moved);
enum status embedded_queue_discard(struct scope *s, struct store *store,
                                   const struct queue_def *queue, struct str id);
struct str message_id(struct scope *s, uint64_t number);

// tend.c: what is due.
bool embedded_tend(struct scope *s, struct store *store);

#endif

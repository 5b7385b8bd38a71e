// The operations of the memory store, by the file that has them; memory.c puts them together.
#ifndef SHEAF_STORE_MEMORY_OPERATIONS_IMPL_H
#define SHEAF_STORE_MEMORY_OPERATIONS_IMPL_H

#include "store/memory/memory_impl.h"

// records.c
enum status memory_record_get(struct scope *s, struct store *store, const struct table_def *table,
                              struct str partition, struct str sort, struct record *out);
enum status memory_record_get_many(struct scope *s, struct store *store,
                                   const struct table_def *table, const struct record_key *keys,
                                   size_t count, struct record *out);

// pages.c
enum status memory_record_query(struct scope *s, struct store *store, const struct query *query,
                                struct page *out);
enum status memory_record_scan(struct scope *s, struct store *store, const struct table_def *table,
                               size_t limit, struct str after, struct page *out);

// changes.c
void memory_submit(struct store *store, struct change *c);
void memory_press(struct store *store);
enum status memory_feed_read(struct scope *s, struct store *store, const struct table_def *table,
                             struct str position, size_t limit, struct feed_entry **entries,
                             size_t *count, struct str *next);
enum status memory_audit_read(struct scope *s, struct store *store, uint64_t after, size_t limit,
                              struct audit_row **rows, size_t *count);

// queues.c
enum status memory_queue_take(struct scope *s, struct store *store, const struct queue_def *queue,
                              size_t count_max, int64_t lease_s, int wait_ms, struct message *out,
                              size_t *count);
void memory_queue_wake(struct store *store);
enum status memory_queue_extend(struct scope *s, struct store *store, const struct message *message,
                                int64_t lease_s);

// browse.c
void memory_queue_stats(struct store *store, const struct queue_def *queue,
                        struct queue_stats *out);
enum status memory_queue_browse(struct scope *s, struct store *store, const struct queue_def *queue,
                                enum queue_part part, size_t limit, struct str cursor,
                                struct message_page *out);
enum status memory_queue_redrive(struct scope *s, struct store *store,
                                 const struct queue_def *queue, struct str id, size_t count_max,
                                 size_t *moved);
enum status memory_queue_discard(struct scope *s, struct store *store,
                                 const struct queue_def *queue, struct str id);

// blobs.c
enum status memory_blob_create(struct scope *s, struct store *store,
                               const struct bucket_def *bucket, struct str key,
                               const struct blob_options *options, struct blob_writer **out);
enum status memory_blob_append(struct scope *s, struct blob_writer *w, struct str data);
enum status memory_blob_finish(struct scope *s, struct blob_writer *w, struct blob_info *out);
enum status memory_blob_head(struct scope *s, struct store *store, const struct bucket_def *bucket,
                             struct str key, struct blob_info *out);
enum status memory_blob_open(struct scope *s, struct store *store, const struct bucket_def *bucket,
                             struct str key, struct blob_reader **out, struct blob_info *info);
enum status memory_blob_read_at(struct scope *s, struct blob_reader *r, uint64_t offset, void *out,
                                size_t bytes);
enum status memory_blob_list(struct scope *s, struct store *store, const struct bucket_def *bucket,
                             struct str prefix, size_t limit, struct str cursor,
                             struct blob_page *out);
enum status memory_blob_remove(struct scope *s, struct store *store,
                               const struct bucket_def *bucket, struct str key);

#endif

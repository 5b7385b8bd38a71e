// Queues: messages that are leased (taken), settled, given back, and set aside after too many
// receives. A message may be delivered twice and out of order. Sending, settling and giving back
// are part of a change (change.h).
#ifndef SHEAF_STORE_QUEUE_H
#define SHEAF_STORE_QUEUE_H

#include "store/store.h"

struct message {
    const struct queue_def *queue;
    struct str id; // the same for every delivery
    struct str body;
    struct str error; // of the last failed receive, empty at the first
    int64_t sent_at_us;
    unsigned receives; // this one included
    uint64_t lease;    // opaque: proves that this receive still holds the message
    uint64_t handle;   // opaque: the backend's
};

// Takes up to `count_max` messages for `lease_s` (0: the queue's own), waiting up to `wait_ms` for
// a first one. Each is invisible to others until its lease ends. `*count` is 0 when none came.
// Bodies live in the scope. Errors: BUSY the store is closing.
enum status queue_take(struct scope *s, struct store *store, const struct queue_def *queue,
                       size_t count_max, int64_t lease_s, int wait_ms, struct message *out,
                       size_t *count);

// Prolongs the lease to `lease_s` from now. Errors: CONFLICT it is no longer held.
enum status queue_extend(struct scope *s, struct store *store, const struct message *m,
                         int64_t lease_s);

struct queue_stats {
    uint64_t ready;   // visible now
    uint64_t delayed; // visible later
    uint64_t leased;
    uint64_t dead;             // in the dead-letter queue
    int64_t oldest_waiting_us; // age of the oldest ready message; 0: none
};
// Cheap: counters kept by the backend.
void queue_stats(struct store *store, const struct queue_def *queue, struct queue_stats *out);

// Which part of a queue to look at.
enum queue_part { QUEUE_WAITING, QUEUE_DEAD };

struct message_page {
    struct message *messages;
    size_t count;
    struct str cursor; // opaque; empty: nothing follows
};

// Looks at messages without taking them, oldest first. Errors: INVALID cursor; UNSUPPORTED the
// backend cannot.
enum status queue_browse(struct scope *s, struct store *store, const struct queue_def *queue,
                         enum queue_part part, size_t limit, struct str cursor,
                         struct message_page *out);

// Moves up to `count_max` messages from the dead-letter queue back, with their receive counts
// cleared; `id` empty: any, oldest first. `*moved` says how many.
enum status queue_redrive(struct scope *s, struct store *store, const struct queue_def *queue,
                          struct str id, size_t count_max, size_t *moved);

// Removes a message from the dead-letter queue for good. Errors: NOT_FOUND.
enum status queue_discard(struct scope *s, struct store *store, const struct queue_def *queue,
                          struct str id);

#endif

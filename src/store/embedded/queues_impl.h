// A queue as the files of the embedded backend share it, and reading back its messages that are
// only on the disk.
#ifndef SHEAF_STORE_EMBEDDED_QUEUES_IMPL_H
#define SHEAF_STORE_EMBEDDED_QUEUES_IMPL_H

#include "store/embedded/mailbox.h"
#include "store/embedded/session.h"
#include "store/queue.h"

struct embedded;

// One declared queue. Messages lie in two tables: fresh ones, which were sent without a delay and
// never given back, by number; later ones by the moment they are due.
struct queue {
    const struct queue_def *def;
    struct owner owner;
    struct mailbox box;
    // Under the box's lock: messages that are only on the disk. All fresh ones with a number above
    // the mark are; later ones never are.
    uint64_t fresh_mark;
    uint64_t fresh_spilled;
    uint64_t fresh_seen;   // newest number that the writer has put here or left on the disk
    uint64_t unclean_mark; // fresh ones up to this number may have been received before the start
    uint64_t dead;
    bool refilling;
    // The writer's: what the batch does to it.
    struct mail_list sent;
    struct mail_list claimed;
    uint64_t died;
    struct queue *next_touched;
    bool touched;
};

// refill.c: messages that are only on the disk. Runs before all threads.
enum status queues_open(struct scope *s, struct embedded *e, struct session *session);
// What is known about messages is written down, after the last change: the next start need not
// take any for received.
enum status queues_close(struct scope *s, struct embedded *e);
// The other two are called with the box's lock; the second gives it up meanwhile.
bool queue_wants_refill(const struct queue *q);
enum status queue_refill(struct embedded *e, struct queue *q);

#endif

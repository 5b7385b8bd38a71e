// What the files about queues share.
//
// Messages of a queue lie in two tables: fresh ones, which were sent without a delay and never
// given back, by number, and later ones by the moment they are due. Both are the truth; in memory
// (mailbox.h) is a part of each, from the oldest on.
#ifndef SHEAF_STORE_EMBEDDED_QUEUES_IMPL_H
#define SHEAF_STORE_EMBEDDED_QUEUES_IMPL_H

#include "store/embedded/mailbox.h"
#include "store/embedded/session.h"
#include "store/queue.h"

struct embedded;

struct later_key {
    int64_t due_at_us;
    uint64_t id;
};

struct queue {
    const struct queue_def *def;
    struct owner owner;
    struct mailbox box;
    // Under the box's lock:
    uint64_t fresh_mark;    // all fresh ones with a greater number are only on the disk
    uint64_t fresh_spilled; // how many
    uint64_t fresh_seen;    // newest number that the writer has put here or left on the disk
    struct later_key later_mark;
    bool later_spilled;    // later ones behind the mark are only on the disk
    uint64_t later_left;   // about how many
    uint64_t unclean_mark; // up to this number they may have been received before the start
    uint64_t dead;
    bool refilling; // somebody reads from the disk, without the lock
    // The writer's: what the batch does to it.
    struct mail_list sent;
    struct mail_list claimed;
    uint64_t died;
    struct queue *next_touched;
    bool touched;
};

// refill.c: reads what waits on the disk. Runs before all threads.
enum status queues_open(struct scope *s, struct embedded *e, struct session *session);
// What is known about messages is written down, after the last change: the next start need not
// take any for received.
enum status queues_close(struct scope *s, struct embedded *e);
// Whether more should be read, and reading it. With the box's lock, which the second
// gives up meanwhile.
bool queue_wants_refill(const struct queue *q);
enum status queue_refill(struct embedded *e, struct queue *q);

// later.c, all but the first with the box's lock: reads what fits at the start; keeps a message
// that was sent with a delay; puts one back that was claimed; reads more, likewise without the
// lock.
enum status later_open(struct scope *s, struct session *session, struct queue *q, uint64_t count);
void later_keep(struct queue *q, struct mail *m);
void later_put_back(struct queue *q, struct mail *m);
bool later_wants_refill(const struct queue *q);
enum status later_refill(struct embedded *e, struct queue *q);

#endif

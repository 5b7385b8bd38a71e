// The messages of one queue that are in memory: ready ones in the order they became so, those that
// wait for a moment (delayed, or leased) in a heap by it, and all by id. What lies on the disk and
// what does not is mail.h's business. Whoever calls holds `lock`, except where it says otherwise.
//
// A message that may have been received more often than the disk knows is `uncounted`: the writer
// writes its count down before it is handed out again, so that a message which keeps killing the
// process ends in the dead-letter queue.
#ifndef SHEAF_STORE_EMBEDDED_MAILBOX_H
#define SHEAF_STORE_EMBEDDED_MAILBOX_H

#include "core/str.h"
#include "sys/thread.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum mail_state {
    MAIL_READY,
    MAIL_LATER,   // until wake_at_us
    MAIL_LEASED,  // until wake_at_us
    MAIL_WAITING, // for the writer to count it
    MAIL_CLAIMED, // by the change that the writer is committing
};

enum mail_fate {
    FATE_GONE,  // settled, or dead
    FATE_LATER, // given back
    FATE_COUNT, // its count was written down
};

struct mail {
    struct mail *next; // in the list it is in
    struct mail *chain;
    uint64_t id;
    int64_t sent_at_us;
    int64_t due_at_us;  // with the id, its key among the later messages; 0: it is a fresh one
    int64_t wake_at_us; // when its lease ends or it becomes ready
    int64_t ready_at_us;
    size_t heap_place;
    uint64_t lease;
    unsigned receives;
    enum mail_state state;
    bool uncounted;
    enum mail_fate fate;    // what the change that claimed it does to it
    int64_t next_due_at_us; // and its new key among the later messages
    struct str error;       // heap, owned; data NULL: none
    struct str body;        // in the same block; data NULL: only on the disk
};

struct mail_list {
    struct mail *first;
    struct mail *last;
    size_t count;
};

struct mailbox {
    struct mutex lock; // guards the rest
    struct condition arrived;
    unsigned takers;   // that wait
    unsigned wakes;    // how often all were told to return
    unsigned failures; // of the writer, since when nothing was counted
    struct mail_list ready;
    struct mail_list waiting; // to be counted
    struct mail **heap;
    size_t heap_count;
    size_t heap_room;
    struct mail **chains;
    size_t chain_count;
    size_t count;   // of all in memory
    size_t delayed; // in the state MAIL_LATER
    size_t leased;
    size_t body_bytes;
    size_t counting; // wait to be counted, or are being
    uint64_t leases; // given so far
};

// No lock is needed for these four.
void mailbox_init(struct mailbox *box);
void mailbox_fini(struct mailbox *box);
// The caller owns it until it is added.
struct mail *mail_new(struct str body);
void mail_free(struct mail *m);

void mail_set_error(struct mail *m, struct str error);

void mail_append(struct mail_list *list, struct mail *m);
struct mail *mail_take_first(struct mail_list *list);
// Frees all that are in the list.
void mail_list_fini(struct mail_list *list);

// Makes a message known: it now belongs to the box. Then one of the next three says how it stands.
void mailbox_add(struct mailbox *box, struct mail *m);
void mailbox_make_ready(struct mailbox *box, struct mail *m, int64_t now_us);
void mailbox_make_later(struct mailbox *box, struct mail *m, int64_t wake_at_us);
void mailbox_make_waiting(struct mailbox *box, struct mail *m);
struct mail *mailbox_find(const struct mailbox *box, uint64_t id);

// Moves what is due at `now_us`: delayed messages become ready, leases end.
void mailbox_wake_due(struct mailbox *box, int64_t now_us);
// Makes the oldest ready messages that were sent before a moment wait for the writer, which sets
// them aside.
void mailbox_expire(struct mailbox *box, int64_t sent_before_us);
// Ends all leases.
void mailbox_end_leases(struct mailbox *box);
// Gives all delayed messages, soonest first, and returns how many; `out` has room for heap_count.
size_t mailbox_later(const struct mailbox *box, struct mail **out);
// Forgets a delayed message, which stays on the disk.
void mailbox_drop(struct mailbox *box, struct mail *m);
// When the next one is due; INT64_MAX: none is.
int64_t mailbox_next_due(const struct mailbox *box);

// Leases the oldest ready message until `until_us`; NULL: none is ready.
struct mail *mailbox_lease(struct mailbox *box, int64_t until_us);
// Whether this receive still holds the message; then it is leased until another moment.
bool mailbox_extend(struct mailbox *box, uint64_t id, uint64_t lease, int64_t until_us);
// Takes a lease's place for a change: it cannot end any more. NULL: it is no longer held.
struct mail *mailbox_claim(struct mailbox *box, uint64_t id, uint64_t lease);
// As mailbox_claim() for the oldest that waits to be counted.
struct mail *mailbox_claim_waiting(struct mailbox *box);
// What claimed the message was not committed.
void mailbox_unclaim(struct mailbox *box, struct mail *m);
// The change was committed, and its fate is not to be gone: it becomes ready in time.
void mailbox_put_back(struct mailbox *box, struct mail *m);
// Ends a lease as if the message had not been received; nothing when it is no longer held.
void mailbox_return(struct mailbox *box, uint64_t id, uint64_t lease);
// Removes a claimed message for good and frees it.
void mailbox_forget(struct mailbox *box, struct mail *m);

#endif

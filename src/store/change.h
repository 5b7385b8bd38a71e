// A change: a set of record writes, messages, settlements and audit entries that become durable
// together or not at all. It is built in a scope by one thread, submitted, and answered after the
// flush. Settling the message that caused the work is part of the change that records the result:
// that is how effects happen exactly once inside Sheaf.
//
//     struct change *c = change_new(s);
//     change_put(c, &receipt_states, &state, if_version(state.version));
//     change_send(c, &tax_queue, body, 0);
//     change_settle(c, message);
//     TRY(store_commit(s, store, c));
//
// Conditions are checked in order before anything is written. Text is borrowed until the change is
// answered; structs and arrays of attributes are copied. At most one operation per record and per
// message. The limits of store.h hold: of one item by itself, CHANGE_ITEMS_MAX of all kinds
// together, CHANGE_BYTES_MAX of all their text.
#ifndef SHEAF_STORE_CHANGE_H
#define SHEAF_STORE_CHANGE_H

#include "store/record.h"

struct change;
struct inbox;
struct message;

enum condition_kind {
    IF_ANY,       // no condition
    IF_ABSENT,    // there is no such record
    IF_PRESENT,   // there is one
    IF_VERSION,   // its version is this; version 0: there is none
    IF_ATTRIBUTE, // it is there and this attribute has this value
};

struct record_condition {
    enum condition_kind kind;
    uint64_t version;
    struct attribute attribute;
};

static inline struct record_condition if_any(void)
{
    return (struct record_condition){.kind = IF_ANY};
}

static inline struct record_condition if_absent(void)
{
    return (struct record_condition){.kind = IF_ABSENT};
}

static inline struct record_condition if_present(void)
{
    return (struct record_condition){.kind = IF_PRESENT};
}

static inline struct record_condition if_version(uint64_t version)
{
    return (struct record_condition){.kind = IF_VERSION, .version = version};
}

static inline struct record_condition if_attribute(const char *name, struct str value)
{
    return (struct record_condition){.kind = IF_ATTRIBUTE, .attribute = {str(name), value}};
}

// Makes an empty change in the scope, which from submission to answer is the store's. A limit that
// is passed while it is filled is kept, is answered INVALID when it is submitted, and can be seen
// in change_status() before.
struct change *change_new(struct scope *s);

// Whether nothing was put into it.
bool change_empty(const struct change *c);

// How many operations it has: the number that the next one gets (see change_failed_item).
size_t change_items(const struct change *c);

// Puts a record whole; `version` in it is not looked at (conditions do that). In a table with
// keep_s the condition must be if_absent().
void change_put(struct change *c, const struct table_def *table, const struct record *record,
                struct record_condition condition);
void change_remove(struct change *c, const struct table_def *table, struct str partition,
                   struct str sort, struct record_condition condition);
// Checks a condition on a record that the change does not write.
void change_require(struct change *c, const struct table_def *table, struct str partition,
                    struct str sort, struct record_condition condition);

// Sends a message that becomes visible `delay_s` after the commit.
void change_send(struct change *c, const struct queue_def *queue, struct str body, int64_t delay_s);
// The work that the message asked for is done: it is removed. The lease must still be held,
// else the change is answered CONFLICT: somebody else has or had the message.
void change_settle(struct change *c, const struct message *m);
// The work failed: the message is visible again after `delay_s`, or goes to the dead-letter queue
// with `why` (cut to MESSAGE_ERROR_BYTES_MAX) when it has been received too often. The lease must
// still be held, as for change_settle().
void change_give_back(struct change *c, const struct message *m, int64_t delay_s, struct str why);
// The message can never succeed: to the dead-letter queue with `why`.
void change_set_aside(struct change *c, const struct message *m, struct str why);

// An entry of the audit log. Holds ids, never personal values.
struct audit_entry {
    struct str tenant;
    struct str actor;   // principal's id, or "system"
    struct str action;  // "receipt.completed", "key.revoked"
    struct str subject; // id of what it is about
    struct str details; // JSON object, or empty
};
void change_audit(struct change *c, const struct audit_entry *entry);

// Follows a change on its way, for who keeps in memory what it will have done: `submitted` is
// called on the submitter's thread right after the store took it (what this thread or another
// submits afterwards is applied after it), `answered` before `done`, on the same thread as `done`.
// Each may be NULL; `answered` may come first. Neither blocks. Of a change that is never submitted
// nothing is told: see scope_defer(). `context` must stay until both were called.
struct follower {
    void (*submitted)(void *context);
    void (*answered)(void *context, enum status e);
    void *context;
};
void change_follow(struct change *c, const struct follower *follower);

// Submits the change; ownership of all it borrows passes to the store until `done` is called on the
// thread that owns `inbox`. Never blocks, and never calls `done` before it returns. An empty change
// is answered OK. The answer is read from the change: OK; CONFLICT with the failed item; INVALID a
// limit; TEMPORARY disk full or I/O error, nothing was written; BUSY the store is closing; TIMEOUT
// the outcome is unknown (the process is about to stop).
void store_submit(struct store *store, struct change *c, struct inbox *inbox,
                  void (*done)(struct change *c, void *context), void *context);

enum status change_status(const struct change *c);
// One sentence about a status that is not OK; names the condition.
struct str change_why(const struct change *c);
// After CONFLICT: which operation failed, counted from 0 in their order, audit entries apart.
size_t change_failed_item(const struct change *c);
// After CONFLICT: whether a message that the change settles, gives back or sets aside is no longer
// ours, so that doing the work again is of no use.
bool change_lost_lease(const struct change *c);
// After CONFLICT on a record: the record as it stood, or NULL when there is none, or when the
// change's scope, in which it lives, has no room for it.
const struct record *change_obstacle(const struct change *c);

// Submits and waits, for who needs the answer at once. The sentence is kept in `s` too.
enum status store_commit(struct scope *s, struct store *store, struct change *c);

// Waits for answers to what was submitted with this inbox, and runs them; returns how many. For
// threads that have several changes under way and nothing else to do. The owner of the inbox only.
unsigned store_wait(struct store *store, struct inbox *inbox);

#endif

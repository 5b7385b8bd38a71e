// What the files that fill a batch share. Only the writer's thread is here.
#ifndef SHEAF_STORE_EMBEDDED_BATCH_IMPL_H
#define SHEAF_STORE_EMBEDDED_BATCH_IMPL_H

#include "store/embedded/embedded_impl.h"
#include "store/embedded/pack.h"

// What checking found out about an item, for who writes it.
struct found {
    struct table *table;
    struct standing standing;
    struct str old_attributes; // packed; in the batch's scope
    struct queue *queue;
    struct mail *mail;
};

struct batch {
    struct embedded *e;
    struct session *session;
    struct scope *scope; // of the batch
    uint64_t number;
    int64_t now_us;
    struct found found[CHANGE_ITEMS_MAX]; // of the change in hand
    struct queue *touched;                // queues that it sends to, settles in, ...
    struct pack feed;                     // what the batch adds
    struct pack audit;
    struct audit_entry audited; // the newest
    uint64_t audit_count;
};

// items.c: checks all conditions of a change; false: it was answered CONFLICT, and holds nothing.
enum status batch_check(struct batch *b, struct change *c, bool *passed);
// Writes a change that passed.
enum status batch_write(struct batch *b, struct change *c);

// Removes a record that is there, in all its places; `keys` has its keys only.
enum status batch_remove_record(struct batch *b, struct table *t, const struct record *keys,
                                bool in_arrival, struct str old_attributes);

// Forgets in memory what the database may no longer say: part of the batch was undone.
enum status batch_forget(struct batch *b);

// mail.c: the same for one item about a message.
bool mail_check(struct batch *b, const struct item *i, struct found *out);
void mail_uncheck(struct found *f);
enum status mail_write(struct batch *b, struct item *i, struct found *f);
// Writes down how often messages were received that wait for it; `*more`: some had to be left.
enum status mail_count(struct batch *b, bool *more);
// What was done to queues becomes true in memory, or never was.
void mail_commit(struct batch *b);
void mail_rollback(struct batch *b);

// journal.c: notes what the feed and the audit log get; writes it, before the commit.
void journal_feed(struct batch *b, const struct table *t, const struct record *r);
void journal_audit(struct batch *b, const struct audit_entry *entry);
enum status journal_write(struct batch *b);
void journal_end(struct batch *b, bool committed);

// tend.c: notes when a record expires.
enum status expiry_note(struct batch *b, const struct table *t, const struct record *r);

// held.c: what a change needs beside itself, made on the submitter's thread.
void change_hold(struct embedded *e, struct change *c);
// Frees it; the change has its status.
void change_release(struct change *c);

#endif

// The inside of a change, for who commits it. Only src/store and its subfolders include this.
#ifndef SHEAF_STORE_CHANGE_IMPL_H
#define SHEAF_STORE_CHANGE_IMPL_H

#include "store/change.h"
#include "store/queue.h"
#include "sys/inbox.h"

enum item_kind {
    ITEM_PUT,
    ITEM_REMOVE,
    ITEM_REQUIRE,
    ITEM_SEND,
    ITEM_SETTLE,
    ITEM_GIVE_BACK,
    ITEM_SET_ASIDE,
};

struct item {
    enum item_kind kind;
    const struct table_def *table; // of a record item
    const struct queue_def *queue; // of a message item
    struct record record;          // PUT; of REMOVE and REQUIRE only the keys
    struct record_condition condition;
    struct message message; // SETTLE, GIVE_BACK, SET_ASIDE
    struct str text;        // body to send; why it failed
    int64_t delay_s;
    // The backend's, while it has the change: what it made before its writer runs.
    struct str sealed; // content as it lies at rest
    struct str packed; // attributes likewise
    void *held;
};

// Whether the item is about a message that a receive must still hold.
static inline bool item_holds_lease(const struct item *i)
{
    return i->kind == ITEM_SETTLE || i->kind == ITEM_GIVE_BACK || i->kind == ITEM_SET_ASIDE;
}

enum { CHANGE_FOLLOWERS_MAX = 32 };

struct change {
    struct post post;    // first: how the answer travels to the owner of the inbox
    struct change *next; // the backend's, while it has the change
    void *held;          // likewise
    struct scope *scope;
    struct item *items;
    size_t item_count;
    size_t item_room;
    struct audit_entry *audits;
    size_t audit_count;
    size_t audit_room;
    size_t bytes; // of all text
    // The answer; before it is submitted, the first limit that was passed.
    enum status status;
    struct str why;
    size_t failed_item;
    const struct record *obstacle;
    struct follower *followers;
    size_t follower_count;
    size_t follower_room;
    // Whom to tell.
    struct inbox *inbox; // NULL: `done` is called by who answers
    void (*done)(struct change *c, void *context);
    void *context;
};

// Posts the answered changes, a list chained by `next`, to where their submitters wait: one
// wake-up an inbox, the order within it kept. The list is theirs afterwards. Any thread.
void change_answer(struct change *list);

// Whether the condition holds for the record as it stands (NULL or version 0: there is none).
bool condition_holds(const struct record_condition *condition, const struct record *stands);

// Answers a change CONFLICT over its item, in one sentence that names the condition. `stands` is
// the record in the way (NULL: none), which is copied into the change's scope if there is room.
void change_fail_item(struct change *c, size_t item, const struct record *stands);

#endif

// A change's way from its submitter to the backend and back.
#include "store/change.h"

#include "core/scope.h"
#include "store/backend_impl.h"
#include "store/feed.h"
#include "sys/thread.h"

#include <assert.h>

// About a conflict: keys, a condition's attribute, twice for what it is made of.
enum { SENTENCE_BYTES_MAX = 2 * (PARTITION_BYTES_MAX + SORT_BYTES_MAX + 1024) };

void store_submit(struct store *store, struct change *c, struct inbox *inbox,
                  void (*done)(struct change *c, void *context), void *context)
{
    assert(done && !c->done);                        // submitted once
    struct follower followers[CHANGE_FOLLOWERS_MAX]; // the change may be answered and gone
    size_t count = c->follower_count;

    if (count)
        memcpy(followers, c->followers, count * sizeof *followers);
    c->inbox = inbox;
    c->done = done;
    c->context = context;
    c->next = NULL;
    if (c->status != OK || change_empty(c))
        change_answer(c);
    else
        store->ops->submit(store, c);
    for (size_t i = 0; i < count; i++)
        if (followers[i].submitted)
            followers[i].submitted(followers[i].context);
}

static void tell_followers(struct change *c)
{
    for (size_t i = 0; i < c->follower_count; i++)
        if (c->followers[i].answered)
            c->followers[i].answered(c->followers[i].context, c->status);
}

static void run_done(struct post *post)
{
    struct change *c = (struct change *)post; // its first member

    tell_followers(c);
    c->done(c, c->context);
}

// Takes the changes of one inbox out of the list, in their order.
static struct change *take_inbox(struct change **list, const struct inbox *inbox)
{
    struct change *taken = NULL;
    struct change **taken_end = &taken;

    for (struct change **at = list; *at;) {
        struct change *c = *at;
        if (c->inbox != inbox) {
            at = &c->next;
            continue;
        }
        *at = c->next;
        c->next = NULL;
        *taken_end = c;
        taken_end = &c->next;
    }
    return taken;
}

void change_answer(struct change *list)
{
    while (list) {
        struct inbox *inbox = list->inbox;
        struct change *first = take_inbox(&list, inbox);

        for (struct change *c = first, *next; c; c = next) {
            next = c->next;
            c->post = (struct post){next ? &next->post : NULL, run_done};
            if (!inbox)
                c->done(c, c->context);
        }
        if (inbox)
            inbox_post_list(inbox, &first->post);
    }
}

bool condition_holds(const struct record_condition *condition, const struct record *stands)
{
    uint64_t version = stands ? stands->version : 0;

    switch (condition->kind) {
    case IF_ANY:
        return true;
    case IF_ABSENT:
        return version == 0;
    case IF_PRESENT:
        return version != 0;
    case IF_VERSION:
        return version == condition->version;
    case IF_ATTRIBUTE:
        break;
    }
    for (size_t i = 0; version && i < stands->attribute_count; i++)
        if (str_equal(stands->attributes[i].name, condition->attribute.name))
            return str_equal(stands->attributes[i].value, condition->attribute.value);
    return false;
}

static struct str condition_text(struct scope *s, const struct record_condition *condition)
{
    switch (condition->kind) {
    case IF_ABSENT:
        return str("it exists already");
    case IF_PRESENT:
        return str("it does not exist");
    case IF_VERSION:
        return str_format(s, "it is not of version %llu", (unsigned long long)condition->version);
    case IF_ATTRIBUTE:
        return str_format(s, "its %.*s is not «%.*s»", STR(condition->attribute.name),
                          STR(condition->attribute.value));
    case IF_ANY:
        break;
    }
    return str("its condition does not hold");
}

// Whether a copy of the record fits beside the sentence: the submitter may not have reckoned with
// the record in the way.
static bool has_room(const struct scope *s, const struct record *r)
{
    size_t bytes = sizeof *r + r->partition.bytes + r->sort.bytes + r->content.bytes;

    for (size_t i = 0; i < r->attribute_count; i++)
        bytes += sizeof *r->attributes + r->attributes[i].name.bytes + r->attributes[i].value.bytes;
    return scope_has_room(s, bytes + SENTENCE_BYTES_MAX);
}

static struct str conflict_sentence(struct scope *s, const struct item *i)
{
    if (!scope_has_room(s, SENTENCE_BYTES_MAX))
        return str("a condition does not hold");
    if (item_holds_lease(i))
        return str_format(s, "message %.*s of %s is no longer held by this receive",
                          STR(i->message.id), i->queue->name);
    return str_format(s, "record %.*s %.*s of %s: %.*s", STR(i->record.partition),
                      STR(i->record.sort), i->table->name, STR(condition_text(s, &i->condition)));
}

void change_fail_item(struct change *c, size_t item, const struct record *stands)
{
    const struct item *i = &c->items[item];

    assert(item < c->item_count);
    c->status = CONFLICT;
    c->failed_item = item;
    if (stands && stands->version && has_room(c->scope, stands)) {
        struct record *copy = scope_new(c->scope, struct record);
        *copy = record_copy(c->scope, stands);
        c->obstacle = copy;
    }
    c->why = conflict_sentence(c->scope, i);
}

struct waiter {
    struct mutex lock;
    struct condition answered;
    bool done;
};

static void wake_waiter(struct change *c, void *context)
{
    struct waiter *w = context;

    (void)c;
    mutex_lock(&w->lock);
    w->done = true;
    condition_signal(&w->answered); // under the lock: `w` ends when the waiter has it
    mutex_unlock(&w->lock);
}

// Waits by a condition and not by an inbox: an inbox must not be freed while its poster may still
// be about to write its eventfd.
enum status store_commit(struct scope *s, struct store *store, struct change *c)
{
    struct waiter w = {.lock = MUTEX_INIT, .answered = CONDITION_INIT};

    store_submit(store, c, NULL, wake_waiter, &w);
    store_press(store);
    mutex_lock(&w.lock);
    while (!w.done)
        condition_wait(&w.answered, &w.lock);
    mutex_unlock(&w.lock);
    condition_fini(&w.answered);
    mutex_fini(&w.lock);
    tell_followers(c);
    return c->status == OK ? OK : fail(s, c->status, "%.*s", STR(c->why));
}

unsigned store_wait(struct store *store, struct inbox *inbox)
{
    store_press(store);
    return inbox_wait(inbox, -1);
}

enum status feed_read(struct scope *s, struct store *store, const struct table_def *table,
                      struct str position, size_t limit, struct feed_entry **entries, size_t *count,
                      struct str *next)
{
    if (limit == 0 || limit > QUERY_LIMIT_MAX)
        return fail(s, INVALID, "%s: a page of a feed has 1 to %d entries", table->name,
                    QUERY_LIMIT_MAX);
    if (!table->feed)
        return fail(s, INVALID, "%s: this table has no feed", table->name);
    return store->ops->feed_read(s, store, table, position, limit, entries, count, next);
}

enum status audit_read(struct scope *s, struct store *store, uint64_t after, size_t limit,
                       struct audit_row **rows, size_t *count)
{
    if (limit == 0 || limit > QUERY_LIMIT_MAX)
        return fail(s, INVALID, "a page of the audit log has 1 to %d rows", QUERY_LIMIT_MAX);
    return store->ops->audit_read(s, store, after, limit, rows, count);
}

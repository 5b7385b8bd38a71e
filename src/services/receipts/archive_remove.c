// Receipts leave the hot tables: many small changes, several of them under way at once, so that the
// writer takes them along with live traffic and nobody waits for them.
#include "services/receipts/archive_deed_impl.h"

#include "core/scope.h"
#include "sys/inbox.h"

#include <stdlib.h>

enum {
    GROUP = CHANGE_ITEMS_MAX / 2, // receipts of one change: state and document each
    UNDER_WAY_MAX = 16,           // a commit under load takes as long as 200 receipts take to come
    GROUP_BYTES_MAX = 16 << 20,
};

// One change on its way.
struct group {
    struct removal *removal;
    struct scope *scope;
    struct change *change; // NULL: none
    const struct hot_receipt *receipts;
    size_t count;
};

struct removal {
    struct archive *archive;
    struct inbox *inbox;
    struct group groups[UNDER_WAY_MAX];
    struct scope *scope; // of the failure
    enum status status;
};

static void fill_change(struct change *c, const struct hot_receipt *receipts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct str id = receipts[i].id;
        change_remove(c, &receipt_states_table, id, (struct str){0},
                      if_version(receipts[i].version));
        change_remove(c, &receipts_table, id, (struct str){0}, if_any());
    }
}

// Some have changed or have left already: takes along those that are as they were archived. What
// conflicts even then has just changed, and stays hot.
static enum status remove_rest(struct scope *s, struct archive *a,
                               const struct hot_receipt *receipts, size_t count)
{
    struct record_key keys[GROUP] = {{.sort = {0}}};
    struct record states[GROUP] = {{.version = 0}};
    struct hot_receipt same[GROUP] = {{.version = 0}};
    size_t same_count = 0;

    for (size_t i = 0; i < count; i++)
        keys[i] = (struct record_key){.partition = receipts[i].id};
    TRY(record_get_many(s, a->store, &receipt_states_table, keys, count, states));
    for (size_t i = 0; i < count; i++)
        if (states[i].version == receipts[i].version)
            same[same_count++] = receipts[i];
    for (size_t i = 0; i < same_count; i++) {
        struct change *c = change_new(s);
        fill_change(c, &same[i], 1);
        enum status e = store_commit(s, a->store, c);
        if (e != OK && e != CONFLICT)
            return e;
        scope_forgive(s);
    }
    return OK;
}

static void answered(struct change *c, void *context)
{
    struct group *g = context;
    struct removal *r = g->removal;
    enum status e = change_status(c);

    if (e == CONFLICT)
        e = remove_rest(g->scope, r->archive, g->receipts, g->count);
    else if (e != OK)
        (void)fail(g->scope, e, "%.*s", STR(change_why(c)));
    if (e != OK && r->status == OK)
        r->status = scope_pass(r->scope, e, g->scope);
    g->change = NULL;
    scope_reset(g->scope);
}

static struct group *free_group(struct removal *r)
{
    for (;;) {
        for (size_t i = 0; i < UNDER_WAY_MAX; i++)
            if (!r->groups[i].change)
                return &r->groups[i];
        (void)store_wait(r->archive->store, r->inbox);
    }
}

static bool is_under_way(const struct removal *r)
{
    for (size_t i = 0; i < UNDER_WAY_MAX; i++)
        if (r->groups[i].change)
            return true;
    return false;
}

static int arrival_order(const void *a, const void *b)
{
    return str_compare(((const struct hot_receipt *)a)->id, ((const struct hot_receipt *)b)->id);
}

enum status hot_remove(struct scope *s, struct archive *a, struct hot_receipt *receipts,
                       size_t count)
{
    struct removal r = {.archive = a, .inbox = inbox_new(), .scope = s};

    // As they lie in the tables: removing in another order writes several times as many pages.
    if (count)
        qsort(receipts, count, sizeof *receipts, arrival_order);
    for (size_t i = 0; i < UNDER_WAY_MAX; i++)
        r.groups[i] = (struct group){.removal = &r, .scope = scope_open(GROUP_BYTES_MAX)};
    for (size_t i = 0; i < count && r.status == OK; i += GROUP) {
        struct group *g = free_group(&r);
        g->receipts = &receipts[i];
        g->count = count - i < GROUP ? count - i : GROUP;
        g->change = change_new(g->scope);
        fill_change(g->change, g->receipts, g->count);
        store_submit(a->store, g->change, r.inbox, answered, g);
    }
    while (is_under_way(&r))
        (void)store_wait(a->store, r.inbox);
    for (size_t i = 0; i < UNDER_WAY_MAX; i++)
        scope_close(r.groups[i].scope);
    inbox_free(r.inbox);
    return r.status;
}

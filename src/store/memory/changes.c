// Commits: first every condition, then every write; nothing in between can fail.
#include "store/memory/operations_impl.h"

#include "core/scope.h"
#include "sys/world.h"

#include <assert.h>

enum {
    FAIL_ONE_IN = 8,
    HOLD_ONE_IN = 4,
    REPEAT_ONE_IN = 3,
};

static bool is_record_item(const struct item *i)
{
    return i->kind == ITEM_PUT || i->kind == ITEM_REMOVE || i->kind == ITEM_REQUIRE;
}

// False when the item forbids the change, which is then answered.
static bool item_may(struct memory *m, struct change *c, size_t index)
{
    const struct item *i = &c->items[index];

    if (is_record_item(i)) {
        const struct memory_record *found =
            table_find(memory_table(m, i->table), i->record.partition, i->record.sort);
        const struct record *stands = found ? &found->record : NULL;
        if (condition_holds(&i->condition, stands))
            return true;
        change_fail_item(c, index, stands);
        return false;
    }
    if (!item_holds_lease(i) || queue_holds(m, &i->message))
        return true;
    change_fail_item(c, index, NULL);
    return false;
}

static void item_apply(struct memory *m, const struct item *i)
{
    switch (i->kind) {
    case ITEM_PUT:
        table_put(m, memory_table(m, i->table), &i->record);
        break;
    case ITEM_REMOVE:
        table_remove(m, memory_table(m, i->table), i->record.partition, i->record.sort);
        break;
    case ITEM_REQUIRE:
        break;
    case ITEM_SEND:
        queue_send(m, i);
        break;
    case ITEM_SETTLE:
    case ITEM_GIVE_BACK:
    case ITEM_SET_ASIDE:
        queue_end(m, i);
        break;
    }
}

static void audit_add(struct memory *m, const struct audit_entry *e)
{
    struct block b =
        block_new(sizeof(struct audit_row), e->tenant.bytes + e->actor.bytes + e->action.bytes +
                                                e->subject.bytes + e->details.bytes);
    struct audit_row *row = b.object;

    row->entry = (struct audit_entry){
        .tenant = block_pack(&b, e->tenant),
        .actor = block_pack(&b, e->actor),
        .action = block_pack(&b, e->action),
        .subject = block_pack(&b, e->subject),
        .details = block_pack(&b, e->details),
    };
    row->at_us = world_now_us(m->store.world);
    row->sequence = m->audits.count + 1;
    list_add(&m->audits, row);
}

static void commit(struct memory *m, struct change *c)
{
    for (size_t i = 0; i < c->item_count; i++) {
        if (!item_may(m, c, i)) {
            m->conflicts++;
            return;
        }
    }
    if (memory_halts(m) || memory_chance(m, MEMORY_FAILS, FAIL_ONE_IN)) {
        c->status = TEMPORARY;
        c->why = str("the disk is full, for a moment");
        return;
    }
    for (size_t i = 0; i < c->item_count; i++)
        item_apply(m, &c->items[i]);
    for (size_t i = 0; i < c->audit_count; i++)
        audit_add(m, &c->audits[i]);
    m->changes++;
    c->status = OK;
    condition_broadcast(&m->arrived);
}

void memory_submit(struct store *store, struct change *c)
{
    struct memory *m = memory_enter(store);
    bool hold = false;

    assert(!m->closing);
    commit(m, c);
    hold = memory_chance(m, MEMORY_LATE_ANSWERS, HOLD_ONE_IN);
    if (hold) {
        c->next = m->held; // newest first: out of order
        m->held = c;
    }
    memory_leave(m);
    if (!hold)
        change_answer(c);
}

// Returns the place of the first item behind this number; numbers have no gaps.
static size_t feed_place(const struct list *feed, uint64_t after)
{
    const struct feed_item *first = feed->count ? feed->items[0] : NULL;

    return first && after >= first->number ? after - first->number + 1 : 0;
}

enum status memory_feed_read(struct scope *s, struct store *store, const struct table_def *table,
                             struct str position, size_t limit, struct feed_entry **entries,
                             size_t *count, struct str *next)
{
    uint64_t after = 0;

    if (position.bytes && !str_to_u64(position, UINT64_MAX, &after))
        return fail(s, INVALID, "%s: not a position in its feed", table->name);
    struct memory *m = memory_enter(store);
    const struct list *feed = &memory_table(m, table)->feed;
    limit = memory_page_size(m, limit);
    if (after > 0 && limit > 0 && memory_chance(m, MEMORY_SHORT_PAGES, REPEAT_ONE_IN))
        after--; // at least once: the last one comes again
    *entries = scope_array(s, limit < feed->count ? limit : feed->count, sizeof **entries);
    *count = 0;
    for (size_t i = feed_place(feed, after); i < feed->count && *count < limit; i++) {
        const struct feed_item *item = feed->items[i];
        if (item->hidden_until > m->calls)
            break; // in order: what follows waits too
        struct feed_entry *entry = &(*entries)[(*count)++];
        *entry = item->entry;
        entry->partition = str_copy(s, item->entry.partition);
        entry->sort = str_copy(s, item->entry.sort);
        after = item->number;
    }
    memory_leave(m);
    *next = str_format(s, "%llu", (unsigned long long)after);
    return OK;
}

enum status memory_audit_read(struct scope *s, struct store *store, uint64_t after, size_t limit,
                              struct audit_row **rows, size_t *count)
{
    struct memory *m = memory_enter(store);
    size_t left = after < m->audits.count ? m->audits.count - after : 0;

    limit = memory_page_size(m, limit);
    *count = limit < left ? limit : left;
    *rows = scope_array(s, *count, sizeof **rows);
    for (size_t i = 0; i < *count; i++) {
        const struct audit_row *row = m->audits.items[after + i];
        (*rows)[i] = (struct audit_row){
            .entry = {str_copy(s, row->entry.tenant), str_copy(s, row->entry.actor),
                      str_copy(s, row->entry.action), str_copy(s, row->entry.subject),
                      str_copy(s, row->entry.details)},
            .at_us = row->at_us,
            .sequence = row->sequence,
        };
    }
    memory_leave(m);
    return OK;
}

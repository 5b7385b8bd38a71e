// The builder of changes. Limits are checked while a change is filled, once for all backends; the
// first that is passed is kept, and nothing that comes after it is looked at.
#include "store/change.h"

#include "core/scope.h"
#include "store/backend_impl.h"
#include "sys/thread.h"

#include <assert.h>
#include <stdarg.h>

enum { ITEM_ROOM_FIRST = 4 };

struct change *change_new(struct scope *s)
{
    struct change *c = scope_new(s, struct change);

    c->scope = s;
    return c;
}

size_t change_items(const struct change *c)
{
    return c->item_count;
}

bool change_empty(const struct change *c)
{
    return c->item_count + c->audit_count == 0;
}

__attribute__((format(printf, 2, 3))) static void refuse(struct change *c, const char *format, ...)
{
    va_list arguments;

    if (c->status != OK)
        return;
    va_start(arguments, format);
    c->status = INVALID;
    c->why = str_format_v(c->scope, format, arguments);
    va_end(arguments);
}

// Returns the array with room for one more, twice as large when it was full.
static void *grown(struct scope *s, void *array, size_t count, size_t *room, size_t item_bytes)
{
    if (count < *room)
        return array;
    size_t more = *room ? *room * 2 : ITEM_ROOM_FIRST;
    void *larger = scope_array(s, more, item_bytes);
    if (count)
        memcpy(larger, array, count * item_bytes);
    *room = more;
    return larger;
}

void change_follow(struct change *c, const struct follower *follower)
{
    if (c->follower_count == CHANGE_FOLLOWERS_MAX) {
        refuse(c, "a change has at most %d followers", CHANGE_FOLLOWERS_MAX);
        return;
    }
    c->followers =
        grown(c->scope, c->followers, c->follower_count, &c->follower_room, sizeof *c->followers);
    c->followers[c->follower_count++] = *follower;
}

// Counts one more item with so much text; false when the change is refused.
static bool admit(struct change *c, size_t bytes)
{
    if (c->item_count + c->audit_count >= CHANGE_ITEMS_MAX)
        refuse(c, "a change has more than %d operations", CHANGE_ITEMS_MAX);
    else if (bytes > CHANGE_BYTES_MAX - c->bytes)
        refuse(c, "a change is longer than %d bytes", CHANGE_BYTES_MAX);
    if (c->status != OK)
        return false;
    c->bytes += bytes;
    return true;
}

static void add_item(struct change *c, const struct item *item, size_t bytes)
{
    if (!admit(c, bytes))
        return;
    c->items = grown(c->scope, c->items, c->item_count, &c->item_room, sizeof *item);
    c->items[c->item_count++] = *item;
}

static bool same_record(const struct item *a, const struct item *b)
{
    return a->table == b->table && str_equal(a->record.sort, b->record.sort) &&
           str_equal(a->record.partition, b->record.partition);
}

static bool same_message(const struct item *a, const struct item *b)
{
    return item_holds_lease(a) && item_holds_lease(b) && a->queue == b->queue &&
           str_equal(a->message.id, b->message.id);
}

static bool is_second(const struct change *c, const struct item *item)
{
    for (size_t i = 0; i < c->item_count; i++)
        if (item->table ? same_record(&c->items[i], item) : same_message(&c->items[i], item))
            return true;
    return false;
}

static size_t attribute_bytes(struct change *c, const struct record *r)
{
    size_t bytes = 0;

    if (r->attribute_count > ATTRIBUTES_MAX) {
        refuse(c, "a record has more than %d attributes", ATTRIBUTES_MAX);
        return 0;
    }
    for (size_t i = 0; i < r->attribute_count; i++) {
        const struct attribute *a = &r->attributes[i];
        if (a->name.bytes == 0 || a->name.bytes > ATTRIBUTE_BYTES_MAX ||
            a->value.bytes > ATTRIBUTE_BYTES_MAX)
            refuse(c, "the attribute «%.*s» is longer than %d bytes", STR(a->name),
                   ATTRIBUTE_BYTES_MAX);
        bytes += a->name.bytes + a->value.bytes;
    }
    return bytes;
}

static void check_record(struct change *c, const struct item *item, size_t bytes)
{
    const struct record *r = &item->record;
    const char *table = item->table->name;

    if (r->partition.bytes == 0 || r->partition.bytes > PARTITION_BYTES_MAX)
        refuse(c, "%s: a partition key has 1 to %d bytes", table, PARTITION_BYTES_MAX);
    if (r->sort.bytes > SORT_BYTES_MAX)
        refuse(c, "%s: a sort key is longer than %d bytes", table, SORT_BYTES_MAX);
    if (bytes > RECORD_BYTES_MAX)
        refuse(c, "%s: a record is longer than %d bytes", table, RECORD_BYTES_MAX);
    if (r->expires_at_s < 0)
        refuse(c, "%s: a record expires before 1970", table);
    if (item->table->keep_s > 0 && item->kind != ITEM_REQUIRE &&
        (item->kind != ITEM_PUT || item->condition.kind != IF_ABSENT))
        refuse(c, "%s: its records are put once, if absent, and never changed", table);
    if (c->status == OK && is_second(c, item))
        refuse(c, "%s: a change has two operations on one record", table);
}

static void add_record(struct change *c, enum item_kind kind, const struct table_def *table,
                       const struct record *record, struct record_condition condition)
{
    struct item item = {.kind = kind, .table = table, .record = *record, .condition = condition};
    size_t bytes = record->partition.bytes + record->sort.bytes + record->content.bytes +
                   attribute_bytes(c, record);

    check_record(c, &item, bytes);
    if (c->status != OK)
        return;
    if (record->attribute_count) { // callers build them on the stack
        size_t size = record->attribute_count * sizeof *record->attributes;
        struct attribute *copy = scope_alloc(c->scope, size);
        memcpy(copy, record->attributes, size);
        item.record.attributes = copy;
    }
    add_item(c, &item, bytes);
}

void change_put(struct change *c, const struct table_def *table, const struct record *record,
                struct record_condition condition)
{
    add_record(c, ITEM_PUT, table, record, condition);
}

void change_remove(struct change *c, const struct table_def *table, struct str partition,
                   struct str sort, struct record_condition condition)
{
    struct record key = {.partition = partition, .sort = sort};

    add_record(c, ITEM_REMOVE, table, &key, condition);
}

void change_require(struct change *c, const struct table_def *table, struct str partition,
                    struct str sort, struct record_condition condition)
{
    struct record key = {.partition = partition, .sort = sort};

    add_record(c, ITEM_REQUIRE, table, &key, condition);
}

void change_send(struct change *c, const struct queue_def *queue, struct str body, int64_t delay_s)
{
    struct item item = {.kind = ITEM_SEND, .queue = queue, .text = body, .delay_s = delay_s};

    if (body.bytes > MESSAGE_BYTES_MAX)
        refuse(c, "%s: a message is longer than %d bytes", queue->name, MESSAGE_BYTES_MAX);
    if (delay_s < 0 || delay_s > MESSAGE_DELAY_S_MAX)
        refuse(c, "%s: a message is delayed by 0 to %d s", queue->name, MESSAGE_DELAY_S_MAX);
    add_item(c, &item, body.bytes);
}

// Cuts a sentence between two characters.
static struct str cut_sentence(struct str text)
{
    if (text.bytes <= MESSAGE_ERROR_BYTES_MAX)
        return text;
    size_t bytes = MESSAGE_ERROR_BYTES_MAX;
    while (bytes > 0 && ((uint8_t)text.data[bytes] & 0xC0) == 0x80)
        bytes--;
    return str_slice(text, 0, bytes);
}

static void add_message(struct change *c, enum item_kind kind, const struct message *m,
                        int64_t delay_s, struct str why)
{
    struct item item = {.kind = kind, .queue = m->queue, .message = *m, .delay_s = delay_s};

    item.text = cut_sentence(why);
    if (delay_s < 0 || delay_s > LEASE_S_MAX)
        refuse(c, "%s: a message is given back for 0 to %d s", m->queue->name, LEASE_S_MAX);
    if (c->status == OK && is_second(c, &item))
        refuse(c, "%s: a change has two operations on one message", m->queue->name);
    add_item(c, &item, item.text.bytes);
}

void change_settle(struct change *c, const struct message *m)
{
    add_message(c, ITEM_SETTLE, m, 0, (struct str){0});
}

void change_give_back(struct change *c, const struct message *m, int64_t delay_s, struct str why)
{
    add_message(c, ITEM_GIVE_BACK, m, delay_s, why);
}

void change_set_aside(struct change *c, const struct message *m, struct str why)
{
    add_message(c, ITEM_SET_ASIDE, m, 0, why);
}

void change_audit(struct change *c, const struct audit_entry *entry)
{
    size_t bytes = entry->tenant.bytes + entry->actor.bytes + entry->action.bytes +
                   entry->subject.bytes + entry->details.bytes;

    if (bytes > RECORD_BYTES_MAX)
        refuse(c, "an audit entry is longer than %d bytes", RECORD_BYTES_MAX);
    if (!admit(c, bytes))
        return;
    c->audits = grown(c->scope, c->audits, c->audit_count, &c->audit_room, sizeof *entry);
    c->audits[c->audit_count++] = *entry;
}

enum status change_status(const struct change *c)
{
    return c->status;
}

struct str change_why(const struct change *c)
{
    return c->why;
}

size_t change_failed_item(const struct change *c)
{
    return c->failed_item;
}

bool change_lost_lease(const struct change *c)
{
    return c->status == CONFLICT && item_holds_lease(&c->items[c->failed_item]);
}

const struct record *change_obstacle(const struct change *c)
{
    return c->obstacle;
}

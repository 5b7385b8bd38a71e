// Looking at queues, and moving what was set aside.
#include "store/memory/operations_impl.h"

#include "core/scope.h"
#include "sys/world.h"

#include <stdlib.h>

static void count_message(const struct memory_message *message, int64_t now_us,
                          struct queue_stats *out)
{
    bool leased = false;

    for (size_t i = 0; i < LEASES; i++)
        leased |= message->leases[i].until_us > now_us;
    if (message->settled)
        return;
    if (leased) {
        out->leased++;
    } else if (message->visible_at_us > now_us) {
        out->delayed++;
    } else {
        out->ready++;
        int64_t waiting_us = now_us - message->visible_at_us;
        if (waiting_us > out->oldest_waiting_us)
            out->oldest_waiting_us = waiting_us;
    }
}

void memory_queue_stats(struct store *store, const struct queue_def *queue, struct queue_stats *out)
{
    struct memory *m = memory_enter(store);
    const struct memory_queue *q = memory_queue(m, queue);
    int64_t now_us = world_now_us(store->world);

    for (size_t i = 0; i < q->waiting.count; i++)
        count_message(q->waiting.items[i], now_us, out);
    out->dead = q->dead.count;
    memory_leave(m);
}

enum status memory_queue_browse(struct scope *s, struct store *store, const struct queue_def *queue,
                                enum queue_part part, size_t limit, struct str cursor,
                                struct message_page *out)
{
    uint64_t after = 0;

    if (cursor.bytes && !str_to_u64(cursor, UINT64_MAX, &after))
        return fail(s, INVALID, "%s: the cursor is not one of this queue's", queue->name);
    struct memory *m = memory_enter(store);
    struct memory_queue *q = memory_queue(m, queue);
    const struct list *list = part == QUEUE_DEAD ? &q->dead : &q->waiting;
    limit = memory_page_size(m, limit);
    out->messages =
        scope_array(s, limit < list->count ? limit : list->count, sizeof *out->messages);
    for (size_t i = 0; i < list->count; i++) {
        const struct memory_message *message = list->items[i];
        if (message->number <= after || message->settled)
            continue;
        if (out->count == limit) {
            out->cursor = str_format(s, "%llu", (unsigned long long)after);
            break;
        }
        out->messages[out->count++] = (struct message){
            .queue = queue,
            .id = str_copy(s, message->id),
            .body = str_copy(s, message->body),
            .error = str_copy(s, str(message->error)),
            .sent_at_us = message->sent_at_us,
            .receives = message->receives,
            .handle = message->number,
        };
        after = message->number;
    }
    memory_leave(m);
    return OK;
}

static bool is_meant(const struct memory_message *message, struct str id)
{
    return id.bytes == 0 || str_equal(message->id, id);
}

enum status memory_queue_redrive(struct scope *s, struct store *store,
                                 const struct queue_def *queue, struct str id, size_t count_max,
                                 size_t *moved)
{
    struct memory *m = memory_enter(store);
    struct memory_queue *q = memory_queue(m, queue);

    (void)s;
    for (size_t i = 0; i < q->dead.count && *moved < count_max;) {
        struct memory_message *message = q->dead.items[i];
        if (!is_meant(message, id)) {
            i++;
            continue;
        }
        (void)list_remove(&q->dead, i);
        message->receives = 0;
        message->visible_at_us = world_now_us(store->world);
        message_blame(message, (struct str){0});
        add_by_number(&q->waiting, message);
        ++*moved;
    }
    condition_broadcast(&m->arrived);
    memory_leave(m);
    return OK;
}

enum status memory_queue_discard(struct scope *s, struct store *store,
                                 const struct queue_def *queue, struct str id)
{
    struct memory *m = memory_enter(store);
    struct memory_queue *q = memory_queue(m, queue);
    bool found = false;

    for (size_t i = 0; i < q->dead.count && !found; i++) {
        struct memory_message *message = q->dead.items[i];
        found = str_equal(message->id, id);
        if (found) {
            (void)list_remove(&q->dead, i);
            message_free(message);
        }
    }
    memory_leave(m);
    return found ? OK
                 : fail(s, NOT_FOUND, "%s: no such message in its dead-letter queue", queue->name);
}

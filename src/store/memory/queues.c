// Queues: taking, and what ends a receive. A settled message may come once more, as a message of
// SQS may; nothing that its receiver commits can count, because the lease it gets holds nothing.
#include "store/memory/operations_impl.h"

#include "core/heap.h"
#include "core/scope.h"
#include "sys/world.h"

#include <assert.h>
#include <stdlib.h>

enum {
    DUPLICATE_ONE_IN = 8,
    GHOST_ONE_IN = 16,
    LATE_ONE_IN = 4,
    WAIT_STEP_US = 2000,
};

static int message_order(const void *item, const void *key)
{
    uint64_t number = ((const struct memory_message *)item)->number;
    uint64_t wanted = *(const uint64_t *)key;

    return (number > wanted) - (number < wanted);
}

static struct memory_message *message_find(const struct list *list, uint64_t number, size_t *at)
{
    *at = list_find(list, &number, message_order);
    if (*at == list->count || message_order(list->items[*at], &number) != 0)
        return NULL;
    return list->items[*at];
}

void message_free(struct memory_message *message)
{
    free(message->error);
    free(message);
}

void message_blame(struct memory_message *message, struct str error)
{
    free(message->error);
    message->error = NULL;
    if (error.bytes) {
        message->error = heap_alloc(error.bytes + 1);
        memcpy(message->error, error.data, error.bytes);
    }
}

static void messages_fini(struct list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(((struct memory_message *)list->items[i])->error);
    list_fini(list);
}

void queue_fini(struct memory_queue *q)
{
    messages_fini(&q->waiting);
    messages_fini(&q->dead);
}

void add_by_number(struct list *list, struct memory_message *message)
{
    list_insert(list, list_find(list, &message->number, message_order), message);
}

static void forget_leases(struct memory_message *message)
{
    memset(message->leases, 0, sizeof message->leases);
    message->duplicated = false;
}

static bool is_leased(const struct memory_message *message, int64_t now_us)
{
    for (size_t i = 0; i < LEASES; i++)
        if (message->leases[i].until_us > now_us)
            return true;
    return false;
}

static struct lease *find_lease(struct memory *m, const struct message *message,
                                struct memory_message **found)
{
    size_t at = 0;
    int64_t now_us = world_now_us(m->store.world);

    *found = message_find(&memory_queue(m, message->queue)->waiting, message->handle, &at);
    for (size_t i = 0; *found && !(*found)->settled && i < LEASES; i++)
        if ((*found)->leases[i].token == message->lease && (*found)->leases[i].until_us > now_us)
            return &(*found)->leases[i];
    return NULL;
}

bool queue_holds(struct memory *m, const struct message *message)
{
    struct memory_message *found = NULL;

    return find_lease(m, message, &found) != NULL;
}

void queue_send(struct memory *m, const struct item *item)
{
    uint8_t id[16];
    char hex[sizeof id * 2];

    world_uuid_bytes(m->store.world, id);
    for (size_t i = 0; i < sizeof hex; i++)
        hex[i] = "0123456789abcdef"[i % 2 ? id[i / 2] & 15 : id[i / 2] >> 4];
    struct block b = block_new(sizeof(struct memory_message), sizeof hex + item->text.bytes);
    struct memory_message *message = b.object;
    message->id = block_pack(&b, str_of(hex, sizeof hex));
    message->body = block_pack(&b, item->text);
    message->sent_at_us = world_now_us(m->store.world);
    message->visible_at_us = message->sent_at_us + item->delay_s * US_PER_S;
    message->number = ++m->sent;
    list_add(&memory_queue(m, item->queue)->waiting, message);
}

static void settle(struct memory *m, struct memory_queue *q, size_t at)
{
    struct memory_message *message = q->waiting.items[at];

    if (memory_chance(m, MEMORY_DUPLICATES, GHOST_ONE_IN)) {
        message->settled = true;
        message->visible_at_us = 0;
    } else {
        message_free(list_remove(&q->waiting, at));
    }
}

void queue_end(struct memory *m, const struct item *item)
{
    struct memory_queue *q = memory_queue(m, item->queue);
    size_t at = 0;
    struct memory_message *message = message_find(&q->waiting, item->message.handle, &at);

    assert(message); // its lease was looked at before
    forget_leases(message);
    if (item->kind == ITEM_SETTLE) {
        settle(m, q, at);
        return;
    }
    message_blame(message, item->text);
    if (item->kind == ITEM_SET_ASIDE || message->receives >= q->def->receives_max)
        add_by_number(&q->dead, list_remove(&q->waiting, at));
    else
        message->visible_at_us = world_now_us(m->store.world) + item->delay_s * US_PER_S;
}

static void deliver(struct scope *s, struct memory *m, const struct queue_def *queue,
                    struct memory_message *message, int64_t lease_s, struct message *out)
{
    int64_t now_us = world_now_us(m->store.world);
    bool duplicate = is_leased(message, now_us);
    struct lease lease = {++m->taken, now_us + lease_s * US_PER_S};

    message->receives += !duplicate;
    *out = (struct message){
        .queue = queue,
        .id = str_copy(s, message->id),
        .body = str_copy(s, message->body),
        .error = str_copy(s, str(message->error)),
        .sent_at_us = message->sent_at_us,
        .receives = message->receives,
        .lease = lease.token,
        .handle = message->number,
    };
    message->over = message->settled;
    if (!duplicate)
        forget_leases(message);
    message->leases[duplicate] = lease;
    if (!message->duplicated && memory_chance(m, MEMORY_DUPLICATES, DUPLICATE_ONE_IN))
        message->duplicated = true; // and stays visible, this once
    else
        message->visible_at_us = lease.until_us;
}

// Whether the message has had all its receives and none of them can end it any more.
static bool is_exhausted(const struct memory_queue *q, const struct memory_message *message,
                         int64_t now_us)
{
    return !message->settled && message->receives >= q->def->receives_max &&
           !is_leased(message, now_us);
}

static bool is_forgotten(const struct memory *m, const struct memory_message *message,
                         int64_t now_us)
{
    return (m->adversity & MEMORY_FORGETS) != 0 &&
           message->sent_at_us + (int64_t)MESSAGE_LIFE_S_MAX * US_PER_S < now_us;
}

// Moves or frees what the walk over the list found to be over.
static void sweep(struct memory *m, struct memory_queue *q, int64_t now_us)
{
    size_t kept = 0;

    for (size_t i = 0; i < q->waiting.count; i++) {
        struct memory_message *message = q->waiting.items[i];
        if (!message->over) {
            q->waiting.items[kept++] = message;
        } else if (message->settled || is_forgotten(m, message, now_us)) {
            message_free(message);
        } else {
            message->over = false;
            message_blame(message, str("its lease ended before the work did"));
            add_by_number(&q->dead, message);
        }
    }
    q->waiting.count = kept;
}

static size_t take_now(struct scope *s, struct memory *m, struct memory_queue *q, size_t count_max,
                       int64_t lease_s, struct message *out)
{
    int64_t now_us = world_now_us(m->store.world);
    size_t all = q->waiting.count;
    size_t first = (m->adversity & MEMORY_DISORDER) && all ? memory_below(m, all) : 0;
    size_t count = 0;
    bool any_over = false;

    for (size_t i = 0; i < all && count < count_max; i++) {
        struct memory_message *message = q->waiting.items[(first + i) % all];
        if (message->visible_at_us > now_us || memory_chance(m, MEMORY_LATE, LATE_ONE_IN))
            continue;
        if (is_exhausted(q, message, now_us) || is_forgotten(m, message, now_us))
            message->over = true;
        else
            deliver(s, m, q->def, message, lease_s, &out[count++]);
        any_over |= message->over;
    }
    if (any_over)
        sweep(m, q, now_us);
    return count;
}

enum status memory_queue_take(struct scope *s, struct store *store, const struct queue_def *queue,
                              size_t count_max, int64_t lease_s, int wait_ms, struct message *out,
                              size_t *count)
{
    struct world *real = world_real(); // who waits has a thread, and threads live in real time
    int64_t until_us = world_monotonic_us(real) + (int64_t)wait_ms * 1000;
    struct memory *m = memory_enter(store);
    struct memory_queue *q = memory_queue(m, queue);
    unsigned wakes = m->wakes;

    for (;;) {
        *count = take_now(s, m, q, count_max, lease_s, out);
        if (*count || m->closing || m->wakes != wakes || world_monotonic_us(real) >= until_us)
            break;
        (void)condition_wait_us(&m->arrived, &m->lock, WAIT_STEP_US);
    }
    bool closing = m->closing;
    memory_leave(m);
    return closing ? fail(s, BUSY, "the store is closing") : OK;
}

void memory_queue_wake(struct store *store)
{
    struct memory *m = memory_enter(store);

    m->wakes++;
    condition_broadcast(&m->arrived);
    memory_leave(m);
}

enum status memory_queue_extend(struct scope *s, struct store *store, const struct message *message,
                                int64_t lease_s)
{
    struct memory *m = memory_enter(store);
    struct memory_message *found = NULL;
    struct lease *lease = find_lease(m, message, &found);

    if (lease) {
        int64_t now_us = world_now_us(store->world);
        lease->until_us = now_us + lease_s * US_PER_S;
        if (found->visible_at_us > now_us)
            found->visible_at_us = lease->until_us;
    }
    memory_leave(m);
    return lease ? OK
                 : fail(s, CONFLICT, "message %.*s of %s is no longer held by this receive",
                        STR(message->id), message->queue->name);
}

void queue_tend(struct memory *m, struct memory_queue *q)
{
    int64_t now_us = world_now_us(m->store.world);

    for (size_t i = 0; i < q->waiting.count; i++) {
        struct memory_message *message = q->waiting.items[i];
        message->over = is_forgotten(m, message, now_us);
    }
    sweep(m, q, now_us);
    while (q->dead.count && is_forgotten(m, q->dead.items[0], now_us))
        message_free(list_remove(&q->dead, 0));
}

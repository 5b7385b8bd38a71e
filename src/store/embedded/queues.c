// The operations of queue.h.
#include "core/scope.h"
#include "store/embedded/embedded_impl.h"
#include "store/embedded/writer.h"
#include "sys/world.h"

#include <assert.h>

struct str message_id(struct scope *s, uint64_t number)
{
    return str_format(s, "%016llx", (unsigned long long)number);
}

// Reads the body of a later message, which was not in memory.
static enum status read_body(struct scope *s, struct embedded *e, struct session *session,
                             const struct queue *q, uint64_t id, int64_t due_at_us, struct str *out)
{
    struct sealer_place place = {.owner = q->def->name};
    sqlite3_stmt *find = NULL;
    bool row = false;

    TRY(session_statement(s, session, LATER_FIND, q->owner, &find));
    (void)sqlite3_bind_int64(find, 1, due_at_us);
    (void)sqlite3_bind_int64(find, 2, (int64_t)id);
    TRY(sql_step(s, find, &row));
    enum status status = row ? sealer_open(s, e->sealer, &place, sql_column(find, 1), out)
                             : fail(s, CORRUPT, "%s: message %llx is not on the disk", q->def->name,
                                    (unsigned long long)id);
    (void)sqlite3_reset(find);
    return status;
}

static void describe(struct scope *s, const struct queue *q, const struct mail *m,
                     struct message *out)
{
    *out = (struct message){.queue = q->def,
                            .id = message_id(s, m->id),
                            .body = str_copy(s, m->body),
                            .error = str_copy(s, m->error),
                            .sent_at_us = m->sent_at_us,
                            .receives = m->receives,
                            .lease = m->lease,
                            .handle = m->id};
}

static bool has_room(const struct scope *s, const struct mail *m)
{
    enum { EXTRA_BYTES = 1024 };

    return scope_has_room(s, m->body.bytes + m->error.bytes + EXTRA_BYTES);
}

// Takes what is ready, under the box's lock. `dues` gets the keys of those without
// a body in memory, 0 for the others.
static size_t take_ready(struct scope *s, struct queue *q, size_t count_max, int64_t until_us,
                         struct message *out, int64_t *dues)
{
    size_t count = 0;

    while (count < count_max && q->box.ready.first && has_room(s, q->box.ready.first)) {
        const struct mail *m = mailbox_lease(&q->box, until_us);
        dues[count] = m->body.data ? 0 : m->due_at_us;
        describe(s, q, m, &out[count++]);
    }
    return count;
}

static enum status read_missing(struct scope *s, struct embedded *e, struct session *session,
                                const struct queue *q, struct message *messages,
                                const int64_t *dues, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (dues[i])
            TRY(read_body(s, e, session, q, messages[i].handle, dues[i], &messages[i].body));
    return OK;
}

static bool lacks_body(const int64_t *dues, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (dues[i])
            return true;
    return false;
}

// Reads the bodies that are not in memory. A failure ends all the leases, as if nothing had been
// taken.
static enum status complete(struct scope *s, struct embedded *e, struct queue *q,
                            struct message *messages, const int64_t *dues, size_t *count)
{
    struct session *session = NULL;

    if (!lacks_body(dues, *count))
        return OK;
    enum status status = sessions_take(s, &e->readers, &session);
    if (status == OK) {
        status = read_missing(s, e, session, q, messages, dues, *count);
        sessions_give(&e->readers, session);
    }
    if (status == OK)
        return OK;
    mutex_lock(&q->box.lock);
    for (size_t i = 0; i < *count; i++)
        mailbox_return(&q->box, messages[i].handle, messages[i].lease);
    mutex_unlock(&q->box.lock);
    *count = 0;
    return status;
}

// What a taker asked for.
struct taking {
    size_t count_max;
    int64_t lease_s;
    int64_t deadline_us; // real: who waits has a thread, and threads live in real time
    int64_t *dues;
};

static bool is_closing(struct embedded *e)
{
    return atomic_load(&e->closing) || writer_is_dead(e->writer);
}

// Waits for a message until the deadline, and at most until the next one is due. False: in vain.
static bool wait_for_mail(struct embedded *e, struct queue *q, int64_t deadline_us)
{
    struct mailbox *box = &q->box;
    int64_t now_us = world_monotonic_us(world_real());
    int64_t due_us = mailbox_next_due(box);
    int64_t left_us = deadline_us - now_us;
    unsigned wakes = box->wakes;
    unsigned failures = box->failures;
    bool in_time = left_us > 0;

    if (box->waiting.first)
        writer_poke(e->writer);
    if (box->counting > 0 || q->refilling)
        left_us = US_PER_S; // until somebody else is done, which is soon
    if (left_us <= 0)
        return false;
    if (due_us != INT64_MAX) {
        int64_t until_due_us = due_us - world_now_us(e->store.world);
        if (until_due_us < left_us)
            left_us = until_due_us > 0 ? until_due_us : 1;
    }
    box->takers++;
    (void)condition_wait_us(&box->arrived, &box->lock, left_us);
    box->takers--;
    if (box->failures != failures && !in_time)
        return false;
    return box->wakes == wakes && !is_closing(e);
}

// Waits for messages and takes them, under the box's lock.
static enum status take_some(struct scope *s, struct embedded *e, struct queue *q,
                             const struct taking *taking, struct message *out, size_t *count)
{
    for (;;) {
        int64_t now_us = world_now_us(e->store.world);
        mailbox_wake_due(&q->box, now_us);
        mailbox_expire(&q->box, now_us - (int64_t)MESSAGE_LIFE_S_MAX * US_PER_S);
        if (queue_wants_refill(q) && queue_refill(e, q) != OK)
            return fail(s, TEMPORARY, "%s: reading waiting messages failed", q->def->name);
        *count = take_ready(s, q, taking->count_max, now_us + taking->lease_s * US_PER_S, out,
                            taking->dues);
        if (*count > 0)
            return OK;
        if (q->box.ready.first)
            return fail(s, TOO_LARGE, "%s: the scope has no room for a message", q->def->name);
        if (is_closing(e))
            return fail(s, BUSY, "the store is closing");
        if (!wait_for_mail(e, q, taking->deadline_us))
            return OK;
    }
}

enum status embedded_queue_take(struct scope *s, struct store *store, const struct queue_def *queue,
                                size_t count_max, int64_t lease_s, int wait_ms, struct message *out,
                                size_t *count)
{
    struct embedded *e = embedded_of(store);
    struct queue *q = embedded_queue(e, queue);
    struct taking taking = {
        .count_max = count_max,
        .lease_s = lease_s,
        .deadline_us = world_monotonic_us(world_real()) + (int64_t)wait_ms * 1000,
        .dues = scope_array(s, count_max, sizeof *taking.dues),
    };

    mutex_lock(&q->box.lock);
    enum status status = take_some(s, e, q, &taking, out, count);
    mutex_unlock(&q->box.lock);
    return status == OK ? complete(s, e, q, out, taking.dues, count) : status;
}

void embedded_queue_wake(struct store *store)
{
    struct embedded *e = embedded_of(store);

    for (size_t i = 0; i < e->queue_count; i++) {
        struct mailbox *box = &e->queues[i].box;
        mutex_lock(&box->lock);
        box->wakes++;
        condition_broadcast(&box->arrived);
        mutex_unlock(&box->lock);
    }
}

enum status embedded_queue_extend(struct scope *s, struct store *store, const struct message *m,
                                  int64_t lease_s)
{
    struct mailbox *box = &embedded_queue(embedded_of(store), m->queue)->box;
    int64_t until_us = world_now_us(store->world) + lease_s * US_PER_S;

    mutex_lock(&box->lock);
    bool held = mailbox_extend(box, m->handle, m->lease, until_us);
    mutex_unlock(&box->lock);
    return held ? OK
                : fail(s, CONFLICT, "message %.*s of %s is no longer held by this receive",
                       STR(m->id), m->queue->name);
}

void embedded_queue_stats(struct store *store, const struct queue_def *queue,
                          struct queue_stats *out)
{
    struct queue *q = embedded_queue(embedded_of(store), queue);
    int64_t now_us = world_now_us(store->world);

    mutex_lock(&q->box.lock);
    mailbox_wake_due(&q->box, now_us);
    out->ready = q->box.ready.count + q->box.waiting.count + q->fresh_spilled;
    out->delayed = q->box.delayed + q->later_left;
    out->leased = q->box.leased;
    out->dead = q->dead;
    if (q->box.ready.first)
        out->oldest_waiting_us = now_us - q->box.ready.first->ready_at_us;
    mutex_unlock(&q->box.lock);
}

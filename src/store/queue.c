// Taking messages and looking at queues: limits, then the backend.
#include "store/queue.h"

#include "core/scope.h"
#include "store/backend_impl.h"

static enum status check_lease(struct scope *s, const struct queue_def *queue, int64_t lease_s)
{
    if (lease_s < 0 || lease_s > LEASE_S_MAX)
        return fail(s, INVALID, "%s: a lease lasts 1 to %d s", queue->name, LEASE_S_MAX);
    return OK;
}

enum status queue_take(struct scope *s, struct store *store, const struct queue_def *queue,
                       size_t count_max, int64_t lease_s, int wait_ms, struct message *out,
                       size_t *count)
{
    *count = 0;
    TRY(check_lease(s, queue, lease_s));
    if (count_max == 0 || count_max > TAKE_MAX)
        return fail(s, INVALID, "%s: 1 to %d messages are taken at once", queue->name, TAKE_MAX);
    return store->ops->queue_take(s, store, queue, count_max, lease_s ? lease_s : queue->lease_s,
                                  wait_ms, out, count);
}

enum status queue_extend(struct scope *s, struct store *store, const struct message *m,
                         int64_t lease_s)
{
    TRY(check_lease(s, m->queue, lease_s));
    return store->ops->queue_extend(s, store, m, lease_s ? lease_s : m->queue->lease_s);
}

void queue_stats(struct store *store, const struct queue_def *queue, struct queue_stats *out)
{
    *out = (struct queue_stats){0};
    store->ops->queue_stats(store, queue, out);
}

enum status queue_browse(struct scope *s, struct store *store, const struct queue_def *queue,
                         enum queue_part part, size_t limit, struct str cursor,
                         struct message_page *out)
{
    *out = (struct message_page){0};
    if (limit == 0 || limit > QUERY_LIMIT_MAX)
        return fail(s, INVALID, "%s: a page has 1 to %d messages", queue->name, QUERY_LIMIT_MAX);
    return store->ops->queue_browse(s, store, queue, part, limit, cursor, out);
}

enum status queue_redrive(struct scope *s, struct store *store, const struct queue_def *queue,
                          struct str id, size_t count_max, size_t *moved)
{
    *moved = 0;
    return store->ops->queue_redrive(s, store, queue, id, count_max, moved);
}

enum status queue_discard(struct scope *s, struct store *store, const struct queue_def *queue,
                          struct str id)
{
    return store->ops->queue_discard(s, store, queue, id);
}
